#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace selfheal {

// A moment on the wall, in UTC, to the microsecond: PostgreSQL's resolution.
using Time = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

// RFC 3339 in UTC with milliseconds: "2026-11-25T03:40:29.120Z". The API, the CLI's pipes and our log use it.
std::string to_rfc3339(Time time);
// RFC 3339 with microseconds, for PostgreSQL parameters: nothing is lost on the way to timestamptz and back.
std::string to_timestamptz(Time time);
// Reads what PostgreSQL prints for timestamptz in ISO style ("2026-11-25 03:40:29.12+00", "… 03:40:29 UTC",
// "…+05:30") and RFC 3339. Any other time zone name is an error: set log_timezone or timezone to UTC, or use
// offsets.
Result<Time> parse_time(std::string_view text);

// Seconds with milliseconds, for people and JSON.
double to_seconds(Duration duration);

}  // namespace selfheal
