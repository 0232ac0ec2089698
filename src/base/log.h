#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <vector>

// Our own log, on standard error. An error is logged once, by whoever decides what to do about it. Nothing
// that came out of a watched database is logged unredacted: names of servers, SQLSTATEs and object names,
// never values. All functions may be called from any thread.
namespace selfheal::log {

enum class Level { debug, info, warning, error };

// `json`: one JSON object a line (for collectors); otherwise "time level text".
void configure(Level least, bool json);
void write(Level level, std::string_view text);

// Until the returned object dies, lines of level error go to `lines()` instead of standard error. For tests
// that expect them: a test program whose code logs an unexpected error fails (tests/support/test_main.cpp).
class ExpectErrors {
 public:
  ExpectErrors();
  ~ExpectErrors();
  ExpectErrors(const ExpectErrors&) = delete;
  ExpectErrors& operator=(const ExpectErrors&) = delete;
  std::vector<std::string> lines() const;
};
// How many error lines were written while nobody expected any.
int unexpected_errors();

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace selfheal::log
