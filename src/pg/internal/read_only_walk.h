#pragma once

#include <boost/json/value.hpp>
#include <expected>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pg/read_only.h"

namespace selfheal::pg::internal {

// A `*`, or a whole row `t`, whose columns depend on the relations it stands for.
struct WholeRow {
  std::string qualifier;  // `t` of `t.*` or of the row itself; empty for a bare `*`
  std::size_t from = 0;   // of a bare `*`: which of Findings::from_lists it stands for
  int location = 0;
};

// What the walk over a statement's tree collects.
struct Findings {
  NamesUsed names;
  std::vector<WholeRow> whole_rows;
  // The relations in the FROM of each query, once a query; the first is empty.
  std::vector<std::vector<QualifiedUse>> from_lists{1};
  std::vector<std::pair<std::string, QualifiedUse>> aliases;  // alias (or name) -> relation
  std::vector<std::string> literals;
};

// Walks the statement `{"SelectStmt": {…}}` of libpg_query's JSON. The refusal's position is a byte offset +
// 1, its word empty. Recursion is bounded by the depth the JSON was parsed with.
std::expected<Findings, Refusal> walk_read_only(const boost::json::object& statement);

}  // namespace selfheal::pg::internal
