#include "healing/remedies/cancel_waiting_ddl.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"
#include "pg/params.h"

namespace selfheal::healing {
namespace {

// `d` names the sessions; $4 and $5 are the table. pg_locks is read afresh by each statement.
constexpr const char* kStillWaiting =
    "a.backend_start = d.backend_start AND a.query_start = d.query_start AND a.state = 'active' "
    "AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid() AND a.usename <> current_user "
    "AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = a.usesysid AND (r.rolsuper OR r.rolreplication)) "
    "AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND NOT l.granted AND l.locktype = 'relation' "
    "AND l.database = $4::oid AND l.relation = $5::oid AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', "
    "'ExclusiveLock', 'AccessExclusiveLock')) "
    "AND EXISTS (SELECT FROM pg_locks w WHERE NOT w.granted AND w.locktype = 'relation' "
    "AND w.database = $4::oid AND w.relation = $5::oid AND w.pid <> ALL ($1::int[]) "
    "AND a.pid = ANY (pg_blocking_pids(w.pid)))";

// As the probe lock_queues tells it.
constexpr const char* kNothingToLose =
    " AND (a.xact_start = a.query_start AND a.query !~ ';\\s*\\S' AND length(a.query) < 1000 "
    "OR NOT EXISTS (SELECT FROM pg_locks o WHERE o.pid = a.pid AND o.granted AND o.locktype = 'relation' "
    "AND o.relation >= 16384 AND o.mode NOT IN ('AccessShareLock', 'RowShareLock', "
    "'ShareUpdateExclusiveLock')))";

Step cancel(const LockQueue& queue, const std::string& condition) {
  std::vector<std::string> pids, starts, queries, shown;
  for (const auto& session : queue.waiting) {
    pids.push_back(std::to_string(session.pid));
    starts.push_back(to_timestamptz(session.backend_start));
    queries.push_back(to_timestamptz(session.query_start));
    shown.push_back(fmt::format("SELECT pg_cancel_backend({});", session.pid));
  }
  return {.sql =
              "SELECT pg_cancel_backend(a.pid) AS cancelled "
              "FROM unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) "
              "AS d (pid, backend_start, query_start) JOIN pg_stat_activity a ON a.pid = d.pid WHERE " +
              condition,
          .params = {pg::to_array(pids), pg::to_array(starts), pg::to_array(queries),
                     std::to_string(queue.database_oid), std::to_string(queue.table_oid)},
          .shown = fmt::format("{}", fmt::join(shown, " "))};
}

std::string target_of(const LockQueue& queue) {
  std::vector<int> pids;
  for (const auto& session : queue.waiting) pids.push_back(session.pid);
  return fmt::format("session{} {}", pids.size() == 1 ? "" : "s", fmt::join(pids, ", "));
}

}  // namespace

const RemedyKind kCancelWaitingDdl{
    .name = "cancel_waiting_ddl",
    .title = "Cancel a schema change that waits for a table and holds up all others",
    .level = Level::automatic,
    .risk = "nothing is lost: the statement has not begun its work; its owner must run it again",
    .lock = "none",
    .who_notices = "the client that wanted to change the table, with SQLSTATE 57014",
    .leaves_sqlstate = "57014",
    .undo = "none is needed or possible: the statement changed nothing; run it again",
};

const RemedyKind kCancelWaitingTransaction{
    .name = "cancel_waiting_transaction",
    .title = "Cancel a statement that waits for a whole table in the middle of its transaction",
    .level = Level::approval,
    .risk = "what its transaction has done so far is rolled back; its client must run all of it again",
    .lock = "none",
    .who_notices = "the client that wanted the table, with SQLSTATE 57014",
    .leaves_sqlstate = "57014",
    .undo = "none is possible: PostgreSQL rolls the transaction back; run it again",
};

Remedy cancel_waiting_ddl(const LockQueue& queue, const RemedyKind& kind) {
  CHECK(!queue.waiting.empty());
  const bool loses_nothing = &kind == &kCancelWaitingDdl;
  const Guard guard{
      .condition = std::string(kStillWaiting) + (loses_nothing ? kNothingToLose : ""),
      .in_words = fmt::format("{} still waits with that statement for a lock on the table and has not got "
                              "it, others wait behind it{}",
                              target_of(queue),
                              loses_nothing ? ", and its transaction has nothing else to lose" : "")};
  const auto& first = queue.waiting.front();
  return Remedy(guard, cancel(queue, guard.condition),
                {.kind = &kind,
                 .target = target_of(queue),
                 .target_key = fmt::format("session:{}@{}", first.pid, to_timestamptz(first.backend_start)),
                 .database = queue.database});
}

}  // namespace selfheal::healing
