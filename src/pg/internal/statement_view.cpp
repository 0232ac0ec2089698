#include "pg/internal/statement_view.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

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

// Statements whose quoted names are looked up: others make names up, or fail before they look.
constexpr std::array kQueries = std::to_array<std::string_view>(
    {"select", "insert", "update", "delete", "merge", "with", "values", "table", "("});
// Statements that hold a query behind words of their own.
constexpr std::array kHolders = std::to_array<std::string_view>({"explain", "prepare", "declare"});

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

// What an ORM writes in quotes though it need not.
bool is_plain(std::string_view quoted) {
  const std::string_view name = quoted.substr(1, quoted.size() - 2);
  const auto belongs = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_'; };
  return !name.empty() && !is_digit(name.front()) && std::ranges::all_of(name, belongs);
}

// The tokens of a shape, and what is known about the place of each.
class Places {
 public:
  explicit Places(std::string_view shape) {
    SqlLexer lexer(shape);
    for (Token token{}; lexer.next(token);) tokens_.push_back(token);
  }
  const std::vector<Token>& tokens() const { return tokens_; }

  // To be asked in order: whether what stands here is looked up as it is written.
  bool is_looked_up(std::size_t at) {
    advance(at);
    return in_query_ && !names_itself(at);
  }

 private:
  std::string word(std::size_t at) const { return at < tokens_.size() ? lowered(tokens_[at].text) : ""; }
  std::string before(std::size_t at, std::size_t by) const { return at >= by ? word(at - by) : ""; }

  void advance(std::size_t at) {
    const std::string here = word(at);
    if (at == 0 || before(at, 1) == ";") {
      opener_ = here;
      in_query_ = is_one_of(here, kQueries);
    } else if (is_one_of(opener_, kHolders) && here != "(" && is_one_of(here, kQueries)) {
      in_query_ = true;
    }
  }
  // OVER "x", SELECT … INTO "x", f("x" => 1), (row)."field", "database".schema.table.
  bool names_itself(std::size_t at) const {
    const std::string last = before(at, 1), next = word(at + 1);
    const bool of_database = next == "." && word(at + 3) == ".";
    if (last == "over" || last == "window" || next == "=>" || next == ":=") return true;
    if (last == "into") return opener_ == "select" || of_database;
    if (last == "." && before(at, 2) == ")") return true;
    return of_database && (last == "from" || last == "join" || last == "update");
  }

  std::vector<Token> tokens_;
  std::string opener_;
  bool in_query_ = false;
};

// Whether a quoted name at such a place may be the caller's own words.
bool is_made_up(const Token& token, bool looked_up, const StatementTrust& trust) {
  if (token.kind != TokenKind::quoted_identifier || token.text == kName) return false;
  if (trust.existing.contains(name_in(token.text))) return false;
  return !looked_up || (!trust.looked_up && !is_plain(token.text));
}

// PostgreSQL has at most 65535; longer digits are a dollar quote that is none.
bool is_no_parameter(const Token& token) {
  return token.kind == TokenKind::parameter && token.text.size() > 6;
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
  Places places(shape);
  for (std::size_t at = 0; at < places.tokens().size() && shown.size() <= kFieldBytes; ++at) {
    const Token& token = places.tokens()[at];
    if (token.space_before && !shown.empty()) shown += ' ';
    const bool looked_up = places.is_looked_up(at);
    const bool label = token.kind == TokenKind::quoted_identifier && labels.contains(name_in(token.text));
    const bool hidden = label || is_hidden(token, trust) || is_made_up(token, looked_up, trust);
    shown += hidden                               ? kName
             : token.kind == TokenKind::uncertain ? kRest
             : is_no_parameter(token)             ? "$?"
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
