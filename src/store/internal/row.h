#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "base/words.h"
#include "pg/connection.h"
#include "store/internal/json.h"

namespace selfheal::store {

// One row of an answer, read column by column. The first column that is absent, or holds what does not fit,
// becomes the row's error; what is read then is a default. `rows` must outlive it.
class Row {
 public:
  Row(const pg::Rows& rows, std::size_t index) : rows_(rows), index_(index) {}

  std::string text(std::string_view column);
  std::int64_t number(std::string_view column);
  std::uint64_t unsigned_number(std::string_view column);
  double real(std::string_view column);
  bool truth(std::string_view column);
  Time time(std::string_view column);
  bool is_null(std::string_view column);

  std::optional<std::int64_t> optional_number(std::string_view column);
  std::optional<Time> optional_time(std::string_view column);
  std::optional<std::string> optional_text(std::string_view column);

  template <class Enum>
  Enum word(std::string_view column) {
    const auto found = from_word<Enum>(text(column));
    if (!found) fail(column);
    return found.value_or(Enum{});
  }
  template <class T>
  T from_json(std::string_view column) {
    T out{};
    if (const auto* field = find(column); field && *field)
      keep(parse_json(**field, column, out));
    else
      fail(column);
    return out;
  }
  template <class T>
  std::optional<T> optional_json(std::string_view column) {
    if (is_null(column)) return std::nullopt;
    return from_json<T>(column);
  }

  const Status& status() const { return status_; }

 private:
  const pg::Param* find(std::string_view column);
  void fail(std::string_view column);
  void keep(const Status& status);
  const pg::Rows& rows_;
  std::size_t index_;
  Status status_;
};

}  // namespace selfheal::store
