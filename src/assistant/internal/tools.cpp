#include "assistant/internal/tools.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace selfheal::assistant::internal {

std::optional<std::string> text_argument(const ToolCallContext& call, std::string_view name) {
  const auto* value = call.arguments.if_contains(name);
  if (value == nullptr || !value->is_string() || value->get_string().empty()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<std::int64_t> number_argument(const ToolCallContext& call, std::string_view name) {
  const auto* value = call.arguments.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::optional<IncidentNumber> parse_incident(std::string_view text) {
  if (text.starts_with('#')) text.remove_prefix(1);
  if (text.size() > 2 && (text[0] | 0x20) == 's' && (text[1] | 0x20) == 'h') text.remove_prefix(2);
  if (text.starts_with('-')) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || number <= 0) return std::nullopt;
  return IncidentNumber(number);
}

Result<IncidentNumber> incident_argument(const ToolCallContext& call) {
  if (const auto text = text_argument(call, "incident")) {
    const auto number = parse_incident(*text);
    if (!number) return failure(ErrorCode::invalid_input, "an incident is named like SH-12");
    return *number;
  }
  if (call.about) return *call.about;
  return failure(ErrorCode::invalid_input, "say which incident, like SH-12");
}

Result<ServerId> server_argument(const ToolCallContext& call) {
  const auto servers = call.world.servers();
  std::vector<std::string> names;
  for (const auto& server : servers) names.push_back(server.name.value());
  const auto named = text_argument(call, "server");
  const auto wanted = named ? std::optional(ServerId(*named)) : call.server;
  if (wanted) {
    if (std::ranges::find(servers, *wanted, &ServerNow::name) != servers.end()) return *wanted;
    return failure(ErrorCode::not_found,
                   fmt::format("no watched server has that name; watched are: {}", fmt::join(names, ", ")));
  }
  if (servers.size() == 1) return servers.front().name;
  return failure(ErrorCode::invalid_input, servers.empty()
                                               ? "no server is watched yet: `selfheal db add`"
                                               : fmt::format("say which server: {}", fmt::join(names, ", ")));
}

std::string id_of(const ToolCallContext& call) { return fmt::format("Q{}", call.call_number); }

namespace {

ToolResult told(const Facts& facts, std::string problem) {
  ToolResult result;
  result.value = facts.value();
  result.for_model = facts.for_model();
  result.problem = std::move(problem);
  return result;
}

}  // namespace

ToolResult problem(const ToolCallContext& call, const Error& error) {
  Facts facts;
  facts.add("tool_call", own(id_of(call)));
  facts.add("problem", own(error.message));
  return told(facts, error.message);
}

ToolResult problem(const ToolCallContext& call, const SqlTrouble& trouble, std::string sql) {
  Facts facts;
  facts.add("tool_call", own(id_of(call)));
  facts.add("refused", trouble.is_refused);
  if (!trouble.rule.empty()) facts.add("rule", own(trouble.rule));
  if (!trouble.instead.empty()) facts.add("allowed_instead", own(trouble.instead));
  if (!trouble.sqlstate.empty()) facts.add("sqlstate", own(trouble.sqlstate));
  if (!trouble.is_refused)
    facts.add_for_model(
        "message",
        quoted(pg::redact({.sqlstate = trouble.sqlstate, .message = trouble.message, .statement = sql})
                   .message));
  facts.add_hidden("problem", trouble.message);
  auto result = told(facts, trouble.message);
  result.sql = std::move(sql);
  return result;
}

ToolResult found(const ToolCallContext& call, const Facts& facts, std::vector<std::string> more) {
  ToolResult result;
  result.value = facts.value();
  result.for_model = OurText("result of call ");
  result.for_model += own(id_of(call));
  result.for_model += OurText(": ");
  result.for_model += facts.for_model();
  result.citations = {id_of(call)};
  result.citations.insert(result.citations.end(), std::make_move_iterator(more.begin()),
                          std::make_move_iterator(more.end()));
  return result;
}

}  // namespace selfheal::assistant::internal
