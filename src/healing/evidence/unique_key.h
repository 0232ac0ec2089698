#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// One row of unique_key.sql: one column of a unique key, and the sequence that feeds it if any.
struct UniqueKeyColumn {
  std::string schema;  // of the table that holds the index; a partition, perhaps
  std::string table;
  std::string root_schema;  // of the table the application writes to
  std::string root_table;
  bool is_primary = false;
  int key_columns = 0;
  int position = 0;  // within the key, from 1
  std::string column;
  std::string column_type;
  bool generated_always = false;  // a statement cannot supply it without OVERRIDING SYSTEM VALUE
  std::string sequence_schema;
  std::string sequence;  // empty: no sequence feeds the column
  std::int64_t increment = 0;
  bool cycles = false;
  std::int64_t value_limit = 0;
  std::optional<std::int64_t> last_value;
  bool is_called = false;
  std::optional<std::int64_t> max_value;  // highest value in the column
};

Result<std::vector<UniqueKeyColumn>> unique_key(const Evidence& evidence);

}  // namespace selfheal::healing
