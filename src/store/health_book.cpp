// The past of watched servers: samples, minutes and hours of all that is measured.
#include <cmath>

#include "health/ports.h"
#include "pg/params.h"
#include "store/internal/parts.h"
#include "store/internal/text.h"

namespace selfheal::store {
namespace {

using health::Point;
using health::Sample;
using health::Span;

// A measure that is not known, and what real cannot hold, is NULL.
std::string array_of(const Sample& sample) {
  constexpr double kMostReal = 3e38;
  std::vector<pg::Param> values;
  for (const auto& value : sample.values)
    values.push_back(value && std::isfinite(*value) && std::abs(*value) < kMostReal
                         ? pg::to_param(std::abs(*value) < 1e-37 ? 0.0 : *value)
                         : pg::Param());
  return pg::to_array(values);
}

// The finest step that reaches back to `from` and is no finer than what is asked for needs.
int stored_step(const Span& span, Time now) {
  if (span.from >= now - health::kKeepSamples && span.step < 1min) return 5;
  if (span.from >= now - health::kKeepMinutes && span.step < 1h) return 60;
  return 3600;
}

class HistoryInStore final : public health::HistoryBook {
 public:
  explicit HistoryInStore(const Context& context) : context_(context) {}

  StatusTask append(ServerId server, std::vector<Sample> samples, Deadline deadline) override {
    std::vector<pg::Param> times;
    std::vector<std::string> values;
    for (const auto& sample : samples) {
      times.push_back(pg::to_param(sample.at));
      values.push_back(array_of(sample));
    }
    std::vector<pg::Param> params{storable_param(server.value()), pg::to_array(times), pg::to_array(values)};
    CO_TRY_OK(co_await ask(context_, context_.writer, "health_append", std::move(params), deadline));
    co_return Status();
  }

  StatusTask sum_up(ServerId server, Deadline deadline) override {
    std::vector<pg::Param> params{storable_param(server.value()), pg::to_param(context_.clock.now())};
    CO_TRY_OK(co_await ask(context_, context_.writer, "health_sum_up", std::move(params), deadline));
    co_return Status();
  }

  Task<std::vector<std::vector<Point>>> points(ServerId server, std::vector<int> measures, Span span,
                                               Deadline deadline) override {
    const auto wanted = measures.size();
    std::vector<std::int64_t> places;
    for (const auto number : measures) places.push_back(number + 1);
    const auto step = stored_step(span, context_.clock.now());
    const auto seconds = std::max<double>(step, to_seconds(span.step));
    std::vector<pg::Param> params{storable_param(server.value()), pg::to_param(step),
                                  pg::to_param(span.from),        pg::to_param(span.to),
                                  pg::to_param(seconds),          pg::to_array(places)};
    CO_TRY(const auto rows,
           co_await ask(context_, context_.readers, "health_points", std::move(params), deadline));
    std::vector<std::vector<Point>> all(wanted);
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
      Row row(rows, i);
      const auto real = [&](std::string_view column) {
        return row.is_null(column) ? std::nullopt : std::optional(row.real(column));
      };
      const Point point{
          .at = row.time("at"), .least = real("least"), .mean = real("mean"), .most = real("most")};
      const auto place = row.number("measure");
      CO_TRY_OK(row.status());
      for (std::size_t m = 0; m < wanted; ++m)
        if (places[m] == place) all[m].push_back(point);
    }
    co_return all;
  }

 private:
  const Context& context_;
};

}  // namespace

std::unique_ptr<health::HistoryBook> make_health_book(const Context& context) {
  return std::make_unique<HistoryInStore>(context);
}

}  // namespace selfheal::store
