#include "pg/internal/answers.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "pg/internal/server_error.h"

namespace selfheal::pg::internal {

void Answers::add(const PGresult* result, std::vector<Notice>& notices) {
  switch (PQresultStatus(result)) {
    case PGRES_SINGLE_TUPLE:
      add_rows(result);
      break;
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
      add_rows(result);
      finish(result, notices);
      break;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
      copies_ = true;
      break;
    default:
      if (!error_) error_ = server_error_of(result);
  }
}

void Answers::add_rows(const PGresult* result) {
  const int columns = PQnfields(result);
  if (current_.columns.empty())
    for (int column = 0; column < columns; ++column) current_.columns.emplace_back(PQfname(result, column));
  for (int row = 0; row < PQntuples(result) && passed_limit_.empty(); ++row) {
    for (int column = 0; column < columns; ++column)
      bytes_ += static_cast<std::size_t>(PQgetlength(result, row, column));
    if (++rows_ > limits_.rows) passed_limit_ = fmt::format("more than {} rows", limits_.rows);
    if (bytes_ > limits_.bytes) passed_limit_ = fmt::format("more than {} bytes", limits_.bytes);
    if (!passed_limit_.empty()) return;
    auto& fields = current_.rows.emplace_back(columns);
    for (int column = 0; column < columns; ++column)
      if (PQgetisnull(result, row, column) == 0)
        fields[column].emplace(PQgetvalue(result, row, column), PQgetlength(result, row, column));
  }
}

std::vector<Rows> Answers::take_cut() {
  if (finished_.empty()) finished_.push_back(std::move(current_));
  finished_.front().is_cut = true;
  return std::move(finished_);
}

void Answers::finish(const PGresult* result, std::vector<Notice>& notices) {
  auto* named = const_cast<PGresult*>(result);  // libpq's readers forgot the const
  current_.command_tag = PQcmdStatus(named);
  const std::string_view count = PQcmdTuples(named);
  std::from_chars(count.data(), count.data() + count.size(), current_.affected);
  current_.notices = std::exchange(notices, {});
  finished_.push_back(std::exchange(current_, {}));
}

}  // namespace selfheal::pg::internal
