#include "api/internal/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace selfheal::api {
namespace {

// From a cached page to an act that waits for its lock.
const prometheus::Histogram::BucketBoundaries kBuckets{0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 30};

prometheus::Family<prometheus::Gauge>& gauge(prometheus::Registry& registry, const char* name,
                                             const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("selfheal_http_requests_total")
                                                          .Help("Requests answered")
                                                          .Register(registry);
  prometheus::Family<prometheus::Histogram>& durations = prometheus::BuildHistogram()
                                                             .Name("selfheal_http_request_duration_seconds")
                                                             .Help("Time to answer a request")
                                                             .Register(registry);
  prometheus::Counter& accepted = prometheus::BuildCounter()
                                      .Name("selfheal_ingest_accepted_total")
                                      .Help("Reported errors that were filed")
                                      .Register(registry)
                                      .Add({});
  prometheus::Counter& rejected = prometheus::BuildCounter()
                                      .Name("selfheal_ingest_rejected_total")
                                      .Help("Reported errors that could not be read")
                                      .Register(registry)
                                      .Add({{"code", "malformed"}});
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;
Metrics::Metrics(Metrics&&) noexcept = default;

void Metrics::count_request(std::string_view route, std::string_view method, int status, Duration took) {
  const std::string pattern(route);
  state_->requests
      .Add({{"route", pattern}, {"method", std::string(method)}, {"code", std::to_string(status)}})
      .Increment();
  state_->durations.Add({{"route", pattern}}, kBuckets).Observe(to_seconds(took));
}

void Metrics::count_reports(int accepted, int rejected) {
  state_->accepted.Increment(accepted);
  state_->rejected.Increment(rejected);
}

std::string Metrics::text(const Gauges& gauges, const std::string& version) const {
  prometheus::Registry now;
  gauge(now, "selfheal_build_info", "The program that runs").Add({{"version", version}}).Set(1);
  gauge(now, "selfheal_store_up", "Whether our own store can be reached").Add({}).Set(gauges.store_up);
  if (gauges.paused)
    gauge(now, "selfheal_actions_paused", "Whether the kill switch is on").Add({}).Set(*gauges.paused);
  gauge(now, "selfheal_sse_clients", "Clients that listen to events")
      .Add({})
      .Set(static_cast<double>(gauges.event_clients));
  gauge(now, "selfheal_control_delay_seconds",
        "The longest that something waited for the control thread, of the last half to whole minute")
      .Add({})
      .Set(to_seconds(gauges.control_delay));
  auto& incidents = gauge(now, "selfheal_incidents", "Incidents by state");
  for (const auto& [state, count] : gauges.incidents)
    incidents.Add({{"state", state}}).Set(static_cast<double>(count));
  auto& targets = gauge(now, "selfheal_target_up", "Whether a watched server can be reached");
  for (const auto& [name, up] : gauges.targets) targets.Add({{"target", name}}).Set(up);
  auto& notifications = prometheus::BuildCounter()
                            .Name("selfheal_notifications_total")
                            .Help("Tries to tell people outside")
                            .Register(now);
  for (const auto& [tried, count] : gauges.notifications)
    notifications.Add({{"channel", tried.first}, {"outcome", tried.second}})
        .Increment(static_cast<double>(count));
  for (const auto& measured : gauges.measured)
    gauge(now, measured.name, measured.help).Add(measured.labels).Set(measured.value);
  auto families = state_->registry.Collect();
  for (auto& family : now.Collect()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace selfheal::api
