#include "healing/evidence/sequence_grants.h"

namespace selfheal::healing {
namespace {

SequenceGrant read(RowReader& row) {
  return {.sequence_schema = row.text("sequence_schema"),
          .sequence = row.text("sequence"),
          .owner = row.text("owner"),
          .owner_is_superuser = row.boolean("owner_is_superuser"),
          .user = row.text("user_name"),
          .may_use_schema = row.boolean("may_use_schema"),
          .may_use = row.boolean("may_use"),
          .may_update = row.boolean("may_update"),
          .may_select = row.boolean("may_select"),
          .not_inherited_from = row.list("not_inherited_from"),
          .definer_functions = row.list("definer_functions"),
          .schema = row.text("schema"),
          .table = row.text("table"),
          .column = row.text("column"),
          .feeds_default = row.boolean("feeds_default"),
          .may_insert = row.boolean("may_insert")};
}

}  // namespace

Result<std::vector<SequenceGrant>> sequence_grants(const Evidence& evidence) {
  return rows_of(evidence, "sequence_grants", read);
}

}  // namespace selfheal::healing
