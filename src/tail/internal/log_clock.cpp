#include "tail/internal/log_clock.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "tail/internal/line_prefix.h"

namespace selfheal::tail {
namespace {

constexpr std::size_t kSecondBytes = 19;  // "2026-11-25 03:59:53"
// No place on earth is farther from UTC; a larger difference means that the session's id is not what we
// think.
constexpr Duration kLargestOffset = 16h;
// Abbreviations learned of one log: standard and summer time, and what log_timezone was changed from.
constexpr std::size_t kZones = 8;
// Clocks of two machines differ by less; a line that is further ahead was read with the wrong offset.
constexpr Duration kClockSkew = 1min;

struct ZoneRow {
  std::string_view zone;
  std::array<int, 3> minutes;  // ahead of UTC; the likeliest first
  std::size_t readings = 1;
};

// The abbreviations that the rules of tzdata print today. Where several places use one, PostgreSQL's own
// reading (timezonesets/Default) comes first.
// sorted
constexpr ZoneRow kZoneTable[] = {
    {"ACDT", {630}},
    {"ACST", {570}},
    {"ADT", {-180}},
    {"AEDT", {660}},
    {"AEST", {600}},
    {"AKDT", {-480}},
    {"AKST", {-540}},
    {"AST", {-240}},
    {"AWST", {480}},
    {"BST", {60}},
    {"CAT", {120}},
    {"CDT", {-300, -240}, 2},
    {"CEST", {120}},
    {"CET", {60}},
    {"CST", {-360, 480, -300}, 3},
    {"ChST", {600}},
    {"EAT", {180}},
    {"EDT", {-240}},
    {"EEST", {180}},
    {"EET", {120}},
    {"EST", {-300}},
    {"HDT", {-540}},
    {"HKT", {480}},
    {"HST", {-600}},
    {"IDT", {180}},
    {"IST", {120, 330, 60}, 3},
    {"JST", {540}},
    {"KST", {540}},
    {"MDT", {-360}},
    {"MEST", {120}},
    {"MET", {60}},
    {"MSK", {180}},
    {"MST", {-420}},
    {"NDT", {-150}},
    {"NST", {-210}},
    {"NZDT", {780}},
    {"NZST", {720}},
    {"PDT", {-420}},
    {"PKT", {300}},
    {"PST", {-480, 480}, 2},
    {"SAST", {120}},
    {"SST", {-660}},
    {"WAT", {60}},
    {"WEST", {60}},
    {"WET", {0}},
    {"WIB", {420}},
    {"WIT", {540}},
    {"WITA", {480}},
};

// "1795665593.425", seconds and milliseconds.
std::optional<Time> epoch_of(std::string_view text) {
  std::int64_t seconds = 0;
  int milliseconds = 0;
  const auto dot = text.find('.');
  if (dot == text.npos || dot > 11 || text.size() != dot + 4) return std::nullopt;
  const auto* const begin = text.data();
  const auto* const end = begin + text.size();
  if (std::from_chars(begin, begin + dot, seconds).ptr != begin + dot) return std::nullopt;
  if (std::from_chars(begin + dot + 1, end, milliseconds).ptr != end) return std::nullopt;
  return Time(std::chrono::seconds(seconds) + std::chrono::milliseconds(milliseconds));
}

// The session's start, in front of the dot, in hexadecimal.
std::optional<Time> session_epoch(std::string_view session_id) {
  std::int64_t seconds = 0;
  const auto dot = session_id.find('.');
  if (dot == session_id.npos || dot > 10) return std::nullopt;
  const auto* const end = session_id.data() + dot;
  const auto read = std::from_chars(session_id.data(), end, seconds, 16);
  if (read.ec != std::errc{} || read.ptr != end || seconds < 0) return std::nullopt;
  return Time(std::chrono::seconds(seconds));
}

Duration milliseconds_of(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::chrono::milliseconds(value);
}

// For "UTC", "+03" and the like.
std::optional<Duration> offset_in(std::string_view zone) {
  const auto midnight = parse_time("1970-01-01 00:00:00 " + std::string(zone));
  if (!midnight) return std::nullopt;
  return -midnight->time_since_epoch();
}

}  // namespace

PlacedTime LogClock::place(const Stamps& stamps, Time read_at) {
  PlacedTime placed{.at = read_at};
  const auto epoch = session_epoch(stamps.session_id);
  const auto start = read(stamps.session_start);
  if (start && epoch) learn(*start, *epoch);
  if (epoch) {
    placed.session_start = *epoch;
  } else if (start) {
    auto source = placed.source;
    if (const auto offset = offset_of(*start, read_at, source)) placed.session_start = start->time - *offset;
  }
  if (const auto exact = epoch_of(stamps.epoch)) {
    placed.at = *exact;
    placed.source = LogRecord::TimeSource::zone;
  } else if (const auto local = read(stamps.moment)) {
    const auto offset = offset_of(*local, read_at, placed.source);
    if (offset) placed.at = local->time - *offset;
  }
  return placed;
}

std::optional<LogClock::Local> LogClock::read(std::string_view moment) {
  if (!begins_with_moment(moment)) return std::nullopt;
  const auto second = moment.substr(0, kSecondBytes);
  if (second != second_) {
    const auto value = parse_time(std::string(second) + "Z");
    if (!value) return std::nullopt;
    second_ = second;
    second_value_ = *value;
  }
  const auto space = moment.find(' ', kSecondBytes);
  if (space == moment.npos) return std::nullopt;
  Local local{second_value_, moment.substr(space + 1)};
  if (space > kSecondBytes + 1) local.time += milliseconds_of(moment.substr(kSecondBytes + 1, 3));
  return local;
}

void LogClock::learn(const Local& start, Time epoch) {
  const auto offset = start.time - epoch;
  if (offset > kLargestOffset || offset < -kLargestOffset) return;
  const auto known = learned_.find(start.zone);
  if (known != learned_.end()) {
    known->second = offset;
    return;
  }
  if (learned_.size() >= kZones) learned_.clear();
  learned_.emplace(start.zone, offset);
}

std::optional<Duration> LogClock::offset_of(const Local& local, Time read_at, LogRecord::TimeSource& source) {
  source = LogRecord::TimeSource::zone;
  if (local.zone == zone_) return zone_offset_;
  if (const auto exact = offset_in(local.zone)) {
    zone_ = local.zone;
    zone_offset_ = *exact;
    return exact;
  }
  source = LogRecord::TimeSource::session;
  if (const auto known = learned_.find(local.zone); known != learned_.end()) return known->second;
  const auto row = std::ranges::lower_bound(kZoneTable, local.zone, {}, &ZoneRow::zone);
  if (row == std::end(kZoneTable) || row->zone != local.zone) {
    source = LogRecord::TimeSource::reading;
    return std::nullopt;
  }
  for (std::size_t i = 0; i < row->readings; ++i)
    if (const auto offset = std::chrono::minutes(row->minutes[i]);
        local.time - offset <= read_at + kClockSkew)
      return offset;
  return std::chrono::minutes(row->minutes[0]);
}

}  // namespace selfheal::tail
