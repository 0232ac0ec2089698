#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "healing/evidence/range_partitions.h"

// Whether range partitions form a regular series, and what comes next in it. Pure functions.
namespace selfheal::healing {

// The types of partition keys whose steps we understand.
enum class KeyType { date, timestamp, timestamptz, integer };
std::optional<KeyType> key_type_from(const std::string& format_type);

// A bound or key as one number: microseconds since 1970 in UTC, or the integer itself.
using Point = std::int64_t;
std::optional<Point> parse_point(KeyType type, std::string_view text);
std::string point_text(KeyType type, Point point);

struct Bounds {
  Point lower = 0;
  Point upper = 0;
};
// Reads "FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')"; nothing for MINVALUE, MAXVALUE or several
// columns.
std::optional<Bounds> parse_bounds(KeyType type, std::string_view text);

// Either whole calendar months or a fixed width.
struct Stride {
  int months = 0;
  Point width = 0;
};
Point advance(Point from, Stride step);

// The step of the series, sorted by lower bound: the last partitions must touch and have the same step. One
// partition alone counts when it is exactly a usual calendar unit (hour, day, week, month, quarter, year).
std::optional<Stride> step_of(KeyType type, const std::vector<Bounds>& series);

// The name for the partition at `lower`, by the pattern of its sibling's name: ev_2026_01 -> ev_2026_02.
// Falls back to the table's name with the bound.
std::string next_name(KeyType type, const PartitionRow& sibling, Bounds sibling_bounds, Point lower,
                      Stride step);

}  // namespace selfheal::healing
