#include "analysis/activity.h"

#include <algorithm>
#include <numeric>

namespace selfheal::analysis {
namespace {

// So that a log of a second still has a shape.
constexpr Duration kFirstWidth = 10ms;
// Fewer events are chance.
constexpr std::int64_t kFewest = 10;
// The largest difference between two moments that can be told apart; protects the arithmetic.
constexpr Duration kLargestWidth = std::chrono::hours(24 * 366 * 100);

}  // namespace

std::int64_t Activity::bucket_of(Time at) const {
  const auto since = at.time_since_epoch();
  return (since.count() - (since.count() < 0 ? width_.count() - 1 : 0)) / width_.count();
}

void Activity::add(Time at) {
  if (width_ == Duration::zero()) {
    width_ = kFirstWidth;
    first_ = bucket_of(at) - static_cast<std::int64_t>(kBuckets / 2);
  }
  while (width_ < kLargestWidth &&
         (bucket_of(at) < first_ || bucket_of(at) >= first_ + static_cast<std::int64_t>(kBuckets)))
    widen();
  const auto place = std::clamp<std::int64_t>(bucket_of(at) - first_, 0, kBuckets - 1);
  ++counts_[static_cast<std::size_t>(place)];
}

// Two neighbours become one. What is left free is kept on both sides: nobody knows where the next one falls.
void Activity::widen() {
  const auto halved = first_ >> 1;
  const auto start = halved - static_cast<std::int64_t>(kBuckets / 4);
  std::array<std::uint32_t, kBuckets> merged{};
  for (std::size_t i = 0; i < kBuckets; ++i) {
    const auto place = ((first_ + static_cast<std::int64_t>(i)) >> 1) - start;
    merged[static_cast<std::size_t>(place)] += counts_[i];
  }
  counts_ = merged;
  first_ = start;
  width_ *= 2;
}

std::vector<std::int64_t> Activity::over(Time from, Time to, std::size_t columns) const {
  std::vector<std::int64_t> parts(columns);
  const auto span = std::max<std::int64_t>((to - from).count(), 1);
  for (std::size_t i = 0; i < kBuckets; ++i) {
    if (counts_[i] == 0) continue;
    const auto middle = Time((first_ + static_cast<std::int64_t>(i)) * width_ + width_ / 2);
    const auto share = static_cast<double>((middle - from).count()) / static_cast<double>(span);
    const auto place =
        std::clamp(share * static_cast<double>(columns), 0.0, static_cast<double>(columns - 1));
    parts[static_cast<std::size_t>(place)] += counts_[i];
  }
  return parts;
}

Trend Activity::trend(Time from, Time to) const {
  const auto halves = over(from, to, 2);
  if (halves[0] + halves[1] < kFewest) return Trend::few;
  if (halves[1] >= 2 * halves[0]) return Trend::rising;
  return halves[0] >= 2 * halves[1] ? Trend::falling : Trend::steady;
}

}  // namespace selfheal::analysis
