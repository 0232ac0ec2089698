#include "pg/internal/statement_key.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "pg/internal/text.h"

namespace selfheal::pg::internal {
namespace {

// The marks, which no statement that is keyed may hold. The scanner tells whole numbers that fit 32 bits from
// all others, and the grammar accepts only the former in some places.
constexpr char kWholeNumber = '\x01';
constexpr char kOtherNumber = '\x02';
constexpr char kString = '\x03';
constexpr std::string_view kLargestWhole = "2147483647";

// libpg_query leaves constants out of its fingerprints everywhere; these statements hold no other values.
constexpr std::array<std::string_view, 6> kFirstWords = {"delete", "insert", "select",
                                                         "update", "values", "with"};
// What stands in parentheses behind these is no constant of the tree: it becomes a part of the type or the
// call.
constexpr std::array<std::string_view, 5> kWordsWithPrecision = {"current_time", "current_timestamp", "float",
                                                                 "localtime", "localtimestamp"};

// What a byte may begin.
enum class Sort : std::uint8_t { plain, letter, digit, special, never };

constexpr std::array<Sort, 256> sorts() {
  std::array<Sort, 256> table{};
  for (int c = 0; c < 256; ++c) {
    const auto byte = static_cast<char>(c);
    auto& sort = table[static_cast<std::size_t>(c)];
    if (c <= kString) sort = Sort::never;
    if (is_letter(byte) || byte == '_' || c >= 128) sort = Sort::letter;
    if (is_digit(byte)) sort = Sort::digit;
    if (std::string_view("'\"$-/;.").contains(byte)) sort = Sort::special;
  }
  return table;
}
constexpr auto kSorts = sorts();

Sort sort_of(char c) { return kSorts[static_cast<unsigned char>(c)]; }

bool is_word(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() &&
         std::ranges::equal(text, lower, [](char a, char b) { return to_lower(a) == b; });
}

template <std::size_t size>
bool is_one_of(std::string_view text, const std::array<std::string_view, size>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return is_word(text, word); });
}

class Keying {
 public:
  Keying(std::string_view sql, std::string& key) : sql_(sql), key_(key) {}

  bool run() {
    while (at_ < sql_.size()) {
      const char c = sql_[at_];
      switch (sort_of(c)) {
        case Sort::plain:
          if (c != ' ' && (c < '\t' || c > '\r')) significant(c);
          key_ += c;
          ++at_;
          break;
        case Sort::letter:
          if (!word()) return false;
          break;
        case Sort::digit:
          if (!number()) return false;
          break;
        case Sort::special:
          if (!special(c)) return false;
          break;
        case Sort::never:
          return false;
      }
    }
    return has_first_word_ && (!has_other_bytes_ || is_utf8(sql_));
  }

 private:
  char at(std::size_t position) const { return position < sql_.size() ? sql_[position] : '\0'; }

  // A token of one character, which is the one before the next token.
  void significant(char c) {
    before_previous_ = previous_;
    previous_ = {};
    previous_character_ = c;
  }

  void copy(std::size_t end) {
    key_.append(sql_, at_, end - at_);
    at_ = end;
  }

  bool word() {
    auto end = at_;
    while (end < sql_.size()) {
      const auto sort = sort_of(sql_[end]);
      if (sort != Sort::letter && sort != Sort::digit && sql_[end] != '$') break;
      has_other_bytes_ = has_other_bytes_ || (sql_[end] & 0x80) != 0;
      ++end;
    }
    const auto text = sql_.substr(at_, end - at_);
    // E'…', B'…', X'…', N'…', U&'…' and U&"…" have rules of their own.
    if (text.size() == 1 && (at(end) == '\'' || at(end) == '&')) return false;
    if (!has_first_word_ && !is_one_of(text, kFirstWords)) return false;
    has_first_word_ = true;
    before_previous_ = previous_;
    previous_ = text;
    previous_character_ = '\0';
    copy(end);
    return true;
  }

  bool number() {
    auto end = at_;
    while (is_digit(at(end))) ++end;
    const auto digits = sql_.substr(at_, end - at_);
    bool whole = digits.size() < kLargestWhole.size() ||
                 (digits.size() == kLargestWhole.size() && digits <= kLargestWhole);
    if (at(end) == '.') {
      if (at(end + 1) == '.') return false;
      whole = false;
      ++end;
      while (is_digit(at(end))) ++end;
    }
    // An exponent, hexadecimal digits, or rubbish.
    if (end < sql_.size() && sort_of(sql_[end]) == Sort::letter) return false;
    // `integer[3]` has a bound, `array[3, 4]` constants.
    const auto next = sql_.find_first_not_of(" \t\r\n", end);
    const bool is_bound = previous_character_ == '[' && at(next) != ',';
    const bool is_precision = previous_character_ == '(' && is_one_of(before_previous_, kWordsWithPrecision);
    if (is_bound || is_precision) return false;
    key_ += whole ? kWholeNumber : kOtherNumber;
    at_ = end;
    significant('0');
    return true;
  }

  bool special(char c) {
    if (c == '\'') return string();
    if (c == '"') return quoted_identifier();
    if (c == '$') return parameter();
    if (c == ';') return end_of_statement();
    if (c == '-' && at(at_ + 1) == '-') return line_comment();
    if (c == '/' && at(at_ + 1) == '*') return block_comment();
    // `.5` is a number; `t.5` is nothing.
    if (c == '.' && is_digit(at(at_ + 1))) return fraction();
    significant(c);
    key_ += c;
    ++at_;
    return true;
  }

  bool string() {
    auto close = at_;
    do {
      close = sql_.find('\'', close + 1);
      if (close == sql_.npos) return false;
    } while (at(close + 1) == '\'' && ++close != 0);
    // Whether a backslash escapes a quote depends on a setting of the session.
    if (sql_.substr(at_, close - at_).contains('\\')) return false;
    note_bytes(close);
    key_ += kString;
    at_ = close + 1;
    significant('\'');
    return true;
  }

  bool quoted_identifier() {
    const auto close = sql_.find('"', at_ + 1);
    if (close == sql_.npos) return false;
    const auto inside = sql_.substr(at_ + 1, close - at_ - 1);
    if (std::ranges::any_of(inside, [](char c) { return c >= '\0' && c <= kString; })) return false;
    note_bytes(close);
    copy(close + 1);
    significant('"');
    return true;
  }

  // $1; everything else that begins so is text in dollars.
  bool parameter() {
    auto end = at_ + 1;
    while (is_digit(at(end))) ++end;
    if (end == at_ + 1 || (end < sql_.size() && sort_of(sql_[end]) == Sort::letter)) return false;
    copy(end);
    significant('$');
    return true;
  }

  bool fraction() {
    auto end = at_ + 1;
    while (is_digit(at(end))) ++end;
    if (at(end) == '.' || (end < sql_.size() && sort_of(sql_[end]) == Sort::letter)) return false;
    key_ += kOtherNumber;
    at_ = end;
    significant('0');
    return true;
  }

  bool end_of_statement() {
    const auto more = sql_.find_first_not_of("; \t\r\n", at_);
    copy(sql_.size());
    return more == sql_.npos;
  }

  // Comments are white space; but a line feed, also that of a comment, joins two strings.
  bool line_comment() {
    const auto end = std::min(sql_.size(), sql_.find_first_of("\r\n", at_));
    note_bytes(end);
    at_ = end;
    key_ += "--";
    return true;
  }

  bool block_comment() {
    const auto close = sql_.find("*/", at_ + 2);
    if (close == sql_.npos) return false;
    const auto inside = sql_.substr(at_ + 2, close - at_ - 2);
    if (inside.contains("/*") || inside.ends_with('/')) return false;  // nested
    note_bytes(close);
    at_ = close + 2;
    key_ += "/**/";
    return true;
  }

  // What is left out of the key is checked all the same: the parser refuses NUL and bad UTF-8 anywhere.
  void note_bytes(std::size_t end) {
    for (const char c : sql_.substr(at_, end - at_)) has_other_bytes_ = has_other_bytes_ || (c & 0x80) != 0;
  }

  std::string_view sql_;
  std::string& key_;
  std::size_t at_ = 0;
  bool has_first_word_ = false;
  bool has_other_bytes_ = false;
  std::string_view previous_;         // the word before here; empty when it was no word
  std::string_view before_previous_;  // the token before that, likewise
  char previous_character_ = '\0';    // of the token before here when it is no word
};

}  // namespace

bool statement_key(std::string_view sql, std::string& key) {
  key.clear();
  if (sql.size() > kParsedSqlBytes || sql.contains('\0')) return false;
  return Keying(sql, key).run();
}

}  // namespace selfheal::pg::internal
