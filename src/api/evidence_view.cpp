#include <algorithm>

#include "api/internal/views.h"
#include "healing/evidence/cells.h"

namespace selfheal::api {
namespace {

void redact_rows(contract::EvidenceView& view) {
  for (std::size_t i = 0; i < view.columns.size(); ++i) {
    for (auto& row : view.rows) {
      if (i >= row.size() || !row[i] || row[i]->empty()) continue;
      row[i] = healing::redacted_cell(view.columns[i], *row[i]).text();
    }
  }
  // A cell without a column has no meaning that could be known.
  for (auto& row : view.rows) row.resize(std::min(row.size(), view.columns.size()));
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
