#include "watch/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace selfheal::watch {
namespace {

// Seen in two surveys: one look may meet what is just beginning or ending.
constexpr Duration kTwoLooks = Duration(1);

// A transaction's own id counts as one, so from two on somebody else wrote since.
constexpr std::int64_t kSomebodyWrote = 2;

// One or two connections are allowed so that a job runs only once; using them all is what they are for.
constexpr std::int64_t kLeastCapacity = 3;

std::int64_t megabytes(std::int64_t bytes) { return bytes / (1 << 20); }

// A dump in several processes keeps its snapshot in a session that waits for the others.
bool is_dump(const SessionSeen& session) {
  return session.application == "pg_dump" || session.application == "pg_dumpall";
}

bool is_forgotten(const SessionSeen& session) {
  return session.state.starts_with("idle in transaction") && !is_dump(session);
}

// A standby reports as its own what runs on its primary (its snapshots hold the primary's transactions), so
// it is to blame only for what is older than all of those.
bool is_echo(const XminHolder& holder, const std::vector<XminHolder>& all) {
  const auto is_dated = [](const XminHolder& other) { return other.session.xact_start != Time{}; };
  if (is_dated(holder) || holder.catalog_only) return false;
  return std::ranges::any_of(
      all, [&](const XminHolder& other) { return is_dated(other) && other.xmin_age >= holder.xmin_age; });
}

pg::ObjectNames table_objects(const std::string& database, const std::string& schema,
                              const std::string& table) {
  return {.database = database, .schema = schema, .table = table};
}

// The setting that an age has passed and its value; empty when it has not.
struct Passed {
  std::string setting;
  std::int64_t limit = 0;
  bool is_late = false;  // autovacuum is behind, but the server does not yet take emergency measures
};

// Autovacuum starts at its own setting, so an age a little above it is everyday work. vacuum_failsafe_age
// below 1.05 times that setting counts as 1.05 times it (the server's documentation).
Passed passed(const std::string& kind, std::int64_t age, std::int64_t freeze_max, std::int64_t failsafe,
              double late_percent) {
  const auto emergency = std::max(failsafe, freeze_max + freeze_max / 20);
  if (age >= emergency) return {"vacuum_" + kind + "failsafe_age", emergency};
  const auto late = static_cast<double>(freeze_max) * late_percent / 100;
  if (static_cast<double>(age) < late) return {};
  return {"autovacuum_" + kind + "freeze_max_age", freeze_max, true};
}

}  // namespace

Findings::Findings(TroubleOptions options) : options_(std::move(options)) { CHECK(options_.name); }

std::vector<Sighting> Findings::connections_near_limit(const Seen<LimitSeen>& seen) {
  std::vector<Finding> findings;
  for (const auto& limit : seen.rows) {
    const auto near = static_cast<double>(limit.allowed) * thresholds_.connections_used_percent / 100;
    const bool is_ours = limit.kind == "role" && options_.own.contains({.user = limit.name});
    if (static_cast<double>(limit.used) < near || limit.allowed < kLeastCapacity || is_ours) continue;
    ErrorEvent event{
        .trouble = "connections_near_limit",
        .message = fmt::format("{} of the {} connections of the {} are used, {} of them idle; the largest "
                               "group has {}",
                               limit.used, limit.allowed, limit.kind, limit.idle, limit.group_sessions),
        .user = limit.group_user,
        .application = limit.group_application,
        .client_host = limit.group_client_address,
        .backend_type = "client backend"};
    if (limit.kind == "role") event.objects.role = limit.name;
    if (limit.kind == "database") event.database = limit.name;
    findings.push_back(
        {.identity = limit.kind + ":" + limit.name, .after = kTwoLooks, .event = std::move(event)});
  }
  return tell("connections_near_limit", seen.at, std::move(findings));
}

std::vector<Sighting> Findings::old_xmin(const Seen<XminHolder>& seen) {
  std::vector<Finding> findings;
  for (const auto& holder : seen.rows) {
    if (holder.xmin_age < kSomebodyWrote || options_.own.contains(holder.session)) continue;
    if (is_echo(holder, seen.rows)) continue;
    if (auto finding = holder_finding(holder, *seen.at)) findings.push_back(*std::move(finding));
  }
  return tell("old_xmin", seen.at, std::move(findings));
}

std::optional<Findings::Finding> Findings::holder_finding(const XminHolder& holder, Time at) const {
  const auto& session = holder.session;
  // A slot and a standby do not say since when they hold it: until it moves, it is watched.
  const bool is_dated = session.xact_start != Time{};
  const bool is_walsender = session.backend_type == "walsender";
  if (!is_dated && holder.slot.empty() && !is_walsender) return std::nullopt;
  const bool is_busy = is_dated && session.backend_type != "prepared transaction" && !is_forgotten(session);
  const auto since = is_forgotten(session) ? session.state_change : session.xact_start;
  const auto patience = is_busy ? thresholds_.old_xmin_busy_after : thresholds_.old_xmin_after;
  if (is_dated && at - since < patience) return std::nullopt;

  const auto kind = session.backend_type;
  ErrorEvent event{
      .trouble = "old_xmin",
      .message = fmt::format("a {} holds back vacuum: {} transactions began since", kind, holder.xmin_age),
      .statement = session.query,
      .database = session.database,
      .user = session.user,
      .application = session.application,
      .client_host = session.client_address,
      .backend_type = kind,
      .pid = session.pid,
      .session_start = session.backend_start};
  event.objects.slot = holder.slot;
  return Finding{.identity = fmt::format("{}:{}:{}:{}@{}", kind, session.pid, holder.slot,
                                         session.application, holder.held),
                 .after = is_dated ? Duration{} : patience,
                 .event = std::move(event),
                 .severity = is_busy || holder.catalog_only ? std::optional(Severity::low) : std::nullopt};
}

std::vector<Sighting> Findings::inactive_replication_slot(const Seen<SlotSeen>& seen) {
  std::vector<Finding> findings;
  for (const auto& slot : seen.rows) {
    // Half of what the server grants leaves time to act before the slot is lost.
    const auto much =
        slot.keep_size < 0 ? thresholds_.slot_bytes : std::min(thresholds_.slot_bytes, slot.keep_size / 2);
    const bool is_spent = slot.wal_status == "unreserved" || slot.wal_status == "lost";
    if (slot.retained < much && !is_spent) continue;
    ErrorEvent event{
        .trouble = "inactive_replication_slot",
        .message = slot.wal_status == "lost"
                       ? "a replication slot has lost the WAL its consumer needs"
                       : fmt::format("nobody reads a replication slot for which {} MB of WAL are kept ({})",
                                     megabytes(slot.retained), slot.wal_status),
        .database = slot.database};
    event.objects.slot = slot.slot;
    findings.push_back({.identity = slot.slot, .after = thresholds_.slot_after, .event = std::move(event)});
  }
  return tell("inactive_replication_slot", seen.at, std::move(findings));
}

std::vector<Sighting> Findings::wraparound_age(const Seen<DatabaseAge>& seen) {
  std::vector<Finding> findings;
  for (const auto& row : seen.rows) {
    const auto percent = thresholds_.wraparound_late_percent;
    const auto xid = passed("", row.xid_age, row.freeze_max_age, row.failsafe_age, percent);
    const auto mxid =
        passed("multixact_", row.mxid_age, row.multixact_freeze_max_age, row.multixact_failsafe_age, percent);
    for (const auto& [passing, age, ids] :
         {std::tuple(xid, row.xid_age, "transactions"), std::tuple(mxid, row.mxid_age, "multixacts")}) {
      if (passing.setting.empty()) continue;
      ErrorEvent event{.trouble = "wraparound_age",
                       .message = fmt::format("a database is {} {} old; {} is {}", age, ids, passing.setting,
                                              passing.limit),
                       .database = row.database};
      event.objects.parameter = passing.setting;
      findings.push_back({.identity = row.database + ":" + passing.setting,
                          .after = kTwoLooks,
                          .event = std::move(event),
                          .severity = passing.is_late ? std::optional(Severity::medium) : std::nullopt});
    }
  }
  return tell("wraparound_age", seen.at, std::move(findings));
}

std::vector<Sighting> Findings::autovacuum_off(const Seen<DatabaseAge>& seen) {
  std::vector<Finding> findings;
  const auto add = [&](const char* setting) {
    ErrorEvent event{.trouble = "autovacuum_off",
                     .message = fmt::format("{} is off for the server", setting)};
    event.objects.parameter = setting;
    findings.push_back(
        {.identity = setting, .after = thresholds_.autovacuum_off_after, .event = std::move(event)});
  };
  if (!seen.rows.empty() && !seen.rows[0].autovacuum) add("autovacuum");
  // Autovacuum knows of no dead row when nobody counts them.
  if (!seen.rows.empty() && !seen.rows[0].track_counts) add("track_counts");
  return tell("autovacuum_off", seen.at, std::move(findings));
}

std::vector<Sighting> Findings::invalid_index(const std::string& database, const Seen<InvalidIndex>& seen) {
  std::vector<Finding> findings;
  for (const auto& row : seen.rows) {
    if (row.in_work) continue;
    ErrorEvent event{.trouble = "invalid_index",
                     .message = "an index is invalid and nobody is building it",
                     .database = database,
                     .objects = table_objects(database, row.schema, row.table)};
    event.objects.index = row.index;
    findings.push_back({.identity = std::to_string(row.oid), .after = kTwoLooks, .event = std::move(event)});
  }
  return tell("invalid_index/" + database, seen.at, std::move(findings));
}

std::vector<Sighting> Findings::sequence_near_exhaustion(const std::string& database,
                                                         const Seen<SequenceSeen>& seen) {
  std::vector<Finding> findings;
  for (const auto& row : seen.rows) {
    ErrorEvent event{.trouble = "sequence_near_exhaustion",
                     .message = fmt::format("a sequence has used {} % of its values: {} of {}",
                                            row.used_percent, row.value, row.last),
                     .database = database,
                     .objects = table_objects(database, row.schema, row.table)};
    event.objects.column = row.column;
    event.objects.sequence = row.sequence;
    findings.push_back({.identity = row.schema + "." + row.sequence, .event = std::move(event)});
  }
  return tell("sequence_near_exhaustion/" + database, seen.at, std::move(findings));
}

std::vector<Sighting> Findings::tables(const std::string& database, const Seen<TableSeen>& seen) {
  std::vector<Finding> stale, unvacuumed;
  for (const auto& row : seen.rows) {
    ErrorEvent event{.database = database, .objects = table_objects(database, row.schema, row.table)};
    const auto identity = std::to_string(row.oid);
    if (row.is_unvacuumed) {
      event.trouble = "autovacuum_off";
      event.message =
          fmt::format("autovacuum is off for a table with {} dead and {} live rows", row.dead, row.live);
      unvacuumed.push_back({.identity = identity, .after = kTwoLooks, .event = event});
    }
    if (row.is_stale) {
      event.trouble = "stale_statistics";
      event.message = fmt::format("{} rows changed since a table with {} rows was {}", row.changed, row.live,
                                  row.last_analyze == Time{} ? "made; it was never analysed" : "analysed");
      // Statistics of a busy table are stale in many looks although autovacuum renews them all the time.
      stale.push_back({.identity = fmt::format("{}@{}", identity, to_timestamptz(row.last_analyze)),
                       .after = thresholds_.stale_after,
                       .event = std::move(event)});
    }
  }
  auto sightings = tell("stale_statistics/" + database, seen.at, std::move(stale));
  for (auto& sighting : tell("autovacuum_off/" + database, seen.at, std::move(unvacuumed)))
    sightings.push_back(std::move(sighting));
  return sightings;
}

std::vector<Sighting> Findings::tell(const std::string& scope, const std::optional<Time>& at,
                                     std::vector<Finding> findings) {
  std::vector<Sighting> sightings;
  auto before = std::exchange(since_[scope], {});
  if (!at || findings.empty()) {
    since_.erase(scope);
    return sightings;
  }
  auto& since = since_[scope];
  std::erase_if(told_, [&](const auto& told) { return *at - told.second >= kTellFinding; });
  for (auto& finding : findings) {
    const auto known = before.find(finding.identity);
    const auto first = known == before.end() ? *at : known->second;
    since.emplace(finding.identity, first);
    if (*at - first < finding.after || sightings.size() == kTroublesAtOnce) continue;
    auto identity = fmt::format("{}:{}:{}", finding.event.trouble, finding.event.database, finding.identity);
    if (!told_.try_emplace(identity, *at).second) continue;
    sightings.push_back(sighting(std::move(identity), *at, std::move(finding)));
  }
  return sightings;
}

Sighting Findings::sighting(std::string identity, Time at, Finding finding) {
  auto& event = finding.event;
  event.server = options_.server;
  event.intake = Intake::watch;
  event.key = {.at = at, .session_id = std::move(identity), .line_number = ++events_};
  event.level = "LOG";
  event.objects.database = event.database;
  const auto key = event.key;
  auto sighting = options_.name(std::move(event));
  if (finding.severity) sighting.error_class.severity = *finding.severity;
  sighting.first_seen = sighting.last_seen = at;
  sighting.keys = {key};
  return sighting;
}

}  // namespace selfheal::watch
