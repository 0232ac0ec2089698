#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace selfheal::api {

// A measure of a watched server. Labels come from closed sets, or are the names of a few standbys and tables.
struct MeasuredGauge {
  const char* name;
  const char* help;
  std::map<std::string, std::string> labels;  // with the target
  double value = 0;
};

// What is true at the moment of a scrape.
struct Gauges {
  bool store_up = false;
  std::optional<bool> paused;                     // absent while the store is down
  std::map<std::string, std::int64_t> incidents;  // state -> how many; empty while the store is down
  std::map<std::string, bool> targets;            // watched server -> up
  std::size_t event_clients = 0;
  Duration control_delay{};
  std::map<std::pair<std::string, std::string>, std::int64_t> notifications;  // channel, outcome -> tries
  std::vector<MeasuredGauge> measured;  // what is not known is absent
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
