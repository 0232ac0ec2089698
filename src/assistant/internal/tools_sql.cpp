// What a conversation may ask of a database by SQL: its own through the gate, and ours, which takes the same
// way.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "assistant/internal/queries.h"
#include "assistant/internal/rows.h"
#include "assistant/internal/tools.h"
#include "pg/identifier.h"

namespace selfheal::assistant::internal {
namespace {

namespace json = boost::json;

// Steps of a plan that are told; a longer one is for the SQL console.
constexpr std::size_t kPlanSteps = 60;

ToolResult with_rows(const ToolCallContext& call, const SqlRows& rows, const Facts& facts, std::string sql) {
  auto result = found(call, facts);
  result.value.as_object()["sql"] = std::string_view(sql);
  if (!rows.notice.empty()) result.value.as_object()["notice"] = rows.notice;
  result.sql = std::move(sql);
  result.rows = static_cast<int>(rows.rows.size());
  result.is_cut = rows.is_cut;
  result.took = rows.took;
  return result;
}

struct SubjectRow {
  std::string_view subject;
  std::string_view query;
};
// What show_statistics knows, by queries/<query>.sql. sorted
constexpr SubjectRow kSubjects[] = {
    {"activity", "activity"},
    {"bloat", "bloat"},
    {"connections", "connections"},
    {"indexes", "indexes"},
    {"locks", "locks"},
    {"numbers", "numbers"},
    {"replication", "replication"},
    {"replication_slots", "replication_slots"},
    {"running", "running"},
    {"settings", "settings"},
    {"slowest_statements", "statements"},
    {"table_sizes", "table_sizes"},
};

void add_plan(std::vector<Facts>& steps, const json::object& node, int depth) {
  if (steps.size() >= kPlanSteps) return;
  auto& step = steps.emplace_back();
  const auto text = [&node](std::string_view key) {
    const auto* value = node.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  const auto number = [&node](std::string_view key) {
    const auto* value = node.if_contains(key);
    return value && value->is_number() ? value->to_number<double>() : 0.0;
  };
  step.add("depth", depth);
  step.add("node", own(text("Node Type")));
  if (const auto relation = text("Relation Name"); !relation.empty()) step.add("table", own(relation));
  if (const auto index = text("Index Name"); !index.empty()) step.add("index", own(index));
  step.add("estimated_rows", number("Plan Rows"));
  step.add("cost", number("Total Cost"));
  for (const auto* key : {"Filter", "Index Cond", "Hash Cond", "Join Filter"})
    if (const auto condition = text(key); !condition.empty())
      step.add("condition", pg::redact_statement(condition));
  const auto* below = node.if_contains("Plans");
  if (below == nullptr || !below->is_array()) return;
  for (const auto& child : below->get_array())
    if (child.is_object()) add_plan(steps, child.get_object(), depth + 1);
}

// Empty when it is no plan.
std::vector<Facts> plan_of(const SqlRows& rows) {
  std::vector<Facts> steps;
  if (rows.rows.empty() || rows.rows.front().empty() || !rows.rows.front().front()) return steps;
  boost::system::error_code failed;
  const auto parsed = json::parse(*rows.rows.front().front(), failed);
  const auto* list = failed ? nullptr : parsed.if_array();
  const auto* first = list && !list->empty() ? list->front().if_object() : nullptr;
  const auto* plan = first ? first->if_contains("Plan") : nullptr;
  if (plan && plan->is_object()) add_plan(steps, plan->get_object(), 0);
  return steps;
}

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// The rows of tables.sql whose name holds the text; all of them without one.
SqlRows matching(SqlRows rows, const std::optional<std::string>& name) {
  if (!name) return rows;
  const auto qualified = pg::parse_qualified_name(*name);
  const auto wanted = lowered(qualified ? qualified->name : *name);
  std::erase_if(rows.rows, [&wanted](const auto& row) {
    return row.size() < 2 || !row[1] || !lowered(*row[1]).contains(wanted);
  });
  return rows;
}

}  // namespace

Task<ToolResult> run_readonly_sql(ToolCallContext call) {
  const auto server = server_argument(call);
  if (!server) co_return problem(call, server.error());
  const auto sql = text_argument(call, "sql").value_or("");
  const auto rows = co_await call.world.run_sql(*server, sql, call.asker, call.deadline);
  if (!rows) co_return problem(call, rows.error());
  if (rows->trouble) co_return problem(call, *rows->trouble, sql);
  co_return with_rows(call, *rows, hidden_rows(*rows, id_of(call)), sql);
}

Task<ToolResult> explain_plan(ToolCallContext call) {
  const auto server = server_argument(call);
  if (!server) co_return problem(call, server.error());
  const auto sql = "EXPLAIN (FORMAT JSON) " + text_argument(call, "sql").value_or("");
  const auto rows = co_await call.world.run_sql(*server, sql, call.asker, call.deadline);
  if (!rows) co_return problem(call, rows.error());
  if (rows->trouble) co_return problem(call, *rows->trouble, sql);
  const auto steps = plan_of(*rows);
  if (steps.empty()) co_return problem(call, Error{ErrorCode::failed, "PostgreSQL answered with no plan"});
  Facts facts;
  facts.add("plan", steps);
  auto result = with_rows(call, *rows, facts, sql);
  result.rows = static_cast<int>(steps.size());
  co_return result;
}

Task<ToolResult> show_statistics(ToolCallContext call) {
  const auto server = server_argument(call);
  if (!server) co_return problem(call, server.error());
  const auto subject = text_argument(call, "subject").value_or("");
  const auto row = std::ranges::find(kSubjects, std::string_view(subject), &SubjectRow::subject);
  if (row == std::end(kSubjects))
    co_return problem(call, Error{ErrorCode::invalid_input, "there are no statistics of that name"});
  const auto sql = query(row->query);
  const auto rows = co_await call.world.run_sql(*server, sql, call.asker, call.deadline);
  if (!rows) co_return problem(call, rows.error());
  if (rows->trouble) co_return problem(call, *rows->trouble, sql);
  co_return with_rows(call, *rows, statistics_rows(*rows), sql);
}

Task<ToolResult> lookup_schema(ToolCallContext call) {
  const auto server = server_argument(call);
  if (!server) co_return problem(call, server.error());
  const auto sql = query("tables");
  auto rows = co_await call.world.run_sql(*server, sql, call.asker, call.deadline);
  if (!rows) co_return problem(call, rows.error());
  if (rows->trouble) co_return problem(call, *rows->trouble, sql);
  const auto tables = matching(*std::move(rows), text_argument(call, "table"));
  Facts facts;
  facts.add("tables", statistics_rows(tables));
  if (tables.rows.size() == 1) {
    const auto& only = tables.rows.front();
    const QueryVariable variables[] = {{"schema", *only[0]}, {"table", *only[1]}};
    const auto columns_sql = query("columns", variables);
    const auto columns = co_await call.world.run_sql(*server, columns_sql, call.asker, call.deadline);
    if (columns && !columns->trouble) facts.add("columns", statistics_rows(*columns));
  }
  co_return with_rows(call, tables, facts, sql);
}

}  // namespace selfheal::assistant::internal
