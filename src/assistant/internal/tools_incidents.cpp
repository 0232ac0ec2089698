// What a conversation may ask about incidents: a list, one, its evidence, what was alike, what would help.
#include <algorithm>
#include <ranges>

#include "assistant/internal/tools.h"
#include "healing/evidence/cells.h"

namespace selfheal::assistant::internal {
namespace {

// A list longer than this is asked for in parts.
constexpr std::int64_t kMostIncidents = 100;
constexpr std::size_t kEvidenceRows = 20;
constexpr std::size_t kTimeline = 20;
constexpr int kLikenesses = 5;

Facts facts_of(const Diagnosis& diagnosis, const std::string& incident) {
  Facts facts;
  facts.add("title", own(diagnosis.title));
  facts.add("cause", own(diagnosis.cause));
  facts.add("how_sure", own(to_word(diagnosis.confidence)));
  facts.add("severity", own(to_word(diagnosis.severity)));
  std::vector<Facts> reasons;
  for (const auto& sentence : diagnosis.explanation) {
    auto& reason = reasons.emplace_back();
    reason.add("text", own(sentence.text));
    reason.add("evidence", own(incident + "/" + sentence.evidence_id));
  }
  facts.add("why", reasons);
  std::vector<Facts> ruled_out;
  for (const auto& other : diagnosis.ruled_out) {
    auto& one = ruled_out.emplace_back();
    one.add("cause", own(other.cause));
    one.add("why", own(other.why));
  }
  facts.add("ruled_out", ruled_out);
  if (diagnosis.restraint) facts.add("not_acting_because", own(diagnosis.restraint->reason));
  return facts;
}

Facts facts_of(const PlanShown& plan) {
  Facts facts;
  facts.add("action", own(plan.action));
  facts.add("title", own(plan.title));
  std::vector<pg::RedactedText> statements;
  for (const auto& statement : plan.statements) statements.push_back(own(statement));
  facts.add("statements", statements);
  facts.add("risk", own(plan.risk));
  facts.add("undo", own(plan.undo));
  facts.add("decision", own(plan.decision));
  facts.add("reason", own(plan.reason));
  facts.add_hidden("plan_id", plan.plan_id);
  facts.add_hidden("plan_hash", plan.plan_hash);
  return facts;
}

Facts facts_of(const Treatment& treatment) {
  Facts facts;
  facts.add("action", own(treatment.action));
  facts.add("target", own(treatment.target));
  facts.add("state", own(to_word(treatment.state)));
  facts.add("approved_by", own(treatment.approved_by));
  facts.add("at", treatment.at);
  if (!treatment.report.empty()) facts.add("report", own(treatment.report));
  if (treatment.verdict) facts.add("verdict", own(to_word(treatment.verdict->word)));
  if (treatment.verdict) facts.add("verdict_reason", own(treatment.verdict->reason));
  return facts;
}

Facts facts_of(const Likeness& likeness) {
  Facts facts;
  facts.add("what", own(likeness.what));
  facts.add("name", own(likeness.name));
  facts.add("title", own(likeness.title));
  std::vector<pg::RedactedText> why;
  for (const auto& reason : likeness.why) why.push_back(own(reason));
  facts.add("why", why);
  if (!likeness.remedy.empty()) facts.add("remedy", own(likeness.remedy));
  facts.add("helped", likeness.helped);
  facts.add("tried", likeness.tried);
  std::vector<pg::RedactedText> notes;
  for (const auto& note : likeness.notes) notes.push_back(own(note));
  facts.add("notes", notes);
  if (likeness.at) facts.add("at", *likeness.at);
  return facts;
}

Result<IncidentQuery> query_of(const ToolCallContext& call) {
  IncidentQuery query;
  query.limit = static_cast<int>(
      std::clamp<std::int64_t>(number_argument(call, "limit").value_or(20), 1, kMostIncidents));
  if (const auto state = text_argument(call, "state")) {
    const auto word = from_word<IncidentState>(*state);
    if (!word) return failure(ErrorCode::invalid_input, "no incident has that state");
    query.states = {*word};
  }
  if (const auto category = text_argument(call, "category")) {
    std::string lower(*category);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    query.category = from_word<Category>(lower);
    if (!query.category) return failure(ErrorCode::invalid_input, "there is no such category");
  }
  query.sqlstate = text_argument(call, "sqlstate");
  if (const auto hours = number_argument(call, "since_hours")) query.since = call.now - *hours * 1h;
  if (text_argument(call, "server")) {
    TRY(query.server, server_argument(call));
  } else {
    query.server = call.server;
  }
  return query;
}

Task<ToolResult> list_likenesses(ToolCallContext call, Result<std::vector<Likeness>> alike) {
  if (!alike) co_return problem(call, alike.error());
  std::vector<Facts> list;
  std::vector<std::string> citations;
  for (const auto& likeness : *alike) {
    list.push_back(facts_of(likeness));
    if (likeness.what == "incident") citations.push_back(likeness.name);
  }
  Facts facts;
  facts.add("similar", list);
  auto result = found(call, facts, std::move(citations));
  result.rows = static_cast<int>(list.size());
  co_return result;
}

}  // namespace

Facts facts_of(const Incident& incident) {
  Facts facts;
  facts.add("incident", own(to_text(incident.number)));
  facts.add("server", own(incident.server.value()));
  if (!incident.database.empty()) facts.add("database", own(incident.database));
  facts.add("state", own(to_word(incident.state)));
  facts.add("category", own(to_text(incident.error_class.category)));
  facts.add("severity", own(to_word(incident.error_class.severity)));
  if (!incident.sqlstate.empty()) facts.add("sqlstate", own(incident.sqlstate));
  if (!incident.trouble.empty()) facts.add("trouble", own(incident.trouble));
  facts.add("events", incident.events);
  facts.add("first_seen", incident.first_seen);
  facts.add("last_seen", incident.last_seen);
  facts.add("message", own(incident.redacted_message));
  if (!incident.statement_shape.empty()) facts.add("statement", own(incident.statement_shape));
  if (incident.diagnosis) facts.add("title", own(incident.diagnosis->title));
  if (incident.diagnosis) facts.add("how_sure", own(to_word(incident.diagnosis->confidence)));
  if (incident.verdict) facts.add("verdict", own(to_word(incident.verdict->word)));
  return facts;
}

Facts facts_of(const IncidentDetails& details) {
  auto facts = facts_of(details.incident);
  const auto name = to_text(details.incident.number);
  if (details.incident.diagnosis) facts.add("diagnosis", facts_of(*details.incident.diagnosis, name));
  if (details.incident.plan) facts.add("plan", facts_of(*details.incident.plan));
  std::vector<Facts> treatments;
  for (const auto& treatment : details.treatments) treatments.push_back(facts_of(treatment));
  facts.add("treatments", treatments);
  std::vector<Facts> timeline;
  for (const auto& entry : details.timeline | std::views::reverse | std::views::take(kTimeline)) {
    auto& one = timeline.emplace_back();
    one.add("at", entry.at);
    one.add("what", own(entry.what));
    one.add("text", own(entry.text));
  }
  facts.add("timeline_newest_first", timeline);
  std::vector<Facts> evidence;
  for (const auto& item : details.evidence.items)
    evidence.push_back(facts_of(item, details.incident.number, 0));
  facts.add("evidence", evidence);
  return facts;
}

Facts facts_of(const EvidenceItem& item, IncidentNumber incident, std::size_t rows) {
  Facts facts;
  facts.add("evidence", own(to_text(incident) + "/" + item.id));
  facts.add("probe", own(item.probe));
  facts.add("status", own(to_word(item.status)));
  if (!item.why.empty()) facts.add("why", own(item.why));
  facts.add("taken_at", item.taken_at);
  facts.add("row_count", static_cast<std::int64_t>(item.rows.size()));
  std::vector<pg::RedactedText> lines;
  for (const auto& row : item.rows | std::views::take(rows)) {
    std::string line;
    const auto cells = healing::redacted_row(item.columns, row);
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (cells[i]) line += item.columns[i] + "=" + cells[i]->text() + "; ";
    lines.push_back(own(line));
  }
  if (rows > 0) facts.add("rows", lines);
  return facts;
}

std::vector<std::string> citations_of(const IncidentDetails& details) {
  const auto name = to_text(details.incident.number);
  std::vector<std::string> citations{name};
  for (const auto& item : details.evidence.items) citations.push_back(name + "/" + item.id);
  return citations;
}

Task<ToolResult> find_incidents(ToolCallContext call) {
  const auto query = query_of(call);
  if (!query) co_return problem(call, query.error());
  const auto incidents = co_await call.world.incidents(*query, call.deadline);
  if (!incidents) co_return problem(call, incidents.error());
  std::vector<Facts> list;
  std::vector<std::string> citations;
  for (const auto& incident : *incidents) {
    list.push_back(facts_of(incident));
    citations.push_back(to_text(incident.number));
  }
  Facts facts;
  facts.add("incidents", list);
  auto result = found(call, facts, std::move(citations));
  result.rows = static_cast<int>(list.size());
  result.is_cut = result.rows == query->limit;
  co_return result;
}

Task<ToolResult> show_incident(ToolCallContext call) {
  const auto number = incident_argument(call);
  if (!number) co_return problem(call, number.error());
  const auto details = co_await call.world.incident(*number, call.deadline);
  if (!details) co_return problem(call, details.error());
  auto result = found(call, facts_of(*details), citations_of(*details));
  result.rows = 1;
  co_return result;
}

Task<ToolResult> show_evidence(ToolCallContext call) {
  const auto number = incident_argument(call);
  if (!number) co_return problem(call, number.error());
  const auto details = co_await call.world.incident(*number, call.deadline);
  if (!details) co_return problem(call, details.error());
  const auto wanted = text_argument(call, "evidence");
  std::vector<Facts> list;
  std::vector<std::string> citations;
  for (const auto& item : details->evidence.items) {
    const auto id = to_text(*number) + "/" + item.id;
    if (wanted && *wanted != item.id && *wanted != id) continue;
    list.push_back(facts_of(item, *number, kEvidenceRows));
    citations.push_back(id);
  }
  if (wanted && list.empty())
    co_return problem(call, Error{ErrorCode::not_found, to_text(*number) + " has no such evidence"});
  Facts facts;
  facts.add("evidence", list);
  auto result = found(call, facts, std::move(citations));
  result.rows = static_cast<int>(list.size());
  co_return result;
}

Task<ToolResult> search_similar(ToolCallContext call) {
  const auto words = text_argument(call, "words");
  if (words) {
    auto alike = co_await call.world.similar_to(*words, kLikenesses, call.deadline);
    auto result = co_await list_likenesses(call, std::move(alike));
    co_return result;
  }
  const auto number = incident_argument(call);
  if (!number) co_return problem(call, number.error());
  auto alike = co_await call.world.similar_to(*number, kLikenesses, call.deadline);
  auto result = co_await list_likenesses(call, std::move(alike));
  co_return result;
}

Task<ToolResult> propose_fix(ToolCallContext call) {
  const auto number = incident_argument(call);
  if (!number) co_return problem(call, number.error());
  const auto proposal = co_await call.world.propose(*number, call.asker, call.deadline);
  if (!proposal) co_return problem(call, proposal.error());
  Facts facts;
  facts.add("incident", own(to_text(*number)));
  facts.add("state", own(proposal->state));
  if (!proposal->reason.empty()) facts.add("nothing_proposed_because", own(proposal->reason));
  if (proposal->plan) facts.add("plan", facts_of(*proposal->plan));
  facts.add("note", OurText("nothing was run: a person or the policy decides"));
  auto result = found(call, facts, {to_text(*number)});
  result.rows = proposal->plan ? 1 : 0;
  co_return result;
}

}  // namespace selfheal::assistant::internal
