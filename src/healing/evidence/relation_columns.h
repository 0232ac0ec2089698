#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// One row of relation_columns.sql: a column of a table that a statement names.
struct RelationColumn {
  std::string schema;
  std::string table;
  std::string column;
  std::string type;
  bool is_dropped = false;
  bool is_changed = false;         // after the table was made: added, renamed, dropped or of another type
  std::int64_t changes_since = 0;  // transactions
  std::optional<Time> changed_at;  // nothing: not changed, or not known when
};

Result<std::vector<RelationColumn>> relation_columns(const Evidence& evidence);

}  // namespace selfheal::healing
