#pragma once

#include <expected>
#include <string>
#include <utility>

// What can fail returns Result<T>, or Status when there is no value. Nothing of ours throws.
//
// An Error says in words what was tried, on what, and what came back; it holds no user data (no literal of a
// query, no password). The code exists for callers that act differently on it, and only for those.
namespace selfheal {

enum class ErrorCode {
  failed,         // no caller acts on more than the message
  invalid_input,  // what came from outside does not fit; the message names what and where
  not_found,
  conflict,     // it changed meanwhile: a stale plan, a resolved incident
  refused,      // policy or rights say no
  unavailable,  // a server or our store cannot be reached now; trying later may help
  timed_out,
  cancelled,
};

struct Error {
  ErrorCode code = ErrorCode::failed;
  std::string message;
  // The five-character code when PostgreSQL answered with an error, else empty.
  std::string sqlstate = {};
};

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};
using Status = Result<void>;

inline std::unexpected<Error> failure(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}
inline std::unexpected<Error> failure(std::string message) {
  return failure(ErrorCode::failed, std::move(message));
}

}  // namespace selfheal

#define SELFHEAL_CONCAT2(a, b) a##b
#define SELFHEAL_CONCAT(a, b) SELFHEAL_CONCAT2(a, b)
#define SELFHEAL_TRY(keyword, temporary, declaration, ...)               \
  auto temporary = (__VA_ARGS__);                                        \
  if (!temporary) keyword std::unexpected(std::move(temporary).error()); \
  declaration = std::move(*temporary)
#define SELFHEAL_TRY_OK(keyword, temporary, ...)                           \
  do {                                                                     \
    auto temporary = (__VA_ARGS__);                                        \
    if (!temporary) keyword std::unexpected(std::move(temporary).error()); \
  } while (false)

// TRY(auto rows, parse(text));  unwraps, or returns the error. TRY_OK is for a Status. CO_ forms for
// coroutines.
#define TRY(declaration, ...) \
  SELFHEAL_TRY(return, SELFHEAL_CONCAT(try_result_, __LINE__), declaration, __VA_ARGS__)
#define CO_TRY(declaration, ...) \
  SELFHEAL_TRY(co_return, SELFHEAL_CONCAT(try_result_, __LINE__), declaration, __VA_ARGS__)
#define TRY_OK(...) SELFHEAL_TRY_OK(return, SELFHEAL_CONCAT(try_result_, __LINE__), __VA_ARGS__)
#define CO_TRY_OK(...) SELFHEAL_TRY_OK(co_return, SELFHEAL_CONCAT(try_result_, __LINE__), __VA_ARGS__)
