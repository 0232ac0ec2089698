#include "pg/statement.h"

#include <algorithm>
#include <boost/json/value.hpp>
#include <memory>
#include <set>

#include "base/limits.h"
#include "base/random.h"
#include "pg/internal/command_tag.h"
#include "pg/internal/sql_lexer.h"
#include "pg/internal/sql_parser.h"
#include "pg/internal/text.h"

namespace selfheal::pg {
namespace {

namespace json = boost::json;

// libpg_query's time is quadratic in it: 64 KiB of nested comments took 6 to 16 s.
constexpr int kCommentDepth = 16;
Status fits_parser(std::string_view sql) {
  const auto no = [](std::string why) {
    return failure(ErrorCode::invalid_input, "statement: " + std::move(why));
  };
  if (sql.size() > kParsedSqlBytes) return no("longer than " + std::to_string(kParsedSqlBytes) + " bytes");
  if (sql.contains('\0')) return no("holds a NUL byte");
  if (!internal::is_utf8(sql)) return no("is not UTF-8");
  internal::SqlLexer lexer(sql);
  internal::Token token{};
  while (lexer.next(token)) {
  }
  if (lexer.comment_depth() > kCommentDepth)
    return no("nests comments deeper than " + std::to_string(kCommentDepth));
  return {};
}

const json::object* object_in(const json::object& parent, std::string_view key) {
  const auto* value = parent.if_contains(key);
  return value ? value->if_object() : nullptr;
}
const json::array* array_in(const json::object& parent, std::string_view key) {
  const auto* value = parent.if_contains(key);
  return value ? value->if_array() : nullptr;
}
std::string string_in(const json::object& parent, std::string_view key) {
  const auto* value = parent.if_contains(key);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}
// The node `{"<type>": {…}}` in an array's element, when it is of that type.
const json::object* node_of(const json::value& element, std::string_view type) {
  const auto* wrapper = element.if_object();
  return wrapper ? object_in(*wrapper, type) : nullptr;
}

// Collects the relations that a tree names, in the order of the tree.
struct Relations {
  std::vector<StatementFacts::Relation> found;
  std::set<std::string> common_table_expressions;

  void add(StatementFacts::Relation relation) {
    if (std::ranges::find(found, relation) == found.end()) found.push_back(std::move(relation));
  }
  // Recursion is bounded by kTreeDepth.
  void walk(const json::value& value) {
    if (const auto* array = value.if_array()) {
      for (const auto& element : *array) walk(element);
    } else if (const auto* object = value.if_object()) {
      const std::string name = string_in(*object, "relname");
      if (!name.empty()) add({string_in(*object, "schemaname"), name});
      const std::string expression = string_in(*object, "ctename");
      if (!expression.empty()) common_table_expressions.insert(expression);
      for (const auto& member : *object) walk(member.value());
    }
  }
  void drop_common_table_expressions() {
    std::erase_if(found, [&](const auto& relation) {
      return relation.schema.empty() && common_table_expressions.contains(relation.name);
    });
  }
};

// DROP names its objects as lists of strings.
void add_dropped(const json::object& drop, Relations& relations) {
  static constexpr std::array<std::string_view, 6> kKinds = {"OBJECT_TABLE",    "OBJECT_INDEX",
                                                             "OBJECT_VIEW",     "OBJECT_MATVIEW",
                                                             "OBJECT_SEQUENCE", "OBJECT_FOREIGN_TABLE"};
  const auto* objects = array_in(drop, "objects");
  if (!objects || std::ranges::find(kKinds, string_in(drop, "removeType")) == kKinds.end()) return;
  for (const auto& object : *objects) {
    const auto* list = node_of(object, "List");
    const auto* items = list ? array_in(*list, "items") : nullptr;
    if (!items) continue;
    std::vector<std::string> parts;
    for (const auto& item : *items)
      if (const auto* text = node_of(item, "String")) parts.push_back(string_in(*text, "sval"));
    if (parts.empty()) continue;
    relations.add({parts.size() > 1 ? parts[parts.size() - 2] : "", parts.back()});
  }
}

std::vector<std::string> defaulted(const json::array& rows, const std::vector<std::string>& columns) {
  std::vector<bool> always(columns.size(), !rows.empty());
  for (const auto& row : rows) {
    const auto* list = node_of(row, "List");
    const auto* items = list ? array_in(*list, "items") : nullptr;
    for (std::size_t i = 0; i < columns.size(); ++i)
      always[i] = always[i] && items && i < items->size() && node_of((*items)[i], "SetToDefault");
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (always[i]) names.push_back(columns[i]);
  return names;
}

void read_insert(const json::object& insert, StatementFacts& facts) {
  if (const auto* columns = array_in(insert, "cols")) {
    facts.insert_names_columns = true;
    for (const auto& column : *columns)
      if (const auto* target = node_of(column, "ResTarget"))
        facts.insert_columns.push_back(string_in(*target, "name"));
  }
  const auto* source = object_in(insert, "selectStmt");
  facts.insert_default_values = source == nullptr;
  const auto* select = source ? object_in(*source, "SelectStmt") : nullptr;
  const auto* rows = select ? array_in(*select, "valuesLists") : nullptr;
  if (rows) facts.defaulted_columns = defaulted(*rows, facts.insert_columns);
}

Result<StatementFacts> facts_of_tree(const json::value& tree) {
  const auto* root = tree.if_object();
  const auto* statements = root ? array_in(*root, "stmts") : nullptr;
  const std::size_t count = statements ? statements->size() : 0;
  if (count != 1)
    return failure(ErrorCode::invalid_input, "statement: expected one, found " + std::to_string(count));
  const auto* raw = statements->front().if_object();
  const auto* node = raw ? object_in(*raw, "stmt") : nullptr;
  if (!node || node->empty()) return failure("statement: the parser returned a tree without a statement");

  const std::string_view type = node->begin()->key();
  const auto* body = node->begin()->value().if_object();
  if (!body) return failure("statement: the parser returned a statement without a body");
  StatementFacts facts;
  facts.kind = internal::command_tag(type, *body);
  Relations relations;
  if (const auto* target = object_in(*body, "relation")) relations.walk(*target);
  if (type == "DropStmt") add_dropped(*body, relations);
  relations.walk(node->begin()->value());
  relations.drop_common_table_expressions();
  facts.relations = std::move(relations.found);
  if (type == "InsertStmt") read_insert(*body, facts);
  return facts;
}

}  // namespace

Result<StatementFacts> statement_facts(std::string_view sql) {
  TRY_OK(fits_parser(sql));
  const std::string text(sql);
  json::monotonic_resource memory;
  const auto tree = internal::parse_tree(text, memory);
  if (!tree)
    return failure(ErrorCode::invalid_input, tree.error().is_too_deep
                                                 ? "statement: nested too deep"
                                                 : "statement: not valid in the grammar of PostgreSQL 15");
  TRY(auto facts, facts_of_tree(*tree));
  facts.fingerprint = internal::parser_fingerprint(text);
  return facts;
}

std::string statement_fingerprint(std::string_view sql) {
  if (fits_parser(sql)) {
    std::string fingerprint = internal::parser_fingerprint(std::string(sql));
    if (!fingerprint.empty()) return fingerprint;
  }
  return "t:" + sha256_hex(shape_of(sql)).substr(0, 32);
}

}  // namespace selfheal::pg
