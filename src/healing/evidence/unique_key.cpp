#include "healing/evidence/unique_key.h"

namespace selfheal::healing {
namespace {

UniqueKeyColumn read(RowReader& row) {
  UniqueKeyColumn column{.schema = row.text("schema"),
                         .table = row.text("table"),
                         .root_schema = row.text("root_schema"),
                         .root_table = row.text("root_table"),
                         .is_primary = row.boolean("is_primary"),
                         .key_columns = static_cast<int>(row.number("key_columns")),
                         .position = static_cast<int>(row.number("position")),
                         .column = row.text("column"),
                         .column_type = row.text("column_type"),
                         .generated_always = row.boolean("generated_always"),
                         .sequence_schema = row.text("sequence_schema"),
                         .sequence = row.text("sequence"),
                         .increment = row.number("increment"),
                         .cycles = row.boolean("cycles"),
                         .value_limit = row.number("value_limit"),
                         .is_called = row.boolean("is_called")};
  // Only where a sequence feeds the column are the two values whole numbers.
  if (!column.sequence.empty()) {
    column.last_value = row.optional_number("last_value");
    column.max_value = row.optional_number("max_value");
  }
  return column;
}

}  // namespace

Result<std::vector<UniqueKeyColumn>> unique_key(const Evidence& evidence) {
  return rows_of(evidence, "unique_key", read);
}

}  // namespace selfheal::healing
