#include "tail/internal/stderr_message.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <cstring>

#include "base/limits.h"
#include "pg/message_template.h"
#include "pg/sql_state.h"
#include "tail/internal/text.h"

namespace selfheal::tail {
namespace {

// A statement of kLogLineBytes in lines of ten bytes; what has more is no message of a server.
constexpr std::size_t kMessageLines = 100'000;
// Kept beyond the limit, so that the cut falls between characters.
constexpr std::size_t kSpareBytes = 4;

template <class Number>
Number number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? number : Number{};
}

std::string name_of(std::string_view text) {
  return is_unknown_word(text) ? std::string() : std::string(text);
}

// %r adds the port: "10.0.0.7(50122)".
std::string_view host_of(std::string_view remote) {
  if (!remote.ends_with(')')) return remote;
  const auto open = remote.rfind('(');
  const auto port = open == remote.npos ? open : remote.find_first_not_of("0123456789", open + 1);
  return port != remote.npos && port + 1 == remote.size() ? remote.substr(0, open) : remote;
}

void make_storable(std::string& text, bool& cut) {
  if (text.empty()) return;
  if (text.size() > kFieldBytes) {
    cut = true;
    text.resize(cut_to(text, kFieldBytes).size());
  }
  // A length stands beside it: nothing looks for a terminator. NOLINTNEXTLINE(bugprone-not-null-terminated-result)
  if (simdjson::validate_utf8(text) && std::memchr(text.data(), 0, text.size()) == nullptr) return;
  text = storable(text);
  text.resize(cut_to(text, kFieldBytes).size());
}

}  // namespace

StderrMessage::StderrMessage(const LinePrefix::Match& head, LogLine line)
    : process_(process_of(head)),
      moment_(head[PrefixField::time]),
      epoch_(head[PrefixField::epoch]),
      session_start_(head[PrefixField::session_start]),
      offset_(line.offset) {
  auto& event = record_.event;
  event.level = head.label.level;
  event.application = name_of(head[PrefixField::application]);
  event.user = name_of(head[PrefixField::user]);
  event.database = name_of(head[PrefixField::database]);
  event.client_host = host_of(head[PrefixField::remote]);
  event.backend_type = head[PrefixField::backend_type];
  event.sqlstate = head[PrefixField::sqlstate];
  event.pid = number_of<int>(head[PrefixField::pid]);
  event.query_id = number_of<std::int64_t>(head[PrefixField::query_id]);
  event.key.session_id = head[PrefixField::session_id];
  event.key.line_number = number_of<std::int64_t>(head[PrefixField::line_number]);
  record_.cut = line.cut;
  append(event.message, line.text.substr(head.bytes));
}

std::string_view StderrMessage::process_of(const LinePrefix::Match& head) {
  const auto session = head[PrefixField::session_id];
  return session.empty() ? head[PrefixField::pid] : session;
}

std::string& StderrMessage::text_of(LogPart part) {
  auto& event = record_.event;
  switch (part) {
    case LogPart::message:
      break;
    case LogPart::detail:
      return event.detail;
    case LogPart::hint:
      return event.hint;
    case LogPart::query:
      return event.internal_query;
    case LogPart::context:
      return event.context;
    case LogPart::location:
      return location_;
    case LogPart::backtrace:
      return backtrace_;
    case LogPart::statement:
      return event.statement;
  }
  return event.message;
}

void StderrMessage::append(std::string& field, std::string_view text) {
  const auto room = kFieldBytes + kSpareBytes - field.size();
  field += text.substr(0, room);
}

void StderrMessage::begin_part(LogPart part, std::string_view text, bool cut) {
  last_part_ = part;
  has_location_ = has_location_ || part == LogPart::location;
  record_.cut = record_.cut || cut;
  append(text_of(part), text);
}

void StderrMessage::go_on(std::string_view text, bool cut) {
  record_.cut = record_.cut || cut;
  if (++lines_ > kMessageLines) {
    record_.cut = true;
    return;
  }
  auto& field = text_of(last_part_);
  append(field, "\n");
  append(field, text);
}

LogRecord StderrMessage::take(LogClock& clock, Time read_at, bool verbose) {
  auto& event = record_.event;
  read_code(verbose);
  event.message.resize(without_position(event.message).size());
  if (has_location_) read_location();
  place_in_time(clock, read_at);
  for (auto* text : {&event.message, &event.detail, &event.hint, &event.context, &event.statement,
                     &event.internal_query, &event.database, &event.user, &event.application,
                     &event.client_host, &event.backend_type, &event.routine})
    make_storable(*text, record_.cut);
  if (event.sqlstate.empty() && (event.level == "ERROR" || event.level == "FATAL" || event.level == "PANIC"))
    if (const auto matched = pg::match_message(event.message)) event.sqlstate = matched->tmpl->sqlstate;
  return std::move(record_);
}

// "42P01: relation …" is how verbose messages begin, but others may begin so too.
void StderrMessage::read_code(bool verbose) {
  auto& event = record_.event;
  constexpr std::size_t kCode = 5;
  if (!has_location_ && !verbose) return;
  const auto code = pg::SqlState::parse(std::string_view(event.message).substr(0, kCode));
  if (!code || !std::string_view(event.message).substr(kCode).starts_with(": ")) return;
  if (!has_location_ && code->text().find_first_of("0123456789") == std::string_view::npos) return;
  if (event.sqlstate.empty()) event.sqlstate = code->text();
  if (event.sqlstate == code->text()) event.message.erase(0, kCode + 2);
}

// "_bt_check_unique, nbtinsert.c:664"
void StderrMessage::read_location() {
  const auto comma = location_.find(", ");
  if (comma != std::string::npos) record_.event.routine = location_.substr(0, comma);
}

void StderrMessage::place_in_time(LogClock& clock, Time read_at) {
  auto& event = record_.event;
  auto& key = event.key;
  const auto placed = clock.place(
      {.moment = moment_, .epoch = epoch_, .session_start = session_start_, .session_id = key.session_id},
      read_at);
  key.at = placed.at;
  record_.time_source = placed.source;
  event.session_start = placed.session_start;
  if (const auto dot = key.session_id.find('.'); event.pid == 0 && dot != std::string::npos)
    std::from_chars(key.session_id.data() + dot + 1, key.session_id.data() + key.session_id.size(), event.pid,
                    16);
  if (key.session_id.empty() && event.pid != 0 && event.session_start != Time{}) {
    const auto start = std::chrono::floor<std::chrono::seconds>(event.session_start).time_since_epoch();
    key.session_id = fmt::format("{:x}.{:x}", start.count(), event.pid);
  }
  if (key.session_id.empty()) key.line_number = 0;
  if (key.line_number <= 0) key.line_number = static_cast<std::int64_t>(offset_) + 1;
}

}  // namespace selfheal::tail
