#include <optional>

#include "api/internal/views.h"
#include "healing/evidence/cells.h"

namespace selfheal::api {
namespace {

void redact_rows(contract::EvidenceView& view) {
  for (auto& row : view.rows) {
    const auto shown = healing::redacted_row(view.columns, row);
    row.clear();
    for (const auto& cell : shown) row.push_back(cell ? std::optional(cell->text()) : std::nullopt);
  }
}

}  // namespace

contract::EvidenceView view_of(const EvidenceItem& item, bool raw) {
  contract::EvidenceView view{.id = item.id,
                              .probe = item.probe,
                              .status = to_word(item.status),
                              .why = item.why,
                              .taken_at = item.taken_at,
                              .took_s = to_seconds(item.took),
                              .sql = item.sql,
                              .columns = item.columns,
                              .row_count = static_cast<std::int64_t>(item.rows.size()),
                              .rows = item.rows,
                              .raw = raw};
  if (!raw) redact_rows(view);
  return view;
}

}  // namespace selfheal::api
