#include "pg/sql_state.h"

#include <algorithm>

namespace selfheal::pg {

std::optional<SqlState> SqlState::parse(std::string_view text) {
  const auto allowed = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
  if (text.size() != 5 || !std::ranges::all_of(text, allowed)) return std::nullopt;
  std::array<char, 5> code{};
  std::ranges::copy(text, code.begin());
  return SqlState(code);
}

}  // namespace selfheal::pg
