#include "assistant/internal/queries.h"

#include <algorithm>

#include "assistant/internal/embedded_queries.h"
#include "base/check.h"
#include "pg/identifier.h"

namespace selfheal::assistant::internal {
namespace {

std::string_view text_of(std::string_view name) {
  const auto files = embedded::assistant_queries();
  const auto file = std::string(name) + ".sql";
  const auto found = std::ranges::find(files, std::string_view(file), &EmbeddedFile::name);
  CHECK(found != files.end());
  auto text = found->text;
  while (text.starts_with("--")) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string query(std::string_view name, std::span<const QueryVariable> variables) {
  std::string sql;
  for (auto rest = text_of(name); !rest.empty();) {
    const auto at = std::min(rest.find(":'"), rest.size());
    sql += rest.substr(0, at);
    rest.remove_prefix(at);
    if (rest.empty()) break;
    const auto end = rest.find('\'', 2);
    CHECK(end != rest.npos);
    const auto variable = std::ranges::find(variables, rest.substr(2, end - 2), &QueryVariable::name);
    CHECK(variable != variables.end());
    sql += pg::quote_literal(variable->value);
    rest.remove_prefix(end + 1);
  }
  return sql;
}

}  // namespace selfheal::assistant::internal
