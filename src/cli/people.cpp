// user and sign-in: who may use Selfheal, as what, and the links that let them in.
#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/json/object.hpp>

#include "cli/internal/commands.h"
#include "contract/page.h"
#include "contract/people.h"
#include "contract/session.h"

namespace selfheal::cli {
namespace {

using contract::InvitedPerson;
using contract::Person;

const Advice kAdvice{{kNotFound, "selfheal user list"}, {kConflict, "selfheal user list"}};

// People are named by their name on a command line, by a number in the API.
Answer<Person> person_named(Api& api, const std::string& name) {
  TRY(const auto people, api.get_as<contract::Page<Person>>("/people"));
  const auto found = std::ranges::find_if(
      people.items, [&](const Person& person) { return boost::iequals(person.name, name); });
  if (found != people.items.end()) return *found;
  return std::unexpected(Trouble{kNotFound, "nobody is called " + name, "selfheal user list"});
}

std::string path_to(const Person& person) { return fmt::format("/people/{}", person.id); }

std::string state_of(const Person& person) {
  if (person.disabled) return "disabled";
  return person.seen_at ? "active" : "invited";
}

Table people_table(const std::vector<Person>& people, const Style& style) {
  Table table({{.title = "NAME"},
               {.title = "ROLE"},
               {.title = "STATE"},
               {.title = "LAST SEEN"},
               {.title = "SLACK", .text = true}});
  for (const auto& person : people)
    table.add({person.name, person.role, state_of(person), style.when(person.seen_at), person.slack_user});
  return table;
}

int print_person(const Invocation& invocation, const std::string& body, const Person& person) {
  if (invocation.global.json) return print_json(invocation, body);
  print(invocation, people_table({person}, Style(invocation)).print(Style(invocation), false));
  return kOk;
}

// The link alone goes to standard output, so that it can be piped to whoever it is for.
Answer<int> print_link(Invocation& invocation, Api& api, const std::string& body) {
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto invited, api.read<InvitedPerson>(body));
  print(invocation, invited.url + "\n");
  if (!invocation.global.quiet)
    invocation.streams.err << fmt::format("lets {} in once, as {}, until {}\n",
                                          safe_text(invited.person.name), invited.person.role,
                                          Style(invocation).when(invited.expires_at));
  return kOk;
}

Answer<int> change(Invocation& invocation, const boost::json::object& wanted) {
  Api api(invocation, kAdvice);
  TRY(const auto person, person_named(api, invocation.arguments.text("NAME")));
  TRY(const auto body,
      api.send({.method = "PATCH", .target = path_to(person), .body = contract::to_text(wanted)}));
  TRY(const auto changed, api.read<Person>(body));
  return print_person(invocation, body, changed);
}

}  // namespace

Answer<int> user_add(Invocation& invocation) {
  Api api(invocation, kAdvice);
  const contract::NewPerson person{.name = invocation.arguments.text("NAME"),
                                   .role = invocation.arguments.text("--role"),
                                   .slack_user = invocation.arguments.text("--slack")};
  TRY(const auto body, api.post("/people", contract::to_text(contract::to_json(person))));
  return print_link(invocation, api, body);
}

Answer<int> user_list(Invocation& invocation) {
  Api api(invocation);
  TRY(const auto body, api.get("/people"));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto people, api.read<contract::Page<Person>>(body));
  const Style style(invocation);
  print(invocation, people_table(people.items, style).print(style, !invocation.global.no_headers));
  if (people.items.empty() && !invocation.global.quiet)
    invocation.streams.err
        << "nobody yet; selfheal sign-in prints the link that makes the first administrator\n";
  return kOk;
}

Answer<int> user_role(Invocation& invocation) {
  return change(invocation, {{"role", invocation.arguments.text("ROLE")}});
}

Answer<int> user_slack(Invocation& invocation) {
  return change(invocation, {{"slack_user", invocation.arguments.text("MEMBER")}});
}

Answer<int> user_disable(Invocation& invocation) { return change(invocation, {{"disabled", true}}); }

Answer<int> user_enable(Invocation& invocation) { return change(invocation, {{"disabled", false}}); }

Answer<int> user_invite(Invocation& invocation) {
  Api api(invocation, kAdvice);
  TRY(const auto person, person_named(api, invocation.arguments.text("NAME")));
  TRY(const auto body, api.post(path_to(person) + "/invitation", "{}"));
  return print_link(invocation, api, body);
}

Answer<int> user_remove(Invocation& invocation) {
  const auto name = invocation.arguments.text("NAME");
  Api api(invocation, kAdvice);
  TRY(const auto person, person_named(api, name));
  TRY_OK(confirm(invocation,
                 {.text = fmt::format("Remove {}? What they did stays in the audit trail.", person.name),
                  .must_type = "y",
                  .exact_command = fmt::format("selfheal user rm '{}' --yes", person.name)}));
  TRY(const auto body, api.send({.method = "DELETE", .target = path_to(person)}));
  if (invocation.global.json && !body.empty()) return print_json(invocation, body);
  return kOk;
}

// As a person, as whoever is at this machine, or, where nobody can sign in yet, as the first administrator.
Answer<int> sign_in(Invocation& invocation) {
  Api api(invocation, {{kNotFound, "selfheal user list"}});
  const auto as = invocation.arguments.text("--as");
  boost::json::object request;
  if (!as.empty()) request["as"] = as;
  auto body = as.empty() ? api.post("/people/first", "{}")
                         : api.post("/session/invitations", contract::to_text(request));
  if (!body && body.error().exit_code == kConflict) body = api.post("/session/invitations", "{}");
  if (!body) return std::unexpected(body.error());
  if (invocation.global.json) return print_json(invocation, *body);
  TRY(const auto invitation, api.read<contract::Invitation>(*body));
  print(invocation, invitation.url + "\n");
  return kOk;
}

}  // namespace selfheal::cli
