#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/time.h"

namespace selfheal::api {

// What is true at the moment of a scrape.
struct Gauges {
  bool store_up = false;
  std::optional<bool> paused;                     // absent while the store is down
  std::map<std::string, std::int64_t> incidents;  // state -> how many; empty while the store is down
  std::map<std::string, bool> targets;            // watched server -> up
  std::size_t event_clients = 0;
  Duration control_delay{};
  std::map<std::pair<std::string, std::string>, std::int64_t> notifications;  // channel, outcome -> tries
};

// Our own counters, named selfheal_*. Labels come from closed sets only, so their number is bounded.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(Metrics&&) noexcept;

  void count_request(std::string_view route, std::string_view method, int status, Duration took);
  void count_reports(int accepted, int rejected);
  // Prometheus' text format.
  std::string text(const Gauges& gauges, const std::string& version) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::api
