#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "model/error_class.h"
#include "model/error_event.h"

namespace selfheal::analysis {

// Kept of each generation; see pg/statement_names.h.
inline constexpr std::size_t kKeptMessages = 4096;
inline constexpr std::size_t kKeptMessageBytes = 1u << 10;

// What an event without its statement is: the same for all with the same code and message.
struct MessageName {
  std::string family;
  ErrorClass error_class;
};

// Classes and names of many events, the frequent ones from memory. Says what healing::sighting_of says. One
// thread at a time, with a worker's stack.
class EventNames {
 public:
  explicit EventNames(const Clock* stopwatch);
  ~EventNames();
  EventNames(const EventNames&) = delete;
  EventNames& operator=(const EventNames&) = delete;

  struct Named {
    const MessageName* message;  // until the next call
    std::uint64_t fingerprint;   // the 16 hexadecimal digits as a number
  };
  Named name(const ErrorEvent& event);

  std::int64_t parses() const;
  std::chrono::nanoseconds sql_time() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::analysis
