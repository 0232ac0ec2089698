#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// One row of table_grants.sql: one right that a role has or lacks on one table.
struct TableGrant {
  std::string schema;
  std::string table;
  std::string kind;  // relkind
  std::string owner;
  bool owner_is_superuser = false;
  std::string user;
  bool may_use_schema = false;
  bool row_security = false;
  std::string privilege;  // SELECT, INSERT, UPDATE, DELETE, TRUNCATE
  bool is_held = false;
  bool is_held_on_columns = false;              // on one column at least
  std::vector<std::string> not_inherited_from;  // groups of the role that have it and do not pass it on
  std::vector<std::string> definer_functions;   // functions the error came through that run as their owner
  std::int64_t neighbours = 0;
  std::int64_t granted = 0;                   // of the neighbours
  std::int64_t newer_granted = 0;             // of those, made after the table
  std::vector<std::string> default_creators;  // whose new tables the role gets the right on
};

Result<std::vector<TableGrant>> table_grants(const Evidence& evidence);

}  // namespace selfheal::healing
