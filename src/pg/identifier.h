#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace selfheal::pg {

// The name as a quoted identifier: "ord""ers". Always quoted, so that no list of keywords can be wrong. A
// NUL, which no name can hold, becomes U+FFFD: the statement then names nothing rather than something else.
std::string quote_identifier(std::string_view name);

// "schema"."name", or "name" alone when the schema is empty.
std::string quote_qualified(std::string_view schema, std::string_view name);

// The text as a literal that means the same whatever standard_conforming_strings says: 'it''s', E'a\\b'. For
// statements shown to people; statements we run pass values as parameters.
std::string quote_literal(std::string_view text);

struct QualifiedName {
  std::string schema;  // empty when the text does not say
  std::string name;

  friend bool operator==(const QualifiedName&, const QualifiedName&) = default;
};

// Reads `name` or `schema.name` as PostgreSQL does: unquoted parts fold to lower case (ASCII), quoted parts
// stay. Fails with invalid_input on anything else, without repeating the text.
Result<QualifiedName> parse_qualified_name(std::string_view text);

}  // namespace selfheal::pg
