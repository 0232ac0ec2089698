#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "healing/evidence/probe.h"
#include "health/checks.h"
#include "health/measures.h"
#include "health/ports.h"
#include "watch/watched_server.h"

namespace selfheal::health {

// A check as it stands.
struct Checked {
  CheckResult result;
  Time since{};  // in this state, as far as this process knows
};

// The health of one watched server: samples every kSamplePeriod, keeps them in the store, and judges the
// checks. All reads go through the watched server's connection for probes, one short read-only transaction at
// a time, or are what the recorder and the surveys have read already. On the control thread.
class Monitor {
 public:
  struct Options {
    ServerId server;
    std::function<void()> sampled;  // called after each sample; must not wait
    int hurry = 1;                  // divides all periods: tests have less time
  };

  // All outlive this object.
  Monitor(Options options, watch::WatchedServer& watched, HistoryBook& book, Clock& clock);

  // Both until cancelled.
  StatusTask sample();
  StatusTask check();

  // The latest sample; one with no values while the server cannot be reached.
  const Sample& latest() const { return latest_; }
  // The latest answer to a query of kLooks, by its source; failed when there is none.
  EvidenceItem looked_at(const std::string& source) const;
  // One for each CheckRow that says something here (see on_standby), in their order; empty before the first
  // round.
  const std::vector<Checked>& checked() const { return checked_; }
  // A round of checks now, unless one is under way or has just ended.
  asio::awaitable<void> check_now();
  // Any query of queries/*.sql, asked now.
  asio::awaitable<EvidenceItem> ask(std::string query, healing::ProbeParameters parameters,
                                    Deadline deadline);
  const std::string& role() const { return looked_.role; }
  // Samples that the store has not taken yet.
  std::size_t unkept() const { return unkept_.size(); }

 private:
  asio::awaitable<void> take();
  asio::awaitable<void> look();
  asio::awaitable<void> keep();
  void note(const LookRow& row, const EvidenceItem& item);
  void note_watched();
  void judge_all();

  Options options_;
  watch::WatchedServer& watched_;
  HistoryBook& book_;
  Clock& clock_;
  Reducer reducer_;
  Looked looked_;
  Sample latest_;
  std::map<std::string, Deadline::Moment> due_;  // of kLooks, by query
  std::deque<Sample> unkept_;                    // what the store has not taken yet
  Deadline::Moment sum_up_due_{};
  std::vector<Checked> checked_;
  Deadline::Moment checked_at_{};
  bool is_checking_ = false;
};

inline constexpr Duration kCheckPeriod = 60s;
// People may press a button; the server is not asked more often than this.
inline constexpr Duration kCheckAgain = 3s;
// While the store is away: ten minutes, then the oldest go.
inline constexpr std::size_t kUnkept = 120;

// The health of all watched servers, for the API.
class Monitors {
 public:
  virtual ~Monitors() = default;
  virtual Monitor* find(const ServerId& server) = 0;  // null: it is not watched
};

}  // namespace selfheal::health
