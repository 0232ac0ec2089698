#include "healing/evidence/table_statistics.h"

namespace selfheal::healing {
namespace {

TableStatisticsRow read(RowReader& row) {
  return {.schema = row.text("schema"),
          .table = row.text("table"),
          .oid = row.number("table_oid"),
          .kind = row.text("table_kind"),
          .owner = row.text("owner"),
          .planner_rows = row.number("planner_rows"),
          .live = row.number("live_rows"),
          .changed = row.number("changed_rows"),
          .size_bytes = row.number("size_bytes"),
          .last_analyze = row.time("last_analyze"),
          .analyzing_pid = row.optional_number("analyzing_pid"),
          .may_act = row.optional_boolean("may_act")};
}

}  // namespace

Result<std::vector<TableStatisticsRow>> table_statistics(const Evidence& evidence) {
  return rows_of(evidence, "table_statistics", read);
}

}  // namespace selfheal::healing
