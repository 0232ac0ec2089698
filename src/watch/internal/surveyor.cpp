#include "watch/internal/surveyor.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/log.h"
#include "pg/params.h"
#include "watch/internal/session_row.h"

namespace selfheal::watch::internal {
namespace {

// How often it is looked whether something is due.
constexpr Duration kTick = 500ms;
// The server ends a query at kProbeTimeout; what takes longer than this is lost with its connection.
constexpr Duration kSurveyTimeout = kProbeTimeout + 1s;
// Pages of sequences in one survey of a database: 1,000 sequences, 40 ms of the server.
constexpr int kSequencePages = 5;
// Databases beside the own one. With more, those that come first by name are looked at.
constexpr std::size_t kOtherDatabases = 20;

}  // namespace

Surveyor::Surveyor(Options options, TroubleOptions troubles, KeptConnection& link, Clock& clock)
    : options_(std::move(options)), findings_(std::move(troubles)), link_(link), clock_(clock) {}

StatusTask Surveyor::run() {
  do {
    if (link_.up() && link_.sees_all_sessions()) co_await survey();
  } while (co_await clock_.sleep(kTick));
  co_return failure(ErrorCode::cancelled, "stopped");
}

bool Surveyor::is_due(Due& due, Duration period) {
  const auto now = clock_.steady_now();
  if (now < due) return false;
  due = now + period;
  return true;
}

asio::awaitable<void> Surveyor::survey() {
  const auto& pace = findings_.thresholds();
  if (session_ != link_.session()) {
    session_ = link_.session();
    refused_.clear();
    latest_.clear();
  }
  if (is_due(connections_due_, pace.connections_every)) {
    const auto done = co_await connections();
    note("connections", done);
  }
  if (is_due(server_due_, pace.survey_every)) {
    const auto done = co_await server();
    note("the server", done);
  }
  if (link_.in_recovery()) co_return;
  if (is_due(database_due_, pace.database_survey_every)) {
    const auto done = co_await database(nullptr, link_.database());
    note("the database", done);
  }
  // One at a time, so that connections are looked at in between.
  if (unvisited_.empty() && is_due(others_due_, pace.other_databases_every)) unvisited_ = others_;
  if (is_crowded_ || unvisited_.empty()) co_return;
  auto next = std::move(unvisited_.back());
  unvisited_.pop_back();
  if (!refused_.contains(next)) co_await visit(std::move(next));
}

StatusTask Surveyor::connections() {
  std::vector<pg::Param> none;
  CO_TRY(auto rows, co_await ask(nullptr, "connections", std::move(none)));
  CO_TRY(const auto seen, read_connections(std::move(rows)));
  auto sightings = findings_.connections_near_limit(seen);
  // Near the limit by the same rule, but at the first look.
  is_crowded_ = std::ranges::any_of(seen.rows, [&](const LimitSeen& limit) {
    return static_cast<double>(limit.used) >=
           static_cast<double>(limit.allowed) * findings_.thresholds().connections_used_percent / 100;
  });
  tell(std::move(sightings));
  co_return Status();
}

StatusTask Surveyor::server() {
  std::vector<pg::Param> none;
  CO_TRY(auto holders, co_await ask(nullptr, "xmin_holders", none));
  CO_TRY(const auto xmins, read_xmin_holders(std::move(holders)));
  tell(findings_.old_xmin(xmins));
  CO_TRY(auto slot_rows, co_await ask(nullptr, "replication_slots", none));
  CO_TRY(const auto slots, read_replication_slots(std::move(slot_rows)));
  tell(findings_.inactive_replication_slot(slots));
  if (link_.in_recovery()) co_return Status();
  co_return co_await ages();
}

StatusTask Surveyor::ages() {
  std::vector<pg::Param> none;
  CO_TRY(auto rows, co_await ask(nullptr, "database_ages", std::move(none)));
  CO_TRY(const auto seen, read_database_ages(std::move(rows)));
  tell(findings_.wraparound_age(seen));
  tell(findings_.autovacuum_off(seen));
  others_.clear();
  for (const auto& row : seen.rows)
    if (row.may_connect && !row.is_here) others_.push_back(row.database);
  std::ranges::sort(others_);
  others_.resize(std::min(others_.size(), kOtherDatabases));
  co_return Status();
}

asio::awaitable<void> Surveyor::visit(std::string name) {
  const auto connecting = options_.visiting(name);
  const auto deadline = clock_.deadline_in(kConnectTimeout);
  auto visit = co_await pg::Connection::connect(connecting, deadline);
  if (!visit) {
    // What has nothing to do with this database (no free slot, no answer) passes.
    const auto& sqlstate = visit.error().sqlstate;
    if (sqlstate.starts_with("28") || sqlstate.starts_with("42") || sqlstate.starts_with("3D"))
      refused_.insert(name);
    log::info("{}: a database is not surveyed: {}", connecting.name, visit.error().message);
    co_return;
  }
  const auto done = co_await database(visit->get(), name);
  note("another database", done);
}

StatusTask Surveyor::database(pg::Connection* connection, std::string name) {
  std::vector<pg::Param> none;
  CO_TRY(auto index_rows, co_await ask(connection, "invalid_indexes", std::move(none)));
  CO_TRY(const auto indexes, read_invalid_indexes(std::move(index_rows)));
  tell(findings_.invalid_index(name, indexes));
  const auto& limits = findings_.thresholds();
  std::vector<pg::Param> parameters{pg::to_param(limits.table_rows), pg::to_param(limits.stale_percent),
                                    pg::to_param(limits.dead_percent)};
  CO_TRY(auto table_rows, co_await ask(connection, "tables", std::move(parameters)));
  CO_TRY(const auto tables, read_tables(std::move(table_rows)));
  tell(findings_.tables(name, tables));
  co_return co_await sequences(connection, std::move(name));
}

StatusTask Surveyor::sequences(pg::Connection* connection, std::string name) {
  auto& place = sequences_[name];
  auto known = std::exchange(place.near_end, {});
  for (int i = 0; i < kSequencePages; ++i) {
    std::vector<pg::Param> oids;
    for (const auto oid : std::exchange(known, {})) oids.push_back(pg::to_param(oid));
    std::vector<pg::Param> parameters{pg::to_param(findings_.thresholds().sequence_used_percent),
                                      pg::to_param(place.from), pg::to_array(oids)};
    CO_TRY(auto rows, co_await ask(connection, "sequences", std::move(parameters), i > 0));
    CO_TRY(const auto page, read_sequences(std::move(rows)));
    tell(findings_.sequence_near_exhaustion(name, page.near_end));
    for (const auto& row : page.near_end.rows)
      if (place.near_end.size() < kTroublesAtOnce) place.near_end.insert(row.oid);
    place.from = page.sequences < kSequencesInPage ? 0 : page.last_oid;
    if (place.from == 0) break;
  }
  co_return Status();
}

Task<pg::Rows> Surveyor::ask(pg::Connection* connection, std::string query, std::vector<pg::Param> parameters,
                             bool goes_on) {
  const auto deadline = clock_.deadline_in(kSurveyTimeout);
  auto sql = query_text(query);
  if (connection != nullptr)
    co_return co_await connection->query(std::move(sql), std::move(parameters), deadline);
  CO_TRY(auto link, co_await link_.borrow(deadline));
  const auto begun = clock_.steady_now();
  auto rows = co_await link->query(std::move(sql), std::move(parameters), deadline);
  const auto took = std::chrono::duration_cast<Duration>(clock_.steady_now() - begun);
  if (session_ == link_.session()) keep(query, rows, took, goes_on);
  co_return rows;
}

void Surveyor::keep(const std::string& query, const Result<pg::Rows>& rows, Duration took, bool goes_on) {
  EvidenceItem item{.probe = query};
  if (rows)
    item = as_item(query, *rows);
  else
    item.why = rows.error().message;
  item.sql = query_text(query);
  item.taken_at = clock_.now();
  item.took = took;
  auto& kept = latest_[query];
  if (goes_on && rows) {
    item.took += kept.took;
    item.rows.insert(item.rows.begin(), kept.rows.begin(), kept.rows.end());
  }
  kept = std::move(item);
}

const EvidenceItem* Surveyor::latest(std::string_view query) const {
  const auto found = latest_.find(query);
  return found == latest_.end() ? nullptr : &found->second;
}

void Surveyor::tell(std::vector<Sighting> sightings) const {
  if (!sightings.empty()) options_.tell(std::move(sightings));
}

void Surveyor::note(const char* what, const Status& status) const {
  if (!status) log::debug("survey of {}: {}", what, status.error().message);
}

}  // namespace selfheal::watch::internal
