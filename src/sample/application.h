#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "base/words.h"
#include "pg/connection_string.h"

// A small application with a database of its own, which gets into trouble when it is told to. Selfheal treats
// it like any other: it learns of its troubles from the server alone.
namespace selfheal::sample {

struct Employee {
  std::int64_t id = 0;
  std::string name;
  std::string email;
  std::string department;
};

struct NewEmployee {
  std::string name;
  std::string email;
  std::string department;
};

// Why the database or the form did not take something. PostgreSQL's own message may hold what the visitor
// wrote, and goes to nobody but that visitor.
struct Rejection {
  std::string field;     // name, email, department; empty: not a matter of one field
  std::string what;      // for the visitor
  std::string sqlstate;  // empty: it never came to the database
};

struct Added {
  std::optional<Employee> employee;
  std::optional<Rejection> rejection;  // exactly one of the two
};

// A trouble that a visitor may cause.
struct Trouble {
  std::string_view name;   // "lock"
  std::string_view title;  // of the button
  std::string_view what;   // happens then, in a sentence
  std::vector<std::string_view>
      statements;  // that really run, in order; each says its session when there are two
};

// What became of causing one.
struct Caused {
  std::string sqlstate;  // the error the application got; empty: none
  std::string message;   // PostgreSQL's, or ours when there was no error
};

enum class LockState { waiting, went_through, failed, cleared };
BOOST_DESCRIBE_ENUM(LockState, waiting, went_through, failed, cleared)

// One session that forgot its transaction, and another that waits for it. Everything as these two sessions
// saw it.
struct Lock {
  int number = 0;      // 1, 2, 3 … since the start
  std::string email;   // of the row
  int holder_pid = 0;  // of the server's process for the session that forgot its transaction
  int waiter_pid = 0;  // of the one that waits; 0 while it connects
  Time since{};        // the waiting session asked for the row
  LockState state = LockState::waiting;
  std::optional<Time> ended_at;  // absent while it waits
  std::string sqlstate;          // why waiting failed; empty otherwise
  std::string holder_sqlstate;   // how the forgotten session ended: 57P01 when somebody terminated it
};

struct Options {
  asio::any_io_executor executor;
  pg::ConnectionTarget target;
};

// All calls on the executor's one thread. Fails with unavailable when the database cannot be reached.
class Application {
 public:
  // `clock` outlives it. Nothing is connected to before it is needed.
  Application(Options options, Clock& clock);
  ~Application();  // stop() first
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  // Newest first, at most kListed.
  Task<std::vector<Employee>> employees(Deadline deadline);
  // Adds, and removes the oldest that visitors added beyond kVisitorsRows.
  Task<Added> add(NewEmployee employee, Deadline deadline);

  // not_found: there is no such trouble. conflict: kLocksAtOnce sessions wait already.
  Task<Caused> cause(std::string trouble, Deadline deadline);
  // Those that wait, and the last that did; newest first.
  std::vector<Lock> locks() const;
  // The database's name, as the target has it.
  const std::string& database() const;
  // Ends every session that holds a lock, as an administrator would who does not know Selfheal.
  void clear_up();
  // Ends all sessions. Afterwards every call fails with `unavailable`.
  asio::awaitable<void> stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::span<const Trouble> troubles();
// What makes schema and tables; see the file.
std::string_view setup_sql();

// The name that its sessions show to the server.
inline constexpr std::string_view kApplicationName = "employees-web";
inline constexpr std::string_view kSchema = "staff";
// Those of setup.sql.
inline constexpr std::string_view kDepartments[] = {"Engineering", "Finance", "Sales", "Support"};
// More nobody reads in a demonstration.
inline constexpr int kListed = 50;
inline constexpr int kVisitorsRows = 200;
inline constexpr std::size_t kNameCharacters = 100;
inline constexpr std::size_t kEmailCharacters = 254;  // RFC 5321, section 4.5.3.1.3
// One of each founder that troubles may lock; each costs two sessions.
inline constexpr std::size_t kLocksAtOnce = 3;
// A trouble that nobody looks after ends by itself: longer than any visitor looks on.
inline constexpr Duration kLockMost = 10min;
// A visitor whose row somebody holds is not left waiting; the error is one more for Selfheal to see.
inline constexpr const char* kVisitorsLockTimeout = "5s";
// Beside those that locks hold. A server of ours allows sixty.
inline constexpr int kSessions = 4;

}  // namespace selfheal::sample
