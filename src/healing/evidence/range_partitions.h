#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// One row of range_partitions.sql: a partition and its parent.
struct PartitionRow {
  std::string schema;
  std::string table;
  std::string strategy;  // r, l, h
  int key_columns = 0;
  std::string key_column;  // empty when the key is an expression or has several columns
  std::string key_type;
  bool has_default = false;
  std::string owner;
  std::string partition_schema;
  std::string partition;  // empty: the parent has none
  std::string bounds;
  std::string partition_kind;
  std::string tablespace;
  std::string partition_owner;
  std::vector<std::string> grants;  // "SELECT TO app"
  bool row_security = false;
};

Result<std::vector<PartitionRow>> range_partitions(const Evidence& evidence);

}  // namespace selfheal::healing
