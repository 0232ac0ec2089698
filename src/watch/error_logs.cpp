#include "watch/error_logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "pg/identifier.h"
#include "pg/message_template.h"
#include "pg/params.h"
#include "pg/sql_state.h"
#include "pg/transaction.h"
#include "watch/internal/session_row.h"

namespace selfheal::watch {
namespace {

using internal::query_text;

constexpr Duration kRoundTimeout = 10s;
constexpr std::string_view kAbsent = "absent";

struct Arrived {
  std::vector<Sighting> sightings;
  std::vector<std::int64_t> numbers;
};

Result<Arrived> read_arrived(const pg::Rows& rows, const ErrorLogsOptions& options) {
  Arrived arrived;
  for (const auto& cells : rows.rows) {
    TRY(const auto number, pg::read_int64(cells[0]));
    TRY(const auto at, pg::read_time(cells[4]));
    auto event =
        event_of_row(number, cells[1].value_or(""), cells[2].value_or(""), cells[3].value_or(""), at);
    event.server = options.server;
    auto sighting = options.name(std::move(event));
    sighting.first_seen = sighting.last_seen = at;
    arrived.sightings.push_back(std::move(sighting));
    arrived.numbers.push_back(number);
  }
  return arrived;
}

// One statement for all rows: each column is one array.
pg::Param columns_of(const std::vector<WrittenSighting>& sightings, std::string WrittenSighting::* field) {
  std::vector<std::string> texts;
  for (const auto& sighting : sightings) texts.push_back(sighting.*field);
  return pg::to_array(texts);
}

pg::Param times_of(const std::vector<WrittenSighting>& sightings) {
  std::vector<std::string> texts;
  for (const auto& sighting : sightings) texts.push_back(to_timestamptz(sighting.at));
  return pg::to_array(texts);
}

std::string cut_to(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  text.resize(bytes);
  return text;
}

}  // namespace

std::string error_logs_script(const std::string& role) {
  constexpr std::string_view kRole = ":\"role\"";
  auto script = query_text("error_logs_create");
  // The first one stands in the comment that explains it.
  for (auto at = script.find(kRole, script.find("BEGIN;")); at != script.npos; at = script.find(kRole, at))
    script.replace(at, kRole.size(), pg::quote_identifier(role));
  return script;
}

ErrorEvent event_of_row(std::int64_t number, std::string code, std::string message, std::string source,
                        Time at) {
  ErrorEvent event{.intake = Intake::error_logs,
                   .key = {.at = at, .session_id = "error_logs", .line_number = number},
                   .level = "ERROR",
                   .message = cut_to(std::move(message), kFieldBytes),
                   .application = std::move(source)};
  if (pg::SqlState::parse(code)) {
    event.sqlstate = std::move(code);
    return event;
  }
  event.code = std::move(code);
  if (const auto match = pg::match_message(event.message))
    event.sqlstate = std::string(match->tmpl->sqlstate);
  return event;
}

ErrorLogs::ErrorLogs(ErrorLogsOptions options, SightingBook& book, Clock& clock)
    : options_(std::move(options)), book_(book), clock_(clock) {
  CHECK(options_.name);
}

StatusTask ErrorLogs::run() {
  for (;;) {
    const auto done = co_await round();
    if (!done && done.error().code == ErrorCode::cancelled)
      co_return failure(done.error().code, "error_logs: stopped");
    auto state = done ? std::string(table_.empty() ? kAbsent : "in use") : done.error().message;
    if (state != std::exchange(state_, state))
      log::info("{}: error_logs: {}", options_.server.value(), state);
    if (!done || table_.empty()) connection_.reset();
    const auto pause = !done ? kErrorLogsRetry : table_.empty() ? kErrorLogsSearch : kErrorLogsPeriod;
    if (!co_await clock_.sleep(pause)) co_return failure(ErrorCode::cancelled, "error_logs: stopped");
  }
}

StatusTask ErrorLogs::round() {
  const auto deadline = clock_.deadline_in(kRoundTimeout);
  if (!connection_) CO_TRY_OK(co_await connect(deadline));
  if (table_.empty()) co_return Status();
  CO_TRY_OK(co_await file_arrived(deadline));
  co_return co_await write_sightings(deadline);
}

StatusTask ErrorLogs::connect(Deadline deadline) {
  table_.clear();
  pg::ConnectOptions connect{.name = options_.server.value(),
                             .conninfo = options_.target.conninfo_without_password,
                             .password = options_.target.password,
                             .application_name = "selfheal error_logs",
                             .settings = {{"default_transaction_read_only", "off"},
                                          {"statement_timeout", "5s"},
                                          {"lock_timeout", "1s"},
                                          {"idle_in_transaction_session_timeout", "10s"}}};
  CO_TRY(connection_, co_await pg::Connection::connect(std::move(connect), deadline));
  CO_TRY(const auto rows, co_await connection_->query(query_text("error_logs_state"), {}, deadline));
  if (rows.rows.empty()) co_return Status();
  CO_TRY(const auto is_allowed, pg::read_bool(rows.rows[0][1]));
  if (!is_allowed)
    co_return failure(
        ErrorCode::refused,
        "the role may not use it: run `selfheal doctor --error-logs create` again as its owner");
  CO_TRY(table_, pg::read_text(rows.rows[0][0]));
  CO_TRY(installation_, co_await book_.installation(deadline));
  co_return co_await read_written(deadline);
}

// What is read is filed before it is forgotten; a crash in between files it again, under the same keys.
StatusTask ErrorLogs::file_arrived(Deadline deadline) {
  CO_TRY(const auto rows, co_await connection_->query(query_text("error_logs_arrived"), {}, deadline));
  if (rows.rows.empty()) co_return Status();
  CO_TRY(auto arrived, read_arrived(rows, options_));
  CO_TRY_OK(co_await book_.file(options_.server, std::move(arrived.sightings), deadline));
  std::vector<pg::Param> params{pg::to_array(arrived.numbers)};
  CO_TRY_OK(co_await connection_->query(query_text("error_logs_filed"), std::move(params), deadline));
  co_return Status();
}

StatusTask ErrorLogs::read_written(Deadline deadline) {
  std::vector<pg::Param> params{installation_};
  CO_TRY(const auto rows,
         co_await connection_->query(query_text("error_logs_written"), std::move(params), deadline));
  written_ = 0;
  if (rows.rows.empty()) co_return Status();
  CO_TRY(written_, pg::read_int64(rows.rows[0][0]));
  co_return Status();
}

StatusTask ErrorLogs::write_sightings(Deadline deadline) {
  CO_TRY(const auto sightings,
         co_await book_.sightings_after(options_.server, written_, kErrorLogsRows, deadline));
  if (sightings.empty()) co_return Status();
  CO_TRY(auto transaction, co_await pg::Transaction::begin(*connection_, {}, deadline));
  auto insert = fmt::format(
      "INSERT INTO {} (error_code, error_message, source, created_at) "
      "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])",
      table_);
  std::vector<pg::Param> rows{columns_of(sightings, &WrittenSighting::code),
                              columns_of(sightings, &WrittenSighting::text),
                              columns_of(sightings, &WrittenSighting::source), times_of(sightings)};
  CO_TRY_OK(co_await connection_->query(std::move(insert), std::move(rows), deadline));
  CO_TRY_OK(co_await connection_->query(query_text("error_logs_forget_own"), {}, deadline));
  const auto upto = sightings.back().number;
  std::vector<pg::Param> params{installation_, pg::to_param(upto), pg::to_param(written_)};
  CO_TRY(const auto set,
         co_await connection_->query(query_text("error_logs_set_written"), std::move(params), deadline));
  if (set.affected != 1)
    co_return failure(ErrorCode::conflict, "another process writes the same sightings: nothing was written");
  CO_TRY_OK(co_await transaction.commit(deadline));
  written_ = upto;
  co_return Status();
}

}  // namespace selfheal::watch
