// How a statement is shown to people: its words without its values.
#include <array>

#include "pg/internal/sql_lexer.h"
#include "pg/internal/text.h"
#include "pg/statement.h"

namespace selfheal::pg {
namespace {

using internal::Token;
using internal::TokenKind;

constexpr std::string_view kRest = "‹…›";

std::vector<Token> tokens_of(std::string_view sql) {
  std::vector<Token> tokens;
  internal::SqlLexer lexer(sql);
  for (Token token{}; lexer.next(token);) {
    if (token.kind == TokenKind::literal || token.kind == TokenKind::number) token.text = "?";
    if (token.kind == TokenKind::uncertain) token.text = kRest;
    tokens.push_back(token);
  }
  return tokens;
}

// How many tokens from `at` on are one value of a list: `?`, or a sign and `?`, which a second reading lexes
// as one run.
std::size_t value_length(const std::vector<Token>& tokens, std::size_t at) {
  const auto text = [&](std::size_t i) { return i < tokens.size() ? tokens[i].text : std::string_view(); };
  if (text(at) == "?" || text(at) == "-?" || text(at) == "+?") return 1;
  return (text(at) == "-" || text(at) == "+") && text(at + 1) == "?" ? 2 : 0;
}

// Where the list of two or more values that opens at `open` ends, past its parenthesis; 0 when it is no such
// list.
std::size_t end_of_list(const std::vector<Token>& tokens, std::size_t open) {
  if (tokens[open].text != "(") return 0;
  std::size_t at = open + 1;
  for (int values = 1;; ++values) {
    const std::size_t length = value_length(tokens, at);
    if (length == 0) {
      // A list that was folded before.
      const bool folded =
          values == 2 && at + 1 < tokens.size() && tokens[at].text == "…" && tokens[at + 1].text == ")";
      return folded ? at + 2 : 0;
    }
    at += length;
    if (at >= tokens.size()) return 0;
    if (tokens[at].text == ")") return values > 1 ? at + 1 : 0;
    if (tokens[at].text != ",") return 0;
    ++at;
  }
}

// Past the rows `, (?, …)` that follow a folded list, and a `, …` that stands for such rows.
std::size_t end_of_rows(const std::vector<Token>& tokens, std::size_t at) {
  while (at + 1 < tokens.size() && tokens[at].text == ",") {
    const std::size_t end = tokens[at + 1].text == "…" ? at + 2 : end_of_list(tokens, at + 1);
    if (end == 0) break;
    at = end;
  }
  return at;
}

void append(std::string& shape, const Token& token) {
  // A rest stands alone, so that it cannot become part of the word before it.
  const bool apart = token.space_before || token.kind == TokenKind::uncertain;
  if (apart && !shape.empty()) shape += ' ';
  shape += token.text;
}

}  // namespace

std::string shape_of(std::string_view sql) {
  const std::string_view readable = sql.substr(0, internal::utf8_prefix(sql));
  auto tokens = tokens_of(readable);
  const bool cut = readable.size() < sql.size();
  if (cut && (tokens.empty() || tokens.back().kind != TokenKind::uncertain))
    tokens.push_back({TokenKind::uncertain, kRest, true});

  std::string shape;
  for (std::size_t at = 0; at < tokens.size();) {
    append(shape, tokens[at]);
    const std::size_t list = end_of_list(tokens, at);
    if (list == 0) {
      ++at;
      continue;
    }
    shape += "?, …)";
    at = end_of_rows(tokens, list);
    if (at != list) shape += ", …";
  }
  return shape;
}

}  // namespace selfheal::pg
