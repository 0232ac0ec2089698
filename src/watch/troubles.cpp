#include "watch/troubles.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "healing/evidence/blocking.h"
#include "pg/identifier.h"

namespace selfheal::watch {
namespace {

constexpr Duration kTellBlocked = 1s;
constexpr Duration kTellIdle = 10s;

bool is_idle_in_transaction(const SessionSeen& session) {
  return session.state.starts_with("idle in transaction");
}

// How long this very transaction has kept somebody waiting: a wait may be older than the one who blocks it
// now.
Duration blocked_for(const healing::Root& root, Time at) {
  if (root.oldest_wait == Time{}) return {};
  return at - std::max(root.oldest_wait, root.session.xact_start);
}

bool is_trouble(const healing::Root& root, Time at, const Thresholds& thresholds) {
  if (blocked_for(root, at) >= thresholds.blocked_after) return true;
  return is_idle_in_transaction(root.session) && at - root.session.state_change >= thresholds.forgotten_after;
}

// The table by its names; unknown when it lies in another database than the recorder's.
pg::ObjectNames objects_of(const std::string& database, const std::string& relation) {
  pg::ObjectNames objects{.database = database};
  if (relation.empty()) return objects;
  const auto name = pg::parse_qualified_name(relation);
  if (!name) return objects;
  objects.schema = name->schema;
  objects.table = name->name;
  return objects;
}

std::string identity_of(const std::string& trouble, const SessionSeen& session) {
  return fmt::format("{}:{}@{}/{}", trouble, session.pid, to_timestamptz(session.backend_start),
                     to_timestamptz(session.xact_start));
}

std::int64_t seconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

}  // namespace

bool OwnSessions::contains(const SessionSeen& session) const {
  if (!application_prefix.empty() && session.application.starts_with(application_prefix)) return true;
  return std::ranges::find(users, session.user) != users.end();
}

BlockingSample without_own_waiters(BlockingSample sample, const OwnSessions& own) {
  std::erase_if(sample.edges, [&](const BlockingEdge& edge) { return own.contains(edge.waiter); });
  return sample;
}

Troubles::Troubles(TroubleOptions options) : options_(std::move(options)) { CHECK(options_.name); }

std::vector<Sighting> Troubles::blocked_sessions(const BlockingSample& sample) {
  std::vector<Sighting> sightings;
  for (const auto& root : healing::roots(without_own_waiters(sample, options_.own))) {
    if (sightings.size() == kTroublesAtOnce) break;
    if (options_.own.contains(root.session) || !is_trouble(root, sample.at, thresholds_)) continue;
    const auto& database =
        root.session.database.empty() ? root.victims.front().database : root.session.database;
    ErrorEvent event{.trouble = "blocked_sessions",
                     .message = fmt::format("process {} has blocked {} session{} for {} s", root.session.pid,
                                            root.victims.size(), root.victims.size() == 1 ? "" : "s",
                                            seconds(blocked_for(root, sample.at))),
                     .database = database,
                     .objects = objects_of(database, root.relation)};
    if (auto sighting = tell(root.session, sample.at, kTellBlocked, std::move(event)))
      sightings.push_back(*std::move(sighting));
  }
  return sightings;
}

std::vector<Sighting> Troubles::idle_in_transaction(const Census& census) {
  std::vector<Sighting> sightings;
  for (const auto& [session, _] : census.transactions) {
    if (sightings.size() == kTroublesAtOnce) break;
    const auto idle_for = census.at - session.state_change;
    if (!is_idle_in_transaction(session) || session.backend_type != "client backend" ||
        idle_for < thresholds_.idle_after || options_.own.contains(session))
      continue;
    ErrorEvent event{.trouble = "idle_in_transaction",
                     .message = fmt::format("process {} has been idle in its transaction for {} s",
                                            session.pid, seconds(idle_for)),
                     .database = session.database,
                     .objects = objects_of(session.database, "")};
    if (auto sighting = tell(session, census.at, kTellIdle, std::move(event)))
      sightings.push_back(*std::move(sighting));
  }
  return sightings;
}

std::optional<Sighting> Troubles::tell(const SessionSeen& culprit, Time at, Duration repeat,
                                       ErrorEvent event) {
  std::erase_if(told_, [&](const auto& told) { return at - told.second >= kTellIdle; });
  const auto identity = identity_of(event.trouble, culprit);
  const auto [told, is_new] = told_.try_emplace(identity, at);
  if (!is_new && at - told->second < repeat) return std::nullopt;
  told->second = at;

  event.server = options_.server;
  event.intake = Intake::watch;
  event.key = {.at = at, .session_id = identity, .line_number = ++events_};
  event.level = "LOG";
  event.statement = culprit.query;
  event.user = culprit.user;
  event.application = culprit.application;
  event.client_host = culprit.client_address;
  event.backend_type = culprit.backend_type;
  event.pid = culprit.pid;
  event.session_start = culprit.backend_start;
  const auto key = event.key;
  auto sighting = options_.name(std::move(event));
  sighting.first_seen = sighting.last_seen = at;
  sighting.keys = {key};
  return sighting;
}

}  // namespace selfheal::watch
