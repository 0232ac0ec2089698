#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

// What plays the application in tests: a simple blocking session.
namespace selfheal::test {

// The answer to the last statement of what was sent, or its first error.
struct Answer {
  bool ok = false;
  std::string sqlstate;  // empty when ok, and when the connection was lost without a word
  std::string message;
  std::string detail;
  std::string command_tag;
  std::vector<std::vector<std::optional<std::string>>> rows;

  // The field as text; "NULL" for NULL and "" when there is no such field.
  std::string value(std::size_t row = 0, std::size_t column = 0) const;
};

class ClientSession {
 public:
  explicit ClientSession(const std::string& conninfo);  // tries for at most five seconds
  ~ClientSession();
  ClientSession(ClientSession&&) noexcept;
  ClientSession& operator=(ClientSession&&) noexcept;

  bool connected() const;
  const Answer& connecting() const;  // why it is not connected: sqlstate and message
  int backend_pid() const;

  // Runs statements by the simple protocol and waits for the answer.
  Answer exec(const std::string& sql, Duration limit = 30s);
  // Starts statements and returns at once; collect() is called before anything else is sent.
  void send(const std::string& sql);
  bool answered();  // whether collect() would return at once
  // Not ok, with message "no answer within …", when the limit passes.
  Answer collect(Duration limit = 30s);
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Asks again and again until `condition` holds; false when it does not within the limit.
bool wait_until(const std::function<bool()>& condition, Duration limit = 10s);

}  // namespace selfheal::test
