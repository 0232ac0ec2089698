#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "model/error_event.h"
#include "pg/connection.h"
#include "pg/connection_string.h"
#include "watch/ports.h"

// The table error_logs (id, error_code, error_message, source, created_at) of a watched database:
// applications report an error by INSERT, and what Selfheal saw can be read there. Used only where the owner
// made it ready (error_logs_script).
namespace selfheal::watch {

// Looking for the table while there is none, and for rows while there is one.
inline constexpr Duration kErrorLogsSearch = 30s;
inline constexpr Duration kErrorLogsPeriod = 1s;
inline constexpr Duration kErrorLogsRetry = 2s;
// Rows taken or written at once: with what a row may hold, 65 kB, some tens of megabytes.
inline constexpr int kErrorLogsRows = 500;

struct ErrorLogsOptions {
  ServerId server;
  pg::ConnectionTarget target;  // of a role that may write, see error_logs_script
  // Classifies and names an event, as for the tail; parses no SQL.
  std::function<Sighting(ErrorEvent)> name;
};

// What the owner of the database runs, with Selfheal's role in its place. May be run again.
std::string error_logs_script(const std::string& role);

// Exactly once in both directions: a row that arrived is forgotten after it was filed, under a key that the
// store knows again; what is written and how far is one transaction.
class ErrorLogs {
 public:
  // `book` and `clock` outlive this object.
  ErrorLogs(ErrorLogsOptions options, SightingBook& book, Clock& clock);

  // On the control thread, until cancelled. Has a connection only where there is a table.
  StatusTask run();

  // "absent", "in use", or why it does not work at the moment; without values.
  const std::string& state() const { return state_; }

 private:
  StatusTask round();
  StatusTask connect(Deadline deadline);
  StatusTask file_arrived(Deadline deadline);
  StatusTask write_sightings(Deadline deadline);
  StatusTask read_written(Deadline deadline);

  ErrorLogsOptions options_;
  SightingBook& book_;
  Clock& clock_;
  std::unique_ptr<pg::Connection> connection_;
  std::string table_;  // quoted, with its schema; empty: there is none
  std::string installation_;
  std::int64_t written_ = 0;  // of our sightings, up to this number
  std::string state_ = "absent";
};

// The event that a row reports. A code that is no SQLSTATE is the application's own; the message's template
// may tell the SQLSTATE then.
ErrorEvent event_of_row(std::int64_t number, std::string code, std::string message, std::string source,
                        Time at);

}  // namespace selfheal::watch
