#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "assistant/internal/facts.h"
#include "assistant/toolbox.h"

// The functions behind the table of tools, and what they share.
namespace selfheal::assistant::internal {

Task<ToolResult> explain_plan(ToolCallContext call);
Task<ToolResult> find_incidents(ToolCallContext call);
Task<ToolResult> health_check(ToolCallContext call);
Task<ToolResult> list_databases(ToolCallContext call);
Task<ToolResult> look_up_error(ToolCallContext call);
Task<ToolResult> lookup_schema(ToolCallContext call);
Task<ToolResult> propose_fix(ToolCallContext call);
Task<ToolResult> run_readonly_sql(ToolCallContext call);
Task<ToolResult> search_similar(ToolCallContext call);
Task<ToolResult> show_blocking_tree(ToolCallContext call);
Task<ToolResult> show_evidence(ToolCallContext call);
Task<ToolResult> show_incident(ToolCallContext call);
Task<ToolResult> show_statistics(ToolCallContext call);

// Arguments, valid by the tool's schema.
std::optional<std::string> text_argument(const ToolCallContext& call, std::string_view name);
std::optional<std::int64_t> number_argument(const ToolCallContext& call, std::string_view name);
// The incident named by the argument `incident` ("SH-12" or 12), else the one the conversation is about.
// invalid_input when there is neither.
Result<IncidentNumber> incident_argument(const ToolCallContext& call);
// 12 for "SH-12", "sh12", "#12" or "12".
std::optional<IncidentNumber> parse_incident(std::string_view text);
// The watched server that is meant. invalid_input or not_found say which there are.
Result<ServerId> server_argument(const ToolCallContext& call);

// "Q3".
std::string id_of(const ToolCallContext& call);
// What the person and the model are told of a tool that could not.
ToolResult problem(const ToolCallContext& call, const Error& error);
ToolResult problem(const ToolCallContext& call, const SqlTrouble& trouble, std::string sql);
// What a tool found; cited by the call and by `more`.
ToolResult found(const ToolCallContext& call, const Facts& facts, std::vector<std::string> more = {});

// An incident as it is listed, and with all that belongs to it.
Facts facts_of(const Incident& incident);
Facts facts_of(const IncidentDetails& details);
// One piece of evidence with at most `rows` of its rows.
Facts facts_of(const EvidenceItem& item, IncidentNumber incident, std::size_t rows);
Facts facts_of(const ServerNow& server);
// The incident and each piece of its evidence.
std::vector<std::string> citations_of(const IncidentDetails& details);
// Who waits for whom in the recorder's last look.
Facts blocking_facts(const Recording& recording);

}  // namespace selfheal::assistant::internal
