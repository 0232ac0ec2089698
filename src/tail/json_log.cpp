#include "tail/json_log.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "tail/internal/text.h"

namespace selfheal::tail {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::string_view kRecordStart = R"({"timestamp":")";
// Abbreviations of one log_timezone: standard and summer time, and what it was changed from.
constexpr std::size_t kZones = 8;
// No place on earth is farther from UTC; a larger difference means that session_id is not what we think.
constexpr Duration kLargestOffset = 16h;

// What a line says, before its parts are put together.
struct Fields {
  ErrorEvent event;
  std::string timestamp;
  std::string session_start;
  std::int64_t pid = 0;
};

struct TextField {
  std::string_view key;
  std::string& (*field)(Fields&);
};
constexpr TextField kTextFields[] = {
    {"timestamp", [](Fields& f) -> std::string& { return f.timestamp; }},
    {"user", [](Fields& f) -> std::string& { return f.event.user; }},
    {"dbname", [](Fields& f) -> std::string& { return f.event.database; }},
    {"remote_host", [](Fields& f) -> std::string& { return f.event.client_host; }},
    {"session_id", [](Fields& f) -> std::string& { return f.event.key.session_id; }},
    {"session_start", [](Fields& f) -> std::string& { return f.session_start; }},
    {"error_severity", [](Fields& f) -> std::string& { return f.event.level; }},
    {"state_code", [](Fields& f) -> std::string& { return f.event.sqlstate; }},
    {"message", [](Fields& f) -> std::string& { return f.event.message; }},
    {"detail", [](Fields& f) -> std::string& { return f.event.detail; }},
    {"hint", [](Fields& f) -> std::string& { return f.event.hint; }},
    {"internal_query", [](Fields& f) -> std::string& { return f.event.internal_query; }},
    {"context", [](Fields& f) -> std::string& { return f.event.context; }},
    {"statement", [](Fields& f) -> std::string& { return f.event.statement; }},
    {"func_name", [](Fields& f) -> std::string& { return f.event.routine; }},
    {"application_name", [](Fields& f) -> std::string& { return f.event.application; }},
    {"backend_type", [](Fields& f) -> std::string& { return f.event.backend_type; }},
};

struct NumberField {
  std::string_view key;
  std::int64_t& (*field)(Fields&);
};
constexpr NumberField kNumberFields[] = {
    {"pid", [](Fields& f) -> std::int64_t& { return f.pid; }},
    {"line_num", [](Fields& f) -> std::int64_t& { return f.event.key.line_number; }},
    {"query_id", [](Fields& f) -> std::int64_t& { return f.event.query_id; }},
};

template <class Field, std::size_t size>
const Field* find(const Field (&fields)[size], std::string_view key) {
  for (const auto& field : fields)
    if (field.key == key) return &field;
  return nullptr;
}

std::unexpected<Error> malformed(std::string_view what, std::size_t byte) {
  return failure(ErrorCode::invalid_input, fmt::format("jsonlog line: {}, at byte {}", what, byte));
}

simdjson::error_code read_text(ondemand::value value, std::string& into) {
  std::string_view text;
  if (const auto error = value.get_string().get(text)) return error;
  text = cut_to(text, kFieldBytes);
  // The line is valid UTF-8, but "\u0000" is an escape.
  if (std::memchr(text.data(), 0, text.size()) != nullptr)
    into = cut_to(storable(text), kFieldBytes);
  else
    into = text;
  return simdjson::SUCCESS;
}

// Reads a value when we know its key; `problem` names the key when the value does not fit.
simdjson::error_code read_field(ondemand::field field, Fields& into, std::string_view& problem) {
  std::string_view key;
  if (const auto error = field.unescaped_key().get(key)) return error;
  if (const auto* known = find(kTextFields, key)) {
    problem = known->key;
    return read_text(field.value(), known->field(into));
  }
  if (const auto* known = find(kNumberFields, key)) {
    problem = known->key;
    return field.value().get_int64().get(known->field(into));
  }
  return simdjson::SUCCESS;
}

// A moment as the line writes it. Without a zone we know, `time` is the local time read as if it were UTC.
struct Stamp {
  Time time{};
  std::string zone;  // the abbreviation; empty when `time` is right
};

std::optional<Stamp> read_stamp(std::string_view text) {
  if (const auto time = parse_time(text)) return Stamp{*time, ""};
  const auto space = text.rfind(' ');
  if (space == std::string_view::npos || space + 1 == text.size()) return std::nullopt;
  const auto local = parse_time(std::string(text.substr(0, space)) + " UTC");
  if (!local) return std::nullopt;
  return Stamp{*local, std::string(text.substr(space + 1))};
}

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

struct JsonLogDecoder::State {
  ServerId server;
  ondemand::parser parser;
  std::string buffer;
  std::map<std::string, Duration> zones;  // abbreviation -> how far its clocks are ahead of UTC

  Result<Fields> read(LogLine line);
  Result<Fields> read_object(bool cut);
  std::size_t byte_of(ondemand::document& document) const;
  Status place_in_time(Fields& fields, Time read_at, LogRecord::TimeSource& source);
  std::optional<Duration> offset_of(const std::string& zone, const Stamp& start, std::string_view session_id);
};

JsonLogDecoder::JsonLogDecoder(ServerId server) : state_(std::make_unique<State>()) {
  state_->server = std::move(server);
}
JsonLogDecoder::~JsonLogDecoder() = default;
JsonLogDecoder::JsonLogDecoder(JsonLogDecoder&&) noexcept = default;
JsonLogDecoder& JsonLogDecoder::operator=(JsonLogDecoder&&) noexcept = default;

Result<LogRecord> JsonLogDecoder::decode(LogLine line, Time read_at) {
  TRY(auto fields, state_->read(line));
  const auto end = line.text.size();
  const auto& event = fields.event;
  if (fields.timestamp.empty()) return malformed("timestamp is missing", end);
  if (event.key.session_id.empty()) return malformed("session_id is missing", end);
  if (event.key.line_number <= 0) return malformed("line_num is missing or not positive", end);
  if (event.level.empty()) return malformed("error_severity is missing", end);
  if (fields.pid < 0 || fields.pid > std::numeric_limits<int>::max())
    return malformed("pid is out of range", end);
  LogRecord record;
  TRY_OK(state_->place_in_time(fields, read_at, record.time_source));
  record.event = std::move(fields.event);
  record.event.server = state_->server;
  record.event.pid = static_cast<int>(fields.pid);
  record.cut = line.cut;
  return record;
}

Result<Fields> JsonLogDecoder::State::read(LogLine line) {
  if (line.cut)
    buffer = closed_object(line.text);
  else
    buffer.assign(line.text);
  if (!simdjson::validate_utf8(buffer)) buffer = storable(buffer);
  return read_object(line.cut);
}

Result<Fields> JsonLogDecoder::State::read_object(bool cut) {
  Fields fields;
  const auto size = buffer.size();
  buffer.resize(size + simdjson::SIMDJSON_PADDING, ' ');
  ondemand::document document;
  ondemand::object object;
  if (const auto error = parser.iterate(buffer.data(), size, buffer.size()).get(document))
    return malformed(simdjson::error_message(error), size);
  if (document.get_object().get(object)) return malformed("not one JSON object", 0);
  for (auto field : object) {
    std::string_view problem = "the object";
    auto error = field.error();
    if (!error) error = read_field(field.value_unsafe(), fields, problem);
    if (error && cut) return fields;
    if (error)
      return malformed(fmt::format("{}: {}", problem, simdjson::error_message(error)), byte_of(document));
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
    return malformed("something follows the object", byte_of(document));
  return fields;
}

std::size_t JsonLogDecoder::State::byte_of(ondemand::document& document) const {
  const char* at = nullptr;
  if (document.current_location().get(at)) return buffer.size() - simdjson::SIMDJSON_PADDING;
  return static_cast<std::size_t>(at - buffer.data());
}

Status JsonLogDecoder::State::place_in_time(Fields& fields, Time read_at, LogRecord::TimeSource& source) {
  auto& key = fields.event.key;
  const auto stamp = read_stamp(fields.timestamp);
  if (!stamp) return malformed("timestamp is not a moment", 0);
  const auto start = read_stamp(fields.session_start).value_or(Stamp{{}, "?"});
  const auto epoch = session_epoch(key.session_id);
  fields.event.session_start = start.zone.empty() ? start.time : epoch.value_or(Time{});
  if (stamp->zone.empty()) {
    key.at = stamp->time;
    source = LogRecord::TimeSource::zone;
  } else if (const auto offset = offset_of(stamp->zone, start, key.session_id)) {
    key.at = stamp->time - *offset;
    source = LogRecord::TimeSource::session;
  } else {
    key.at = read_at;
    source = LogRecord::TimeSource::reading;
  }
  return {};
}

// A session that began before the clocks changed prints two abbreviations; then the offset learnt from a
// younger session counts, and before there was one, that of the session's start.
std::optional<Duration> JsonLogDecoder::State::offset_of(const std::string& zone, const Stamp& start,
                                                         std::string_view session_id) {
  const auto epoch = session_epoch(session_id);
  if (start.zone != zone)
    if (const auto known = zones.find(zone); known != zones.end()) return known->second;
  if (!epoch || start.time == Time{}) return std::nullopt;
  const auto offset = start.time - *epoch;
  if (offset > kLargestOffset || offset < -kLargestOffset) return std::nullopt;
  if (start.zone == zone) {
    if (zones.size() >= kZones && !zones.contains(zone)) zones.clear();
    zones[zone] = offset;
  }
  return offset;
}

std::size_t last_record_start(std::string_view line) {
  const auto at = line.rfind(kRecordStart);
  return at == 0 ? std::string_view::npos : at;
}

}  // namespace selfheal::tail
