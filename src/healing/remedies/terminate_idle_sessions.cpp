#include "healing/remedies/terminate_idle_sessions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "base/check.h"
#include "pg/params.h"

namespace selfheal::healing {
namespace {

// `d` names the sessions; $4 is how many connections are few enough.
constexpr const char* kStillIdle =
    "a.backend_start = d.backend_start AND a.state_change = d.state_change AND a.state = 'idle' "
    "AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid() AND a.usename <> current_user "
    "AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = a.usesysid AND (r.rolsuper OR r.rolreplication)) "
    "AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.granted AND l.locktype <> "
    "'virtualxid') "
    "AND (SELECT count(*) FROM pg_stat_activity c WHERE c.backend_type = 'client backend') > $4::int";

Step end_batch(std::span<const LeakedSession> batch, std::int64_t enough) {
  std::vector<std::string> pids, starts, changes, shown;
  for (const auto& session : batch) {
    pids.push_back(std::to_string(session.pid));
    starts.push_back(to_timestamptz(session.backend_start));
    changes.push_back(to_timestamptz(session.state_change));
    shown.push_back(fmt::format("SELECT pg_terminate_backend({});", session.pid));
  }
  return {.sql = std::string("SELECT pg_terminate_backend(a.pid) AS ended "
                             "FROM unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) "
                             "AS d (pid, backend_start, state_change) "
                             "JOIN pg_stat_activity a ON a.pid = d.pid WHERE ") +
                 kStillIdle,
          .params = {pg::to_array(pids), pg::to_array(starts), pg::to_array(changes), std::to_string(enough)},
          .shown = fmt::format("{}", fmt::join(shown, " "))};
}

// An idle session is gone within milliseconds; what a transaction once read of the activity it keeps.
Step count_anew() {
  return {.sql = "SELECT pg_sleep(0.1), pg_stat_clear_snapshot()",
          .params = {},
          .shown = "SELECT pg_sleep(0.1), pg_stat_clear_snapshot();"};
}

std::string target_of(const Leak& leak) {
  std::vector<int> pids;
  for (const auto& session : leak.sessions) pids.push_back(session.pid);
  return fmt::format("session{} {}", pids.size() == 1 ? "" : "s", fmt::join(pids, ", "));
}

}  // namespace

const RemedyKind kTerminateIdleSessions{
    .name = "terminate_idle_sessions",
    .title = "End connections that an application has left idle",
    .level = Level::automatic,
    .risk = "settings and prepared statements of those sessions are lost; no work is, since none was open",
    .lock = "none",
    .who_notices =
        "the application that left them, with SQLSTATE 57P01, should it use one again; pools reconnect",
    .leaves_sqlstate = "57P01",
    .undo = "none is needed or possible: the application connects again when it needs to",
};

Remedy terminate_idle_sessions(const Leak& leak) {
  CHECK(!leak.sessions.empty() && leak.sessions.size() <= kLeakedAtOnce);
  const std::span all(leak.sessions);
  std::vector<Step> after;
  for (std::size_t at = kLeakedBatch; at < all.size(); at += kLeakedBatch) {
    after.push_back(count_anew());
    after.push_back(end_batch(all.subspan(at, std::min(kLeakedBatch, all.size() - at)), leak.enough));
  }
  return Remedy({.condition = kStillIdle,
                 .in_words = fmt::format(
                     "each session is still the one that was seen, idle since the same moment, outside any "
                     "transaction and without a lock, and the server has more than {} connections",
                     leak.enough)},
                end_batch(all.first(std::min(kLeakedBatch, all.size())), leak.enough),
                {.kind = &kTerminateIdleSessions,
                 .target = target_of(leak),
                 .target_key = fmt::format("idle sessions:{}/{}", leak.user, leak.application),
                 .database = {},
                 .after = std::move(after)});
}

}  // namespace selfheal::healing
