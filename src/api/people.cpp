#include "access/people.h"

#include <charconv>

#include "api/internal/handlers.h"
#include "contract/page.h"
#include "contract/people.h"
#include "contract/session.h"

// Who may sign in. The rules are those of access::People.
namespace selfheal::api {
namespace {

using access::PersonId;
using contract::to_json;

contract::Person view_of(const access::Person& person) {
  return {.id = person.id.value(),
          .name = person.name,
          .role = to_word(person.role),
          .disabled = person.disabled,
          .slack_user = person.slack_user,
          .created_at = person.created_at,
          .seen_at = person.seen_at};
}

Result<PersonId> person_in(const Call& call) {
  const auto& text = call.request.parameter("id");
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number < 1)
    return failure(ErrorCode::invalid_input, "a person's id is a number");
  return PersonId(number);
}

Result<Role> role_from(const std::string& word) {
  const auto role = from_word<Role>(word);
  if (!role || !access::is_of_people(*role))
    return failure(ErrorCode::invalid_input, "a role is viewer, developer or admin");
  return *role;
}

Task<http::Response> invited(Call call, access::Person person, int status) {
  auto& people = call.context.parts.people;
  CO_TRY(const auto link, co_await people.invite(person.id, access::kInvitationOfPersonLasts,
                                                 call.caller.name, call.deadline));
  co_return answer(to_json(contract::InvitedPerson{.person = view_of(person),
                                                   .url = sign_in_page(call.context.options, link.token),
                                                   .expires_at = link.until}),
                   status);
}

}  // namespace

Task<http::Response> list_people(Call call) {
  contract::Page<contract::Person> view;
  for (const auto& person : call.context.parts.people.all()) view.items.push_back(view_of(person));
  co_return answer(to_json(view));
}

Task<http::Response> add_person(Call call) {
  auto body = body_of<contract::NewPerson>(call);
  if (!body) co_return std::move(body).error();
  CO_TRY(const auto role, role_from(body->role));
  access::NewPerson wanted{
      .name = std::move(body->name), .role = role, .slack_user = std::move(body->slack_user)};
  CO_TRY(auto added,
         co_await call.context.parts.people.add(std::move(wanted), call.caller.name, call.deadline));
  auto response = co_await invited(call, std::move(added), 201);
  co_return response;
}

Task<http::Response> change_person(Call call) {
  auto body = body_of<contract::PersonChange>(call);
  if (!body) co_return std::move(body).error();
  CO_TRY(const auto id, person_in(call));
  access::PersonChange wanted{.role = {}, .disabled = body->disabled, .slack_user = body->slack_user};
  if (body->role) {
    CO_TRY(wanted.role, role_from(*body->role));
  }
  CO_TRY(const auto changed,
         co_await call.context.parts.people.change(id, std::move(wanted), call.caller.name, call.deadline));
  co_return answer(to_json(view_of(changed)));
}

Task<http::Response> remove_person(Call call) {
  CO_TRY(const auto id, person_in(call));
  CO_TRY_OK(co_await call.context.parts.people.remove(id, call.caller.name, call.deadline));
  co_return http::empty_response();
}

Task<http::Response> invite_person(Call call) {
  CO_TRY(const auto id, person_in(call));
  const auto* person = call.context.parts.people.find(id);
  if (person == nullptr) co_return failure(ErrorCode::not_found, "there is no such person");
  auto response = co_await invited(call, *person, 200);
  co_return response;
}

Task<http::Response> invite_first(Call call) {
  const auto link = call.context.parts.people.invite_first();
  if (!link) co_return failure(ErrorCode::conflict, "there are people already: invite one of them");
  co_return answer(to_json(contract::Invitation{.url = sign_in_page(call.context.options, link->token),
                                                .expires_at = link->until}));
}

}  // namespace selfheal::api
