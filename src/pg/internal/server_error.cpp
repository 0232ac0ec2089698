#include "pg/internal/server_error.h"

#include <fmt/format.h>

#include <charconv>

#include "pg/sql_state.h"

namespace selfheal::pg {

ErrorCode error_code_of(std::string_view sqlstate) {
  struct Rule {
    std::string_view prefix;
    ErrorCode code;
  };
  // Exact codes before the classes they belong to.
  static constexpr Rule kRules[] = {
      {"57014", ErrorCode::timed_out},    // query_canceled: a timeout of the server, or a request to cancel
      {"57P01", ErrorCode::unavailable},  // admin_shutdown
      {"57P02", ErrorCode::unavailable},  // crash_shutdown
      {"57P03", ErrorCode::unavailable},  // cannot_connect_now
      {"57P05", ErrorCode::unavailable},  // idle_session_timeout
      {"25P03", ErrorCode::unavailable},  // idle_in_transaction_session_timeout, which ends the session
      {"53300", ErrorCode::unavailable},  // too_many_connections
      {"08", ErrorCode::unavailable},     // connection exceptions
      {"42501", ErrorCode::refused},      // insufficient_privilege
      {"28", ErrorCode::refused},         // invalid authorization
      {"40001", ErrorCode::conflict},     // serialization_failure
      {"40P01", ErrorCode::conflict},     // deadlock_detected
      {"55P03", ErrorCode::conflict},     // lock_not_available
  };
  for (const auto& [prefix, code] : kRules)
    if (sqlstate.starts_with(prefix)) return code;
  return ErrorCode::failed;
}

}  // namespace selfheal::pg

namespace selfheal::pg::internal {
namespace {

std::string field_of(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text == nullptr ? "" : text;
}

// The last line that tells of an attempt, without what stands before the complaint itself. libpq writes
// `connection to server at "host" (address), port 5432 failed: FATAL:  28P01: password …` and continuation
// lines.
struct Complaint {
  std::string sqlstate;
  std::string_view text;
};

Complaint complaint_in(std::string_view line) {
  for (const std::string_view mark : {":  ", ": "}) {
    for (auto at = line.find(mark); at != line.npos; at = line.find(mark, at + 1)) {
      const auto rest = line.substr(at + mark.size());
      const auto code = SqlState::parse(rest.substr(0, 5));
      if (code && rest.substr(5).starts_with(": ")) return {std::string(code->text()), rest.substr(7)};
    }
  }
  constexpr std::string_view kFailed = "failed: ";
  const auto at = line.rfind(kFailed);
  return {"", at == line.npos ? line : line.substr(at + kFailed.size())};
}

bool continues(std::string_view line) {
  if (line.empty() || line.front() == '\t') return true;
  for (const std::string_view word : {"DETAIL:", "HINT:", "LOCATION:"})
    if (line.starts_with(word)) return true;
  return false;
}

// One line of modest length that a terminal can show.
std::string printable(std::string_view text) {
  constexpr std::size_t kKept = 300;  // the longest complaint of the server about a login is half of it
  std::string line(text.substr(0, kKept));
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return line;
}

}  // namespace

ServerError server_error_of(const PGresult* result) {
  ServerError error{
      .severity = field_of(result, PG_DIAG_SEVERITY_NONLOCALIZED),
      .sqlstate = field_of(result, PG_DIAG_SQLSTATE),
      .message = field_of(result, PG_DIAG_MESSAGE_PRIMARY),
      .detail = field_of(result, PG_DIAG_MESSAGE_DETAIL),
      .hint = field_of(result, PG_DIAG_MESSAGE_HINT),
      .context = field_of(result, PG_DIAG_CONTEXT),
      .schema = field_of(result, PG_DIAG_SCHEMA_NAME),
      .table = field_of(result, PG_DIAG_TABLE_NAME),
      .column = field_of(result, PG_DIAG_COLUMN_NAME),
      .datatype = field_of(result, PG_DIAG_DATATYPE_NAME),
      .constraint = field_of(result, PG_DIAG_CONSTRAINT_NAME),
  };
  const auto position = field_of(result, PG_DIAG_STATEMENT_POSITION);
  std::from_chars(position.data(), position.data() + position.size(), error.position);
  if (error.message.empty()) error.message = PQresultErrorMessage(result);
  return error;
}

Notice notice_of(const PGresult* result) {
  return {.severity = field_of(result, PG_DIAG_SEVERITY_NONLOCALIZED),
          .sqlstate = field_of(result, PG_DIAG_SQLSTATE),
          .message = field_of(result, PG_DIAG_MESSAGE_PRIMARY)};
}

Error login_error_of(std::string_view message, const std::string& name) {
  Complaint last{"", "no reason given"};
  while (!message.empty()) {
    const auto line = message.substr(0, message.find('\n'));
    message.remove_prefix(std::min(message.size(), line.size() + 1));
    if (!continues(line)) last = complaint_in(line);
  }
  const auto text = printable(last.text);
  if (!last.sqlstate.empty())
    return {error_code_of(last.sqlstate),
            fmt::format("connect to {}: server answered {}: {}", name, last.sqlstate, text), last.sqlstate};
  // libpq's own words for a login it could not even try.
  const bool no_password = last.text.find("no password supplied") != last.text.npos;
  return {no_password ? ErrorCode::refused : ErrorCode::unavailable,
          fmt::format("connect to {}: {}", name, text)};
}

}  // namespace selfheal::pg::internal
