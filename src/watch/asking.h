#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "base/worker.h"
#include "pg/connection.h"
#include "pg/connection_string.h"
#include "pg/read_only.h"

// SQL that a person or a model wrote, run against a watched database so that it can only read. The one place
// that does: chat, `selfheal sql`, the SQL console and MCP all come through here.
namespace selfheal::watch {

inline constexpr Duration kAskTimeout = 5s;
inline constexpr std::size_t kAskRows = 1000;
inline constexpr std::size_t kAskBytes = 5u << 20;
// Sessions that foreign SQL may have on one server at once: doctor gives the role a CONNECTION LIMIT of 2.
inline constexpr std::size_t kAsksAtOnce = 2;

struct Answer {
  std::vector<std::string> columns;
  std::vector<std::vector<pg::Param>> rows;
  bool is_cut = false;  // there was more than the limits allow
  Duration took{};
};

// Why there is no answer. `refusal` is set when the gate said no; else the server's own words, which may hold
// values.
struct Unanswered {
  std::optional<pg::Refusal> refusal;
  std::string sqlstate;
  std::string message;
  int position = 0;  // character of the text, from 1
};

struct AskingOptions {
  std::string name;
  pg::ConnectionTarget target;  // the role selfheal_ask, or one that may read
  Duration timeout = kAskTimeout;
  std::size_t rows = kAskRows;
  std::size_t bytes = kAskBytes;
};

// Each statement has a session of its own, in an explicit READ ONLY transaction that is always rolled back,
// by the extended protocol, which takes one statement. Cancelling the coroutine cancels the statement on the
// server.
asio::awaitable<std::expected<Answer, Unanswered>> ask_read_only(AskingOptions options, std::string sql,
                                                                 WorkerPool& workers, Clock& clock);

}  // namespace selfheal::watch
