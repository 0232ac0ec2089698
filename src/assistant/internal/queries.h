#pragma once

#include <span>
#include <string>
#include <string_view>

namespace selfheal::assistant::internal {

struct QueryVariable {
  std::string_view name;
  std::string_view value;
};

// The statement of queries/<name>.sql without its opening comment; `:'variable'` becomes a literal. A name
// that is no file is our own bug.
std::string query(std::string_view name, std::span<const QueryVariable> variables = {});

}  // namespace selfheal::assistant::internal
