#pragma once

#include <cstdint>
#include <string>

#include "healing/remedies/remedy.h"

namespace selfheal::healing {

extern const RemedyKind kDropInvalidIndex;

// An index that nobody builds and no query uses, as evidence found it.
struct InvalidIndexLeft {
  std::string database;
  std::string owner;  // of the index and its table: the role the act runs as
  std::string schema;
  std::string table;
  std::string index;
  std::int64_t oid = 0;
  std::string definition;  // pg_get_indexdef: the same in the guard, and the way back
  std::string person_why;  // see Remedy::Parts
};

// DROP INDEX CONCURRENTLY, behind a lock under which nobody can be building, rebuilding or dropping an index
// of the table, and under which the index was seen to be the one that evidence found, invalid still.
// Interrupted, it leaves the index invalid as it was.
Remedy drop_invalid_index(const InvalidIndexLeft& left);

}  // namespace selfheal::healing
