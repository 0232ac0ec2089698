#include "healing/evidence/table_grants.h"

namespace selfheal::healing {
namespace {

TableGrant read(RowReader& row) {
  return {.schema = row.text("schema"),
          .table = row.text("table"),
          .kind = row.text("table_kind"),
          .owner = row.text("owner"),
          .owner_is_superuser = row.boolean("owner_is_superuser"),
          .user = row.text("user_name"),
          .may_use_schema = row.boolean("may_use_schema"),
          .row_security = row.boolean("row_security"),
          .privilege = row.text("privilege"),
          .is_held = row.boolean("is_held"),
          .is_held_on_columns = row.boolean("is_held_on_columns"),
          .not_inherited_from = row.list("not_inherited_from"),
          .definer_functions = row.list("definer_functions"),
          .neighbours = row.number("neighbours"),
          .granted = row.number("granted"),
          .newer_granted = row.number("newer_granted"),
          .default_creators = row.list("default_creators")};
}

}  // namespace

Result<std::vector<TableGrant>> table_grants(const Evidence& evidence) {
  return rows_of(evidence, "table_grants", read);
}

}  // namespace selfheal::healing
