#include "pg/read_only.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/limits.h"
#include "pg/internal/embedded_rules.h"
#include "pg/internal/read_only_rules.h"
#include "pg/internal/read_only_walk.h"
#include "pg/internal/sql_lexer.h"
#include "pg/internal/sql_parser.h"
#include "pg/internal/text.h"

namespace selfheal::pg {
namespace {

namespace json = boost::json;
using internal::Findings;

// libpg_query's time is quadratic in it.
constexpr int kCommentDepth = 16;
// Brackets and the operators of a chain nest the parser's own recursion; a kilobyte of either is no question
// of a person.
constexpr std::size_t kTokens = 8000;
// The scanner goes back over what follows a `/*` or an operator as long as these characters last: 16 KiB of
// them took 440 ms. Longer is no operator (63 is PostgreSQL's limit), and no rule of a comment that means
// something.
constexpr std::size_t kSignsInARow = 256;
constexpr std::string_view kSigns = "~!@#^&|`?+-*/%<>=";
// Different tables of one statement: each is looked up, and compared with every `*`.
constexpr std::size_t kRelations = 200;

std::unexpected<Refusal> refuse(std::string rule, std::string why, std::string instead = {}) {
  return std::unexpected(
      Refusal{.rule = std::move(rule), .why = std::move(why), .word = {}, .instead = std::move(instead)});
}

std::size_t longest_run(std::string_view sql) {
  std::size_t longest = 0, run = 0;
  for (const char c : sql) {
    run = kSigns.contains(c) ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::expected<void, Refusal> within_limits(std::string_view sql) {
  if (sql.size() > kParsedSqlBytes)
    return refuse("size", fmt::format("the text has {} bytes; {} are allowed", sql.size(), kParsedSqlBytes));
  if (!internal::is_utf8(sql)) return refuse("encoding", "the text is not UTF-8");
  for (const char c : sql)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r')
      return refuse("encoding", "the text holds a control character");
  if (longest_run(sql) > kSignsInARow)
    return refuse("size", fmt::format("more than {} signs stand in a row", kSignsInARow));
  internal::SqlLexer lexer(sql);
  internal::Token token{};
  std::size_t tokens = 0;
  while (lexer.next(token)) ++tokens;
  if (lexer.comment_depth() > kCommentDepth)
    return refuse("size", fmt::format("comments are nested more than {} deep", kCommentDepth));
  if (tokens > kTokens)
    return refuse("size", fmt::format("the text has more than {} words and signs", kTokens));
  return {};
}

// The word at a byte of the text, and that byte counted in characters.
void point_at(Refusal& refusal, std::string_view sql) {
  if (refusal.position <= 0) return;
  const auto byte = std::min(static_cast<std::size_t>(refusal.position - 1), sql.size());
  const auto is_word = [](char c) {
    return internal::is_alnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  };
  auto end = byte;
  while (end < sql.size() && (is_word(sql[end]) || sql[end] == '.')) ++end;
  if (end == byte && end < sql.size()) ++end;
  refusal.word = std::string(internal::cut_at_character(sql.substr(byte, end - byte), 64));
  refusal.position = 1 + static_cast<int>(std::ranges::count_if(sql.substr(0, byte), [](char c) {
                       return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                     }));
}

std::unexpected<Refusal> unreadable(const internal::ParseError& error) {
  if (error.is_too_deep) return refuse("size", "the statement is nested too deep");
  return std::unexpected(Refusal{.rule = "syntax",
                                 .why = "this is not SQL that PostgreSQL can read",
                                 .word = {},
                                 .position = error.position,
                                 .instead = {}});
}

std::expected<const json::object*, Refusal> only_statement(const json::value& tree) {
  const auto* root = tree.if_object();
  const auto* list = root ? root->if_contains("stmts") : nullptr;
  const auto* statements = list ? list->if_array() : nullptr;
  if (!statements || statements->empty()) return refuse("one_statement", "there is no statement");
  if (statements->size() > 1)
    return refuse("one_statement",
                  fmt::format("{} statements; one at a time is allowed", statements->size()));
  const auto* raw = statements->front().if_object();
  const auto* statement = raw ? raw->if_contains("stmt") : nullptr;
  const auto* object = statement ? statement->if_object() : nullptr;
  if (!object || object->size() != 1) return refuse("one_statement", "there is no statement");
  const auto type = object->begin()->key();
  if (type != "SelectStmt" && type != "ExplainStmt" && type != "VariableShowStmt")
    return refuse("read", "only reading is allowed here",
                  "one SELECT, VALUES, TABLE, EXPLAIN without ANALYZE, or SHOW");
  return object;
}

ReadOnlySql::Kind kind_of(const json::object& statement) {
  const auto type = statement.begin()->key();
  if (type == "ExplainStmt") return ReadOnlySql::Kind::explain;
  return type == "VariableShowStmt" ? ReadOnlySql::Kind::show : ReadOnlySql::Kind::select;
}

void sort_names(NamesUsed& names) {
  for (auto* list : {&names.functions, &names.operators, &names.types, &names.relations, &names.attributes}) {
    std::ranges::sort(*list, {},
                      [](const QualifiedUse& use) { return std::tie(use.schema, use.name, use.location); });
    const auto rest = std::unique(list->begin(), list->end(),
                                  [](const auto& a, const auto& b) { return !(a < b) && !(b < a); });
    list->erase(rest, list->end());
  }
}

// What the grammar calls without naming it: IN, BETWEEN, LIKE, CASE x WHEN, NULLIF, USING.
constexpr std::string_view kImpliedOperators[] = {"!~~", "!~~*", "<", "<=", "<>", "=",
                                                  ">",   ">=",   "~", "~~", "~~*"};

// Whether the use can mean what was found in that schema.
bool is_meant(const QualifiedUse& use, std::string_view schema, bool without_schema) {
  return use.schema.empty() ? without_schema : use.schema == schema;
}

bool is_system(std::string_view schema) { return schema == "pg_catalog" || schema == "information_schema"; }

bool is_harmless(const CatalogFacts::Reached& reached) {
  if (internal::is_denied_function(reached.function)) return false;
  if (is_system(reached.schema)) return internal::is_reviewed_function(reached.function);
  return reached.is_compiled || internal::is_trusted_extension(reached.extension);
}

}  // namespace

struct ReadOnlyDraft::State {
  std::string text;
  ReadOnlySql::Kind kind = ReadOnlySql::Kind::select;
  Findings findings;

  std::unexpected<Refusal> refuse_at(std::string rule, std::string why, int location) const {
    Refusal refusal{.rule = std::move(rule), .why = std::move(why), .position = location + 1};
    point_at(refusal, text);
    return std::unexpected(std::move(refusal));
  }

  using Verdict = std::expected<void, Refusal>;
  Verdict function(const QualifiedUse& use, const CatalogFacts& facts) const;
  Verdict operators(const QualifiedUse& use, const CatalogFacts& facts) const;
  Verdict type(const QualifiedUse& use, const CatalogFacts& facts) const;
  Verdict attribute(const QualifiedUse& use, const CatalogFacts& facts) const;
  Verdict relation(const CatalogFacts::Relation& found) const;
  Verdict hidden_columns(const CatalogFacts::Relation& found) const;
  Verdict settings(const CatalogFacts& facts) const;
};

ReadOnlyDraft::ReadOnlyDraft(std::unique_ptr<State> state) : state_(std::move(state)) {}
ReadOnlyDraft::~ReadOnlyDraft() = default;
ReadOnlyDraft::ReadOnlyDraft(ReadOnlyDraft&&) noexcept = default;
ReadOnlyDraft& ReadOnlyDraft::operator=(ReadOnlyDraft&&) noexcept = default;

const NamesUsed& ReadOnlyDraft::names() const { return state_->findings.names; }

std::expected<ReadOnlyDraft, Refusal> draft_read_only(std::string_view sql) {
  if (auto fits = within_limits(sql); !fits) return std::unexpected(fits.error());
  auto state = std::make_unique<ReadOnlyDraft::State>();
  state->text = std::string(sql);
  const auto pointed = [&](Refusal refusal) {
    point_at(refusal, sql);
    return std::unexpected(std::move(refusal));
  };
  json::monotonic_resource memory;
  const auto tree = internal::parse_tree(state->text, memory);
  if (!tree) return pointed(unreadable(tree.error()).error());
  const auto statement = only_statement(*tree);
  if (!statement) return std::unexpected(statement.error());
  state->kind = kind_of(**statement);
  auto findings = internal::walk_read_only(**statement);
  if (!findings) return pointed(std::move(findings.error()));
  state->findings = std::move(*findings);
  for (const auto name : kImpliedOperators)
    state->findings.names.operators.push_back({"", std::string(name), 0});
  sort_names(state->findings.names);
  if (state->findings.names.relations.size() > kRelations)
    return refuse("size", fmt::format("the statement reads more than {} tables", kRelations));
  return ReadOnlyDraft(std::move(state));
}

auto ReadOnlyDraft::State::function(const QualifiedUse& use, const CatalogFacts& facts) const -> Verdict {
  const auto refused = [&](std::string why) { return refuse_at("function", std::move(why), use.location); };
  if (internal::is_denied_function(use.name)) return refused("this function changes something");
  const bool is_reviewed = internal::is_reviewed_function(use.name);
  if (use.schema == "pg_catalog")
    return is_reviewed ? Verdict() : refused("this function is not among those that only read");
  bool is_known = false;
  for (const auto& found : facts.functions) {
    if (found.name != use.name || !is_meant(use, found.schema, found.is_on_path)) continue;
    if (!internal::is_trusted_extension(found.extension))
      return refused(fmt::format("a function of this name in schema {} could be called", found.schema));
    // An extension may bring what the server has by now itself: gen_random_uuid().
    if (found.is_volatile && !is_reviewed)
      return refused("this function of an extension may change something");
    is_known = true;
  }
  if (is_known || (is_reviewed && use.schema.empty())) return {};
  return refused("this function is not among those that only read");
}

auto ReadOnlyDraft::State::operators(const QualifiedUse& use, const CatalogFacts& facts) const -> Verdict {
  if (use.schema == "pg_catalog") return {};
  bool is_known = use.schema.empty();
  for (const auto& found : facts.operators) {
    if (found.name != use.name || !is_meant(use, found.schema, found.is_reachable)) continue;
    if (!found.is_compiled && !internal::is_trusted_extension(found.extension))
      return refuse_at("operator",
                       fmt::format("an operator {} in schema {} could be called", use.name, found.schema),
                       use.location);
    is_known = true;
  }
  return is_known ? Verdict() : refuse_at("operator", "this operator is not known", use.location);
}

auto ReadOnlyDraft::State::type(const QualifiedUse& use, const CatalogFacts& facts) const -> Verdict {
  if (use.schema == "pg_catalog") return {};
  for (const auto& found : facts.types) {
    if (found.name != use.name || !is_meant(use, found.schema, found.is_on_path)) continue;
    const bool is_plain = found.kind == 'e' || found.kind == 'c' || found.is_compiled ||
                          internal::is_trusted_extension(found.extension);
    if (!is_plain)
      return refuse_at(
          "type", fmt::format("a cast to type {} of schema {} may run a function", use.name, found.schema),
          use.location);
  }
  return {};
}

auto ReadOnlyDraft::State::attribute(const QualifiedUse& use, const CatalogFacts& facts) const -> Verdict {
  for (const auto& found : facts.functions)
    if (found.name == use.name && found.takes_row && found.is_on_path &&
        (!internal::is_trusted_extension(found.extension) || found.is_volatile))
      return refuse_at(
          "function",
          fmt::format("{} is also a function of schema {}, which this could call", use.name, found.schema),
          use.location);
  for (const auto& found : facts.types)
    if (found.name == use.name && found.kind == 'd' && found.is_on_path)
      return refuse_at("type", fmt::format("{} is also a type, to which this could cast", use.name),
                       use.location);
  return {};
}

auto ReadOnlyDraft::State::relation(const CatalogFacts::Relation& found) const -> Verdict {
  const auto refused = [&](std::string why) {
    return refuse_at("relation", std::move(why), found.used.location);
  };
  if (found.name.empty()) return {};  // a WITH query, or the server will say that there is none
  if (internal::is_denied_relation(found.name) && (is_system(found.schema) || found.schema.empty()))
    return refused(fmt::format("{} may hold secrets", found.name));
  if (found.kind == 'f')
    return refused(
        fmt::format("{} is, or has among its parts, a foreign table: reading it reaches out to another "
                    "server",
                    found.name));
  // Below the rights on columns, and where pg_statistic keeps its long values.
  if (found.kind == 't') return refused(fmt::format("{} is the storage of another table", found.name));
  if (!found.is_readable) return refused(fmt::format("{} may not be read here", found.name));
  return hidden_columns(found);
}

auto ReadOnlyDraft::State::hidden_columns(const CatalogFacts::Relation& found) const -> Verdict {
  auto hidden = found.hidden;
  if (is_system(found.schema))
    for (const auto& use : findings.names.attributes)
      if (internal::is_denied_column(found.name, use.name)) hidden.push_back(use.name);
  const bool has_secret_column =
      !found.hidden.empty() || (is_system(found.schema) && internal::has_denied_column(found.name));
  if (!has_secret_column) return {};
  for (const auto& use : findings.names.attributes)
    if (std::ranges::find(hidden, use.name) != hidden.end())
      return refuse_at("column", fmt::format("column {} of {} may not be read here", use.name, found.name),
                       use.location);
  const auto is_this = [&](const QualifiedUse& use) {
    return use.name == found.used.name && use.schema == found.used.schema;
  };
  std::vector<bool> is_from(findings.from_lists.size());
  for (std::size_t i = 0; i < is_from.size(); ++i)
    is_from[i] = std::ranges::any_of(findings.from_lists[i], is_this);
  std::set<std::string_view> called;
  for (const auto& [alias, use] : findings.aliases)
    if (is_this(use)) called.insert(alias);
  for (const auto& whole : findings.whole_rows) {
    if (whole.qualifier.empty() ? is_from[whole.from] : called.contains(whole.qualifier))
      return refuse_at(
          "column", fmt::format("not every column of {} may be read here: name those you need", found.name),
          whole.location);
  }
  return {};
}

// A literal is the only way to ask pg_settings for one setting.
auto ReadOnlyDraft::State::settings(const CatalogFacts& facts) const -> Verdict {
  const auto at =
      std::ranges::find_if(facts.relations, [](const auto& found) { return found.name == "pg_settings"; });
  if (at == facts.relations.end()) return {};
  for (const auto& literal : findings.literals)
    if (internal::hints_at_denied_setting(literal))
      return refuse_at("setting", "this setting may hold a secret", at->used.location);
  return {};
}

std::expected<ReadOnlySql, Refusal> ReadOnlyDraft::approve(const CatalogFacts& facts) const {
  const auto& names = state_->findings.names;
  using Rule = State::Verdict (State::*)(const QualifiedUse&, const CatalogFacts&) const;
  const std::pair<const std::vector<QualifiedUse>*, Rule> rules[] = {{&names.functions, &State::function},
                                                                     {&names.operators, &State::operators},
                                                                     {&names.types, &State::type},
                                                                     {&names.attributes, &State::attribute}};
  for (const auto& [uses, rule] : rules)
    for (const auto& use : *uses)
      if (auto verdict = ((*state_).*rule)(use, facts); !verdict) return std::unexpected(verdict.error());
  for (const auto& found : facts.relations)
    if (auto verdict = state_->relation(found); !verdict) return std::unexpected(verdict.error());
  for (const auto& reached : facts.reached)
    if (!is_harmless(reached))
      return std::unexpected(Refusal{
          .rule = "reached",
          .why =
              fmt::format("{} could call function {} of schema {}, which is not among those that only read",
                          reached.by, reached.function, reached.schema)});
  if (auto verdict = state_->settings(facts); !verdict) return std::unexpected(verdict.error());
  return ReadOnlySql(state_->text, state_->kind);
}

bool is_trusted_extension(std::string_view name) { return internal::is_trusted_extension(name); }

std::span<const std::string_view> reviewed_functions() { return internal::reviewed_function_names(); }

}  // namespace selfheal::pg
