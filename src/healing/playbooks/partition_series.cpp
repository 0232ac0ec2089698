#include "healing/playbooks/partition_series.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace selfheal::healing {
namespace {

using std::chrono::days;
using std::chrono::year_month;
using std::chrono::year_month_day;

constexpr Point kHour = 3'600'000'000;
constexpr Point kDay = 24 * kHour;

Time moment(Point point) { return Time(Duration(point)); }
year_month_day date_of(Point point) { return year_month_day(std::chrono::floor<days>(moment(point))); }
bool is_midnight(Point point) { return point % kDay == 0; }
bool is_month_start(Point point) { return is_midnight(point) && unsigned(date_of(point).day()) == 1; }

std::optional<Point> parse_integer(std::string_view text) {
  Point value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Months between two month starts, or 0 when they are not both month starts.
int whole_months(Bounds bounds) {
  if (!is_month_start(bounds.lower) || !is_month_start(bounds.upper)) return 0;
  const auto from = date_of(bounds.lower);
  const auto to = date_of(bounds.upper);
  return static_cast<int>(
      (year_month(to.year(), to.month()) - year_month(from.year(), from.month())).count());
}

std::optional<Stride> step_of_one(KeyType type, Bounds bounds) {
  Point width = 0;
  if (bounds.upper <= bounds.lower || __builtin_sub_overflow(bounds.upper, bounds.lower, &width))
    return std::nullopt;
  // The next partition must end before the numbers do.
  if (Point end = 0; __builtin_add_overflow(bounds.upper, width, &end)) return std::nullopt;
  if (type != KeyType::integer)
    if (const int months = whole_months(bounds); months > 0) return Stride{.months = months};
  // A width of 28 to 31 days that is not a month here is a month in another time zone: its next width is not
  // ours to guess.
  if (type != KeyType::integer && width >= 28 * kDay && width <= 31 * kDay) return std::nullopt;
  return Stride{.width = width};
}

bool is_usual_unit(KeyType type, Stride step) {
  if (type == KeyType::integer) return false;
  return step.months == 1 || step.months == 3 || step.months == 12 || step.width == kHour ||
         step.width == kDay || step.width == 7 * kDay;
}

std::string date_text(Point point, std::string_view pattern) {
  const auto date = date_of(point);
  std::string text(pattern);
  const auto put = [&](std::string_view key, const std::string& value) {
    if (const auto at = text.find(key); at != std::string::npos) text.replace(at, key.size(), value);
  };
  put("YYYY", fmt::format("{:04}", int(date.year())));
  put("MM", fmt::format("{:02}", unsigned(date.month())));
  put("DD", fmt::format("{:02}", unsigned(date.day())));
  put("HH",
      fmt::format(
          "{:02}",
          (point -
           std::chrono::duration_cast<Duration>(std::chrono::sys_days(date).time_since_epoch()).count()) /
              kHour));
  return text;
}

// Finest first, so that "2026_01_05" is not taken for "2026_01" with a tail.
constexpr std::array<std::string_view, 8> kDatePatterns{
    "YYYY_MM_DD_HH", "YYYYMMDDHH", "YYYY_MM_DD", "YYYYMMDD", "YYYY_MM", "YYYYMM", "YYYY", "YYYY-MM-DD"};

std::string_view default_pattern(Stride step) {
  if (step.months >= 12) return "YYYY";
  if (step.months > 0) return "YYYY_MM";
  return step.width % kDay == 0 ? "YYYY_MM_DD" : "YYYY_MM_DD_HH";
}

}  // namespace

std::optional<KeyType> key_type_from(const std::string& format_type) {
  if (format_type == "date") return KeyType::date;
  if (format_type == "timestamp without time zone") return KeyType::timestamp;
  if (format_type == "timestamp with time zone") return KeyType::timestamptz;
  if (format_type == "smallint" || format_type == "integer" || format_type == "bigint")
    return KeyType::integer;
  return std::nullopt;
}

std::optional<Point> parse_point(KeyType type, std::string_view text) {
  if (type == KeyType::integer) return parse_integer(text);
  std::string full(text);
  if (type == KeyType::date) full += " 00:00:00";
  if (type != KeyType::timestamptz) full += "+00";
  const auto time = parse_time(full);
  if (!time) return std::nullopt;
  return time->time_since_epoch().count();
}

std::string point_text(KeyType type, Point point) {
  if (type == KeyType::integer) return std::to_string(point);
  if (type == KeyType::date) return date_text(point, "YYYY-MM-DD");
  const auto iso = to_timestamptz(moment(point));  // 2026-02-01T00:00:00.000000Z
  auto text = iso.substr(0, 10) + " " + iso.substr(11, 8);
  if (point % 1'000'000 != 0) text += iso.substr(19, 7);
  return type == KeyType::timestamptz ? text + "+00" : text;
}

std::optional<Bounds> parse_bounds(KeyType type, std::string_view text) {
  constexpr std::string_view kFrom = "FOR VALUES FROM (";
  constexpr std::string_view kTo = ") TO (";
  const auto middle = text.find(kTo);
  if (!text.starts_with(kFrom) || !text.ends_with(")") || middle == std::string_view::npos)
    return std::nullopt;
  const auto unquoted = [](std::string_view value) {
    if (value.size() >= 2 && value.front() == '\'' && value.back() == '\'')
      value = value.substr(1, value.size() - 2);
    return value;
  };
  const auto to = middle + kTo.size();
  const auto lower = parse_point(type, unquoted(text.substr(kFrom.size(), middle - kFrom.size())));
  const auto upper = parse_point(type, unquoted(text.substr(to, text.size() - 1 - to)));
  if (!lower || !upper) return std::nullopt;
  return Bounds{*lower, *upper};
}

Point advance(Point from, Stride step) {
  if (step.months == 0) return from + step.width;
  const auto date = date_of(from) + std::chrono::months(step.months);
  return std::chrono::duration_cast<Duration>(std::chrono::sys_days(date).time_since_epoch()).count();
}

std::optional<Stride> step_of(KeyType type, const std::vector<Bounds>& series) {
  if (series.empty()) return std::nullopt;
  const auto step = step_of_one(type, series.back());
  if (!step) return std::nullopt;
  if (series.size() == 1) return is_usual_unit(type, *step) ? step : std::nullopt;
  const auto& before = series[series.size() - 2];
  const auto step_before = step_of_one(type, before);
  const bool regular = before.upper == series.back().lower && step_before &&
                       step_before->months == step->months && step_before->width == step->width;
  return regular ? step : std::nullopt;
}

std::string next_name(KeyType type, const PartitionRow& sibling, Bounds sibling_bounds, Point lower,
                      Stride step) {
  const auto renamed = [&](const std::string& from, const std::string& to) -> std::optional<std::string> {
    const auto at = sibling.partition.rfind(from);
    if (at == std::string::npos || from == to) return std::nullopt;
    auto name = sibling.partition;
    return name.replace(at, from.size(), to);
  };
  if (type == KeyType::integer)
    return renamed(std::to_string(sibling_bounds.lower), std::to_string(lower))
        .value_or(fmt::format("{}_{}", sibling.table, lower));
  for (const auto pattern : kDatePatterns)
    if (auto name = renamed(date_text(sibling_bounds.lower, pattern), date_text(lower, pattern)))
      return *name;
  return fmt::format("{}_{}", sibling.table, date_text(lower, default_pattern(step)));
}

}  // namespace selfheal::healing
