// Random prefixes and records, written as PostgreSQL's elog.c writes them, come back as they were.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "tail/stderr_log.h"

namespace selfheal::tail {
namespace {

// What a server writes and what must come back.
struct Written {
  ErrorEvent event;
  std::string prefix;  // the setting
  std::string text;    // the lines
};

// A name has at most 63 bytes. Without the mark between the fields, with which a line has two readings.
rc::Gen<std::string> name() {
  return rc::gen::resize(
      63, rc::gen::container<std::string>(rc::gen::elementOf(std::string("abXY09 .-[]():@%"))));
}

rc::Gen<std::string> text() {
  return rc::gen::nonEmpty(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab \t\n\"':%[]"))));
}

struct EscapeRow {
  char escape;
  std::string (*print)(const ErrorEvent&);
};
constexpr EscapeRow kEscapes[] = {
    {'u', [](const ErrorEvent& e) { return e.user; }},
    {'d', [](const ErrorEvent& e) { return e.database; }},
    {'a', [](const ErrorEvent& e) { return e.application; }},
    {'p', [](const ErrorEvent& e) { return std::to_string(e.pid); }},
    {'e', [](const ErrorEvent& e) { return e.sqlstate; }},
    {'Q', [](const ErrorEvent& e) { return std::to_string(e.query_id); }},
    {'c', [](const ErrorEvent& e) { return e.key.session_id; }},
    {'l', [](const ErrorEvent& e) { return std::to_string(e.key.line_number); }},
    {'n',
     [](const ErrorEvent& e) {
       const auto ms = std::chrono::floor<std::chrono::milliseconds>(e.key.at).time_since_epoch().count();
       return fmt::format("{}.{:03}", ms / 1000, ms % 1000);
     }},
    {'r', [](const ErrorEvent& e) { return e.client_host + "(5432)"; }},
};

ErrorEvent any_event() {
  ErrorEvent event;
  event.level = *rc::gen::element<std::string>("ERROR", "FATAL", "WARNING", "LOG");
  event.user = *name();
  event.database = *name();
  event.application = *name();
  event.pid = *rc::gen::inRange(1, 4'194'304);
  event.sqlstate = *rc::gen::element<std::string>("42P01", "00000", "XX000");
  event.query_id = *rc::gen::arbitrary<std::int64_t>();
  event.key.at = Time(std::chrono::milliseconds(*rc::gen::inRange<std::int64_t>(1, 4'000'000'000'000)));
  event.key.session_id = fmt::format("{:x}.{:x}", *rc::gen::inRange(1, 2'000'000'000), event.pid);
  event.key.line_number = *rc::gen::inRange(1, 1'000'000);
  event.client_host = *rc::gen::element<std::string>("10.0.0.7", "fe80::1", "db-1.example.com");
  event.message = *text();
  for (auto* part : {&event.detail, &event.hint, &event.internal_query, &event.context, &event.statement})
    if (*rc::gen::arbitrary<bool>()) *part = *text();
  return event;
}

std::string with_tabs(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string("\n\t") : std::string(1, c);
  return out;
}

// %n, %c and %l always, the others perhaps, each behind a mark that no name holds.
Written write(const ErrorEvent& event) {
  Written written{.event = event};
  std::string head;
  for (const auto& [escape, print] : kEscapes) {
    const auto padding = *rc::gen::inRange(-12, 12);
    const bool needed = escape == 'n' || escape == 'c' || escape == 'l' || escape == 'e' || escape == 'p';
    if (!needed && *rc::gen::arbitrary<bool>()) continue;
    const auto value = print(event);
    written.prefix += fmt::format("%{}{}|", padding == 0 ? std::string() : std::to_string(padding), escape);
    const auto width = static_cast<std::size_t>(padding < 0 ? -padding : padding);
    const std::string blanks(width > value.size() ? width - value.size() : 0, ' ');
    head += (padding > 0 ? blanks + value : value + blanks) + "|";
  }
  const auto add = [&](std::string_view label, const std::string& part) {
    if (!part.empty()) written.text += head + fmt::format("{}:  {}\n", label, with_tabs(part));
  };
  add(event.level, event.message);
  add("DETAIL", event.detail);
  add("HINT", event.hint);
  add("QUERY", event.internal_query);
  add("CONTEXT", event.context);
  add("STATEMENT", event.statement);
  return written;
}

std::vector<LogRecord> read(const Written& written) {
  const auto decoder = stderr_decoder(ServerId("s"), {.log_line_prefix = written.prefix});
  std::vector<LogRecord> records;
  const auto add = [&](Decoded decoded) {
    for (auto& one : decoded) {
      RC_ASSERT(one.has_value());
      records.push_back(std::move(*one));
    }
  };
  for (std::size_t at = 0; at < written.text.size();) {
    const auto end = written.text.find('\n', at);
    add(decoder->take({.text = std::string_view(written.text).substr(at, end - at), .offset = at}, Time{}));
    at = end + 1;
  }
  add(decoder->finish(Time{}));
  return records;
}

// Blanks at the edge of a padded name are lost: they look like padding.
std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

TEST(StderrLogRoundTrip, GivesBackWhatWasWritten) {
  const bool holds = rc::check([] {
    const auto written = write(any_event());
    const auto records = read(written);
    RC_ASSERT(records.size() == 1U);
    const auto& event = records[0].event;
    const auto& before = written.event;
    RC_ASSERT(event.level == before.level);
    RC_ASSERT(event.key == before.key);
    RC_ASSERT(event.pid == before.pid);
    RC_ASSERT(event.sqlstate == before.sqlstate);
    RC_ASSERT(event.message == before.message);
    RC_ASSERT(event.detail == before.detail);
    RC_ASSERT(event.hint == before.hint);
    RC_ASSERT(event.internal_query == before.internal_query);
    RC_ASSERT(event.context == before.context);
    RC_ASSERT(event.statement == before.statement);
    const auto has = [&](char escape) { return written.prefix.contains(std::string(1, escape) + "|"); };
    if (has('u')) RC_ASSERT(trimmed(event.user) == trimmed(before.user));
    if (has('d')) RC_ASSERT(trimmed(event.database) == trimmed(before.database));
    if (has('a')) RC_ASSERT(trimmed(event.application) == trimmed(before.application));
    if (has('Q')) RC_ASSERT(event.query_id == before.query_id);
    if (has('r')) RC_ASSERT(event.client_host == before.client_host);
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace selfheal::tail
