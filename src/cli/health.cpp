// status and check: how Selfheal and the watched servers are, for people and for a monitor.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "cli/internal/commands.h"
#include "cli/internal/document.h"
#include "contract/administration.h"
#include "contract/health.h"
#include "contract/page.h"

namespace selfheal::cli {
namespace {

using contract::Readiness;
using contract::Server;

// The plugin interface that Nagios, Icinga and others share.
enum NagiosCode : int { kNagiosOk = 0, kNagiosWarning = 1, kNagiosCritical = 2, kNagiosUnknown = 3 };

constexpr std::array<const char*, 6> kOpenStates{"open",     "diagnosing", "awaiting_approval",
                                                 "applying", "verifying",  "reopened"};
constexpr const char* kOpenQuery =
    "/incidents?limit=10&state=open&state=diagnosing&state=awaiting_approval&state=applying&state=verifying&"
    "state=reopened";

std::int64_t count_of(const Readiness& readiness, const std::string& state) {
  const auto at = readiness.incidents.find(state);
  return at == readiness.incidents.end() ? 0 : at->second;
}

std::int64_t open_incidents(const Readiness& readiness) {
  std::int64_t sum = 0;
  for (const auto* state : kOpenStates) sum += count_of(readiness, state);
  return sum;
}

bool is_watched(const Server& server) { return server.state == "up" || server.state == "in_recovery"; }

struct Looked {
  std::string name;
  std::string status;  // passed, failed, unknown
  std::string detail;
  bool grave = true;  // a failure keeps us from watching; else somebody should look when they can
};

Looked look_at(const Server& server) {
  if (!is_watched(server))
    return {server.name, "failed", fmt::format("{} {}", server.state, server.state_why)};
  if (!server.can_observe) return {server.name, "failed", "cannot observe it"};
  if (!server.log_why.empty()) return {server.name, "failed", "log not read: " + server.log_why, false};
  const auto limits = server.can_act ? "acts" : "advises only: " + server.act_why;
  return {server.name, "passed", fmt::format("{}, PostgreSQL {}, {}", server.state, server.version, limits)};
}

// The server repeats here what is wrong with the servers it watches; they have checks of their own.
bool is_of_a_server(const Readiness& readiness, const std::string& problem) {
  return std::ranges::any_of(readiness.servers, [&problem](const Server& server) {
    return problem.starts_with(server.name + ": ");
  });
}

Looked look_at_ourselves(const Readiness& readiness) {
  Looked looked{"selfheal", readiness.ready && readiness.store ? "passed" : "failed",
                readiness.ready ? "ready" : "not ready"};
  for (const auto& problem : readiness.problems) {
    if (is_of_a_server(readiness, problem)) continue;
    looked.status = "failed";
    looked.detail += "; " + problem;
  }
  return looked;
}

// What the checks of one server say. A server program that knows no checks has none.
std::vector<Looked> look_inside(Api& api, const std::string& server, contract::json::array& raw) {
  const auto body = api.get(path_of("checks", server));
  if (!body && body.error().exit_code == kNotFound) return {};
  const auto checks = body ? api.read<contract::HealthChecks>(*body) : std::unexpected(body.error());
  if (!checks) return {{server + " checks", "unknown", checks.error().what}};
  raw.push_back(contract::to_json(*checks));
  if (checks->items.empty()) return {{server + " checks", "unknown", "none has run yet"}};
  std::vector<Looked> all;
  for (const auto& check : checks->items) {
    Looked looked{server + " " + check.name, "passed", check.title};
    if (check.state == "unknown") looked = {looked.name, "unknown", check.why};
    if (check.state == "warn" || check.state == "critical") looked.status = "failed";
    looked.grave = check.state == "critical";
    if (looked.status == "failed" && !check.findings.empty())
      looked.detail = fmt::format("{}: {}", check.findings.front().object, check.findings.front().detail);
    if (!check.grant.empty()) looked.detail += "; run " + check.grant;
    all.push_back(std::move(looked));
  }
  return all;
}

// Everything when no name is asked for. A name is that of a server, which stands for itself and its checks,
// of a check, which is looked at on the servers that are named or on all, or "incidents" or "selfheal".
std::vector<Looked> look(Api& api, const Readiness& readiness, std::vector<std::string> names,
                         contract::json::array& raw) {
  std::vector<Looked> ours;
  const auto open = open_incidents(readiness);
  ours.push_back({"incidents", open == 0 ? "passed" : "failed", fmt::format("{} open", open), false});
  ours.push_back(look_at_ourselves(readiness));
  const auto is_named = [&names](std::string_view name) { return std::erase(names, name) > 0; };
  const bool everything = names.empty();
  std::vector<Looked> asked;
  std::erase_if(ours, [&](const Looked& one) { return !everything && !is_named(one.name); });
  std::vector<const Server*> servers;
  for (const auto& server : readiness.servers)
    if (everything || is_named(server.name)) servers.push_back(&server);
  const bool no_server = servers.empty();
  const auto wanted = names;  // what is left names checks
  if (no_server && !wanted.empty())
    for (const auto& server : readiness.servers) servers.push_back(&server);
  for (const auto* server : servers) {
    if (wanted.empty()) asked.push_back(look_at(*server));
    if (!is_watched(*server)) continue;
    for (auto& one : look_inside(api, server->name, raw)) {
      const auto check = one.name.substr(server->name.size() + 1);
      if (!wanted.empty() && std::ranges::find(wanted, check) == wanted.end()) continue;
      std::erase(names, check);
      asked.push_back(std::move(one));
    }
  }
  asked.insert(asked.end(), ours.begin(), ours.end());
  for (const auto& name : names) asked.push_back({name, "unknown", "there is no such check or server"});
  return asked;
}

// What the server said of itself, with the checks of the servers it watches.
int print_as_json(const Invocation& invocation, const std::string& body, contract::json::array checks) {
  auto parsed = contract::parse_json(body);
  if (checks.empty() || !parsed || !parsed->is_object()) return print_json(invocation, body);
  parsed->as_object()["checks"] = std::move(checks);
  return print_json(invocation, contract::to_text(*parsed));
}

int problems_in(const std::vector<Looked>& checks) {
  return static_cast<int>(
      std::ranges::count_if(checks, [](const auto& check) { return check.status != "passed"; }));
}

int print_for_nagios(const Invocation& invocation, const std::vector<Looked>& checks) {
  int code = kNagiosOk;
  std::string details;
  for (const auto& check : checks) {
    if (check.status == "passed") continue;
    const int weight = check.status == "unknown" ? kNagiosUnknown
                       : check.grave             ? kNagiosCritical
                                                 : kNagiosWarning;
    // Critical outweighs unknown, which outweighs a warning.
    const auto rank = [](int value) { return value == kNagiosCritical ? 4 : value; };
    if (rank(weight) > rank(code)) code = weight;
    details += fmt::format("{}{}: {}", details.empty() ? "" : ", ", check.name, check.detail);
  }
  constexpr std::array kWords{"OK", "WARNING", "CRITICAL", "UNKNOWN"};
  // A bar would begin performance data.
  auto line = fmt::format("SELFHEAL {} - {}", kWords.at(static_cast<std::size_t>(code)),
                          details.empty() ? fmt::format("{} checks passed", checks.size()) : details);
  std::ranges::replace(line, '|', '/');
  print(invocation, safe_text(line) + "\n");
  return code;
}

void print_checks(const Invocation& invocation, const std::vector<Looked>& checks) {
  const Style style(invocation);
  Table table({{.title = "CHECK"}, {.title = "STATUS"}, {.title = "DETAIL", .text = true}});
  for (const auto& check : checks) {
    const auto mark = style.terminal() ? glyph(check.status, style.ascii()) + " " : "";
    table.add({mark + check.name, check.status, check.detail});
  }
  print(invocation, table.print(style, !invocation.global.no_headers));
}

void show_servers(Document& document, const Readiness& readiness) {
  document.section("servers");
  for (const auto& server : readiness.servers) document.row({server.name, look_at(server).detail});
}

void show_incidents(Document& document, const contract::Page<contract::Incident>& page, const Style& style) {
  for (const auto& incident : page.items) {
    document.row(
        {incident.id, incident.state, incident.severity, incident.title, style.when(incident.last_seen)});
  }
}

Answer<int> status_once(Invocation& invocation) {
  Api api(invocation);
  TRY(const auto body, api.get("/health/ready"));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto readiness, api.read<Readiness>(body));
  TRY(const auto version, api.get_as<contract::Version>("/version"));
  const Style style(invocation);
  Document document(fmt::format("selfheal {}", version.version));
  document.section("selfheal");
  document.row({"state", readiness.ready ? "ready" : "not ready"});
  for (const auto& problem : readiness.problems) document.row({"problem", problem});
  document.row({"incidents", fmt::format("{} open", open_incidents(readiness))});
  show_servers(document, readiness);
  if (readiness.store) {
    TRY(const auto open, api.get_as<contract::Page<contract::Incident>>(kOpenQuery));
    document.section("open incidents");
    show_incidents(document, open, style);
    TRY(const auto healed, api.get_as<contract::Page<contract::Incident>>("/incidents?limit=1&state=healed"));
    document.section("last heal");
    show_incidents(document, healed, style);
  }
  print(invocation, document.print(style));
  return kOk;
}

}  // namespace

Answer<int> status(Invocation& invocation) { return repeated(invocation, status_once); }

Answer<int> check(Invocation& invocation) {
  const bool nagios = invocation.arguments.has("--nagios");
  Api api(invocation);
  const auto body = api.get("/health/ready");
  const auto readiness = body ? api.read<Readiness>(*body) : std::unexpected(body.error());
  if (!readiness && nagios) {
    print(invocation, "SELFHEAL UNKNOWN - " + safe_text(readiness.error().what) + "\n");
    return kNagiosUnknown;
  }
  if (!readiness) return std::unexpected(readiness.error());
  contract::json::array raw;
  const auto checks = look(api, *readiness, invocation.arguments.list("NAME"), raw);
  if (nagios) return print_for_nagios(invocation, checks);
  if (invocation.global.json) {
    print_as_json(invocation, *body, std::move(raw));
  } else {
    print_checks(invocation, checks);
  }
  return problems_in(checks) == 0 ? kOk : kProblemsFound;
}

}  // namespace selfheal::cli
