#include "pg/internal/read_only_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "pg/internal/read_only_rules.h"

namespace selfheal::pg::internal {
namespace {

namespace json = boost::json;

using Step = std::expected<void, Refusal>;

std::unexpected<Refusal> refuse(std::string rule, std::string why, int location = 0,
                                std::string instead = {}) {
  return std::unexpected(Refusal{.rule = std::move(rule),
                                 .why = std::move(why),
                                 .word = {},
                                 .position = location + 1,
                                 .instead = std::move(instead)});
}

const json::value* member(const json::object& body, std::string_view key) { return body.if_contains(key); }

std::string text_of(const json::object& body, std::string_view key) {
  const auto* value = member(body, key);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

int location_of(const json::object& body, int otherwise = 0) {
  const auto* value = member(body, "location");
  const auto* number = value ? value->if_int64() : nullptr;
  return number ? static_cast<int>(*number) : otherwise;
}

// `{"Type": {…}}`: the tree names the types of its nodes so, and the fields of structs begin with a small
// letter.
const json::key_value_pair* node_in(const json::object& object) {
  if (object.size() != 1) return nullptr;
  const auto& only = *object.begin();
  return std::isupper(static_cast<unsigned char>(only.key().front())) && only.value().is_object() ? &only
                                                                                                  : nullptr;
}

// The texts of a list of String nodes; a `*` is "*". Nothing when there is something else in it.
std::vector<std::string> names_in(const json::object& body, std::string_view key) {
  std::vector<std::string> names;
  const auto* value = member(body, key);
  const auto* list = value ? value->if_array() : nullptr;
  if (!list) return names;
  for (const auto& element : *list) {
    const auto* object = element.if_object();
    const auto* node = object ? node_in(*object) : nullptr;
    if (!node) continue;
    if (node->key() == "String") names.push_back(text_of(node->value().get_object(), "sval"));
    if (node->key() == "A_Star") names.push_back("*");
  }
  return names;
}

class Walk {
 public:
  Findings findings;

  Step value(const json::value& value, std::string_view field) {
    if (const auto* array = value.if_array()) {
      for (const auto& element : *array)
        if (auto step = this->value(element, field); !step) return step;
      return {};
    }
    const auto* object = value.if_object();
    if (!object || object->empty()) return {};
    if (const auto* node = node_in(*object)) return this->node(node->key(), node->value().get_object());
    const auto type = type_of_field(field);
    if (type.empty())
      return refuse("node", fmt::format("{} is not part of what may be read", clause_of(field)),
                    location_of(*object));
    return node(type, *object);
  }

 private:
  // What people call a part of the tree that is not allowed.
  static std::string clause_of(std::string_view name) {
    if (name == "intoClause") return "INTO, which makes a table,";
    if (name == "LockingClause") return "A locking clause (FOR UPDATE, FOR SHARE …)";
    if (name == "ParamRef") return "A parameter ($1)";
    auto text = std::string(name);
    if (text.ends_with("Stmt")) text.resize(text.size() - 4);
    std::string words;
    for (const char c : text) {
      if (std::isupper(static_cast<unsigned char>(c)) && !words.empty()) words += ' ';
      words += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return words;
  }

  Step node(std::string_view type, const json::object& body) {
    if (!is_allowed_node(type))
      return refuse("node", fmt::format("{} is not a read", clause_of(type)), location_of(body),
                    "one SELECT, VALUES, TABLE, EXPLAIN without ANALYZE, or SHOW");
    if (auto step = look(type, body); !step) return step;
    // A bare `*` stands for the relations of the query around it.
    const bool is_query = type == "SelectStmt";
    const auto outer = from_;
    if (is_query) {
      findings.from_lists.push_back(sources_of(body));
      from_ = findings.from_lists.size() - 1;
    }
    Step step;
    for (auto child = body.begin(); step && child != body.end(); ++child)
      step = value(child->value(), child->key());
    from_ = outer;
    return step;
  }

  Step look(std::string_view type, const json::object& body) {
    if (type == "FuncCall") return function(body);
    if (type == "A_Expr") return operators(body, "name");
    if (type == "SubLink") return operators(body, "operName");
    if (type == "SortBy") return operators(body, "useOp");
    if (type == "TypeName") return type_name(body);
    if (type == "RangeVar") return relation(body);
    if (type == "ColumnRef") return column(body);
    if (type == "A_Indirection") return indirection(body);
    if (type == "JoinExpr") return joined(body);
    if (type == "RangeTableSample") return sample(body);
    if (type == "A_Const") return constant(body);
    if (type == "VariableShowStmt") return setting(text_of(body, "name"), location_of(body));
    if (type == "ExplainStmt") return explain(body);
    return {};
  }

  Step function(const json::object& body) {
    const auto names = names_in(body, "funcname");
    const auto at = location_of(body);
    if (names.empty() || names.size() > 2) return refuse("function", "a function in another database", at);
    findings.names.functions.push_back({names.size() == 2 ? names.front() : "", names.back(), at});
    if (names.back() != "current_setting") return {};
    const auto literal = first_literal(body);
    if (!literal)
      return refuse("setting", "current_setting() needs the name of the setting as a literal", at);
    return setting(*literal, at);
  }

  static std::optional<std::string> first_literal(const json::object& call) {
    const auto* value = member(call, "args");
    const auto* args = value ? value->if_array() : nullptr;
    const auto* first = args && !args->empty() ? args->front().if_object() : nullptr;
    const auto* node = first ? node_in(*first) : nullptr;
    if (!node || node->key() != "A_Const") return std::nullopt;
    const auto* literal = member(node->value().get_object(), "sval");
    const auto* string = literal ? literal->if_object() : nullptr;
    return string ? std::optional(text_of(*string, "sval")) : std::nullopt;
  }

  Step operators(const json::object& body, std::string_view key) {
    const auto names = names_in(body, key);
    if (names.empty()) return {};
    const auto at = location_of(body);
    if (names.size() > 2) return refuse("operator", "an operator in another database", at);
    findings.names.operators.push_back({names.size() == 2 ? names.front() : "", names.back(), at});
    return {};
  }

  Step type_name(const json::object& body) {
    const auto names = names_in(body, "names");
    const auto at = location_of(body);
    if (names.empty() || names.size() > 2) return refuse("type", "a type that is not named plainly", at);
    findings.names.types.push_back({names.size() == 2 ? names.front() : "", names.back(), at});
    if (const auto* percent = member(body, "pct_type"); percent && percent->is_bool() && percent->get_bool())
      return refuse("type", "%TYPE is not part of what may be read", at);
    return {};
  }

  static QualifiedUse use_of(const json::object& range) {
    return {text_of(range, "schemaname"), text_of(range, "relname"), location_of(range)};
  }

  Step relation(const json::object& body) {
    const auto use = use_of(body);
    if (!text_of(body, "catalogname").empty())
      return refuse("relation", "a relation is named with its database", use.location, "schema.name");
    if (is_denied_relation(use.name))
      return refuse("relation", fmt::format("{} may hold secrets", use.name), use.location);
    if (use.schema.starts_with("pg_toast"))
      return refuse("relation", fmt::format("{} is the storage of another table", use.name), use.location);
    const auto* alias = member(body, "alias");
    const auto* named = alias ? alias->if_object() : nullptr;
    findings.aliases.emplace_back(named ? text_of(*named, "aliasname") : use.name, use);
    findings.names.relations.push_back(use);
    return {};
  }

  Step column(const json::object& body) {
    auto names = names_in(body, "fields");
    const auto at = location_of(body);
    if (names.empty()) return {};
    if (names.back() == "*") {
      findings.whole_rows.push_back({names.size() > 1 ? names[names.size() - 2] : "", from_, at});
      return {};
    }
    findings.names.attributes.push_back({"", names.back(), at});
    // A lone name may be a row: to_json(t).
    if (names.size() == 1) findings.whole_rows.push_back({names.front(), 0, at});
    return {};
  }

  Step indirection(const json::object& body) {
    for (const auto& name : names_in(body, "indirection")) {
      if (name == "*") continue;  // of a row that the expression before it is made of
      findings.names.attributes.push_back({"", name, location_of(body)});
    }
    return {};
  }

  Step joined(const json::object& body) {
    for (const auto& name : names_in(body, "usingClause"))
      findings.names.attributes.push_back({"", name, location_of(body)});
    return {};
  }

  Step sample(const json::object& body) {
    const auto names = names_in(body, "method");
    if (names.size() == 1 && (names[0] == "system" || names[0] == "bernoulli")) return {};
    return refuse("function", "TABLESAMPLE with a method of its own", location_of(body),
                  "system or bernoulli");
  }

  Step constant(const json::object& body) {
    const auto* literal = member(body, "sval");
    if (const auto* string = literal ? literal->if_object() : nullptr)
      findings.literals.push_back(text_of(*string, "sval"));
    return {};
  }

  Step setting(const std::string& name, int at) {
    if (!is_denied_setting(name)) return {};
    return refuse("setting", "this setting may hold a secret or is not known", at,
                  "SHOW of one plain setting");
  }

  Step explain(const json::object& body) {
    const auto* value = member(body, "options");
    const auto* options = value ? value->if_array() : nullptr;
    if (options)
      for (const auto& option : *options) {
        const auto* object = option.if_object();
        const auto* node = object ? node_in(*object) : nullptr;
        if (!node) return refuse("explain", "an option of EXPLAIN that is not known");
        const auto& body_of = node->value().get_object();
        const auto name = text_of(body_of, "defname");
        if (!is_explain_option(name))
          return refuse("explain", fmt::format("EXPLAIN ({}) is not a plain look at the plan", name),
                        location_of(body_of),
                        "EXPLAIN with FORMAT, COSTS, VERBOSE, SETTINGS, SUMMARY or BUFFERS");
      }
    const auto* query = member(body, "query");
    const auto* object = query ? query->if_object() : nullptr;
    const auto* node = object ? node_in(*object) : nullptr;
    if (!node || node->key() != "SelectStmt")
      return refuse("explain", "EXPLAIN of what is not a SELECT", 0, "EXPLAIN SELECT …");
    return {};
  }

  static std::vector<QualifiedUse> sources_of(const json::object& select) {
    std::vector<QualifiedUse> sources;
    if (const auto* clause = member(select, "fromClause")) collect_sources(*clause, sources);
    return sources;
  }
  // The relations themselves, not the queries in brackets: those have their own `*`.
  static void collect_sources(const json::value& value, std::vector<QualifiedUse>& sources) {
    if (const auto* array = value.if_array()) {
      for (const auto& element : *array) collect_sources(element, sources);
      return;
    }
    const auto* object = value.if_object();
    const auto* node = object ? node_in(*object) : nullptr;
    if (!node) return;
    const auto& body = node->value().get_object();
    if (node->key() == "RangeVar") sources.push_back(use_of(body));
    if (node->key() != "JoinExpr" && node->key() != "RangeTableSample") return;
    for (const auto* side : {"larg", "rarg", "relation"})
      if (const auto* child = member(body, side)) collect_sources(*child, sources);
  }

  std::size_t from_ = 0;
};

}  // namespace

std::expected<Findings, Refusal> walk_read_only(const json::object& statement) {
  Walk walk;
  if (auto step = walk.value(statement, ""); !step) return std::unexpected(step.error());
  return std::move(walk.findings);
}

}  // namespace selfheal::pg::internal
