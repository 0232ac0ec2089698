#pragma once

#include <libpq-fe.h>

#include <optional>
#include <string>
#include <vector>

#include "pg/connection.h"

namespace selfheal::pg::internal {

// Puts together what libpq returns for one exchange, row by row: the answers in order, the first error, and
// whether a limit was passed.
class Answers {
 public:
  explicit Answers(ResultLimits limits) : limits_(limits) {}

  // `notices` are those that came since the last result; they go to the statement that ends with this one.
  void add(const PGresult* result, std::vector<Notice>& notices);

  // The first error: later ones are its consequences, and the last may be only "connection lost".
  const std::optional<ServerError>& error() const { return error_; }
  // COPY has no place in this client; the connection cannot be used any more.
  bool copies() const { return copies_; }
  // Which limit was passed, in words; empty when none was.
  const std::string& passed_limit() const { return passed_limit_; }
  std::vector<Rows> take() { return std::move(finished_); }

  // Bytes that came over the socket; a value that is still coming counts with what is here.
  void arrived(std::size_t bytes) { arrived_ += bytes; }
  // Nothing more is wanted of a cut answer.
  bool is_cut() const {
    return limits_.cut && (!passed_limit_.empty() || arrived_ > kWireFactor * limits_.bytes + kSlack);
  }
  std::vector<Rows> take_cut();

 private:
  // The protocol adds five bytes to each value, and a first few hundred to describe the columns.
  static constexpr std::size_t kWireFactor = 2;
  static constexpr std::size_t kSlack = 64u << 10;

  void add_rows(const PGresult* result);
  void finish(const PGresult* result, std::vector<Notice>& notices);

  ResultLimits limits_;
  std::size_t rows_ = 0;
  std::size_t bytes_ = 0;
  std::size_t arrived_ = 0;
  Rows current_;
  std::vector<Rows> finished_;
  std::optional<ServerError> error_;
  std::string passed_limit_;
  bool copies_ = false;
};

}  // namespace selfheal::pg::internal
