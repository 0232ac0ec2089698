#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// One row of invalid_index.sql: the index that was named, as it is now. No row: there is none of that name.
struct IndexRow {
  std::string schema;
  std::string table;
  std::string index;
  std::int64_t oid = 0;
  std::string index_kind;  // pg_class.relkind
  std::string table_kind;
  std::string owner;
  bool is_valid = false;
  bool is_ready = false;
  bool is_live = false;
  bool is_unique = false;
  bool is_constraint = false;  // of a constraint, or the replica identity
  bool is_attached = false;    // part of a partitioned table's index
  bool is_depended_on = false;
  std::string definition;
  std::int64_t size_bytes = 0;
  std::optional<std::int64_t> builder_pid;
  std::optional<std::int64_t> worker_pid;  // holds or awaits a lock on table or index as DDL and vacuum do
  Time table_used_since{};                 // Time{}: by nobody
  std::optional<bool> may_act;             // nothing: nobody acts here, or it could not be told
};

Result<std::vector<IndexRow>> invalid_index(const Evidence& evidence);

}  // namespace selfheal::healing
