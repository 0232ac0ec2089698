#pragma once

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>
#include <expected>
#include <optional>
#include <string>

// PostgreSQL 15's grammar, as libpg_query has it. The parser recurses over the tree, and so do the readers of
// it: call them on a thread with a worker's stack (kWorkerStackBytes). The text has passed a limit of size
// and of nested comments before, and holds no NUL.
namespace selfheal::pg::internal {

struct ParseError {
  int position = 0;          // character of the text, from 1; 0: not told
  bool is_too_deep = false;  // it parses, and its tree is deeper than kTreeDepth
};

// A sum of 500 terms is about this deep; deeper statements give no tree rather than a deep recursion of ours.
inline constexpr std::size_t kTreeDepth = 1024;

// libpg_query's JSON of all statements in the text; it lives in `memory`.
std::expected<boost::json::value, ParseError> parse_tree(const std::string& sql,
                                                         boost::json::monotonic_resource& memory);

// Empty when the text does not parse.
std::string parser_fingerprint(const std::string& sql);

}  // namespace selfheal::pg::internal
