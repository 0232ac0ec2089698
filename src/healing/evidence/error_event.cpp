#include "healing/evidence/error_event.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <set>

#include "base/limits.h"
#include "healing/evidence/probe.h"
#include "pg/params.h"

namespace selfheal::healing {
namespace {

// The text fields of an event, once: written and read through the same list.
struct TextField {
  const char* column;
  std::string ErrorEvent::* field;
};
constexpr TextField kTexts[] = {
    {"sqlstate", &ErrorEvent::sqlstate},
    {"trouble", &ErrorEvent::trouble},
    {"level", &ErrorEvent::level},
    {"message", &ErrorEvent::message},
    {"detail", &ErrorEvent::detail},
    {"hint", &ErrorEvent::hint},
    {"context", &ErrorEvent::context},
    {"statement", &ErrorEvent::statement},
    {"internal_query", &ErrorEvent::internal_query},
    {"database", &ErrorEvent::database},
    {"user_name", &ErrorEvent::user},
    {"application", &ErrorEvent::application},
    {"client_host", &ErrorEvent::client_host},
    {"backend_type", &ErrorEvent::backend_type},
    {"routine", &ErrorEvent::routine},
};

struct ObjectField {
  const char* column;
  std::string pg::ObjectNames::* field;
};
constexpr ObjectField kObjects[] = {
    {"object_schema", &pg::ObjectNames::schema},       {"object_table", &pg::ObjectNames::table},
    {"object_column", &pg::ObjectNames::column},       {"object_constraint", &pg::ObjectNames::constraint},
    {"object_index", &pg::ObjectNames::index},         {"object_datatype", &pg::ObjectNames::datatype},
    {"object_role", &pg::ObjectNames::role},           {"object_routine", &pg::ObjectNames::routine},
    {"object_sequence", &pg::ObjectNames::sequence},   {"object_parameter", &pg::ObjectNames::parameter},
    {"object_partition", &pg::ObjectNames::partition}, {"object_database", &pg::ObjectNames::database},
    {"object_slot", &pg::ObjectNames::slot},
};

void put(EvidenceItem& item, std::string column, std::optional<std::string> value) {
  item.columns.push_back(std::move(column));
  item.rows.front().push_back(std::move(value));
}

void put_statement(EvidenceItem& item, const std::optional<pg::StatementFacts>& facts) {
  if (!facts) return;
  put(item, "statement_kind", facts->kind);
  std::vector<std::string> schemas, names;
  for (const auto& relation : facts->relations) {
    schemas.push_back(relation.schema);
    names.push_back(relation.name);
  }
  put(item, "relation_schemas", pg::to_array(schemas));
  put(item, "relation_names", pg::to_array(names));
  put(item, "insert_columns", pg::to_array(facts->insert_columns));
  put(item, "defaulted_columns", pg::to_array(facts->defaulted_columns));
  put(item, "names_columns", facts->insert_names_columns ? "t" : "f");
  put(item, "default_values", facts->insert_default_values ? "t" : "f");
}

std::optional<pg::StatementFacts> read_statement(const EvidenceItem& item, RowReader& row) {
  if (std::ranges::find(item.columns, "statement_kind") == item.columns.end()) return std::nullopt;
  pg::StatementFacts facts{.kind = row.text("statement_kind"),
                           .insert_columns = row.list("insert_columns"),
                           .defaulted_columns = row.list("defaulted_columns"),
                           .insert_names_columns = row.boolean("names_columns"),
                           .insert_default_values = row.boolean("default_values")};
  const auto schemas = row.list("relation_schemas");
  const auto names = row.list("relation_names");
  for (std::size_t i = 0; i < std::min(schemas.size(), names.size()); ++i)
    facts.relations.push_back({.schema = schemas[i], .name = names[i]});
  return facts;
}

bool same_waits(const BlockingSample& a, const BlockingSample& b) {
  return std::ranges::equal(a.edges, b.edges, [](const BlockingEdge& x, const BlockingEdge& y) {
    return x.waiter.pid == y.waiter.pid && x.blocker.pid == y.blocker.pid && x.lock_mode == y.lock_mode &&
           x.relation == y.relation;
  });
}

// The last of a run of equal samples says as much as all of them; one a second shows that it went on.
std::vector<const BlockingSample*> samples_to_keep(const std::vector<BlockingSample>& samples) {
  std::size_t edges = 0;
  for (const auto& sample : samples) edges += sample.edges.size();
  std::vector<const BlockingSample*> kept;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const bool repeats = edges > kProbeRows && i > 0 && i + 1 < samples.size() && !kept.empty() &&
                         samples[i].at - kept.back()->at < 1s && same_waits(samples[i - 1], samples[i]) &&
                         same_waits(samples[i], samples[i + 1]);
    if (!repeats) kept.push_back(&samples[i]);
  }
  return kept;
}

EvidenceItem named_item(const char* probe, Time now) {
  return {.probe = probe, .status = ProbeStatus::answered, .taken_at = now};
}

}  // namespace

EvidenceItem error_event_item(const Sighting& sighting, Time now) {
  const auto& event = sighting.exemplar;
  auto item = named_item("error_event", now);
  item.rows.emplace_back();
  for (const auto& [column, field] : kTexts) put(item, column, event.*field);
  for (const auto& [column, field] : kObjects) put(item, column, event.objects.*field);
  put(item, "server", event.server.value());
  put(item, "intake", to_word(event.intake));
  put(item, "pid", std::to_string(event.pid));
  put(item, "session_start", to_timestamptz(event.session_start));
  put(item, "at", to_timestamptz(event.key.at));
  put(item, "last_seen", to_timestamptz(sighting.last_seen));
  put(item, "family", sighting.name.family);
  put(item, "fingerprint", sighting.name.fingerprint);
  put_statement(item, sighting.statement);
  return item;
}

Result<Sighting> sighting_from(const Evidence& evidence) {
  const auto newest =
      std::ranges::find(std::views::reverse(evidence.items), "error_event", &EvidenceItem::probe);
  if (newest == std::views::reverse(evidence.items).end() || newest->rows.empty())
    return failure(ErrorCode::not_found, "the incident holds no error event");
  const auto& item = *newest;
  RowReader row(item, 0);
  Sighting sighting;
  auto& event = sighting.exemplar;
  for (const auto& [column, field] : kTexts) event.*field = row.text(column);
  for (const auto& [column, field] : kObjects) event.objects.*field = row.text(column);
  event.server = ServerId(row.text("server"));
  event.intake = from_word<Intake>(row.text("intake")).value_or(Intake::log);
  event.pid = static_cast<int>(row.number("pid"));
  event.session_start = row.time("session_start");
  event.key.at = row.time("at");
  sighting.name = {row.text("family"), row.text("fingerprint")};
  sighting.first_seen = event.key.at;
  sighting.last_seen = row.time("last_seen");
  sighting.statement = read_statement(item, row);
  TRY_OK(row.status());
  return sighting;
}

EvidenceItem recording_item(const Recording& recording, Time now) {
  auto item = named_item("flight_recorder", now);
  item.columns = {"at",         "waiter_pid", "waiter_application", "blocker_pid", "blocker_start",
                  "xact_start", "state",      "state_change",       "application", "lock_type",
                  "lock_mode",  "relation",   "waiting_since",      "query"};
  for (const auto* sample : samples_to_keep(recording.samples))
    for (const auto& edge : sample->edges)
      item.rows.push_back(
          {to_timestamptz(sample->at), std::to_string(edge.waiter.pid), edge.waiter.application,
           std::to_string(edge.blocker.pid), to_timestamptz(edge.blocker.backend_start),
           to_timestamptz(edge.blocker.xact_start), edge.blocker.state,
           to_timestamptz(edge.blocker.state_change), edge.blocker.application, edge.lock_type,
           edge.lock_mode, edge.relation, to_timestamptz(edge.waiting_since), edge.blocker.query});
  // The newest edges are the ones that matter; the whole minute of a storm is not kept twice.
  if (item.rows.size() > kProbeRows)
    item.rows.erase(item.rows.begin(), item.rows.end() - static_cast<std::ptrdiff_t>(kProbeRows));
  if (!recording.complete) item.why = "the recorder was not running for all of the last 60 s";
  return item;
}

EvidenceItem waiting_item(const Recording& recording, Time now) {
  std::map<Time, std::size_t> most;
  for (const auto& sample : recording.samples) {
    std::set<int> waiters;
    for (const auto& edge : sample.edges) waiters.insert(edge.waiter.pid);
    auto& known = most[std::chrono::floor<std::chrono::seconds>(sample.at)];
    known = std::max(known, waiters.size());
  }
  auto item = named_item("waiting_sessions", now);
  item.columns = {"at", "waiting"};
  for (const auto& [at, waiting] : most) item.rows.push_back({to_timestamptz(at), std::to_string(waiting)});
  return item;
}

}  // namespace selfheal::healing
