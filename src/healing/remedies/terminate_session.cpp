#include "healing/remedies/terminate_session.h"

#include <fmt/format.h>

namespace selfheal::healing {

const RemedyKind kTerminateSession{
    .name = "terminate_session",
    .title = "End a session that forgot its open transaction",
    .level = Level::automatic,
    .risk =
        "the session's uncommitted work is rolled back; its client must connect and run the transaction "
        "again",
    .lock = "none",
    .who_notices = "the client of that one session, with SQLSTATE 57P01",
    .leaves_sqlstate = "57P01",
    .undo = "none is needed or possible: PostgreSQL rolled the transaction back",
};

Remedy terminate_session(const IdleSession& session) {
  // Privileged and internal backends are excluded here too, whatever the evidence said.
  const Guard guard{
      .condition =
          "a.pid = $1::int AND a.backend_start = $2::timestamptz AND a.xact_start = $3::timestamptz "
          "AND a.state_change = $4::timestamptz AND a.state IN ('idle in transaction', 'idle in transaction "
          "(aborted)') AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid() "
          "AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = a.usesysid AND (r.rolsuper OR "
          "r.rolreplication))",
      .in_words =
          fmt::format("session {} is still the one that started at {} and is still idle in the transaction "
                      "it began at {}",
                      session.pid, to_rfc3339(session.backend_start), to_rfc3339(session.xact_start)),
  };
  const Step step{
      .sql = "SELECT pg_terminate_backend(a.pid, 5000) AS ended FROM pg_stat_activity a WHERE " +
             guard.condition,
      .params = {std::to_string(session.pid), to_timestamptz(session.backend_start),
                 to_timestamptz(session.xact_start), to_timestamptz(session.state_change)},
      .shown = fmt::format("SELECT pg_terminate_backend({}, 5000);", session.pid),
  };
  return Remedy(
      guard, step,
      {.kind = &kTerminateSession,
       .target = fmt::format("session {}", session.pid),
       .target_key = fmt::format("session:{}@{}", session.pid, to_timestamptz(session.backend_start)),
       .database = session.database});
}

}  // namespace selfheal::healing
