#include "healing/evidence/invalid_index.h"

namespace selfheal::healing {
namespace {

IndexRow read(RowReader& row) {
  return {.schema = row.text("schema"),
          .table = row.text("table"),
          .index = row.text("index"),
          .oid = row.number("index_oid"),
          .index_kind = row.text("index_kind"),
          .table_kind = row.text("table_kind"),
          .owner = row.text("owner"),
          .is_valid = row.boolean("is_valid"),
          .is_ready = row.boolean("is_ready"),
          .is_live = row.boolean("is_live"),
          .is_unique = row.boolean("is_unique"),
          .is_constraint = row.boolean("is_constraint"),
          .is_attached = row.boolean("is_attached"),
          .is_depended_on = row.boolean("is_depended_on"),
          .definition = row.text("definition"),
          .size_bytes = row.number("size_bytes"),
          .builder_pid = row.optional_number("builder_pid"),
          .worker_pid = row.optional_number("worker_pid"),
          .table_used_since = row.time("table_used_since"),
          .may_act = row.optional_boolean("may_act")};
}

}  // namespace

Result<std::vector<IndexRow>> invalid_index(const Evidence& evidence) {
  return rows_of(evidence, "invalid_index", read);
}

}  // namespace selfheal::healing
