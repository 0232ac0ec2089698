#include "healing/evidence/sequence_limits.h"

namespace selfheal::healing {
namespace {

SequenceLimit read(RowReader& row) {
  return {.sequence_schema = row.text("sequence_schema"),
          .sequence = row.text("sequence"),
          .sequence_type = row.text("sequence_type"),
          .increment = row.number("increment"),
          .cycles = row.boolean("cycles"),
          .sequence_end = row.number("sequence_end"),
          .last_value = row.optional_number("last_value"),
          .schema = row.text("schema"),
          .table = row.text("table"),
          .column = row.text("column"),
          .column_type = row.text("column_type"),
          .column_end = row.optional_number("column_end"),
          .size_bytes = row.number("size_bytes")};
}

}  // namespace

Result<std::vector<SequenceLimit>> sequence_limits(const Evidence& evidence) {
  return rows_of(evidence, "sequence_limits", read);
}

}  // namespace selfheal::healing
