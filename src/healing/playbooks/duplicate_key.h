#pragma once

#include <optional>
#include <vector>

#include "healing/evidence/unique_key.h"
#include "model/case.h"

// What the two playbooks on 23505 both have to find out: which key it is and who chose its value.
namespace selfheal::healing {

struct DuplicateKey {
  std::vector<UniqueKeyColumn> columns;  // of the one table meant
  const UniqueKeyColumn* fed() const;    // the first column that an ascending sequence feeds, or null
  // Whether the statement itself chose the value of `fed`; nothing when it cannot be told (COPY, functions,
  // INSERT without a column list).
  std::optional<bool> supplied;
  // The failing value of `fed` as PostgreSQL's DETAIL gives it.
  std::optional<std::int64_t> failing_value;

  std::string table_text() const;  // "public.orders"
  std::string key_text() const;    // "(tenant_id, id)"
};

// Nothing when no index of that name exists, or several do and the statement does not say which is meant.
Result<std::optional<DuplicateKey>> duplicate_key(const Case& facts);

// The value that nextval() would return next; nothing when it is not known or there is none.
std::optional<std::int64_t> next_value(const UniqueKeyColumn& column);

// The next value would collide with what is there. false also when the state could not be read.
bool is_behind(const UniqueKeyColumn& column);

// The failing value is one the sequence gave out: not above where it stands, and on its grid. Nothing when
// PostgreSQL did not tell the value.
std::optional<bool> came_from_sequence(const DuplicateKey& key);

}  // namespace selfheal::healing
