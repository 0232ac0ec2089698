#include "watch/census.h"

#include "watch/internal/session_row.h"

namespace selfheal::watch {

Result<Census> read_census(pg::Rows rows) {
  const auto item = internal::as_item("census", std::move(rows));
  if (item.rows.empty()) return failure("the census brought no row");
  Census census;
  for (std::size_t i = 0; i < item.rows.size(); ++i) {
    healing::RowReader row(item, i);
    if (i == 0) {
      const auto count = [&](const char* column) { return static_cast<int>(row.number(column)); };
      census = {.at = row.time("at"),
                .max_connections = count("max_connections"),
                .clients = count("clients"),
                .active = count("active"),
                .idle = count("idle"),
                .idle_in_transaction = count("idle_in_transaction"),
                .waiting = count("waiting")};
    }
    if (row.optional_number("pid"))
      census.transactions.push_back({internal::read_session(row), row.number("xmin_age")});
    TRY_OK(row.status());
  }
  return census;
}

}  // namespace selfheal::watch
