#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// One row of sequence_grants.sql: a sequence, what a role may do with it, and one column that it serves.
struct SequenceGrant {
  std::string sequence_schema;
  std::string sequence;
  std::string owner;
  bool owner_is_superuser = false;
  std::string user;
  bool may_use_schema = false;
  bool may_use = false;
  bool may_update = false;
  bool may_select = false;
  std::vector<std::string> not_inherited_from;  // groups of the role that may and do not pass it on
  std::vector<std::string> definer_functions;   // functions the error came through that run as their owner
  std::string schema;                           // of the table
  std::string table;                            // empty: the sequence serves no column
  std::string column;
  bool feeds_default = false;  // the column's default takes its value from the sequence
  bool may_insert = false;     // into the table, or into some of its columns
};

Result<std::vector<SequenceGrant>> sequence_grants(const Evidence& evidence);

}  // namespace selfheal::healing
