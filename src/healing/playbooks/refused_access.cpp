#include "healing/playbooks/refused_access.h"

#include <algorithm>
#include <array>

#include "pg/identifier.h"
#include "pg/message_template.h"
#include "pg/statement.h"

namespace selfheal::healing {
namespace {

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::vector<std::string> words_of(std::string_view shape) {
  std::vector<std::string> words;
  bool is_quoted = false;
  bool is_open = false;
  for (const char c : shape) {
    if (c == '"') is_quoted = !is_quoted;
    if (is_quoted || !is_word_character(c)) {
      is_open = false;
      continue;
    }
    if (!is_open) words.emplace_back();
    is_open = true;
    words.back() += lower(c);
  }
  return words;
}

// The identifier, `a.b` or `"a"."b c"`, that the text begins with.
std::string_view leading_identifier(std::string_view text) {
  bool is_quoted = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '"')
      is_quoted = !is_quoted;
    else if (!is_quoted && text[at] != '.' && !is_word_character(text[at]))
      break;
  }
  return text.substr(0, at);
}

struct Opening {
  std::string_view words;  // what a statement begins with, one space between words
  std::string_view kind;
};
// The longer of two that begin alike stands first.
constexpr std::array kOpenings = std::to_array<Opening>({{"insert into ", "INSERT"},
                                                         {"update only ", "UPDATE"},
                                                         {"update ", "UPDATE"},
                                                         {"delete from only ", "DELETE"},
                                                         {"delete from ", "DELETE"},
                                                         {"truncate table ", "TRUNCATE TABLE"},
                                                         {"truncate ", "TRUNCATE TABLE"},
                                                         {"select ", "SELECT"}});

bool opens_with(std::string_view text, std::string_view words) {
  return text.size() >= words.size() && std::ranges::equal(text.substr(0, words.size()), words,
                                                           [](char a, char b) { return lower(a) == b; });
}

// What the innermost frame of a CONTEXT quotes. PostgreSQL does not escape the quotes inside.
struct Frame {
  std::string_view text;
  bool is_statement = false;  // else an expression, which PL/pgSQL runs as a SELECT
};

std::optional<Frame> innermost_frame(std::string_view context) {
  for (const std::string_view opening : {"SQL statement \"", "SQL expression \"", "PL/pgSQL assignment \""}) {
    if (!context.starts_with(opening)) continue;
    context.remove_prefix(opening.size());
    auto end = std::min(context.find("\"\nPL/pgSQL function "), context.find("\"\nSQL function "));
    if (end == std::string_view::npos) end = context.rfind('"');
    if (end == std::string_view::npos) return std::nullopt;
    return Frame{context.substr(0, end), opening == "SQL statement \""};
  }
  return std::nullopt;
}

// The statement that a function ran has no parse tree here: its first words tell.
RefusedStatement read_inner(const Frame& frame) {
  RefusedStatement inner{.shape = pg::shape_of(frame.text), .is_inside_function = true};
  const std::string_view shape = inner.shape;
  inner.words = words_of(shape);
  if (!frame.is_statement) {
    inner.kind = "SELECT";
    return inner;
  }
  for (const auto& opening : kOpenings) {
    if (!opens_with(shape, opening.words)) continue;
    inner.kind = opening.kind;
    if (inner.kind == "SELECT") break;
    const auto name = pg::parse_qualified_name(leading_identifier(shape.substr(opening.words.size())));
    if (name) inner.target = name->name;
    break;
  }
  return inner;
}

bool has_target(const std::string& kind) {
  return kind == "INSERT" || kind == "UPDATE" || kind == "DELETE" || kind == "COPY" ||
         kind == "TRUNCATE TABLE";
}

bool has_any(const RefusedStatement& statement, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](auto word) { return has_words(statement, {word}); });
}

std::vector<std::string> rights_on_target(const RefusedStatement& statement) {
  std::vector<std::string> rights;
  const auto add = [&](const char* right, bool is_needed) {
    if (is_needed) rights.emplace_back(right);
  };
  const auto& kind = statement.kind;
  if (kind == "COPY") {
    const bool writes = has_words(statement, {"from"}) && !has_words(statement, {"to"});
    return {writes ? "INSERT" : "SELECT"};
  }
  if (kind == "TRUNCATE TABLE") return {"TRUNCATE"};
  rights.push_back(kind);
  if (kind == "INSERT") {
    add("UPDATE", has_words(statement, {"do", "update"}));
    add("SELECT", has_any(statement, {"returning"}) || has_words(statement, {"on", "conflict"}));
  } else {
    add("SELECT", has_any(statement, {"where", "returning", "from", "using"}) &&
                      !(kind == "DELETE" && !has_any(statement, {"where", "returning", "using"})));
  }
  return rights;
}

}  // namespace

bool is_permission_denied(const Case& facts) {
  const auto& event = facts.sighting.exemplar;
  if (pg::raised_by(event.context, event.routine)) return false;
  auto matched = pg::match_message(event.message);
  if (!matched) matched = pg::match_translated(event.message, event.sqlstate);
  return matched && matched->tmpl->text.starts_with("permission denied for ");
}

std::optional<RefusedStatement> refused_statement(const Case& facts) {
  const auto& event = facts.sighting.exemplar;
  const auto frame = innermost_frame(event.context);
  const bool is_inside_function = !functions_of_context(event.context).empty();
  if (frame && is_inside_function) return read_inner(*frame);
  // A check of a foreign key quotes its statement without any function, and runs as a table's owner.
  if (frame || is_inside_function) return std::nullopt;
  const auto& known = facts.sighting.statement;
  if (!known) return std::nullopt;
  RefusedStatement statement{
      .kind = known->kind, .relations = known->relations, .words = words_of(pg::shape_of(event.statement))};
  if (has_target(statement.kind) && !known->relations.empty())
    statement.target = known->relations.front().name;
  return statement;
}

std::vector<std::string> functions_of_context(std::string_view context) {
  std::vector<std::string> functions;
  while (!context.empty()) {
    const auto end = std::min(context.find('\n'), context.size());
    auto line = context.substr(0, end);
    context.remove_prefix(std::min(end + 1, context.size()));
    for (const std::string_view opening : {"PL/pgSQL function ", "SQL function \""}) {
      if (!line.starts_with(opening)) continue;
      line.remove_prefix(opening.size());
      const auto name = pg::parse_qualified_name(leading_identifier(line.substr(0, line.find('('))));
      // SQL functions are quoted as a whole, without their schema.
      functions.push_back(name ? name->name : std::string(line.substr(0, line.find('"'))));
      break;
    }
  }
  return functions;
}

bool has_words(const RefusedStatement& statement, std::vector<std::string_view> words) {
  return !std::ranges::search(statement.words, words).empty();
}

bool names_relation(const RefusedStatement& statement, const std::string& name) {
  if (statement.target == name) return true;
  if (!statement.is_inside_function)
    return std::ranges::find(statement.relations, name, &pg::StatementFacts::Relation::name) !=
           statement.relations.end();
  // A name that needs no quotes is one of the words, which are in lower case as the name is.
  return std::ranges::find(statement.words, name) != statement.words.end() ||
         statement.shape.find(pg::quote_identifier(name)) != std::string::npos;
}

std::vector<std::string> needed_rights(const RefusedStatement& statement, const std::string& table) {
  if (!statement.target.empty() && statement.target == table) return rights_on_target(statement);
  static constexpr std::array<std::string_view, 6> kReaders = {"SELECT", "INSERT",      "UPDATE",
                                                               "DELETE", "SELECT INTO", "CREATE TABLE AS"};
  if (std::ranges::find(kReaders, statement.kind) == kReaders.end() && statement.kind != "COPY" &&
      statement.kind != "DECLARE CURSOR")
    return {};
  std::vector<std::string> rights{"SELECT"};
  const bool locks = has_words(statement, {"for", "update"}) || has_words(statement, {"for", "share"}) ||
                     has_words(statement, {"for", "no", "key", "update"}) ||
                     has_words(statement, {"for", "key", "share"});
  if (locks) rights.emplace_back("UPDATE");
  return rights;
}

}  // namespace selfheal::healing
