#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "healing/healer.h"
#include "health/monitor.h"
#include "pg/connection_string.h"
#include "store/store.h"
#include "tail/log_tail.h"
#include "watch/watched_server.h"

// One watched server, wired: its connections and recorder, the tail of its log on a thread of its own, and
// the ports that healing sees.
namespace selfheal::server {

struct SiteOptions {
  ServerId name;
  pg::ConnectionTarget observe;
  std::optional<pg::ConnectionTarget> act;
  std::optional<pg::ConnectionTarget> ask;  // for SQL that people write; absent: observe
  std::filesystem::path log_directory;      // empty: asked of the server; "sql": fetched with SQL
  std::filesystem::path mirror;             // where what is fetched with SQL is kept
};

// What all sites share. Everything outlives them; all of it belongs to the control thread.
struct Surroundings {
  asio::any_io_executor control;
  Clock& clock;
  store::Store& store;
  healing::Healer& healer;
  healing::Announcer& announcer;
  healing::PolicyBook& policies;
  std::function<void()> sampled;  // see health::Monitor::Options
};

// How reading the log goes, for status and doctor.
struct LogStatus {
  std::filesystem::path directory;
  std::string why;  // empty while it is being read
  tail::TailCounters counters;
};

// On the control thread, but for the tail inside.
class Site {
 public:
  Site(SiteOptions options, Surroundings surroundings);
  ~Site();  // stop() first
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  // Connects, records, reads; takes up treatments that an earlier process left. Returns at once.
  void start();
  asio::awaitable<void> stop();

  healing::Ports& ports();
  const SiteOptions& options() const;
  watch::ServerStatus status() const;
  LogStatus log() const;
  const watch::WatchedServer& server() const;
  health::Monitor& health();
  const health::Monitor& health() const;

 private:
  struct State;
  std::unique_ptr<State> state_;  // keeps threads and io_contexts out of this header
};

}  // namespace selfheal::server
