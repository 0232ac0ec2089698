#include "pg/identifier.h"

#include "pg/internal/sql_lexer.h"
#include "pg/internal/text.h"

namespace selfheal::pg {
namespace {

using internal::Token;
using internal::TokenKind;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::string unquoted(const Token& token) {
  std::string name;
  if (token.kind == TokenKind::identifier) {
    for (const char c : token.text) name += internal::to_lower(c);
    return name;
  }
  const std::string_view inner = token.text.substr(1, token.text.size() - 2);
  for (std::size_t i = 0; i < inner.size(); ++i) {
    name += inner[i];
    if (inner[i] == '"') ++i;
  }
  return name;
}

bool is_name(const Token& token) {
  if (token.space_before) return false;
  return token.kind == TokenKind::identifier ||
         (token.kind == TokenKind::quoted_identifier && token.text.front() == '"' && token.text.size() > 2);
}

}  // namespace

std::string quote_identifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '\0') {
      quoted += kReplacement;
      continue;
    }
    if (c == '"') quoted += c;
    quoted += c;
  }
  return quoted + '"';
}

std::string quote_qualified(std::string_view schema, std::string_view name) {
  return schema.empty() ? quote_identifier(name) : quote_identifier(schema) + "." + quote_identifier(name);
}

std::string quote_literal(std::string_view text) {
  const bool escapes = text.contains('\\');
  std::string quoted = escapes ? "E'" : "'";
  for (const char c : text) {
    if (c == '\0') {
      quoted += kReplacement;
      continue;
    }
    if (c == '\'' || c == '\\') quoted += c;
    quoted += c;
  }
  return quoted + '\'';
}

Result<QualifiedName> parse_qualified_name(std::string_view text) {
  const auto refused =
      failure(ErrorCode::invalid_input, "name: expected name or schema.name, each plain or in double quotes");
  if (!internal::is_utf8(text)) return failure(ErrorCode::invalid_input, "name: is not UTF-8");
  internal::SqlLexer lexer(text);
  Token first{}, dot{}, second{}, more{};
  if (!lexer.next(first) || !is_name(first)) return refused;
  if (lexer.next(dot)) {
    if (dot.text != "." || dot.space_before || !lexer.next(second) || !is_name(second) || lexer.next(more))
      return refused;
    return QualifiedName{unquoted(first), unquoted(second)};
  }
  // Trailing white space or a comment is no name either.
  if (first.text.size() != text.size()) return refused;
  return QualifiedName{"", unquoted(first)};
}

}  // namespace selfheal::pg
