#include "server/site.h"

#include <fmt/format.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/limits.h"
#include "base/log.h"
#include "base/thread.h"
#include "healing/name.h"
#include "server/log_source.h"
#include "tail/log_mirror.h"
#include "watch/error_logs.h"

namespace selfheal::server {
namespace {

// How often closing what went quiet, thresholds and a missing log are looked after.
constexpr Duration kUpkeep = 5s;
constexpr Duration kFileTimeout = 5s;
// Of troubles that wait while the store is slow: each is told again while it lasts.
constexpr std::size_t kUnfiled = 200;

// For work on another thread: a cancellation would reach into that thread (Asio 1.81), so none is passed on.
auto uncancelled() { return asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable); }

// The tail's thread meets the control thread here, and only here.
class CrossingIntake final : public tail::Intake {
 public:
  explicit CrossingIntake(Surroundings& surroundings) : surroundings_(surroundings) {}

  Task<void> accept(tail::Batch batch, Deadline deadline) override {
    // Not cancellable on the way: a cancellation would reach into the other thread (Asio 1.81). The store
    // answers within the deadline.
    co_return co_await asio::co_spawn(surroundings_.control, filed(std::move(batch), deadline),
                                      uncancelled());
  }

  Task<std::optional<tail::Checkpoint>> checkpoint(ServerId server, Deadline deadline) override {
    co_return co_await asio::co_spawn(surroundings_.control, stored_checkpoint(std::move(server), deadline),
                                      uncancelled());
  }

 private:
  StatusTask filed(tail::Batch batch, Deadline deadline) {
    CO_TRY(auto news, co_await surroundings_.store.intake().file(std::move(batch), deadline));
    surroundings_.healer.consider(std::move(news));
    co_return Status{};
  }

  Task<std::optional<tail::Checkpoint>> stored_checkpoint(ServerId server, Deadline deadline) {
    co_return co_await surroundings_.store.intake().checkpoint(std::move(server), deadline);
  }

  Surroundings& surroundings_;
};

// What error_logs asks of the store, and tells the healer of.
class SightingBook final : public watch::SightingBook {
 public:
  explicit SightingBook(Surroundings& surroundings) : surroundings_(surroundings) {}

  StatusTask file(ServerId server, std::vector<Sighting> sightings, Deadline deadline) override {
    CO_TRY(auto news,
           co_await surroundings_.store.incidents().file(std::move(server), std::move(sightings), deadline));
    surroundings_.healer.consider(std::move(news));
    co_return Status{};
  }
  Task<std::vector<watch::WrittenSighting>> sightings_after(ServerId server, std::int64_t number, int limit,
                                                            Deadline deadline) override {
    co_return co_await surroundings_.store.reader().sightings_after(std::move(server), number, limit,
                                                                    deadline);
  }
  Task<std::string> installation(Deadline deadline) override {
    co_return co_await surroundings_.store.reader().installation(deadline);
  }

 private:
  Surroundings& surroundings_;
};

// The tail on its thread. The stack is a worker's, because naming an event parses its statement.
class TailThread {
 public:
  // With `mirror` it first brings what it reads into the directory of `options`.
  TailThread(tail::LogTailOptions options, std::optional<tail::LogMirrorOptions> mirror, tail::Intake& intake,
             Clock& clock)
      : tail_(std::move(options), intake, clock), tasks_(context_.get_executor()) {
    if (mirror) {
      mirror->stored_before = [this] { return tail_.counters().stored_file_time; };
      mirror_.emplace(std::move(*mirror), clock);
    }
    asio::post(context_, [this] {
      tasks_.spawn("reading the log", tail_.run());
      if (mirror_) tasks_.spawn("fetching the log", mirror_->run());
    });
    thread_ = Thread("tail", kWorkerStackBytes, [this] { context_.run(); });
  }

  // Waits for the batch under way on the calling coroutine's thread without blocking it.
  asio::awaitable<void> stop() {
    co_await asio::co_spawn(context_, tasks_.stop(), uncancelled());
    guard_.reset();
  }

  const tail::LogTail& tail() const { return tail_; }
  std::string trouble() const {
    auto fetching = mirror_ ? mirror_->trouble() : std::string();
    return fetching.empty() ? tail_.trouble() : fetching;
  }

 private:
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_ = asio::make_work_guard(context_);
  tail::LogTail tail_;
  std::optional<tail::LogMirror> mirror_;
  TaskGroup tasks_;
  Thread thread_;  // last: joined before the rest goes
};

}  // namespace

struct Site::State {
  State(SiteOptions o, Surroundings s)
      : options(std::move(o)),
        surroundings(s),
        intake(surroundings),
        tasks(surroundings.control),
        watched(watch_options(), surroundings.clock, surroundings.control),
        health({.server = options.name, .sampled = surroundings.sampled}, watched,
               surroundings.store.health_history(), surroundings.clock),
        sighting_book(surroundings),
        error_logs({.server = options.name,
                    .target = options.act ? *options.act : options.observe,
                    .name = [](ErrorEvent event) { return healing::sighting_of_trouble(std::move(event)); }},
                   sighting_book, surroundings.clock),
        ports{.incidents = surroundings.store.incidents(),
              .database = watched,
              .policies = surroundings.policies,
              .memory = surroundings.store.memory(),
              .audit = surroundings.store.audit(),
              .announcer = surroundings.announcer,
              .clock = surroundings.clock} {}

  watch::WatchedServerOptions watch_options() {
    return {.server = options.name,
            .observe = options.observe,
            .act = options.act,
            .name = [](ErrorEvent event) { return healing::sighting_of_trouble(std::move(event)); },
            .found =
                [this](std::vector<Sighting> sightings) {
                  for (auto& sighting : sightings)
                    if (unfiled.size() < kUnfiled) unfiled.push_back(std::move(sighting));
                  if (!filing) tasks.spawn("filing troubles of " + options.name.value(), file());
                }};
  }

  // All of them, and those that are told meanwhile. What the store does not take is told again while it
  // lasts.
  StatusTask file() {
    filing = true;
    while (!unfiled.empty()) {
      auto sightings = std::exchange(unfiled, {});
      auto news = co_await surroundings.store.incidents().file(options.name, std::move(sightings),
                                                               surroundings.clock.deadline_in(kFileTimeout));
      if (news) surroundings.healer.consider(*std::move(news));
    }
    filing = false;
    co_return Status{};
  }

  void read_log(LogSource source) {
    log_directory = source.directory;
    log_why.clear();
    log::info("{}: its log is read as {} in {}", options.name.value(), tail::word_of(source.format),
              source.directory.string());
    std::optional<tail::LogMirrorOptions> mirror;
    if (source.by_sql)
      mirror = tail::LogMirrorOptions{.server = options.name.value(),
                                      .target = options.observe,
                                      .directory = source.directory,
                                      .format = source.format};
    tail = std::make_unique<TailThread>(
        tail::LogTailOptions{
            .server = options.name,
            .log_directory = std::move(source.directory),
            .format = source.format,
            .log_filename = std::move(source.log_filename),
            .log_line_prefix = std::move(source.log_line_prefix),
            .name = [names = healing::LogNames()](
                        ErrorEvent event) mutable { return names.sighting_of(std::move(event)); }},
        std::move(mirror), intake, surroundings.clock);
  }

  // Until the server has said where its log is.
  StatusTask find_log() {
    if (tail) co_return Status{};
    const auto deadline = surroundings.clock.deadline_in(kConnectTimeout);
    auto source = co_await ask_log_source(options.observe, options.log_directory, options.mirror, deadline);
    if (source) {
      read_log(*std::move(source));
    } else if (log_why != source.error().message) {
      log_why = source.error().message;
      log::warning("{}: its log is not read: {}", options.name.value(), log_why);
    }
    co_return Status{};
  }

  StatusTask set_thresholds() {
    const auto deadline = surroundings.clock.deadline_in(kFileTimeout);
    CO_TRY(const auto settings, co_await surroundings.policies.settings_for(options.name, deadline));
    watched.set(watch::thresholds_from(settings));
    co_return Status{};
  }

  StatusTask identify() {
    const auto identifier = watched.status().system_identifier;
    if (identifier.empty() || identifier == known_identifier) co_return Status{};
    CO_TRY_OK(co_await surroundings.store.administration().identified(
        options.name, identifier, surroundings.clock.deadline_in(kFileTimeout)));
    known_identifier = identifier;
    co_return Status{};
  }

  // What must happen again and again; a store that is away only postpones it.
  StatusTask upkeep() {
    do {
      const auto found = co_await find_log();
      const auto set = co_await set_thresholds();
      const auto identified = co_await identify();
      const auto resumed = co_await surroundings.healer.resume(options.name);
      const auto swept = co_await surroundings.healer.sweep(options.name);
      for (const auto* status : {&found, &set, &identified, &resumed, &swept})
        if (!*status && status->error().code != ErrorCode::unavailable)
          log::warning("{}: upkeep: {}", options.name.value(), status->error().message);
    } while (co_await surroundings.clock.sleep(kUpkeep));
    co_return Status{};
  }

  SiteOptions options;
  Surroundings surroundings;
  CrossingIntake intake;
  TaskGroup tasks;
  bool filing = false;
  std::vector<Sighting> unfiled;  // troubles told while others are being filed
  watch::WatchedServer watched;
  health::Monitor health;
  SightingBook sighting_book;
  watch::ErrorLogs error_logs;
  healing::Ports ports;
  std::unique_ptr<TailThread> tail;
  std::filesystem::path log_directory;
  std::string log_why;
  std::string known_identifier;
};

Site::Site(SiteOptions options, Surroundings surroundings)
    : state_(std::make_unique<State>(std::move(options), surroundings)) {}
Site::~Site() = default;

void Site::start() {
  state_->watched.start();
  state_->tasks.spawn("error_logs of " + state_->options.name.value(), state_->error_logs.run());
  state_->tasks.spawn("samples of " + state_->options.name.value(), state_->health.sample());
  state_->tasks.spawn("checks of " + state_->options.name.value(), state_->health.check());
  state_->tasks.spawn("upkeep of " + state_->options.name.value(), state_->upkeep());
}

asio::awaitable<void> Site::stop() {
  if (state_->tail) co_await state_->tail->stop();
  co_await state_->tasks.stop();
  co_await state_->watched.stop();
}

healing::Ports& Site::ports() { return state_->ports; }
const SiteOptions& Site::options() const { return state_->options; }
watch::ServerStatus Site::status() const { return state_->watched.status(); }
const watch::WatchedServer& Site::server() const { return state_->watched; }
health::Monitor& Site::health() { return state_->health; }
const health::Monitor& Site::health() const { return state_->health; }

LogStatus Site::log() const {
  LogStatus status{.directory = state_->log_directory, .why = state_->log_why};
  if (!state_->tail) return status;
  status.counters = state_->tail->tail().counters();
  status.why = state_->tail->trouble();
  // Before the store holds the place where reading begins, nothing is safe yet.
  if (status.why.empty() && !status.counters.is_placed) status.why = "reading has not begun yet";
  return status;
}

}  // namespace selfheal::server
