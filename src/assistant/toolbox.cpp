// The table of what a conversation, a model and MCP's clients may call.
#include "assistant/toolbox.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <string>

#include "assistant/internal/json_schema.h"
#include "assistant/internal/tools.h"
#include "assistant/safe_text.h"

namespace selfheal::assistant {
namespace {

constexpr OurText kNothing(R"({"type":"object","additionalProperties":false,"properties":{}})");
constexpr OurText kServer(R"({"type":"object","additionalProperties":false,"properties":{
"server":{"type":"string","maxLength":200,"description":"a watched server; may be left out while only one is watched"}}})");
constexpr OurText kSql(R"({"type":"object","additionalProperties":false,"required":["sql"],"properties":{
"server":{"type":"string","maxLength":200,"description":"a watched server; may be left out while only one is watched"},
"sql":{"type":"string","maxLength":16384,"description":"one statement that only reads, in PostgreSQL's dialect, without EXPLAIN"}}})");
constexpr OurText kIncident(R"({"type":"object","additionalProperties":false,"properties":{
"incident":{"type":"string","maxLength":20,"description":"like SH-12; left out, the one the conversation is about"}}})");
constexpr OurText kIncidents(R"({"type":"object","additionalProperties":false,"properties":{
"server":{"type":"string","maxLength":200},
"state":{"type":"string","enum":["open","diagnosing","awaiting_approval","applying","verifying","healed","failed","resolved","muted","reopened","refused"]},
"category":{"type":"string","enum":["DUPLICATE_DATA","CONNECTION_ISSUE","LOCK_CONTENTION","PERMISSION_ERROR","QUERY_SYNTAX","CONSTRAINT_VIOLATION","RESOURCE_EXHAUSTION","INTERNAL_OR_CORRUPTION","APPLICATION_RAISED","UNKNOWN"]},
"sqlstate":{"type":"string","maxLength":5},
"since_hours":{"type":"integer","minimum":1,"maximum":8760,"description":"seen since so many hours"},
"limit":{"type":"integer","minimum":1,"maximum":100}}})");
constexpr OurText kEvidence(R"({"type":"object","additionalProperties":false,"properties":{
"incident":{"type":"string","maxLength":20,"description":"like SH-12; left out, the one the conversation is about"},
"evidence":{"type":"string","maxLength":40,"description":"like E3; left out, all of it"}}})");
constexpr OurText kSimilar(R"({"type":"object","additionalProperties":false,"properties":{
"incident":{"type":"string","maxLength":20,"description":"like SH-12; left out, the one the conversation is about"},
"words":{"type":"string","maxLength":1000,"description":"what it looks like, in words, instead of an incident"}}})");
constexpr OurText kError(R"({"type":"object","additionalProperties":false,"properties":{
"sqlstate":{"type":"string","maxLength":5,"description":"five characters, or the two of a class"},
"message":{"type":"string","maxLength":2000,"description":"PostgreSQL's message"}}})");
constexpr OurText kSchema(R"({"type":"object","additionalProperties":false,"properties":{
"server":{"type":"string","maxLength":200},
"table":{"type":"string","maxLength":130,"description":"a part of its name; when one table fits, its columns are told"}}})");
constexpr OurText kStatistics(
    R"({"type":"object","additionalProperties":false,"required":["subject"],"properties":{
"server":{"type":"string","maxLength":200},
"subject":{"type":"string","enum":["activity","bloat","connections","indexes","locks","numbers","replication","replication_slots","running","settings","slowest_statements","table_sizes"]}}})");

// sorted
constexpr ToolRow kTools[] = {
    {.name = "explain",
     .title = "Plan of a statement",
     .description =
         "How PostgreSQL would run a SELECT: the steps with estimated rows and cost. Runs nothing.",
     .parameters = kSql,
     .right = Right::operate,
     .run = internal::explain_plan},
    {.name = "get_blocking_tree",
     .title = "Who blocks whom",
     .description = "Sessions that wait for locks now, whom they wait for, and who is at the root of it.",
     .parameters = kServer,
     .run = internal::show_blocking_tree},
    {.name = "get_evidence",
     .title = "Evidence",
     .description = "What the probes found for an incident, each piece with its id. Values are left out.",
     .parameters = kEvidence,
     .run = internal::show_evidence},
    {.name = "get_incident",
     .title = "Incident",
     .description = "One incident: diagnosis with reasons, what is ruled out, plan, treatments and timeline.",
     .parameters = kIncident,
     .run = internal::show_incident},
    {.name = "health_check",
     .title = "Health check",
     .description = "A server now: its state, connections, sessions by state, longest transaction, cache, "
                    "waits, dead rows, replicas.",
     .parameters = kServer,
     .run = internal::health_check},
    {.name = "list_databases",
     .title = "Watched servers",
     .description = "The watched servers, whether they are up, and whether selfheal may act on them.",
     .parameters = kNothing,
     .run = internal::list_databases},
    {.name = "list_incidents",
     .title = "Incidents",
     .description = "Incidents, newest first, filtered by server, state, category, SQLSTATE or age.",
     .parameters = kIncidents,
     .run = internal::find_incidents},
    {.name = "look_up_error",
     .title = "Runbook of an error",
     .description = "What a SQLSTATE or a message of PostgreSQL means, its usual reasons, how to check, fix "
                    "and prevent it.",
     .parameters = kError,
     .run = internal::look_up_error},
    {.name = "lookup_schema",
     .title = "Tables and columns",
     .description = "Tables and views by a part of their name, and the columns when one table fits.",
     .parameters = kSchema,
     .run = internal::lookup_schema},
    {.name = "propose_fix",
     .title = "Propose a fix",
     .description = "Has an incident diagnosed again and files a plan for it. Runs nothing: policy or a "
                    "person decides.",
     .parameters = kIncident,
     .right = Right::operate,
     .changes = true,
     .run = internal::propose_fix},
    {.name = "run_readonly_sql",
     .title = "Read-only SQL",
     .description = "Runs one statement that only reads, in a read-only transaction, with limits on rows, "
                    "bytes and time.",
     .parameters = kSql,
     .right = Right::operate,
     .reads_values = true,
     .run = internal::run_readonly_sql},
    {.name = "search_similar",
     .title = "Similar cases",
     .description = "Earlier incidents and runbooks like an incident or like words, why they are alike, and "
                    "what helped then.",
     .parameters = kSimilar,
     .run = internal::search_similar},
    {.name = "show_statistics",
     .title = "Statistics",
     .description = "One of PostgreSQL's statistics: sizes of tables, connections, locks, running and "
                    "slowest statements, replication, bloat, indexes, settings.",
     .parameters = kStatistics,
     .run = internal::show_statistics},
};

bool may(const Asker& asker, Right right) {
  return right == Right::operate ? asker.may_operate : asker.may_view || asker.may_operate;
}

}  // namespace

std::span<const ToolRow> tools() { return kTools; }

const ToolRow* tool_named(std::string_view name) {
  const auto* row =
      std::ranges::lower_bound(kTools, name, {}, [](const ToolRow& tool) { return tool.name.text(); });
  return row != std::end(kTools) && row->name.text() == name ? row : nullptr;
}

Task<ToolResult> call_tool(std::string_view name, ToolCallContext call) {
  const auto* row = tool_named(name);
  if (row == nullptr) co_return failure(ErrorCode::not_found, "there is no such tool");
  if (!may(call.asker, row->right))
    co_return failure(ErrorCode::refused, "your account lacks the right that this tool needs: " +
                                              std::string(row->right == Right::operate ? "operate" : "view"));
  const auto schema = boost::json::parse(row->parameters.text());
  CO_TRY_OK(internal::validate(call.arguments, schema, "the call of " + std::string(row->name.text())));
  auto result = co_await row->run(call);
  if (!result) co_return result;
  result->value = safe_value(result->value);
  result->problem = safe_text(result->problem);
  co_return result;
}

}  // namespace selfheal::assistant
