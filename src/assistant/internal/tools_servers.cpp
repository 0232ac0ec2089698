// What a conversation may ask about the watched servers themselves, and about errors in general.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "assistant/internal/queries.h"
#include "assistant/internal/rows.h"
#include "assistant/internal/tools.h"
#include "healing/evidence/blocking.h"
#include "knowledge/knowledge.h"

namespace selfheal::assistant::internal {
namespace {

constexpr std::size_t kEdges = 50;

Facts facts_of(const SessionSeen& session, Time at) {
  Facts facts;
  facts.add("pid", session.pid);
  facts.add("state", own(session.state));
  if (session.xact_start != Time{}) facts.add("transaction_s", to_seconds(at - session.xact_start));
  facts.add("application", pg::redact({.application = session.application}).application);
  facts.add("user", pg::redact({.user = session.user}).user);
  facts.add("statement", pg::redact_statement(session.query));
  return facts;
}

Facts facts_of(const knowledge::Runbook& runbook) {
  Facts facts;
  facts.add("runbook", own(runbook.name));
  facts.add("title", own(runbook.title));
  facts.add("meaning", own(runbook.meaning));
  facts.add("reasons", own(runbook.reasons));
  facts.add("if_nobody_acts", own(runbook.if_nobody_acts));
  facts.add("check", own(runbook.check));
  facts.add("fix", own(runbook.fix));
  facts.add("prevent", own(runbook.prevent));
  return facts;
}

// One look of ours at the server, or why there is none: what could not be checked is never well.
struct Look {
  OurText name;
  std::string_view query;
};
constexpr Look kLooks[] = {
    {"numbers", "numbers"}, {"sessions", "activity"}, {"dead_rows", "bloat"}, {"replicas", "replication"}};

Task<Facts> look(ToolCallContext call, ServerId server, std::string_view name) {
  const auto rows = co_await call.world.run_sql(server, query(name), call.asker, call.deadline);
  Facts facts;
  if (rows && !rows->trouble) co_return statistics_rows(*rows);
  facts.add("could_not_be_checked",
            own(rows ? pg::redact_message(rows->trouble->message).text() : rows.error().message));
  co_return facts;
}

}  // namespace

Facts facts_of(const ServerNow& server) {
  Facts facts;
  facts.add("server", own(server.name.value()));
  facts.add("state", own(server.state));
  if (!server.state_why.empty()) facts.add("state_why", own(server.state_why));
  facts.add("version", own(server.version));
  facts.add("can_act", server.can_act);
  if (!server.act_why.empty()) facts.add("act_why", own(server.act_why));
  return facts;
}

Facts blocking_facts(const Recording& recording) {
  Facts facts;
  if (recording.samples.empty()) {
    facts.add("waiting_sessions", 0);
    facts.add("note", OurText("nobody was seen waiting in the last minute"));
    return facts;
  }
  const auto& last = recording.samples.back();
  std::set<int> waiters;
  for (const auto& edge : last.edges) waiters.insert(edge.waiter.pid);
  facts.add("at", last.at);
  facts.add("waiting_sessions", static_cast<std::int64_t>(waiters.size()));
  std::vector<Facts> roots;
  for (const auto& root : healing::roots(last)) {
    auto& one = roots.emplace_back(facts_of(root.session, last.at));
    one.add("victims", static_cast<std::int64_t>(root.victims.size()));
    one.add("longest_wait_s", to_seconds(last.at - root.oldest_wait));
    if (!root.relation.empty()) one.add("table", own(root.relation));
  }
  facts.add("roots", roots);
  std::vector<Facts> edges;
  for (const auto& edge : last.edges) {
    if (edges.size() == kEdges) break;
    auto& one = edges.emplace_back();
    one.add("waiter", edge.waiter.pid);
    one.add("blocker", edge.blocker.pid);
    one.add("waiting_s", to_seconds(last.at - edge.waiting_since));
    one.add("lock", own(edge.lock_mode));
    if (!edge.relation.empty()) one.add("table", own(edge.relation));
  }
  facts.add("waits", edges);
  return facts;
}

Task<ToolResult> list_databases(ToolCallContext call) {
  std::vector<Facts> list;
  for (const auto& server : call.world.servers()) list.push_back(facts_of(server));
  Facts facts;
  facts.add("servers", list);
  auto result = found(call, facts);
  result.rows = static_cast<int>(list.size());
  co_return result;
}

Task<ToolResult> show_blocking_tree(ToolCallContext call) {
  const auto server = server_argument(call);
  if (!server) co_return problem(call, server.error());
  const auto recording = call.world.recorded(*server);
  if (!recording)
    co_return problem(call,
                      Error{ErrorCode::unavailable, "the flight recorder does not watch that server now"});
  auto result = found(call, blocking_facts(*recording));
  result.rows = recording->samples.empty() ? 0 : static_cast<int>(recording->samples.back().edges.size());
  co_return result;
}

Task<ToolResult> health_check(ToolCallContext call) {
  const auto server = server_argument(call);
  if (!server) co_return problem(call, server.error());
  Facts facts;
  for (const auto& now : call.world.servers())
    if (now.name == *server) facts.add("server", facts_of(now));
  if (const auto recording = call.world.recorded(*server)) facts.add("waiting", blocking_facts(*recording));
  for (const auto& one : kLooks) {
    const auto seen = co_await look(call, *server, one.query);
    if (seen) facts.add(one.name, *seen);
  }
  co_return found(call, facts);
}

Task<ToolResult> look_up_error(ToolCallContext call) {
  auto sqlstate = text_argument(call, "sqlstate").value_or("");
  std::ranges::transform(sqlstate, sqlstate.begin(), [](unsigned char c) { return std::toupper(c); });
  const auto* runbook = knowledge::runbook_for_error(sqlstate, text_argument(call, "message").value_or(""));
  if (runbook == nullptr)
    co_return problem(call, Error{ErrorCode::not_found, "no runbook speaks of that error"});
  auto result = found(call, facts_of(*runbook), {"K:" + std::string(runbook->name)});
  result.rows = 1;
  co_return result;
}

}  // namespace selfheal::assistant::internal
