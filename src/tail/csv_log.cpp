#include "tail/csv_log.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "tail/internal/log_time.h"
#include "tail/internal/severity_words.h"
#include "tail/internal/text.h"

namespace selfheal::tail {
namespace {

// The places of the fields we read; the others have no place in an event.
enum Place : std::size_t {
  log_time = 0,
  user = 1,
  database = 2,
  process_id = 3,
  connection_from = 4,
  session_id = 5,
  session_line_number = 6,
  session_start = 8,
  severity = 11,
  sqlstate = 12,
  message = 13,
  detail = 14,
  hint = 15,
  internal_query = 16,
  context = 18,
  statement = 19,
  location = 21,
  application = 22,
  backend_type = 23,
  query_id = 25,
};
constexpr std::size_t kFewestFields = 23;  // PostgreSQL 9.0 to 12
// PostgreSQL 14 to 17 have 26, later versions may add some; more than this are two records that ran together.
constexpr std::size_t kMostFields = 31;

// "2026-11-25 10" stands before the first colon of a record.
constexpr std::size_t kDateBytes = 13;
// Of a damaged record, so many places that look like the time of another are tried.
constexpr int kResyncs = 8;

struct Field {
  std::string_view text;  // between its quotes
  bool has_quotes = false;
  bool has_doubled = false;  // quotes inside, each written twice
};

struct Fields {
  std::array<Field, kMostFields> at;
  std::size_t count = 0;
  bool is_open = false;  // the last one has no closing quote
};

std::unexpected<Error> malformed(std::string_view what) {
  return failure(ErrorCode::invalid_input, fmt::format("csvlog record: {}", what));
}

// The quoted field that opens at `open`; its end is past the closing quote, or npos.
std::size_t end_of_quoted(std::string_view text, std::size_t open, bool& has_doubled) {
  auto close = text.find('"', open + 1);
  while (close != text.npos && close + 1 < text.size() && text[close + 1] == '"') {
    has_doubled = true;
    close = text.find('"', close + 2);
  }
  return close == text.npos ? close : close + 1;
}

// False when something stands where only a comma can.
bool split(std::string_view text, Fields& fields, std::size_t most) {
  fields.count = 0;
  fields.is_open = false;
  for (std::size_t at = 0; fields.count < most;) {
    auto& field = fields.at[fields.count++] = {};
    auto end = std::min(text.find(',', at), text.size());
    if (at < text.size() && text[at] == '"') {
      field.has_quotes = true;
      end = end_of_quoted(text, at, field.has_doubled);
      fields.is_open = end == text.npos;
      field.text = fields.is_open ? text.substr(at + 1) : text.substr(at + 1, end - at - 2);
      if (fields.is_open) return true;
      if (end < text.size() && text[end] != ',') return false;
    } else {
      field.text = text.substr(at, end - at);
    }
    if (end >= text.size()) return true;
    at = end + 1;
  }
  return true;
}

bool begins_with_date(std::string_view line) {
  return line.size() > 20 && line[4] == '-' && line[7] == '-' && line[10] == ' ' && line[13] == ':';
}

// Whether no text of a record can hold this line: inside of a text the quote before the message would be
// doubled, and nothing but a comma can follow two quotes.
bool begins_record(std::string_view line) {
  if (!begins_with_date(line)) return false;
  Fields fields;
  if (!split(line, fields, message + 1) || fields.count <= message) return false;
  return fields.at[message].has_quotes && !fields.at[message].text.empty() &&
         fields.at[sqlstate].text.size() == 5 && !english_level(fields.at[severity].text).empty();
}

// Where a record begins behind the damaged one that `text` begins with; empty when nowhere.
std::string_view last_record_in(std::string_view text) {
  int tries = 0;
  for (auto colon = text.rfind(':'); colon != text.npos && colon > kDateBytes && tries < kResyncs;
       colon = text.rfind(':', colon - 1)) {
    const auto rest = text.substr(colon - kDateBytes);
    if (!begins_with_date(rest)) continue;
    ++tries;
    if (begins_record(rest)) return rest;
  }
  return {};
}

std::string text_of(const Field& field) {
  // A text that is cut needs at most twice as many bytes of the field, when each of them is a quote.
  const auto text = field.text.substr(0, 2 * kFieldBytes + 2);
  if (!field.has_doubled) return std::string(cut_to(text, kFieldBytes));
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    plain += text[at];
    if (text[at] == '"') ++at;
  }
  plain.resize(cut_to(plain, kFieldBytes).size());
  return plain;
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "10.0.0.7:50122", "[local]".
std::string host_of(const Field& field) {
  auto host = text_of(field);
  const auto colon = host.rfind(':');
  if (colon != host.npos && number_of<unsigned>(std::string_view(host).substr(colon + 1))) host.resize(colon);
  return host;
}

struct TextField {
  Place place;
  std::string ErrorEvent::* field;
};
constexpr TextField kTextFields[] = {
    {user, &ErrorEvent::user},
    {database, &ErrorEvent::database},
    {sqlstate, &ErrorEvent::sqlstate},
    {message, &ErrorEvent::message},
    {detail, &ErrorEvent::detail},
    {hint, &ErrorEvent::hint},
    {context, &ErrorEvent::context},
    {internal_query, &ErrorEvent::internal_query},
    {statement, &ErrorEvent::statement},
    {application, &ErrorEvent::application},
    {backend_type, &ErrorEvent::backend_type},
};

}  // namespace

struct CsvLogDecoder::State {
  ServerId server;
  std::string pending;  // lines of a record that is not complete
  bool is_cut = false;
  bool is_open = false;  // `pending` ends inside a quoted text
  LogTime times;
  std::string repaired;
  Fields fields;

  void append(LogLine line);
  Result<LogRecord> decode(std::string_view text, bool cut, Time read_at);
  Status fill(ErrorEvent& event) const;
  // The record, or what is wrong with it and the whole one that stands behind half a one.
  void add(std::string_view text, bool cut, Time read_at, Decoded& decoded);
  // What is pending, as it stands.
  void complete(Time read_at, Decoded& decoded);
};

CsvLogDecoder::CsvLogDecoder(ServerId server) : state_(std::make_unique<State>()) {
  state_->server = std::move(server);
}
CsvLogDecoder::~CsvLogDecoder() = default;

bool CsvLogDecoder::is_pending() const { return state_->is_open; }

void CsvLogDecoder::State::append(LogLine line) {
  if (std::ranges::count(line.text, '"') % 2 != 0) is_open = !is_open;
  // What was cut away may hold quotes: the record is taken as far as it is here.
  if (line.cut) is_open = false;
  is_cut = is_cut || line.cut;
  if (!pending.empty()) pending += '\n';
  pending += line.text.substr(0, kLogLineBytes - std::min(pending.size(), kLogLineBytes));
  if (pending.size() >= kLogLineBytes) is_cut = true;
}

Decoded CsvLogDecoder::take(LogLine line, Time read_at) {
  Decoded decoded;
  auto& state = *state_;
  if (state.is_open && begins_record(line.text)) state.complete(read_at, decoded);
  // Most records are one line, which needs no copy.
  const bool is_whole = !state.is_open && !line.cut && std::ranges::count(line.text, '"') % 2 == 0;
  if (is_whole) {
    state.add(line.text, false, read_at, decoded);
    return decoded;
  }
  state.append(line);
  if (!state.is_open) state.complete(read_at, decoded);
  return decoded;
}

Decoded CsvLogDecoder::finish(Time read_at) {
  Decoded decoded;
  if (state_->is_open) state_->complete(read_at, decoded);
  return decoded;
}

void CsvLogDecoder::State::complete(Time read_at, Decoded& decoded) {
  is_open = false;
  const auto text = std::exchange(pending, {});
  add(text, std::exchange(is_cut, false), read_at, decoded);
}

void CsvLogDecoder::State::add(std::string_view text, bool cut, Time read_at, Decoded& decoded) {
  decoded.push_back(decode(text, cut, read_at));
  if (decoded.back()) return;
  // The server that followed one that died while writing continues on the same line.
  const auto saved = last_record_in(text);
  if (saved.empty()) return;
  if (auto record = decode(saved, cut, read_at)) decoded.push_back(std::move(record));
}

Status CsvLogDecoder::State::fill(ErrorEvent& event) const {
  const auto& at = fields.at;
  for (const auto& [place, field] : kTextFields)
    if (place < fields.count) event.*field = text_of(at[place]);
  event.client_host = host_of(at[connection_from]);
  event.key.session_id = text_of(at[session_id]);
  const auto line_number = number_of<std::int64_t>(at[session_line_number].text);
  if (event.key.session_id.empty()) return malformed("session_id is missing");
  if (!line_number || *line_number <= 0) return malformed("session_line_num is missing or not positive");
  event.key.line_number = *line_number;
  const auto pid = number_of<int>(at[process_id].text);
  if (!pid || *pid < 0) return malformed("process_id is no number");
  event.pid = *pid;
  const auto level = at[severity].text;
  if (level.empty()) return malformed("error_severity is missing");
  const auto english = english_level(level);
  event.level = english.empty() ? text_of(at[severity]) : std::string(english);
  if (location < fields.count && !at[location].text.empty()) {
    const auto where = at[location].text;
    event.routine = where.substr(0, std::min(where.find(", "), kFieldBytes));
  }
  if (query_id < fields.count) event.query_id = number_of<std::int64_t>(at[query_id].text).value_or(0);
  return {};
}

Result<LogRecord> CsvLogDecoder::State::decode(std::string_view text, bool cut, Time read_at) {
  if (!simdjson::validate_utf8(text.data(), text.size()) || text.contains('\0')) {
    repaired = storable(text);
    text = repaired;
  }
  if (!split(text, fields, kMostFields)) return malformed("something stands between a quote and a comma");
  // Of a cut record everything before the cut is read, when that is enough to know what it is.
  if (fields.count < (cut ? message + 1 : kFewestFields) || fields.count == kMostFields)
    return malformed(fmt::format("{} fields instead of {} or some more", fields.count, kFewestFields));
  if (fields.is_open && !cut) return malformed("a quote is not closed");
  for (auto place = fields.count; place < kFewestFields; ++place) fields.at[place] = {};
  LogRecord record;
  record.cut = cut;
  record.event.server = server;
  // Two halves of records may have fields enough together.
  if (fields.at[sqlstate].text.size() != 5 && !cut)
    return malformed("sql_state_code has not five characters");
  TRY_OK(fill(record.event));
  if (!times.place(fields.at[log_time].text, fields.at[session_start].text, read_at, record))
    return malformed("log_time is not a moment");
  return record;
}

}  // namespace selfheal::tail
