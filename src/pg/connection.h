#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "base/task.h"

// The asynchronous PostgreSQL client: libpq's non-blocking interface on the calling coroutine's thread.
namespace selfheal::pg {

// What the server said beside the result, at level WARNING, NOTICE or INFO. GRANT, ANALYZE and VACUUM without
// the rights succeed and only warn: who runs them reads these. The text is the server's own and may hold
// values.
struct Notice {
  std::string severity;  // in English, whatever lc_messages says
  std::string sqlstate;
  std::string message;
};

// A parameter or a field in PostgreSQL's text form; nothing is NULL. See pg/params.h.
using Param = std::optional<std::string>;

// The answer to one statement that succeeded.
struct Rows {
  std::vector<std::string> columns;
  std::vector<std::vector<Param>> rows;  // each as long as `columns`
  std::string command_tag;               // "UPDATE 3"
  std::int64_t affected = 0;             // rows the statement touched or returned, 0 when it does not say
  // The first kNotices of them. In a script a notice may stand with the statement before its own: libpq reads
  // ahead.
  std::vector<Notice> notices;
  bool is_cut = false;  // there was more, see ResultLimits::cut
};

// A rejection in the server's own words, which may hold values of the application. For callers that need more
// than the value-free Error: they redact before the text goes anywhere.
struct ServerError {
  std::string severity;  // in English: ERROR, FATAL or PANIC
  std::string sqlstate;  // empty when the connection was lost without a word
  std::string message;
  std::string detail;
  std::string hint;
  std::string context;
  std::string schema;
  std::string table;
  std::string column;
  std::string datatype;
  std::string constraint;
  int position = 0;  // character of the statement, from 1; 0 when not told
};

// A longer answer is an error that names the limit. The rest is read and thrown away, so the connection stays
// usable.
struct ResultLimits {
  // Far above what any query of ours returns; a runaway join is stopped before it fills the memory.
  std::size_t rows = 100'000;
  std::size_t bytes = 64u << 20;
  // A longer answer is cut instead: what fits is returned, the server is asked to cancel the rest, and the
  // connection is closed. Only this bounds what one huge value takes of our memory.
  bool cut = false;
};
// Notices kept of one statement: enough to see what was skipped.
inline constexpr std::size_t kNotices = 100;

struct ConnectOptions {
  std::string name;      // stands for the server in error messages: "orders-1"
  std::string conninfo;  // libpq's key=value pairs or URL, without password
  Secret password;       // empty: none, or what libpq finds in its password file
  std::string application_name = "selfheal";
  // More session settings, for example {"statement_timeout", "2s"}. DateStyle, TimeZone, client_encoding and
  // the others that decide how values read are ours and cannot be changed here.
  std::vector<std::pair<std::string, std::string>> settings;
};

// One session. It belongs to the thread it was made on for life, runs one statement at a time, and ends with
// the object.
//
// Errors: unavailable when the server cannot be reached, is starting, stopping or out of slots, or the
// connection was lost; timed_out when the deadline passed or the server cancelled the statement (57014);
// refused for missing rights and failed logins; conflict for what a retry may cure (40001, 40P01, 55P03);
// invalid_input for parameters that PostgreSQL cannot take; failed otherwise. Messages hold no text of the
// server except about the login itself.
//
// When a deadline passes, or the awaiting coroutine is cancelled, in the middle of a statement, the server is
// asked to cancel it and the connection is closed: a request that comes late must never hit the next
// statement.
class Connection {
 public:
  // Host names are looked up without blocking the thread; all addresses of all hosts are tried in order.
  // Fails with invalid_input, never repeating it, when the conninfo cannot be read.
  static Task<std::unique_ptr<Connection>> connect(ConnectOptions options, Deadline deadline);
  struct State;
  explicit Connection(std::unique_ptr<State> state);  // connect() is the only maker: nobody else has a State
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Exactly one statement, by the extended protocol, with $1 … for the parameters.
  Task<Rows> query(std::string sql, std::vector<Param> params, Deadline deadline, ResultLimits limits = {});
  // Statements separated by semicolons, by the simple protocol: one implicit transaction unless they say
  // otherwise. The answers in order, or the first error. The limits hold for all of them together.
  Task<std::vector<Rows>> script(std::string sql, Deadline deadline, ResultLimits limits = {});

  // False once the connection was closed or lost. A server that went away while nothing ran is noticed by the
  // next statement only.
  bool usable() const;
  // True between BEGIN and COMMIT or ROLLBACK, also when the transaction has failed.
  bool in_transaction() const;
  int backend_pid() const;     // 0 when closed
  int server_version() const;  // 150020 for 15.20; 0 when closed
  // A setting the server reports by itself (server_version, in_hot_standby, …); empty when it does not.
  std::string server_parameter(const std::string& name) const;
  const std::string& name() const;
  // Why the last statement was rejected. Lives until the next statement starts.
  const ServerError& last_error() const;
  // Ends the session now; may be called twice. No statement may be running.
  void close();

 private:
  std::unique_ptr<State> state_;
};

// The code by which callers of ours act on a SQLSTATE, as described at Connection.
ErrorCode error_code_of(std::string_view sqlstate);

}  // namespace selfheal::pg
