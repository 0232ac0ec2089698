#include "pg/internal/sql_lexer.h"

#include <algorithm>

#include "pg/internal/text.h"

namespace selfheal::pg::internal {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
// The scanner takes every byte above 127 for a letter.
bool starts_identifier(char c) { return is_letter(c) || c == '_' || (c & 0x80) != 0; }
bool continues_identifier(char c) { return starts_identifier(c) || is_digit(c) || c == '$'; }
bool continues_tag(char c) { return starts_identifier(c) || is_digit(c); }
bool is_operator(char c) { return std::string_view("~!@#^&|`?+-*/%<>=").contains(c); }

}  // namespace

bool SqlLexer::next(Token& token) {
  bool space = false;
  const bool certain = skip_space(space);
  if (at_ >= sql_.size()) return false;
  const char c = sql_[at_];
  if (!certain || c == '\0') {
    token = take(TokenKind::uncertain, npos);
  } else if (starts_identifier(c)) {
    token = word_or_prefixed_string();
  } else if (c == '\'') {
    token = take(TokenKind::literal, end_of_plain_string(at_));
  } else if (c == '"') {
    token = take(TokenKind::quoted_identifier, end_of_quoted_identifier(at_));
  } else if (c == '$') {
    token = dollar();
  } else if (is_digit(c) || (c == '.' && is_digit(at(at_ + 1)))) {
    token = take(TokenKind::number, end_of_number());
  } else if (is_operator(c)) {
    token = take(TokenKind::operators, end_of_operators());
  } else {
    token = take(TokenKind::punctuation, at_ + 1);
  }
  token.space_before = space;
  return true;
}

Token SqlLexer::take(TokenKind kind, std::size_t end) {
  if (end == npos) {
    kind = TokenKind::uncertain;
    end = sql_.size();
  }
  const Token token{kind, sql_.substr(at_, end - at_), false};
  at_ = end;
  return token;
}

// False when a comment does not end; at_ then stands on it.
bool SqlLexer::skip_space(bool& skipped) {
  while (at_ < sql_.size()) {
    if (is_space(sql_[at_])) {
      ++at_;
    } else if (sql_[at_] == '-' && at(at_ + 1) == '-') {
      at_ = std::min(sql_.size(), sql_.find_first_of("\r\n", at_));
    } else if (sql_[at_] == '/' && at(at_ + 1) == '*') {
      if (!skip_comment()) return false;
    } else {
      break;
    }
    skipped = true;
  }
  return true;
}

bool SqlLexer::skip_comment() {
  int depth = 0;
  for (std::size_t i = at_; i + 1 < sql_.size(); ++i) {
    if (sql_[i] == '/' && sql_[i + 1] == '*') {
      comment_depth_ = std::max(comment_depth_, ++depth);
      ++i;
    } else if (sql_[i] == '*' && sql_[i + 1] == '/') {
      ++i;
      if (--depth == 0) {
        at_ = i + 1;
        return true;
      }
    }
  }
  return false;
}

std::size_t SqlLexer::end_of_plain_string(std::size_t open) const {
  for (std::size_t i = open + 1; i < sql_.size(); ++i) {
    if (sql_[i] == '\0') return npos;
    if (sql_[i] != '\'') continue;
    // With standard_conforming_strings off this quote is part of the string, with it on it is not.
    if (sql_[i - 1] == '\\') return npos;
    if (at(i + 1) != '\'') return i + 1;
    ++i;
  }
  return npos;
}

std::size_t SqlLexer::end_of_escape_string(std::size_t open) const {
  for (std::size_t i = open + 1; i < sql_.size(); ++i) {
    if (sql_[i] == '\0') return npos;
    if (sql_[i] == '\\') {
      ++i;
    } else if (sql_[i] == '\'') {
      if (at(i + 1) != '\'') return i + 1;
      ++i;
    }
  }
  return npos;
}

std::size_t SqlLexer::end_of_quoted_identifier(std::size_t open) const {
  for (std::size_t i = open + 1; i < sql_.size(); ++i) {
    if (sql_[i] == '\0') return npos;
    if (sql_[i] != '"') continue;
    if (at(i + 1) != '"') return i + 1;
    ++i;
  }
  return npos;
}

Token SqlLexer::word_or_prefixed_string() {
  const char c = static_cast<char>(sql_[at_] | 0x20);
  const char quote = at(at_ + 1);
  if (c == 'e' && quote == '\'') return take(TokenKind::literal, end_of_escape_string(at_ + 1));
  if ((c == 'b' || c == 'x' || c == 'n') && quote == '\'')
    return take(TokenKind::literal, end_of_plain_string(at_ + 1));
  if (c == 'u' && quote == '&') {
    if (at(at_ + 2) == '\'') return take(TokenKind::literal, end_of_plain_string(at_ + 2));
    if (at(at_ + 2) == '"') return take(TokenKind::quoted_identifier, end_of_quoted_identifier(at_ + 2));
  }
  std::size_t end = at_ + 1;
  while (end < sql_.size() && continues_identifier(sql_[end])) ++end;
  return take(TokenKind::identifier, end);
}

Token SqlLexer::dollar() {
  if (is_digit(at(at_ + 1))) {
    std::size_t end = at_ + 2;
    while (is_digit(at(end))) ++end;
    return take(TokenKind::parameter, end);
  }
  std::size_t tag = at_ + 1;
  if (starts_identifier(at(tag)))
    while (continues_tag(at(tag))) ++tag;
  // A tag that does not end: PostgreSQL cannot read it, and whoever wrote it meant a string.
  if (at(tag) != '$' && tag > at_ + 1) return take(TokenKind::uncertain, npos);
  if (at(tag) != '$') return take(TokenKind::punctuation, at_ + 1);
  return take(TokenKind::literal, end_of_dollar_string());
}

std::size_t SqlLexer::end_of_dollar_string() const {
  const std::size_t open_end = sql_.find('$', at_ + 1) + 1;
  const std::string_view delimiter = sql_.substr(at_, open_end - at_);
  const std::size_t close = sql_.find(delimiter, open_end);
  return close == npos ? npos : close + delimiter.size();
}

// Letters, underscores and points that touch the digits belong to the number: versions disagree on 0x1F,
// 1_000 and 1a, and taking more removes more.
std::size_t SqlLexer::end_of_number() const {
  std::size_t end = at_ + 1;
  while (end < sql_.size()) {
    const char c = sql_[end];
    const bool sign = (c == '+' || c == '-') && (sql_[end - 1] | 0x20) == 'e' && is_digit(at(end + 1));
    if (!continues_tag(c) && c != '.' && !sign) break;
    ++end;
  }
  return end;
}

std::size_t SqlLexer::end_of_operators() const {
  std::size_t end = at_ + 1;
  while (end < sql_.size() && is_operator(sql_[end])) {
    const std::string_view two = sql_.substr(end, 2);
    if (two == "--" || two == "/*") break;
    ++end;
  }
  return end;
}

}  // namespace selfheal::pg::internal
