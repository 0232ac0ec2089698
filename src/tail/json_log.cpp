#include "tail/json_log.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cstring>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "tail/internal/log_time.h"
#include "tail/internal/text.h"

namespace selfheal::tail {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::string_view kRecordStart = R"({"timestamp":")";
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

}  // namespace

struct JsonLogDecoder::State {
  ServerId server;
  ondemand::parser parser;
  std::string buffer;
  LogTime times;

  Result<Fields> read(LogLine line);
  Result<Fields> read_object(bool cut);
  std::size_t byte_of(ondemand::document& document) const;
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
  record.event = std::move(fields.event);
  if (!state_->times.place(fields.timestamp, fields.session_start, read_at, record))
    return malformed("timestamp is not a moment", 0);
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

std::size_t last_record_start(std::string_view line) {
  const auto at = line.rfind(kRecordStart);
  return at == 0 ? std::string_view::npos : at;
}

}  // namespace selfheal::tail
