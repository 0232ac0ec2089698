#pragma once

#include <string>
#include <vector>

#include "healing/remedies/remedy.h"

namespace selfheal::healing {

extern const RemedyKind kCreatePartition;

// The next regular partition of a range-partitioned table, as evidence found its siblings.
struct NextPartition {
  std::string database;
  std::string owner;  // of the parent: the role the act runs as
  std::string schema;
  std::string table;
  std::string partition_schema;
  std::string partition;            // the new name
  std::string tablespace;           // of the newest sibling, or empty
  std::vector<std::string> grants;  // of the newest sibling: "SELECT TO app", grantees already quoted
  std::string lower;                // bound as PostgreSQL prints it, unquoted
  std::string upper;
  std::string
      last_bounds;  // bounds of the newest sibling as pg_get_expr prints them: what the guard re-checks
};

// Creates the table like its parent and attaches it, in one transaction. ATTACH takes SHARE UPDATE EXCLUSIVE
// on the parent and so lets reads and writes go on; CREATE TABLE … PARTITION OF would take ACCESS EXCLUSIVE.
Remedy create_partition(const NextPartition& next);

}  // namespace selfheal::healing
