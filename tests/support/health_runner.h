#pragma once

#include <map>
#include <string>
#include <vector>

#include "health/monitor.h"
#include "support/watch_runner.h"

namespace selfheal::test {

// A history in memory.
class ListedHistory final : public health::HistoryBook {
 public:
  StatusTask append(ServerId, std::vector<health::Sample> added, Deadline) override {
    if (is_away) co_return failure(ErrorCode::unavailable, "away");
    samples.insert(samples.end(), added.begin(), added.end());
    co_return Status();
  }
  StatusTask sum_up(ServerId, Deadline) override { co_return Status(); }
  Task<std::vector<std::vector<health::Point>>> points(ServerId, std::vector<int>, health::Span,
                                                       Deadline) override {
    co_return std::vector<std::vector<health::Point>>();
  }

  std::vector<health::Sample> samples;
  bool is_away = false;
};

// A watched server with its monitor, on an event loop that the test turns by hand.
class HealthRunner {
 public:
  static constexpr int kHurry = 10;

  explicit HealthRunner(watch::WatchedServerOptions options)
      : watch_(std::move(options)),
        tasks_(watch_.context().get_executor()),
        monitor_({.server = ServerId("orders-1"), .sampled = [this] { ++sampled; }, .hurry = kHurry},
                 watch_.server(), history, watch_.clock()) {
    tasks_.spawn("samples", monitor_.sample());
  }
  ~HealthRunner() { watch_.get(stopped()); }

  // A round of checks over what is new, and what it says of this one.
  health::CheckResult check(const std::string& name) {
    const auto before = sampled;
    EXPECT_TRUE(watch_.wait([&] { return sampled > before; }));
    watch_.pass(health::kCheckAgain / kHurry);
    watch_.get(checked());
    for (const auto& one : monitor_.checked())
      if (one.result.name == name) return one.result;
    return {};
  }
  // Once its state is `state`, or after the limit.
  health::CheckResult wait_for(const std::string& name, health::CheckState state, Duration limit = 20s) {
    const auto end = watch_.clock().steady_now() + limit;
    auto result = check(name);
    while (result.state != state && watch_.clock().steady_now() < end) result = check(name);
    return result;
  }
  std::optional<double> value(const std::string& measure) const {
    return monitor_.latest().values[static_cast<std::size_t>(health::measure(measure)->number)];
  }
  EvidenceItem ask(const std::string& query, healing::ProbeParameters parameters = {}) {
    return watch_.get(monitor_.ask(query, std::move(parameters), watch_.in(5s)));
  }

  WatchRunner& watch() { return watch_; }
  health::Monitor& monitor() { return monitor_; }
  ListedHistory history;
  int sampled = 0;

 private:
  asio::awaitable<bool> checked() {
    co_await monitor_.check_now();
    co_return true;
  }
  asio::awaitable<bool> stopped() {
    co_await tasks_.stop();
    co_return true;
  }

  WatchRunner watch_;
  TaskGroup tasks_;
  health::Monitor monitor_;
};

}  // namespace selfheal::test
