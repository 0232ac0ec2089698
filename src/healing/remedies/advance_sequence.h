#pragma once

#include <cstdint>
#include <string>

#include "healing/remedies/remedy.h"

namespace selfheal::healing {

extern const RemedyKind kAdvanceSequence;

// A sequence and the column it feeds, as evidence found them.
struct SequenceBehind {
  std::string database;
  std::string sequence_schema;
  std::string sequence;
  std::string table_schema;
  std::string table;
  std::string column;
  std::int64_t increment = 1;    // > 0
  std::int64_t value_limit = 0;  // the smaller of the sequence's and the column type's maximum
  std::int64_t largest_gap = 0;  // refuse to burn more values than this in one act
};

// Moves the sequence past the highest value in its column by taking values from it, one nextval() after the
// other: unlike setval(), that can never move it backwards, whatever runs beside it. How many are missing is
// computed by the acting statement itself. is_called matters: forgetting it is off by one (measured).
Remedy advance_sequence(const SequenceBehind& behind);

}  // namespace selfheal::healing
