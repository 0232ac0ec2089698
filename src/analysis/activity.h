#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/time.h"

// How often something happened over time, in a fixed amount of memory.
namespace selfheal::analysis {

// Enough for a line of a terminal, and small enough for thousands of families.
inline constexpr std::size_t kBuckets = 64;

// Whether the second half of a span saw twice as much as the first, half as much, or neither. `few`: too
// little happened to say.
enum class Trend { few, falling, steady, rising };

// Counts in equal buckets. A moment outside of them doubles their width, so events may come in any order; the
// buckets begin at whole multiples of their width, so that two moments fall together however it went.
class Activity {
 public:
  void add(Time at);

  // The counts over [from, to] in `columns` equal parts (> 0). A bucket counts where its middle lies.
  std::vector<std::int64_t> over(Time from, Time to, std::size_t columns) const;
  Trend trend(Time from, Time to) const;

 private:
  std::int64_t bucket_of(Time at) const;
  void widen();

  std::array<std::uint32_t, kBuckets> counts_{};
  std::int64_t first_ = 0;  // number of the first bucket, counted in widths since 1970
  Duration width_{};        // zero: nothing was counted
};

}  // namespace selfheal::analysis
