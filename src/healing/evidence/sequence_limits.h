#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// One row of sequence_limits.sql: a sequence and one column that it feeds.
struct SequenceLimit {
  std::string sequence_schema;
  std::string sequence;
  std::string sequence_type;
  std::int64_t increment = 0;
  bool cycles = false;
  std::int64_t sequence_end = 0;  // the last value it can give
  std::optional<std::int64_t> last_value;
  std::string schema;  // of the table
  std::string table;   // empty: the sequence feeds no column
  std::string column;
  std::string column_type;
  std::optional<std::int64_t> column_end;  // nothing: not a whole number, which has no end of its own
  std::int64_t size_bytes = 0;             // of the table
};

Result<std::vector<SequenceLimit>> sequence_limits(const Evidence& evidence);

}  // namespace selfheal::healing
