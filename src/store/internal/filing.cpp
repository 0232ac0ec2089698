// Sightings into the book: which events are new, whose incidents they are, what changes.
#include "store/internal/filing.h"

#include <algorithm>
#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>

#include "healing/incidents/incident_rules.h"
#include "store/internal/draft.h"
#include "store/internal/records.h"
#include "store/internal/text.h"

namespace selfheal::store {
namespace {

std::string text_of(const json::array& rows) { return json::serialize(rows); }

// What PostgreSQL reads as an interval.
std::string interval_of(Duration duration) { return std::to_string(duration.count()) + " microseconds"; }

std::vector<std::string> all_intakes() {
  std::vector<std::string> words;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<Intake>>(
      [&](auto intake) { words.push_back(intake.name); });
  return words;
}

std::size_t events_of(const std::vector<Sighting>& sightings) {
  std::size_t events = 0;
  for (const auto& sighting : sightings) events += sighting.keys.size();
  return events;
}

// Fills in how many events of each draft are new, and when the new ones happened.
StatusTask keep_keys(const Context& context, Change& change, const ServerId& server,
                     std::vector<Draft>& drafts) {
  std::vector<pg::Param> params{storable_param(server.value()), text_of(event_rows(drafts)),
                                pg::to_param(context.clock.now()), interval_of(healing::kSameOccurrence),
                                pg::to_array(all_intakes())};
  CO_TRY(const auto rows, co_await change.ask("event_keys_insert", std::move(params)));
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    Row row(rows, i);
    auto& draft = drafts.at(static_cast<std::size_t>(row.number("sighting")));
    draft.new_events = row.number("events");
    draft.sighting.first_seen = row.time("first_seen");
    draft.sighting.last_seen = row.time("last_seen");
    CO_TRY_OK(row.status());
  }
  co_return Status();
}

json::array keys_of(const std::vector<Draft>& drafts) {
  json::array keys;
  for (std::size_t i = 0; i < drafts.size(); ++i)
    if (drafts[i].new_events > 0)
      keys.push_back({{"sighting", i},
                      {"database", to_json(drafts[i].sighting.exemplar.database)},
                      {"fingerprint", to_json(drafts[i].sighting.name.fingerprint)}});
  return keys;
}

StatusTask read_known(Change& change, const ServerId& server, const std::vector<Draft>& drafts,
                      OpenBook& book) {
  std::vector<pg::Param> params{storable_param(server.value()), text_of(keys_of(drafts))};
  CO_TRY(const auto rows, co_await change.ask("incidents_latest", std::move(params)));
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    Row row(rows, i);
    const auto& draft = drafts.at(static_cast<std::size_t>(row.number("sighting")));
    const bool by_merge = row.truth("by_merge");
    CO_TRY_OK(row.status());
    CO_TRY(auto incident, incident_from(row));
    // What was merged shares the fate of its successor; once that is closed, it is a story of its own again.
    if (!by_merge || !is_closed(incident.state)) book.known(draft, std::move(incident));
  }
  co_return Status();
}

StatusTask write_book(Change& change, const OpenBook& book) {
  if (const auto rows = book.new_rows(); !rows.empty()) {
    std::vector<pg::Param> params{text_of(rows)};
    CO_TRY_OK(co_await change.ask("incidents_insert", std::move(params)));
    std::vector<pg::Param> number{pg::to_param(book.last_number())};
    CO_TRY_OK(co_await change.ask("tenant_incident_number", std::move(number)));
  }
  if (const auto rows = book.changed_rows(); !rows.empty()) {
    std::vector<pg::Param> params{text_of(rows)};
    CO_TRY_OK(co_await change.ask("incidents_count", std::move(params)));
  }
  if (!book.timeline().empty()) {
    std::vector<pg::Param> params{text_of(book.timeline())};
    CO_TRY_OK(co_await change.ask("timeline_insert", std::move(params)));
  }
  co_return Status();
}

StatusTask write_cases(Change& change, const std::vector<Draft>& drafts) {
  json::array rows;
  for (const auto& draft : drafts)
    if (draft.new_events > 0 && draft.filing == healing::Filing::first) rows.push_back(case_row(draft));
  if (rows.empty()) co_return Status();
  std::vector<pg::Param> params{text_of(rows)};
  CO_TRY_OK(co_await change.ask("cases_seen", std::move(params)));
  co_return Status();
}

StatusTask write_sightings(const Context& context, Change& change, const ServerId& server,
                           const std::vector<Draft>& drafts) {
  json::array rows;
  for (const auto& draft : drafts)
    if (draft.new_events > 0) rows.push_back(sighting_row(draft));
  std::vector<pg::Param> params{storable_param(server.value()), text_of(rows),
                                pg::to_param(context.clock.now())};
  CO_TRY_OK(co_await change.ask("sightings_insert", std::move(params)));
  co_return Status();
}

StatusTask write_checkpoint(const Context& context, Change& change, const ServerId& server,
                            const tail::Checkpoint& checkpoint) {
  std::vector<pg::Param> params{storable_param(server.value()),        std::to_string(checkpoint.device),
                                std::to_string(checkpoint.inode),      storable_param(checkpoint.head_hash),
                                std::to_string(checkpoint.head_bytes), std::to_string(checkpoint.offset),
                                storable_param(checkpoint.file_name),  pg::to_param(checkpoint.file_time),
                                pg::to_param(context.clock.now())};
  CO_TRY_OK(co_await change.ask("checkpoint_put", std::move(params)));
  co_return Status();
}

// Everything about sightings, inside the transaction.
StatusTask file_drafts(const Context& context, Change& change, const ServerId& server,
                       std::vector<Draft>& drafts, OpenBook& book) {
  CO_TRY_OK(co_await keep_keys(context, change, server, drafts));
  if (std::ranges::all_of(drafts, [](const Draft& draft) { return draft.new_events == 0; }))
    co_return Status();
  CO_TRY_OK(co_await read_known(change, server, drafts, book));
  for (auto& draft : drafts)
    if (draft.new_events > 0) book.enter(draft);
  CO_TRY_OK(co_await write_book(change, book));
  CO_TRY_OK(co_await write_cases(change, drafts));
  co_return co_await write_sightings(context, change, server, drafts);
}

std::vector<Filed> news_from(std::vector<Draft> drafts, const OpenBook& book) {
  std::vector<Filed> out;
  for (auto& draft : drafts) {
    const auto news = healing::news_of(draft.filing);
    if (draft.new_events > 0 && news)
      out.push_back(
          {.incident = book.incident(draft.incident), .news = *news, .sighting = std::move(draft.sighting)});
  }
  return out;
}

}  // namespace

Task<std::vector<Filed>> file_sightings(const Context& context, ServerId server,
                                        std::vector<Sighting> sightings,
                                        std::optional<tail::Checkpoint> checkpoint, Deadline deadline) {
  if (events_of(sightings) > kFiledEvents)
    co_return failure(ErrorCode::invalid_input,
                      "a batch of more than " + std::to_string(kFiledEvents) + " events: file it in parts");
  std::vector<Draft> drafts;
  for (auto& sighting : sightings) drafts.push_back(draft_of(server, std::move(sighting)));

  CO_TRY(auto change, co_await Change::begin(context, deadline));
  CO_TRY(const auto locked, co_await change.ask("tenant_lock", {}));
  if (locked.rows.empty()) co_return failure("the store has no row of its tenant");
  Row tenant(locked, 0);
  OpenBook book(tenant.number("incident_number"), context.clock.now());
  CO_TRY_OK(tenant.status());
  if (!drafts.empty()) CO_TRY_OK(co_await file_drafts(context, change, server, drafts, book));
  if (checkpoint) CO_TRY_OK(co_await write_checkpoint(context, change, server, *checkpoint));
  CO_TRY_OK(co_await change.commit());
  co_return news_from(std::move(drafts), book);
}

}  // namespace selfheal::store
