#include "healing/evidence/relation_columns.h"

namespace selfheal::healing {
namespace {

RelationColumn read(RowReader& row) {
  RelationColumn column{.schema = row.text("schema"),
                        .table = row.text("table"),
                        .column = row.text("column"),
                        .type = row.text("column_type"),
                        .is_dropped = row.boolean("is_dropped"),
                        .is_changed = row.boolean("is_changed"),
                        .changes_since = row.number("changes_since")};
  if (!row.text("changed_at").empty()) column.changed_at = row.time("changed_at");
  return column;
}

}  // namespace

Result<std::vector<RelationColumn>> relation_columns(const Evidence& evidence) {
  return rows_of(evidence, "relation_columns", read);
}

}  // namespace selfheal::healing
