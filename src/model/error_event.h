#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"
#include "base/time.h"
#include "base/words.h"
#include "pg/object_names.h"

namespace selfheal {

// Where an event was seen; `error_logs` is the table of that name in a watched database.
enum class Intake { log, wire, api, watch, error_logs };
BOOST_DESCRIBE_ENUM(Intake, log, wire, api, watch, error_logs)

// What makes one event the same event when it is read twice: PostgreSQL numbers the log lines of each
// session.
struct EventKey {
  Time at{};
  std::string session_id;
  std::int64_t line_number = 0;

  friend auto operator<=>(const EventKey&, const EventKey&) = default;
};

// One error (or, from `watch`, one trouble that raised no error) as its intake saw it. The texts are raw:
// they may hold values of the application. They leave the process only through pg::redact, or into the
// evidence table.
struct ErrorEvent {
  ServerId server;
  Intake intake = Intake::log;
  EventKey key;
  // Five characters; empty when the intake did not learn it. From `watch`, empty: `trouble` says what was
  // seen.
  std::string sqlstate;
  // What the application calls its error, when that is no SQLSTATE.
  std::string code;
  // The name of a watch finding, e.g. "blocked_sessions", or of a line of the log that is no error, e.g.
  // "temp_file"; empty for errors.
  std::string trouble;
  // PostgreSQL's word: ERROR, FATAL, PANIC, WARNING, LOG.
  std::string level;
  std::string message;
  std::string detail;
  std::string hint;
  std::string context;
  std::string statement;
  std::string internal_query;
  std::string database;
  std::string user;
  std::string application;
  std::string client_host;
  std::string backend_type;
  std::string
      routine;  // func_name of log_error_verbosity=verbose: language-independent identity of the message
  std::int64_t query_id = 0;
  int pid = 0;
  Time session_start{};
  // Typed object names, from protocol fields where the intake has them, else from the message's template.
  pg::ObjectNames objects;
};

// Whether somebody's session made the error, so that there is who waits for an answer and may repeat the
// statement. No for the server's own processes: autovacuum, replication, checkpointer … An unknown process
// counts as a session.
bool has_caller(const ErrorEvent& event);

}  // namespace selfheal
