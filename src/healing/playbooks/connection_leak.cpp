// The server has no connection left, and most of those it has are idle: one application opens connections and
// does not give them back. Who works or waits is a burst, whose cause is elsewhere.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "healing/evidence/connection_slots.h"
#include "healing/evidence/idle_sessions.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"
#include "healing/remedies/terminate_idle_sessions.h"
#include "pg/redact.h"

namespace selfheal::healing {

extern const Playbook connection_leak;

namespace {

// Connection pools in front of the server, by the application_name they set. They keep connections on
// purpose, and their size is a setting of theirs.
constexpr std::array<std::string_view, 6> kPoolers{"odyssey", "pgagroal",  "pgbouncer",
                                                   "pgcat",   "pgpool-ii", "supavisor"};

// The role whose members may use reserved_connections (PostgreSQL 16): named where the server's own limit is.
constexpr std::string_view kReservedRole = "pg_use_reserved_connections";

// The idle sessions of one application, by role and application_name.
struct Group {
  std::string user;
  std::string application;
  std::int64_t idle = 0;
  std::vector<IdleSessionRow> leaked;  // idle for longest first
  std::int64_t protected_ones = 0;
};

// Whether the refusal was by the limit of one role or database. Those are set on purpose, and the server has
// connections left.
bool is_limit_of_one(const ErrorEvent& event) {
  const auto& objects = event.objects;
  if (!objects.role.empty() && objects.role != kReservedRole) return true;
  return !objects.database.empty() || event.routine == "InitializeSessionUserId" ||
         event.routine == "CheckMyDatabase";
}

std::vector<Group> groups_of(const std::vector<IdleSessionRow>& rows, const Case& facts) {
  const auto leaked_after = setting(connection_leak, facts, "leaked_after_s");
  std::map<std::pair<std::string, std::string>, Group> groups;
  for (const auto& row : rows) {
    if (row.application.starts_with("selfheal") || row.waits_on_purpose) continue;
    auto& group = groups[{row.user, row.application}];
    group.user = row.user;
    group.application = row.application;
    ++group.idle;
    if (row.protected_role)
      ++group.protected_ones;
    else if (to_seconds(facts.now - row.state_change) >= leaked_after)
      group.leaked.push_back(row);
  }
  std::vector<Group> list;
  for (auto& [_, group] : groups) list.push_back(std::move(group));
  std::ranges::sort(
      list, {}, [](const Group& group) { return std::tuple(-group.idle, group.application, group.user); });
  return list;
}

double percent(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 100.0;
}

struct Found {
  ConnectionSlots slots;
  Group group;  // the largest
};

// Nothing when the server is not full, or what fills it is not one application's idle sessions.
Result<std::optional<Found>> find_leak(const Case& facts) {
  if (is_limit_of_one(facts.sighting.exemplar)) return std::nullopt;
  TRY(const auto slots, connection_slots(facts.evidence));
  if (percent(slots.used, slots.allowed) < setting(connection_leak, facts, "used_percent"))
    return std::nullopt;
  if (slots.idle * 2 <= slots.used) return std::nullopt;
  TRY(const auto rows, idle_sessions(facts.evidence));
  auto groups = groups_of(rows, facts);
  if (groups.empty() ||
      percent(groups.front().idle, slots.allowed) < setting(connection_leak, facts, "share_percent"))
    return std::nullopt;
  return std::optional(Found{slots, std::move(groups.front())});
}

bool is_pooler(const std::string& application) {
  std::string lower = application;
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::any_of(kPoolers, [&](std::string_view name) { return lower.starts_with(name); });
}

std::string application_text(const Group& group) {
  const auto shown = pg::redact({.user = group.user, .application = group.application});
  const auto& application = shown.application.text();
  return fmt::format("{} as {}", application.empty() ? "an application without a name" : application,
                     shown.user.text());
}

bool are_mostly_leaked(const Group& group) {
  return static_cast<std::int64_t>(group.leaked.size()) * 2 >= group.idle;
}

std::optional<Restraint> restraint_for(const Case& facts, const Group& group) {
  using enum Restraint::Kind;
  if (group.protected_ones * 2 > group.idle)
    return Restraint{
        .kind = never,
        .reason = "they belong to a superuser or a replication role: a person decides",
        .statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle' AND …;"};
  if (is_pooler(group.application) || keeps_transactions_open(group.application))
    return Restraint{.kind = never,
                     .reason = "a pool or a tool keeps these connections on purpose: make it keep fewer"};
  if (!are_mostly_leaked(group))
    return Restraint{.kind = not_yet,
                     .reason = fmt::format(
                         "{} of its {} idle connections have been idle for {:g} s: it may still use them",
                         group.leaked.size(), group.idle, setting(connection_leak, facts, "leaked_after_s"))};
  return std::nullopt;
}

void explain(Diagnosis& diagnosis, const Case& facts, const Found& found) {
  const auto who = application_text(found.group);
  const auto slots = evidence_id(facts, "connection_slots");
  const auto sessions = evidence_id(facts, "idle_sessions");
  diagnosis.title = fmt::format("{} holds {} of {} connections and does nothing with them", who,
                                found.group.idle, found.slots.allowed);
  diagnosis.explanation = {
      {fmt::format(
           "{} of the {} connections that the server allows are used; {} are idle, {} work, {} wait for "
           "a lock.",
           found.slots.used, found.slots.allowed, found.slots.idle, found.slots.active, found.slots.waiting),
       slots},
      {fmt::format(
           "{} holds {} idle ones outside any transaction, {} of them for longer than {:g} s{}.", who,
           found.group.idle, found.group.leaked.size(), setting(connection_leak, facts, "leaked_after_s"),
           found.group.leaked.empty()
               ? std::string()
               : fmt::format(", the oldest since {}", to_rfc3339(found.group.leaked.front().state_change))),
       sessions},
      {"So that it does not come back: give that application a pool with a limit, its role a CONNECTION "
       "LIMIT, or "
       "set idle_session_timeout for it.",
       {}},
  };
  diagnosis.ruled_out = {
      {"connection_burst", "most connections are idle, so they are not used up by work or by waiting"},
      {"connection_limit_of_one", "the server's own limit is reached, not that of a role or database"},
  };
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  TRY(const auto found, find_leak(facts));
  if (!found) return std::nullopt;
  Diagnosis diagnosis{.playbook = connection_leak.name,
                      .cause = connection_leak.name,
                      .category = Category::connection_issue,
                      .severity = Severity::high};
  explain(diagnosis, facts, *found);
  const auto sessions = evidence_id(facts, "idle_sessions");
  diagnosis.checks = {
      check("server_full", "the server has next to no connection left", true,
            evidence_id(facts, "connection_slots")),
      check("one_application", "most connections are idle, and one application holds the largest part", true,
            sessions),
      check("long_idle", "most of these have been idle for longer than any pool waits",
            are_mostly_leaked(found->group), sessions),
  };
  diagnosis.confidence = confidence_from(diagnosis.checks);
  diagnosis.culprit = {"application", application_text(found->group)};
  diagnosis.restraint = restraint_for(facts, found->group);
  diagnosis.retry = {.safe = true,
                     .scope = "transaction",
                     .after_ms = 1000,
                     .why = "nothing was executed; it works once a connection is free"};
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case& facts) {
  TRY(const auto found, find_leak(facts));
  if (!found || found->group.leaked.empty()) return std::vector<Remedy>{};
  const auto target = setting(connection_leak, facts, "until_percent");
  Leak leak{.user = found->group.user,
            .application = found->group.application,
            .sessions = {},
            .enough = static_cast<std::int64_t>(static_cast<double>(found->slots.allowed) * target / 100)};
  const auto wanted = std::max<std::int64_t>(found->slots.used - leak.enough, 1);
  for (const auto& row : found->group.leaked) {
    if (leak.sessions.size() == kLeakedAtOnce || std::ssize(leak.sessions) >= wanted) break;
    leak.sessions.push_back({row.pid, row.backend_start, row.state_change});
  }
  return std::vector{terminate_idle_sessions(leak)};
}

Result<Verdict> judge(const Case&, const Case& after) {
  TRY(const auto slots, connection_slots(after.evidence));
  const auto used = percent(slots.used, slots.allowed);
  if (used >= setting(connection_leak, after, "used_percent"))
    return Verdict{VerdictWord::unchanged,
                   fmt::format("{} of {} connections are still used", slots.used, slots.allowed)};
  return Verdict{VerdictWord::cured,
                 fmt::format("{} of {} connections are used: new ones get in", slots.used, slots.allowed)};
}

}  // namespace

const Playbook connection_leak{
    .name = "connection_leak",
    .title = "An application opens connections and does not give them back",
    .answers = {sqlstate("53300"), trouble("connections_near_limit")},
    .probes = {"connection_slots", "idle_sessions"},
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for = {"watch_for_s", 60,
                  "a leak fills the server within minutes, and clients try again in seconds"},
    .settings = {{"leaked_after_s", 600,
                  "pools give a connection that nobody uses back within minutes; ten are longer than any of "
                  "them waits"},
                 {"share_percent", 30,
                  "a smaller group is an ordinary pool: the sum of many is a question of their sizes"},
                 {"until_percent", 80, "a fifth of the connections is room to find the leak in"},
                 {"used_percent", 90, "as the watch: less is a busy server with room left"}},
};

}  // namespace selfheal::healing
