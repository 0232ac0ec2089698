#include "server/installation.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <fstream>
#include <map>

#include "base/log.h"
#include "base/random.h"
#include "base/worker.h"
#include "healing/healer.h"
#include "memory/embedder.h"
#include "pg/connection_string.h"
#include "server/announcements.h"
#include "server/notifications.h"
#include "server/site.h"
#include "server/sites.h"
#include "server/tenant_memory.h"
#include "server/web.h"
#include "store/private_cluster.h"
#include "store/store.h"

namespace selfheal::server {
namespace {

constexpr Duration kClusterStart = 60s;  // initdb on a slow disk, or recovery after a crash
constexpr Duration kClusterStop = 30s;
constexpr Duration kStoreOpen = 20s;
constexpr Duration kStoreRetry = 1s;
// How often it is looked whether the store's own PostgreSQL still runs: two small files of /proc.
constexpr Duration kClusterLook = 500ms;
constexpr Duration kMaintenance = 1h;
constexpr Duration kDrain = 3s;  // requests under way at the end

// The token that TCP clients must send; readable by our own account only.
Result<Secret> api_token(const std::filesystem::path& file) {
  if (std::ifstream in(file); in) {
    std::string token;
    std::getline(in, token);
    if (token.size() >= 32) return Secret(std::move(token));
  }
  const auto token = random_token();
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const auto line = token + "\n";
  const bool written =
      descriptor >= 0 && ::write(descriptor, line.data(), line.size()) == ssize_t(line.size());
  if (descriptor >= 0) ::close(descriptor);
  if (!written) return failure(fmt::format("{} cannot be written", file.string()));
  return Secret(token);
}

struct StoreAddress {
  std::string conninfo;
  Secret password;
};

}  // namespace

struct Installation::State {
  State(Config c, Clock& k) : config(std::move(c)), clock(k), stopping(context), signals(context) {}

  StoreAddress store_address() const {
    if (cluster) return {.conninfo = cluster->conninfo(), .password = {}};
    const auto target = pg::parse_connection_string(config.store_url.reveal_to_client());
    return {.conninfo = target->conninfo_without_password,
            .password = target->password};  // checked in open()
  }

  // The store may be away when we start; everything else waits for it.
  Task<std::unique_ptr<store::Store>> open_store() {
    const auto address = store_address();
    for (bool said = false;;) {
      store::Options options{.executor = context.get_executor(),
                             .conninfo = address.conninfo,
                             .password = address.password,
                             .tenant = TenantId::from_configuration(config.tenant),
                             .clock = clock,
                             .random = random};
      auto opened = co_await store::Store::open(std::move(options), clock.deadline_in(kStoreOpen));
      if (opened || opened.error().code != ErrorCode::unavailable || stop_asked) co_return opened;
      if (!std::exchange(said, true))
        log::warning("the store cannot be reached yet: {}", opened.error().message);
      if (!co_await clock.sleep(kStoreRetry)) co_return opened;
    }
  }

  StatusTask maintain(store::Store& store) {
    do {
      const auto done = co_await store.maintain(clock.deadline_in(kMaintenance));
      if (!done) log::warning("maintenance of the store: {}", done.error().message);
    } while (co_await clock.sleep(kMaintenance));
    co_return Status{};
  }

  // Our PostgreSQL may be ended as any process, and nobody but us would start it again.
  StatusTask keep_cluster_running() {
    std::string said;
    while (co_await clock.sleep(kClusterLook)) {
      const auto running = co_await on_worker(
          workers, [this] { return cluster->ensure_running(clock, clock.deadline_in(kClusterStart)); });
      const auto why = running ? std::string() : running.error().message;
      if (!why.empty() && why != said) log::error("the store's PostgreSQL does not start: {}", why);
      said = why;
    }
    co_return Status{};
  }

  StatusTask live() {
    CO_TRY(auto store, co_await open_store());
    access::People people(store->people(), clock, context.get_executor());
    TaskGroup tasks(context.get_executor());
    Announcements announcements(context.get_executor());
    TenantMemory memory({.control = context.get_executor(),
                         .clock = clock,
                         .random = random,
                         .rows = store->case_rows(),
                         .embedder = embedder,
                         .config = config});
    Sites sites(
        {.control = context.get_executor(), .clock = clock, .store = *store, .announcements = announcements},
        config);
    Notifications notifications({.control = context.get_executor(),
                                 .clock = clock,
                                 .random = random,
                                 .config = config,
                                 .store = *store,
                                 .sites = sites,
                                 .announcer = announcements});
    Web web({.control = context.get_executor(),
             .clock = clock,
             .config = config,
             .token = token,
             .store = *store,
             .people = people,
             .memory = memory.recollection(),
             .sites = sites,
             .announcements = announcements,
             .notifications = notifications});
    auto status = co_await people.load(clock.deadline_in(kStoreOpen));
    if (status) status = co_await sites.open();
    if (status) status = web.listen();
    if (status) {
      memory.recollection().start();
      notifications.start();
      tasks.spawn("maintenance", maintain(*store));
      if (cluster) tasks.spawn("the store's PostgreSQL", keep_cluster_running());
      ready({.addresses = web.addresses(),
             .first_administrator_url = web.first_administrator_url().value_or("")});
      if (!stop_asked) co_await stopping.async_wait(asio::as_tuple(asio::use_awaitable));
      log::info("stopping");
    }
    co_await web.stop(clock.deadline_in(kDrain));
    co_await notifications.stop();
    co_await sites.stop();
    co_await memory.recollection().stop();
    co_await tasks.stop();
    co_await store->stop();
    co_return status;
  }

  Config config;
  Clock& clock;
  SystemRandom random;
  Secret token;
  std::optional<store::PrivateCluster> cluster;
  WorkerPool workers{1};  // for starting the cluster again, which blocks
  memory::DomainEmbedder embedder;
  asio::io_context context{1};
  asio::steady_timer stopping;  // never expires: cancelled to stop
  asio::signal_set signals;
  bool stop_asked = false;
  std::function<void(const Started&)> ready;
};

Installation::Installation(std::unique_ptr<State> state) : state_(std::move(state)) {}
Installation::~Installation() = default;

Result<std::unique_ptr<Installation>> Installation::open(Config config, Clock& clock) {
  auto state = std::make_unique<State>(std::move(config), clock);
  const auto& directory = state->config.state_directory;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return failure(fmt::format("{} cannot be made: {}", directory.string(), error.message()));
  TRY(state->token, api_token(state->config.token_file()));
  if (state->config.store_url.empty()) {
    TRY(auto cluster, store::PrivateCluster::open({.state_directory = directory, .name = "store"}, clock,
                                                  clock.deadline_in(kClusterStart)));
    state->cluster.emplace(std::move(cluster));
  } else {
    TRY_OK(pg::parse_connection_string(state->config.store_url.reveal_to_client()));
  }
  return std::make_unique<Installation>(std::move(state));
}

Status Installation::run(std::function<void(const Started&)> ready) {
  auto& state = *state_;
  state.ready = std::move(ready);
  state.stopping.expires_at(asio::steady_timer::time_point::max());
  state.signals.add(SIGTERM);
  state.signals.add(SIGINT);
  state.signals.async_wait([this](const boost::system::error_code& error, int) {
    if (!error) stop();
  });
  Status outcome;
  asio::co_spawn(state.context, state.live(), [&](std::exception_ptr exception, Status status) {
    if (exception) std::rethrow_exception(exception);
    outcome = std::move(status);
    state.signals.cancel();
  });
  state.context.run();
  if (state.cluster) {
    const auto stopped = state.cluster->stop(state.clock, state.clock.deadline_in(kClusterStop));
    if (!stopped) log::error("the private cluster did not stop: {}", stopped.error().message);
  }
  return outcome;
}

void Installation::stop() {
  asio::post(state_->context, [state = state_.get()] {
    state->stop_asked = true;
    state->stopping.cancel();
  });
}

}  // namespace selfheal::server
