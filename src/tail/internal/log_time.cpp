#include "tail/internal/log_time.h"

#include <charconv>

namespace selfheal::tail {
namespace {

// Abbreviations of one log_timezone: standard and summer time, and what it was changed from.
constexpr std::size_t kZones = 8;
// No place on earth is farther from UTC; a larger difference means that session_id is not what we think.
constexpr Duration kLargestOffset = 16h;

// "6b065d39.29c2" is the session's start, as an epoch, and its process id, both in hexadecimal.
std::optional<Time> session_epoch(std::string_view session_id) {
  std::int64_t seconds = 0;
  const auto dot = session_id.find('.');
  if (dot == std::string_view::npos || dot > 10) return std::nullopt;
  const auto [end, error] = std::from_chars(session_id.data(), session_id.data() + dot, seconds, 16);
  if (error != std::errc{} || end != session_id.data() + dot || seconds < 0) return std::nullopt;
  return Time(std::chrono::seconds(seconds));
}

}  // namespace

std::optional<LogTime::Stamp> LogTime::read(std::string_view text) {
  if (const auto time = parse_time(text)) return Stamp{*time, ""};
  const auto space = text.rfind(' ');
  if (space == std::string_view::npos || space + 1 == text.size()) return std::nullopt;
  const auto local = parse_time(std::string(text.substr(0, space)) + " UTC");
  if (!local) return std::nullopt;
  return Stamp{*local, std::string(text.substr(space + 1))};
}

bool LogTime::place(std::string_view timestamp, std::string_view session_start, Time read_at,
                    LogRecord& record) {
  auto& key = record.event.key;
  const auto stamp = read(timestamp);
  if (!stamp) return false;
  const auto start = read(session_start).value_or(Stamp{{}, "?"});
  record.event.session_start =
      start.zone.empty() ? start.time : session_epoch(key.session_id).value_or(Time{});
  if (stamp->zone.empty()) {
    key.at = stamp->time;
    record.time_source = LogRecord::TimeSource::zone;
  } else if (const auto offset = offset_of(stamp->zone, start, key.session_id)) {
    key.at = stamp->time - *offset;
    record.time_source = LogRecord::TimeSource::session;
  } else {
    key.at = read_at;
    record.time_source = LogRecord::TimeSource::reading;
  }
  return true;
}

// A session that began before the clocks changed prints two abbreviations; then the offset learnt from a
// younger session counts, and before there was one, that of the session's start.
std::optional<Duration> LogTime::offset_of(const std::string& zone, const Stamp& start,
                                           std::string_view session_id) {
  const auto epoch = session_epoch(session_id);
  if (start.zone != zone)
    if (const auto known = zones_.find(zone); known != zones_.end()) return known->second;
  if (!epoch || start.time == Time{}) return std::nullopt;
  const auto offset = start.time - *epoch;
  if (offset > kLargestOffset || offset < -kLargestOffset) return std::nullopt;
  if (start.zone == zone) {
    if (zones_.size() >= kZones && !zones_.contains(zone)) zones_.clear();
    zones_[zone] = offset;
  }
  return offset;
}

}  // namespace selfheal::tail
