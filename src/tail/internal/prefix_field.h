#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "tail/internal/line_prefix.h"

namespace selfheal::tail {

// Where a field may end: anywhere in [from, to], and at its beginning when it may be absent.
struct FieldEnds {
  std::size_t from = 1;
  std::size_t to = 0;
  bool may_be_absent = false;

  bool any() const { return from <= to; }
  bool includes(std::size_t end) const { return from <= end && end <= to; }
};

// The ends of a field that begins at `at`.
FieldEnds ends_of(const LinePrefix::Token& token, std::string_view line, std::size_t at);

// Which field an escape's letter names; nothing for those that PostgreSQL does not know.
std::optional<PrefixField> field_of(char escape);

// Names and other text of any shape.
bool is_text(PrefixField field);

// A name that PostgreSQL gives to one of its own processes; extensions have others.
bool is_backend_type(std::string_view text);

// The value without the blanks that padded it.
std::string_view unpadded(const LinePrefix::Token& token, std::string_view value);

}  // namespace selfheal::tail
