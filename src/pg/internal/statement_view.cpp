#include "pg/internal/statement_view.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "pg/internal/secret_sweep.h"
#include "pg/internal/sql_lexer.h"
#include "pg/internal/text.h"
#include "pg/statement.h"

namespace selfheal::pg::internal {
namespace {

constexpr std::string_view kName = "‹name›";
constexpr std::string_view kRest = "‹…›";

// Words that show what a statement does when none of its names may be shown. Sorted.
constexpr std::array kWords = std::to_array<std::string_view>({
    "add",    "all",    "alter",    "analyze", "and",    "as",     "asc",     "begin",    "between",
    "by",     "call",   "case",     "column",  "commit", "copy",   "create",  "default",  "delete",
    "desc",   "do",     "drop",     "else",    "end",    "exists", "explain", "from",     "full",
    "group",  "having", "in",       "index",   "inner",  "insert", "into",    "is",       "join",
    "left",   "like",   "limit",    "not",     "null",   "offset", "on",      "or",       "order",
    "outer",  "right",  "rollback", "select",  "set",    "table",  "then",    "truncate", "union",
    "update", "using",  "values",   "view",    "when",   "where",  "with",
});

std::string lowered(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), to_lower);
  return lower;
}

// A quoted identifier without its quotes; doubled quotes count once.
std::string name_in(std::string_view token) {
  if (!token.ends_with('"')) return lowered(token);
  std::string name;
  const std::size_t open = token.find('"');
  for (std::size_t i = open + 1; i + 1 < token.size(); ++i) {
    name += to_lower(token[i]);
    if (token[i] == '"') ++i;
  }
  return name;
}

bool is_name(const Token& token) {
  return token.kind == TokenKind::identifier || token.kind == TokenKind::quoted_identifier;
}

// Whether the token after these two, a quoted identifier, is a label that the statement makes up: `… AS "x"`,
// `(…) "x"`,
// `"t" "x"`, `s.t "x"`, `FROM t "x"`. What follows a keyword is a name that must exist.
bool is_label_after(const Token& before, const Token& before_that) {
  static constexpr std::array<std::string_view, 7> kOpeners = {"from",  "join", "update", "into",
                                                               "using", ",",    "."};
  if (before.kind == TokenKind::quoted_identifier || before.text == ")") return true;
  if (before.kind != TokenKind::identifier) return false;
  const std::string opener = lowered(before_that.text);
  return lowered(before.text) == "as" || std::ranges::find(kOpeners, opener) != kOpeners.end();
}

// The quoted labels of a statement, in lower case. Their words are the caller's, wherever they stand.
std::set<std::string> labels_of(std::string_view shape) {
  std::set<std::string> labels;
  SqlLexer lexer(shape);
  Token before{}, before_that{};
  for (Token token{}; lexer.next(token); before_that = before, before = token) {
    // WITH "x" AS (…)
    const bool opens_query = token.text == "(" && lowered(before.text) == "as";
    if (opens_query && before_that.kind == TokenKind::quoted_identifier)
      labels.insert(name_in(before_that.text));
    if (token.kind == TokenKind::quoted_identifier && is_label_after(before, before_that))
      labels.insert(name_in(token.text));
  }
  return labels;
}

bool is_hidden(const Token& token, const StatementTrust& trust) {
  const bool quoted = token.kind == TokenKind::quoted_identifier;
  if (!is_name(token)) return false;
  if (token.text == kName || token.text == "…" || token.text == kRest) return false;
  const std::string name = name_in(token.text);
  if (!trust.parsed) return quoted || !std::ranges::binary_search(kWords, name);
  // A name with a quote inside reads as two names in a message, so what the message calls missing is not all
  // of it.
  if (quoted && (!trust.understood || name.contains('"') || token.text.front() != '"')) return true;
  return trust.missing.contains(name) || (quoted && trust.doubtful.contains(name));
}

void add_names(std::string_view printed, std::set<std::string>& last, std::set<std::string>& qualifiers) {
  last.insert(lowered(printed));
  // Types in a signature exist.
  const std::string_view name = printed.substr(0, printed.find('('));
  if (name.size() != printed.size()) last.insert(lowered(name));
  SqlLexer lexer(name);
  std::string before;
  for (Token token{}; lexer.next(token);) {
    if (!is_name(token)) continue;
    if (!before.empty()) qualifiers.insert(before);
    before = name_in(token.text);
  }
  if (!before.empty()) last.insert(before);
}

}  // namespace

std::string trusted_shape(std::string_view sql, const StatementTrust& trust) {
  const std::string shape = shape_of(sql);
  const std::set<std::string> labels = labels_of(shape);
  std::string shown;
  SqlLexer lexer(shape);
  for (Token token{}; lexer.next(token) && shown.size() <= kFieldBytes;) {
    if (token.space_before && !shown.empty()) shown += ' ';
    const bool label = token.kind == TokenKind::quoted_identifier && labels.contains(name_in(token.text));
    shown += label || is_hidden(token, trust)     ? kName
             : token.kind == TokenKind::uncertain ? kRest
                                                  : token.text;
  }
  const std::string_view cut = cut_at_character(shown, kFieldBytes);
  return sweep(cut, Sweep::statement);
}

bool ends_cleanly(std::string_view sql) { return !shape_of(sql).ends_with(kRest); }

bool has_quote_in_name(std::string_view sql) {
  SqlLexer lexer(sql);
  for (Token token{}; lexer.next(token);)
    if (token.kind == TokenKind::quoted_identifier && name_in(token.text).contains('"')) return true;
  return false;
}

void add_missing(std::string_view printed, StatementTrust& trust) {
  add_names(printed, trust.missing, trust.doubtful);
}

void add_doubtful(std::string_view printed, StatementTrust& trust) {
  add_names(printed, trust.doubtful, trust.doubtful);
}

}  // namespace selfheal::pg::internal
