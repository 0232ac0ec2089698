#include "watch/internal/session_row.h"

#include <algorithm>

#include "base/check.h"
#include "watch/internal/embedded_queries.h"

namespace selfheal::watch::internal {

EvidenceItem as_item(std::string query, pg::Rows rows) {
  return {.probe = std::move(query),
          .status = ProbeStatus::answered,
          .columns = std::move(rows.columns),
          .rows = std::move(rows.rows)};
}

SessionSeen read_session(healing::RowReader& row) {
  return {.pid = static_cast<int>(row.number("pid")),
          .backend_start = row.time("backend_start"),
          .xact_start = row.time("xact_start"),
          .state_change = row.time("state_change"),
          .state = row.text("state"),
          .backend_type = row.text("backend_type"),
          .user = row.text("user_name"),
          .application = row.text("application"),
          .database = row.text("database"),
          .client_address = row.text("client_address"),
          .query = row.text("query")};
}

std::string query_text(std::string_view name) {
  const auto files = embedded::watch_queries();
  const auto found = std::ranges::find(files, std::string(name) + ".sql", &EmbeddedFile::name);
  CHECK(found != files.end());
  auto text = found->text;
  while (text.ends_with('\n') || text.ends_with(';')) text.remove_suffix(1);
  return std::string(text);
}

}  // namespace selfheal::watch::internal
