// Incidents as healing works on them.
#include <algorithm>

#include "store/internal/filing.h"
#include "store/internal/parts.h"
#include "store/internal/records.h"

namespace selfheal::store {
namespace {

// What is taken up again after a restart; an installation with more living incidents needs people, not us.
constexpr std::int64_t kUnfinished = 10'000;

class StoredIncidents final : public healing::IncidentBook {
 public:
  explicit StoredIncidents(const Context& context) : context_(context) {}
  Task<std::vector<Filed>> file(ServerId server, std::vector<Sighting> sightings, Deadline deadline) override;
  Task<Incident> find(IncidentNumber number, Deadline deadline) override;
  Task<std::vector<Incident>> unfinished(Deadline deadline) override;
  Task<Incident> update(Incident incident, std::vector<TimelineEntry> entries, Deadline deadline) override;
  Task<Evidence> attach(IncidentNumber number, Evidence evidence, Deadline deadline) override;
  Task<EvidenceItem> before_in_session(ServerId server, EventKey event, Deadline deadline) override;
  Task<Incident> merge(IncidentNumber number, IncidentNumber into, Deadline deadline) override;

 private:
  const Context& context_;
};

std::unexpected<Error> no_such(IncidentNumber number) {
  return failure(ErrorCode::not_found, "there is no incident " + to_text(number));
}

json::array rows_of(const std::vector<TimelineEntry>& entries) {
  json::array rows;
  for (const auto& entry : entries)
    rows.push_back({{"at", to_json(entry.at)}, {"what", to_json(entry.what)}, {"text", to_json(entry.text)}});
  return rows;
}

Task<std::vector<Filed>> StoredIncidents::file(ServerId server, std::vector<Sighting> sightings,
                                               Deadline deadline) {
  if (sightings.empty()) co_return std::vector<Filed>();
  co_return co_await file_sightings(context_, std::move(server), std::move(sightings), std::nullopt,
                                    deadline);
}

Task<Incident> StoredIncidents::find(IncidentNumber number, Deadline deadline) {
  std::vector<pg::Param> params{pg::to_param(number.value())};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "incident_find", std::move(params), deadline));
  if (rows.rows.empty()) co_return no_such(number);
  co_return incident_from(Row(rows, 0));
}

Task<std::vector<Incident>> StoredIncidents::unfinished(Deadline deadline) {
  std::vector<pg::Param> params{pg::to_param(kUnfinished)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "incidents_unfinished", std::move(params), deadline));
  co_return all_from(rows, incident_from);
}

Task<Incident> StoredIncidents::update(Incident incident, std::vector<TimelineEntry> entries,
                                       Deadline deadline) {
  const auto number = incident.number;
  // The rules of filing measure from the closing.
  if (!is_closed(incident.state))
    incident.closed_at.reset();
  else if (!incident.closed_at)
    incident.closed_at = context_.clock.now();
  std::vector<pg::Param> params{json::serialize(row_of(incident)), pg::to_param(incident.rev),
                                json::serialize(rows_of(entries))};
  auto rows = co_await ask(context_, context_.writer, "incident_update", std::move(params), deadline);
  if (!rows && rows.error().sqlstate == "23505")
    co_return failure(ErrorCode::conflict,
                      "a younger incident of the same trouble is open beside " + to_text(number));
  if (!rows) co_return std::unexpected(rows.error());
  if (!rows->rows.empty()) co_return incident_from(Row(*rows, 0));
  CO_TRY_OK(co_await find(number, deadline));
  co_return failure(ErrorCode::conflict, to_text(number) + " has changed meanwhile: look at it again");
}

Task<Evidence> StoredIncidents::attach(IncidentNumber number, Evidence evidence, Deadline deadline) {
  if (evidence.items.empty()) co_return evidence;
  json::array items;
  for (const auto& item : evidence.items)
    items.push_back(row_of(item, static_cast<std::int64_t>(items.size()) + 1));
  std::vector<pg::Param> params{pg::to_param(number.value()),
                                pg::to_param(static_cast<std::int64_t>(items.size())), json::serialize(items),
                                pg::to_param(context_.clock.now())};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.writer, "evidence_insert", std::move(params), deadline));
  if (rows.rows.empty()) co_return no_such(number);
  Row row(rows, 0);
  auto last = row.number("had");
  CO_TRY_OK(row.status());
  for (auto& item : evidence.items) item.id = evidence_id(++last);
  co_return evidence;
}

Task<EvidenceItem> StoredIncidents::before_in_session(ServerId server, EventKey event, Deadline deadline) {
  EvidenceItem item{.probe = "session_errors",
                    .status = ProbeStatus::answered,
                    .taken_at = context_.clock.now(),
                    .columns = {"at", "sqlstate", "condition", "transience", "incident"}};
  // An intake without sessions says nothing of what came before.
  if (event.session_id.empty()) co_return item;
  std::vector<pg::Param> params{storable_param(server.value()), storable_param(event.session_id),
                                pg::to_param(event.line_number), pg::to_param(event.at)};
  CO_TRY(auto rows,
         co_await ask(context_, context_.readers, "session_first_error", std::move(params), deadline));
  item.rows = std::move(rows.rows);
  co_return item;
}

// Both incidents of a merge, locked, and whether they may be merged.
StatusTask lock_for_merge(Change& change, IncidentNumber number, IncidentNumber into) {
  std::vector<pg::Param> params{pg::to_param(number.value()), pg::to_param(into.value())};
  CO_TRY(const auto rows, co_await change.ask("merge_lock", std::move(params)));
  for (const auto wanted : {number, into}) {
    bool found = false;
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
      Row row(rows, i);
      if (row.number("number") != wanted.value()) continue;
      found = true;
      if (row.optional_number("merged_into"))
        co_return failure(ErrorCode::conflict, to_text(wanted) + " was merged into another meanwhile");
      if (wanted == into && is_closed(row.word<IncidentState>("state")))
        co_return failure(ErrorCode::conflict, to_text(wanted) + " is closed");
      CO_TRY_OK(row.status());
    }
    if (!found) co_return no_such(wanted);
  }
  co_return Status();
}

// Everything that belongs to `number`, and then its counts, to `into`.
Task<Incident> move_all(const Context& context, Change& change, IncidentNumber number, IncidentNumber into) {
  const std::vector<pg::Param> both{pg::to_param(number.value()), pg::to_param(into.value())};
  for (const auto* step : {"merge_evidence", "merge_sightings", "merge_timeline", "merge_treatments"})
    CO_TRY_OK(co_await change.ask(step, both));
  CO_TRY(const auto counted, co_await change.ask("merge_counts", both));
  auto closing = both;
  closing.push_back(pg::to_param(context.clock.now()));
  CO_TRY_OK(co_await change.ask("merge_close", std::move(closing)));
  const auto entry = [&](IncidentNumber of, const std::string& text) {
    return json::object{{"incident", of.value()},
                        {"at", to_json(context.clock.now())},
                        {"what", to_json(std::string("merged"))},
                        {"text", to_json(text)}};
  };
  const json::array entries{
      entry(into, to_text(number) + " is the same trouble and was merged into this one."),
      entry(number, "Merged into " + to_text(into) + ": the same cause, the same culprit.")};
  std::vector<pg::Param> told{json::serialize(entries)};
  CO_TRY_OK(co_await change.ask("timeline_insert", std::move(told)));
  co_return incident_from(Row(counted, 0));
}

Task<Incident> StoredIncidents::merge(IncidentNumber number, IncidentNumber into, Deadline deadline) {
  if (number == into)
    co_return failure(ErrorCode::invalid_input, to_text(number) + " cannot be merged into itself");
  CO_TRY(auto change, co_await Change::begin(context_, deadline));
  CO_TRY_OK(co_await change.ask("tenant_lock", {}));
  const auto allowed = co_await lock_for_merge(change, number, into);
  if (!allowed) {
    CO_TRY_OK(co_await change.rollback());
    co_return std::unexpected(allowed.error());
  }
  CO_TRY(auto merged, co_await move_all(context_, change, number, into));
  CO_TRY_OK(co_await change.commit());
  co_return merged;
}

}  // namespace

std::unique_ptr<healing::IncidentBook> make_incident_book(const Context& context) {
  return std::make_unique<StoredIncidents>(context);
}

}  // namespace selfheal::store
