// db, policy and audit: what is watched, what may act, and who did what.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <charconv>
#include <fstream>
#include <istream>
#include <ostream>

#include "cli/internal/commands.h"
#include "cli/internal/document.h"
#include "contract/administration.h"
#include "contract/page.h"

namespace selfheal::cli {
namespace {

using contract::Policies;
using contract::PolicyView;
using contract::Server;

// A connection string is a line; anything longer is another file.
constexpr std::size_t kUrlBytes = 4096;

std::optional<std::string> named_server(const Arguments& arguments) {
  return arguments.has("--db") ? std::optional(arguments.text("--db")) : std::nullopt;
}

// A secret comes from the environment, a file or a pipe: an argument would stand in the list of processes.
Answer<std::string> secret_of(const Invocation& invocation, const std::string& prefix) {
  const auto variable = invocation.arguments.text(prefix + "-env");
  const auto name = invocation.arguments.text(prefix + "-file");
  if (!variable.empty()) {
    auto value = invocation.streams.environment(variable).value_or("");
    if (value.empty()) return std::unexpected(Trouble{kUsage, variable + " is not set"});
    return value;
  }
  if (name.empty()) return std::string();
  std::ifstream file(name);
  if (name != "-" && !file) return std::unexpected(Trouble{kFailed, "cannot open " + name});
  auto& in = name == "-" ? invocation.streams.in : file;
  std::string url(kUrlBytes, '\0');
  in.read(url.data(), static_cast<std::streamsize>(url.size()));
  url.resize(static_cast<std::size_t>(in.gcount()));
  url.erase(url.find_last_not_of(" \t\r\n") + 1);
  if (url.empty() || url.contains('\n'))
    return std::unexpected(Trouble{kUsage, name + " holds no connection string"});
  return url;
}

std::string server_text(const Server& server, const Style& style) {
  Document document(server.name);
  document.section("server");
  document.row({"address", server.address});
  document.row({"state", server.state, server.state_why});
  document.row({"since", style.when(server.since)});
  document.row({"version", server.version});
  document.row({"observe", server.can_observe ? "yes" : "no"});
  document.row({"sees all", server.sees_all_sessions ? "yes" : "no"});
  document.row({"act", server.can_act ? "yes" : "no", server.act_why});
  document.row({"log", server.log_directory, server.log_why});
  return document.print(style);
}

// What `policy set` calls a value that is not set.
constexpr const char* kInherit = "inherit";

void add_policy(Table& table, const PolicyView& policy, const Policies& policies) {
  // Of all servers everything that can be set is listed, so that its names can be found; of one what is its
  // own.
  const bool everything = !policy.server;
  const auto where = policy.server.value_or("all");
  table.add({where, "default", policy.default_mode.value_or(kInherit),
             policy.paused ? "paused: " + policy.paused_why : ""});
  for (const auto& action : policies.actions) {
    const auto mode = policy.modes.find(action.name);
    const bool set = mode != policy.modes.end();
    if (set || everything) table.add({where, action.name, set ? mode->second : kInherit, action.title});
  }
  for (const auto& threshold : policies.thresholds) {
    const auto value = policy.values.find(threshold.name);
    const bool set = value != policy.values.end();
    if (!set && !everything) continue;
    table.add({where, threshold.name, set ? fmt::to_string(value->second) : kInherit,
               fmt::format("{} as shipped: {}", threshold.value, threshold.why)});
  }
}

std::string policies_text(const Policies& policies, const Style& style, bool headings) {
  Table table(
      {{.title = "DATABASE"}, {.title = "NAME"}, {.title = "VALUE"}, {.title = "WHAT", .text = true}});
  for (const auto& policy : policies.items) add_policy(table, policy, policies);
  return table.print(style, headings);
}

int print_policies(const Invocation& invocation, const std::string& body, const Policies& policies) {
  if (invocation.global.json) return print_json(invocation, body);
  print(invocation, policies_text(policies, Style(invocation), !invocation.global.no_headers));
  return kOk;
}

bool is_mode(const std::string& value) {
  return value == "off" || value == "suggest" || value == "approve" || value == "auto";
}

// Puts one value into the policy; "inherit" takes it out.
Answer<void> put_value(contract::PolicyEdit& edit, const std::string& name, const std::string& value) {
  const auto usage = [&name](std::string_view wanted) {
    return std::unexpected(
        Trouble{kUsage, fmt::format("{} takes {}", name, wanted), "selfheal policy set --help"});
  };
  const bool threshold = name.contains('.');
  if (value == kInherit) {
    if (name == "default") edit.default_mode.reset();
    edit.modes.erase(name);
    edit.values.erase(name);
  } else if (threshold) {
    double number = 0;
    const auto* end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return usage("a number, or inherit");
    edit.values[name] = number;
  } else if (!is_mode(value)) {
    return usage("off, suggest, approve, auto or inherit");
  } else if (name == "default") {
    edit.default_mode = value;
  } else {
    edit.modes[name] = value;
  }
  return {};
}

PolicyView policy_of(const Policies& policies, const std::optional<std::string>& server) {
  const auto at = std::ranges::find(policies.items, server, &PolicyView::server);
  return at != policies.items.end() ? *at : PolicyView{.server = server, .default_mode = std::nullopt};
}

Answer<int> switch_acting(Invocation& invocation, const std::string& path,
                          const contract::json::value& request) {
  Api api(invocation, {{kNotFound, "selfheal db list"}});
  TRY(const auto body, api.post(path, contract::to_text(request)));
  TRY(const auto policies, api.read<Policies>(body));
  return print_policies(invocation, body, policies);
}

}  // namespace

Answer<int> database_list(Invocation& invocation) {
  Api api(invocation);
  TRY(const auto body, api.get("/databases"));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto page, api.read<contract::Page<Server>>(body));
  Table table({{.title = "NAME"},
               {.title = "STATE"},
               {.title = "VERSION"},
               {.title = "ACTS"},
               {.title = "ADDRESS"},
               {.title = "WHY", .text = true}});
  for (const auto& server : page.items) {
    const auto why = server.state_why.empty() ? server.act_why : server.state_why;
    table.add(
        {server.name, server.state, server.version, server.can_act ? "yes" : "no", server.address, why});
  }
  print(invocation, table.print(Style(invocation), !invocation.global.no_headers));
  return kOk;
}

Answer<int> database_show(Invocation& invocation) {
  Api api(invocation, {{kNotFound, "selfheal db list"}});
  TRY(const auto body, api.get(path_of("databases", invocation.arguments.text("NAME"))));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto server, api.read<Server>(body));
  print(invocation, server_text(server, Style(invocation)));
  return kOk;
}

Answer<int> database_add(Invocation& invocation) {
  TRY(auto url, secret_of(invocation, "--url"));
  TRY(auto act_url, secret_of(invocation, "--act-url"));
  if (url.empty()) {
    return std::unexpected(Trouble{kUsage, "db add needs --url-env or --url-file", "selfheal db add --help"});
  }
  contract::NewServer added{.name = invocation.arguments.text("NAME"),
                            .url = std::move(url),
                            .act_url = std::move(act_url),
                            .log_directory = invocation.arguments.text("--log-directory"),
                            .act = {}};
  if (invocation.arguments.has("--observe-only")) added.act = false;
  Api api(invocation, {{kUsage, "selfheal db add --help"}});
  TRY(const auto body, api.post("/databases", contract::to_text(contract::to_json(added))));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto server, api.read<Server>(body));
  print(invocation, server_text(server, Style(invocation)));
  return kOk;
}

Answer<int> database_remove(Invocation& invocation) {
  const auto name = invocation.arguments.text("NAME");
  TRY_OK(confirm(invocation, {.text = fmt::format("Stop watching {}? Its incidents stay.", name),
                              .must_type = "y",
                              .exact_command = fmt::format("selfheal db remove {} --yes", name)}));
  Api api(invocation, {{kNotFound, "selfheal db list"}});
  TRY(const auto body, api.send({.method = "DELETE", .target = path_of("databases", name)}));
  if (invocation.global.json && !body.empty()) return print_json(invocation, body);
  return kOk;
}

Answer<int> policy_get(Invocation& invocation) {
  Api api(invocation);
  TRY(const auto body, api.get("/policies"));
  TRY(auto policies, api.read<Policies>(body));
  const auto server = named_server(invocation.arguments);
  if (server) policies.items = {policy_of(policies, server)};
  // Nothing is stored until somebody sets something; what could be set is shown all the same.
  if (policies.items.empty())
    policies.items = {PolicyView{.server = std::nullopt, .default_mode = std::nullopt}};
  return print_policies(invocation, body, policies);
}

Answer<int> policy_set(Invocation& invocation) {
  const auto name = invocation.arguments.text("NAME");
  Api api(invocation, {{kConflict, "selfheal policy get"}, {kUsage, "selfheal policy get"}});
  TRY(const auto policies, api.get_as<Policies>("/policies"));
  const auto policy = policy_of(policies, named_server(invocation.arguments));
  contract::PolicyEdit edit{.server = policy.server,
                            .default_mode = policy.default_mode,
                            .modes = policy.modes,
                            .values = policy.values};
  TRY_OK(put_value(edit, name, invocation.arguments.text("VALUE")));
  // Read, changed, written: the version says that nobody else wrote in between.
  http::ClientRequest request{.method = "PUT",
                              .target = "/policies",
                              .headers = {},
                              .body = contract::to_text(contract::to_json(edit))};
  request.headers.set("If-Match", fmt::format("\"{}\"", policy.version));
  TRY(const auto body, api.send(std::move(request)));
  if (invocation.global.json) return print_json(invocation, body);
  print(invocation, fmt::format("{}\t{}\n", safe_text(name), safe_text(invocation.arguments.text("VALUE"))));
  return kOk;
}

Answer<int> policy_pause(Invocation& invocation) {
  const contract::Pause pause{.server = named_server(invocation.arguments),
                              .why = invocation.arguments.text("--why")};
  return switch_acting(invocation, "/policies/pause", contract::to_json(pause));
}

Answer<int> policy_resume(Invocation& invocation) {
  const contract::Resume resume{.server = named_server(invocation.arguments)};
  return switch_acting(invocation, "/policies/resume", contract::to_json(resume));
}

Answer<int> audit_list(Invocation& invocation) {
  Api api(invocation);
  const auto& arguments = invocation.arguments;
  TRY(const auto body, api.get("/audit" + query_of({{"limit", arguments.text("--limit")},
                                                    {"cursor", arguments.text("--cursor")}})));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto page, api.read<contract::Page<contract::AuditEntry>>(body));
  const Style style(invocation);
  Table table({{.title = "NUMBER", .right = true},
               {.title = "AT"},
               {.title = "WHO"},
               {.title = "WHAT"},
               {.title = "OF"},
               {.title = "TEXT", .text = true}});
  for (const auto& entry : page.items) {
    table.add({fmt::to_string(entry.sequence), style.when(entry.at), entry.actor, entry.what, entry.subject,
               entry.text});
  }
  print(invocation, table.print(style, !invocation.global.no_headers));
  if (page.next_cursor && !invocation.global.quiet) {
    invocation.streams.err << "more: --cursor " << safe_text(*page.next_cursor) << "\n";
  }
  return kOk;
}

Answer<int> audit_verify(Invocation& invocation) {
  Api api(invocation);
  TRY(const auto body, api.get("/audit/verify"));
  TRY(const auto checked, api.read<contract::AuditCheck>(body));
  if (invocation.global.json) {
    print_json(invocation, body);
  } else if (checked.intact) {
    print(invocation, fmt::format("intact\t{}\n", checked.records));
  } else {
    print(invocation,
          fmt::format("broken\t{}\t{}\n", checked.broken_at.value_or(0), safe_text(checked.reason)));
  }
  return checked.intact ? kOk : kProblemsFound;
}

}  // namespace selfheal::cli
