#include "watch/internal/node_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace selfheal::watch::internal {
namespace {

// What the planner may leave out with all that is in it.
constexpr std::string_view kVanishing[] = {"{BOOLEXPR ",   "{CASE",        "{COALESCE",
                                           "{NULLIFEXPR ", "{MINMAXEXPR ", ":constisnull true"};

// The node that begins at this brace. A brace in a name stands behind a backslash.
std::string_view node_at(std::string_view tree, std::size_t start) {
  int depth = 0;
  for (std::size_t i = start; i < tree.size(); ++i) {
    if (tree[i] == '\\')
      ++i;
    else if (tree[i] == '{')
      ++depth;
    else if (tree[i] == '}' && --depth == 0)
      return tree.substr(start, i + 1 - start);
  }
  return tree.substr(start);
}

bool depends_on_a_column(std::string_view call) {
  return call.contains("{VAR ") &&
         std::ranges::none_of(kVanishing, [&](std::string_view part) { return call.contains(part); });
}

}  // namespace

bool may_be_computed(std::string_view tree, std::string_view function) {
  for (const auto* field : {":funcid", ":opfuncid"}) {
    const auto mark = fmt::format("{} {} ", field, function);
    for (auto at = tree.find(mark); at != tree.npos; at = tree.find(mark, at + 1)) {
      const auto start = tree.rfind('{', at);
      if (start == tree.npos || !depends_on_a_column(node_at(tree, start))) return true;
    }
  }
  return false;
}

}  // namespace selfheal::watch::internal
