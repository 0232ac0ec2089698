#include "healing/evidence/range_partitions.h"

namespace selfheal::healing {
namespace {

PartitionRow read(RowReader& row) {
  return {.schema = row.text("schema"),
          .table = row.text("table"),
          .strategy = row.text("strategy"),
          .key_columns = static_cast<int>(row.number("key_columns")),
          .key_column = row.text("key_column"),
          .key_type = row.text("key_type"),
          .has_default = row.boolean("has_default"),
          .owner = row.text("owner"),
          .partition_schema = row.text("partition_schema"),
          .partition = row.text("partition"),
          .bounds = row.text("bounds"),
          .partition_kind = row.text("partition_kind"),
          .tablespace = row.text("tablespace"),
          .partition_owner = row.text("partition_owner"),
          .grants = row.list("grants"),
          .row_security = row.boolean("row_security")};
}

}  // namespace

Result<std::vector<PartitionRow>> range_partitions(const Evidence& evidence) {
  return rows_of(evidence, "range_partitions", read);
}

}  // namespace selfheal::healing
