#include "watch/watched_server.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/log.h"
#include "watch/flight_recorder.h"
#include "watch/internal/acting.h"
#include "watch/internal/kept_connection.h"
#include "watch/internal/probing.h"
#include "watch/internal/session_row.h"
#include "watch/internal/surveyor.h"

namespace selfheal::watch {
namespace {

using healing::ActReport;
using internal::KeptConnection;
using internal::Turnstile;

// pg_locks tells since when somebody waits from this version on.
constexpr int kLeastVersion = 140000;
// Probes in other databases at once: each costs the server a session.
constexpr int kVisitsAtOnce = 2;
// A look answers within milliseconds; one that takes longer than the server's own limit is lost.
constexpr Duration kLookTimeout = kProbeTimeout + 1s;
constexpr Duration kCensusPeriod = 1s;
// The server works out who blocks whom in a time that grows with the square of a queue: 1.4 ms of its CPU for
// a queue of 200, 32 ms for one of 500 (measured). Beyond this many edges, once a second is often enough.
constexpr std::size_t kCrowd = 250;
constexpr Duration kCrowdPeriod = 1s;

std::string milliseconds(Duration duration) {
  return fmt::format("{}ms", std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

pg::ConnectOptions observing(const WatchedServerOptions& options, const std::string& what,
                             const std::string& database = "") {
  return {.name = options.server.value(),
          .conninfo = internal::conninfo_for(options.observe, database),
          .password = options.observe.password,
          .application_name = "selfheal " + what,
          .settings = {{"default_transaction_read_only", "on"},
                       {"statement_timeout", milliseconds(kProbeTimeout)},
                       {"lock_timeout", milliseconds(kLockTimeoutOfProbes)},
                       {"idle_in_transaction_session_timeout", "10s"}}};
}

pg::ConnectOptions acting(const WatchedServerOptions& options, const std::string& database = "") {
  const auto& target = options.act ? *options.act : options.observe;
  return {.name = options.server.value(),
          .conninfo = internal::conninfo_for(target, database),
          .password = target.password,
          .application_name = "selfheal act",
          .settings = {{"statement_timeout", milliseconds(kActTimeout)},
                       {"lock_timeout", milliseconds(kLockTimeoutOfActs)},
                       {"idle_in_transaction_session_timeout", milliseconds(kActTimeout)}}};
}

// Prepared once for each session: planning costs fifteen times what running does.
std::string recorder_setup() {
  return fmt::format("PREPARE selfheal_waits AS {};\nPREPARE selfheal_census AS {}",
                     internal::query_text("waits"), internal::query_text("census"));
}

}  // namespace

struct WatchedServer::State {
  State(WatchedServerOptions all, Clock& time, const asio::any_io_executor& executor)
      : options(std::move(all)),
        clock(time),
        tasks(executor),
        recorder_link({observing(options, "recorder"), recorder_setup(), kLeastVersion}, clock, executor),
        observe_link({observing(options, "observe")}, clock, executor),
        act_link({acting(options)}, clock, executor),
        visits(executor, kVisitsAtOnce),
        troubles(trouble_options()),
        surveyor({.visiting =
                      [this](const std::string& database) { return observing(options, "observe", database); },
                  .tell = [this](std::vector<Sighting> sightings) { tell(std::move(sightings)); }},
                 trouble_options(), observe_link, clock) {
    set(options.thresholds);
  }

  TroubleOptions trouble_options() const {
    return {.server = options.server, .own = {.users = options.own_users}, .name = options.name};
  }
  void set(const Thresholds& thresholds) {
    troubles.set(thresholds);
    surveyor.set(thresholds);
  }

  StatusTask record();
  StatusTask look();
  StatusTask identify(pg::Connection& connection);
  StatusTask take_census(pg::Connection& connection);
  void tell(std::vector<Sighting> sightings) const;

  template <class Work>
  Task<ActReport> with_act_connection(std::string database, Deadline deadline, Work work);

  WatchedServerOptions options;
  Clock& clock;
  TaskGroup tasks;
  KeptConnection recorder_link;
  KeptConnection observe_link;
  KeptConnection act_link;
  Turnstile visits;
  FlightRecorder recorder;
  bool crowded = false;  // at the last look
  Troubles troubles;
  internal::Surveyor surveyor;
  std::optional<Census> census;
  Deadline::Moment census_due{};
  std::string system_identifier;
  std::int64_t identified_session = 0;  // of recorder_link
  std::int64_t locked_session = 0;      // of act_link: the one that holds the lock
  bool stopped = false;
};

WatchedServer::WatchedServer(WatchedServerOptions options, Clock& clock, asio::any_io_executor executor)
    : state_(std::make_unique<State>(std::move(options), clock, executor)) {}

WatchedServer::~WatchedServer() = default;

void WatchedServer::start() {
  const auto name = state_->options.server.value();
  state_->tasks.spawn(name + " recorder connection", state_->recorder_link.keep());
  state_->tasks.spawn(name + " observe connection", state_->observe_link.keep());
  if (state_->options.act) state_->tasks.spawn(name + " act connection", state_->act_link.keep());
  state_->tasks.spawn(name + " recorder", state_->record());
  state_->tasks.spawn(name + " surveys", state_->surveyor.run());
}

asio::awaitable<void> WatchedServer::stop() {
  state_->stopped = true;
  co_await state_->tasks.stop();
}

StatusTask WatchedServer::State::record() {
  auto due = clock.steady_now();
  for (;;) {
    const auto looked = co_await look();
    // The link says by itself why it is down; what else fails is a break in the recording, which says so.
    if (!looked) recorder.interrupt();
    if (!looked && recorder_link.up()) log::debug("{}: {}", options.server.value(), looked.error().message);
    // From start to start, so that the time a look takes does not stretch the period.
    const auto now = clock.steady_now();
    due = std::max(due + (crowded ? kCrowdPeriod : kRecorderPeriod), now);
    const auto pause = std::chrono::duration_cast<Duration>(due - now);
    if (!co_await clock.sleep(pause)) co_return failure(ErrorCode::cancelled, "stopped");
  }
}

StatusTask WatchedServer::State::look() {
  const auto deadline = clock.deadline_in(kLookTimeout);
  CO_TRY(auto link, co_await recorder_link.borrow(deadline));
  if (identified_session != recorder_link.session()) CO_TRY_OK(co_await identify(*link));
  std::vector<pg::Param> none;
  CO_TRY(auto rows, co_await link->query("EXECUTE selfheal_waits", std::move(none), deadline));
  CO_TRY(auto sample, read_waits(std::move(rows)));
  sample = without_own_waiters(std::move(sample), {.users = options.own_users});
  if (!recorder_link.sees_all_sessions())
    co_return failure(ErrorCode::refused, "the recorder's role lacks pg_monitor");
  crowded = sample.edges.size() > kCrowd;
  tell(troubles.blocked_sessions(sample));
  recorder.add(std::move(sample), clock.steady_now());
  if (clock.steady_now() < census_due) co_return Status();
  const auto counted = co_await take_census(*link);
  if (counted) co_return Status();
  log::debug("{}: {}", options.server.value(), counted.error().message);
  census.reset();
  co_return Status();
}

StatusTask WatchedServer::State::identify(pg::Connection& connection) {
  identified_session = recorder_link.session();
  const auto deadline = clock.deadline_in(kLookTimeout);
  std::vector<pg::Param> none;
  auto sql = internal::query_text("server_identity");
  const auto rows = co_await connection.query(std::move(sql), std::move(none), deadline);
  system_identifier = rows && !rows->rows.empty() ? rows->rows[0][0].value_or("") : "";
  if (!recorder_link.sees_all_sessions())
    log::warning("{}: the observe role lacks pg_monitor: waits and blockers are not recorded",
                 options.server.value());
  co_return Status();
}

StatusTask WatchedServer::State::take_census(pg::Connection& connection) {
  census_due = clock.steady_now() + kCensusPeriod;
  const auto deadline = clock.deadline_in(kLookTimeout);
  std::vector<pg::Param> none;
  CO_TRY(auto rows, co_await connection.query("EXECUTE selfheal_census", std::move(none), deadline));
  CO_TRY(census, read_census(std::move(rows)));
  tell(troubles.idle_in_transaction(*census));
  co_return Status();
}

void WatchedServer::State::tell(std::vector<Sighting> sightings) const {
  if (!sightings.empty() && options.found) options.found(std::move(sightings));
}

ServerStatus WatchedServer::status() const {
  const auto& link = state_->recorder_link;
  ServerStatus status{
      .why = link.why(),
      .since = link.since(),
      .server_version = link.server_version(),
      .system_identifier = state_->system_identifier,
      .database = link.database(),
      .sees_all_sessions = link.up() && link.sees_all_sessions(),
      .can_observe = state_->observe_link.up(),
      .can_act = state_->act_link.up(),
      .act_why = state_->options.act ? state_->act_link.why() : "no role to act with is configured"};
  if (link.up())
    status.state = link.in_recovery() ? LinkState::in_recovery : LinkState::up;
  else if (link.tried())
    status.state = LinkState::down;
  return status;
}

std::optional<Census> WatchedServer::census() const {
  return state_->recorder_link.up() ? state_->census : std::nullopt;
}
EvidenceItem WatchedServer::surveyed(std::string_view query) const {
  if (const auto* kept = state_->surveyor.latest(query); kept != nullptr && state_->observe_link.up())
    return *kept;
  EvidenceItem none{.probe = std::string(query), .sql = internal::query_text(query)};
  none.why = !state_->observe_link.up()                  ? state_->observe_link.why()
             : !state_->observe_link.sees_all_sessions() ? "the role lacks pg_monitor"
                                                         : "not looked at yet";
  return none;
}
const Thresholds& WatchedServer::thresholds() const { return state_->surveyor.thresholds(); }
void WatchedServer::set(const Thresholds& thresholds) { state_->set(thresholds); }
Recording WatchedServer::recorded() const { return state_->recorder.recording(state_->clock.steady_now()); }

asio::awaitable<EvidenceItem> WatchedServer::run(const healing::Probe& probe, std::string database,
                                                 healing::ProbeParameters parameters, Deadline deadline) {
  using enum ProbeStatus;
  auto& state = *state_;
  auto item = internal::item_of(probe, state.clock.now());
  auto values = internal::parameters_for(probe, parameters);
  if (!values) co_return internal::with_outcome(std::move(item), not_applicable, values.error().message);
  if (state.stopped) co_return internal::with_outcome(std::move(item), failed, "the watch has ended");

  if (database.empty() || database == state.observe_link.database()) {
    auto link = co_await state.observe_link.borrow(deadline);
    if (!link) co_return internal::with_outcome(std::move(item), failed, link.error().message);
    auto answer = co_await internal::ask(**link, probe, *std::move(values), state.clock, deadline);
    co_return answer;
  }
  auto turn = co_await state.visits.enter(deadline);
  if (!turn) co_return internal::with_outcome(std::move(item), failed, turn.error().message);
  const auto options = observing(state.options, "observe", database);
  auto visit = co_await pg::Connection::connect(options, deadline);
  if (!visit) co_return internal::with_outcome(std::move(item), failed, visit.error().message);
  auto answer = co_await internal::ask(**visit, probe, *std::move(values), state.clock, deadline);
  co_return answer;
}

// Runs `work(connection)` in the database, while this installation alone may act on the server.
template <class Work>
Task<ActReport> WatchedServer::State::with_act_connection(std::string database, Deadline deadline,
                                                          Work work) {
  if (!options.act)
    co_return failure(ErrorCode::refused, "nothing was done: no role to act with is configured here");
  if (stopped) co_return failure(ErrorCode::cancelled, "nothing was done: the watch has ended");
  auto link = co_await act_link.borrow(deadline);
  if (!link) co_return std::unexpected(internal::nothing_done(link.error()));
  if (locked_session != act_link.session()) {
    const auto locked = co_await internal::take_act_lock(**link, deadline);
    if (!locked) co_return std::unexpected(internal::nothing_done(locked.error()));
    locked_session = act_link.session();
  }
  if (database.empty() || database == act_link.database()) {
    auto report = co_await work(**link);
    co_return report;
  }
  const auto visiting = acting(options, database);
  auto visit = co_await pg::Connection::connect(visiting, deadline);
  if (!visit) co_return std::unexpected(internal::nothing_done(visit.error()));
  const auto locked = co_await internal::take_act_lock(**visit, deadline);
  if (!locked) co_return std::unexpected(internal::nothing_done(locked.error()));
  auto report = co_await work(**visit);
  const auto soon = clock.deadline_in(kProbeTimeout);
  co_await internal::give_act_lock_back(**visit, soon);
  co_return report;
}

Task<ActReport> WatchedServer::act(healing::ApprovedRemedy remedy, TreatmentNumber treatment,
                                   Deadline deadline) {
  auto& clock = state_->clock;
  const auto database = remedy.remedy().parts().database;
  const auto beside = acting(state_->options, database.empty() ? state_->act_link.database() : database);
  // No coroutine itself: it only begins one, which copies what it needs.
  const auto work = [&](pg::Connection& connection) {
    return internal::apply(connection, remedy, treatment, {clock, deadline}, beside);
  };
  auto report = co_await state_->with_act_connection(database, deadline, work);
  co_return report;
}

Task<ActReport> WatchedServer::undo(Treatment treatment, Deadline deadline) {
  auto& clock = state_->clock;
  const auto database = treatment.database;
  const auto work = [&](pg::Connection& connection) {
    return internal::take_back(connection, treatment, clock, deadline);
  };
  auto report = co_await state_->with_act_connection(database, deadline, work);
  co_return report;
}

}  // namespace selfheal::watch
