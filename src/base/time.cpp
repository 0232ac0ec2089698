#include "base/time.h"

#include <fmt/format.h>

#include <charconv>

namespace selfheal {
namespace {

struct Reader {
  std::string_view rest;

  bool number(std::size_t digits, int& out) {
    if (rest.size() < digits) return false;
    const auto [end, ec] = std::from_chars(rest.data(), rest.data() + digits, out);
    if (ec != std::errc{} || end != rest.data() + digits) return false;
    rest.remove_prefix(digits);
    return true;
  }
  bool literal(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
};

// The fraction after the seconds, in microseconds; digits past the sixth are dropped.
bool fraction(Reader& in, int& micros) {
  micros = 0;
  if (!in.literal('.')) return true;
  int digits = 0;
  while (!in.rest.empty() && in.rest.front() >= '0' && in.rest.front() <= '9') {
    if (digits < 6) micros = micros * 10 + (in.rest.front() - '0');
    ++digits;
    in.rest.remove_prefix(1);
  }
  for (int i = digits; i < 6; ++i) micros *= 10;
  return digits > 0;
}

bool offset(Reader& in, std::chrono::seconds& east) {
  east = {};
  while (in.literal(' ')) {
  }
  if (in.rest == "Z" || in.rest == "UTC" || in.rest == "GMT" || in.rest == "Etc/UTC") return true;
  const bool west = !in.rest.empty() && in.rest.front() == '-';
  if (!west && (in.rest.empty() || in.rest.front() != '+')) return false;
  in.rest.remove_prefix(1);
  int hours = 0, minutes = 0, seconds = 0;
  if (!in.number(2, hours)) return false;
  if (!in.rest.empty()) {
    in.literal(':');
    if (!in.number(2, minutes)) return false;
  }
  if (!in.rest.empty() && (!in.literal(':') || !in.number(2, seconds))) return false;
  if (!in.rest.empty() || hours > 15 || minutes > 59 || seconds > 59) return false;
  east = std::chrono::hours(hours) + std::chrono::minutes(minutes) + std::chrono::seconds(seconds);
  if (west) east = -east;
  return true;
}

std::string iso(Time time, int fraction_digits) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto micros = clock.subseconds().count();
  const auto fraction_text =
      fraction_digits == 3 ? fmt::format("{:03}", micros / 1000) : fmt::format("{:06}", micros);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{}Z", int(date.year()), unsigned(date.month()),
                     unsigned(date.day()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count(), fraction_text);
}

}  // namespace

std::string to_rfc3339(Time time) { return iso(time, 3); }
std::string to_timestamptz(Time time) { return iso(time, 6); }

Result<Time> parse_time(std::string_view text) {
  Reader in{text};
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, micros = 0;
  std::chrono::seconds east{};
  const bool read = in.number(4, year) && in.literal('-') && in.number(2, month) && in.literal('-') &&
                    in.number(2, day) && (in.literal(' ') || in.literal('T')) && in.number(2, hour) &&
                    in.literal(':') && in.number(2, minute) && in.literal(':') && in.number(2, second) &&
                    fraction(in, micros) && offset(in, east);
  const auto date = std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(month)) /
                    std::chrono::day(static_cast<unsigned>(day));
  if (!read || !date.ok() || hour > 24 || minute > 59 || second > 60)
    return failure(ErrorCode::invalid_input,
                   fmt::format("not a timestamp with a numeric offset or UTC ({} characters)", text.size()));
  return Time(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + std::chrono::microseconds(micros) - east;
}

double to_seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace selfheal
