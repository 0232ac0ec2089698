#pragma once

#include <string_view>

// Expressions as the server keeps them in its catalog (pg_node_tree).
namespace selfheal::watch::internal {

// Whether the planner may call the function of this oid while it looks at the expression: it computes each
// call of an immutable function whose arguments are constants. A call that takes a column is none, unless
// something around the column may vanish first (CASE, COALESCE, AND, a null).
bool may_be_computed(std::string_view tree, std::string_view function);

}  // namespace selfheal::watch::internal
