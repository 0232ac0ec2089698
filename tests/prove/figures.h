#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/time.h"

// What the proofs print: percentiles, and tables in Markdown.
namespace selfheal::prove {

// By nearest rank: the smallest of the values that at least this share of them does not exceed. Not of
// nothing.
inline Duration percentile(std::vector<Duration> values, double share) {
  CHECK(!values.empty());
  std::ranges::sort(values);
  const auto rank = std::ceil(share * static_cast<double>(values.size()));
  return values[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

inline std::string in_ms(Duration duration) { return fmt::format("{:.1f} ms", to_seconds(duration) * 1e3); }

inline std::string of_all(int part, int all) {
  return fmt::format("{} of {} ({:.2f} %)", part, all, all == 0 ? 0.0 : 100.0 * part / all);
}

inline void print_row(std::initializer_list<std::string> cells) {
  std::string line = "|";
  for (const auto& cell : cells) line += " " + cell + " |";
  std::puts(line.c_str());
}

inline void print_head(std::initializer_list<std::string> titles) {
  print_row(titles);
  std::string line = "|";
  for (std::size_t i = 0; i < titles.size(); ++i) line += " --- |";
  std::puts(line.c_str());
}

}  // namespace selfheal::prove
