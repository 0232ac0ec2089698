#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace selfheal::pg::internal {

enum class TokenKind : std::uint8_t {
  identifier,         // also keywords
  quoted_identifier,  // with its quotes
  literal,            // a string of any kind, with its prefix
  number,
  parameter,    // $1
  operators,    // a run of operator characters
  punctuation,  // one character that stands for itself, or one that means nothing in SQL
  uncertain,    // from here to the end nothing can be told with certainty
};

struct Token {
  TokenKind kind;
  std::string_view text;  // a view into the statement
  bool space_before;      // white space or a comment stands between the token before and this one
};

// Splits a statement like PostgreSQL's scanner (src/backend/parser/scan.l of 13 to 17), for any bytes, in
// linear time. Where the settings of a session or a version would decide how far a literal goes, the rest is
// one `uncertain` token.
class SqlLexer {
 public:
  explicit SqlLexer(std::string_view sql) : sql_(sql) {}

  // False at the end; `token` is then unchanged.
  bool next(Token& token);
  // The deepest nesting of comments passed so far.
  int comment_depth() const { return comment_depth_; }

 private:
  bool skip_space(bool& skipped);
  bool skip_comment();
  // These return where the token that starts at `at_` ends; npos when it does not end for certain.
  std::size_t end_of_plain_string(std::size_t open) const;
  std::size_t end_of_escape_string(std::size_t open) const;
  std::size_t end_of_quoted_identifier(std::size_t open) const;
  std::size_t end_of_dollar_string() const;
  std::size_t end_of_number() const;
  std::size_t end_of_operators() const;
  Token word_or_prefixed_string();
  Token dollar();
  Token take(TokenKind kind, std::size_t end);
  char at(std::size_t position) const { return position < sql_.size() ? sql_[position] : '\0'; }

  std::string_view sql_;
  std::size_t at_ = 0;
  int comment_depth_ = 0;
};

}  // namespace selfheal::pg::internal
