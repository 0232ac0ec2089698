#include "healing/evidence/session_errors.h"

namespace selfheal::healing {
namespace {

EarlierError read(RowReader& row) {
  return {.at = row.time("at"),
          .sqlstate = row.text("sqlstate"),
          .condition = row.text("condition"),
          .transience = row.text("transience"),
          .incident = row.optional_number("incident")};
}

}  // namespace

Result<std::optional<EarlierError>> earlier_error(const Evidence& evidence) {
  TRY(auto rows, rows_of(evidence, kSessionErrors, read));
  if (rows.empty()) return std::optional<EarlierError>();
  return std::optional(std::move(rows.front()));
}

}  // namespace selfheal::healing
