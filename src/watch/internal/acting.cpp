#include "watch/internal/acting.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "base/limits.h"
#include "pg/identifier.h"
#include "pg/params.h"
#include "pg/transaction.h"

namespace selfheal::watch::internal {
namespace {

using healing::ActReport;
using healing::Step;

// "SELFHEAL" in ASCII. Advisory locks have one space for each database; ours must not meet an application's.
constexpr std::int64_t kActLock = 0x53454C464845414C;
// The server ends a statement this much before our deadline, because a deadline that passes costs the
// connection.
constexpr Duration kAnswerMargin = 200ms;
// For a ROLLBACK after the deadline has passed, so that the kept connection is kept.
constexpr Duration kRollbackTimeout = 1s;
// Between two looks at whether the lock can be handed over: others wait for it too.
constexpr Duration kHandOverLook = 5ms;

std::int64_t milliseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

std::string opening_of(TreatmentNumber treatment, const std::string& role, Clock& clock, Deadline deadline) {
  const auto time = std::clamp(clock.left(deadline) - kAnswerMargin, Duration(10ms), kActTimeout);
  auto sql = fmt::format(
      "SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}; "
      "SET LOCAL application_name = 'selfheal heal:{}'",
      milliseconds(kLockTimeoutOfActs), milliseconds(time), treatment.value());
  if (!role.empty()) sql += "; SET LOCAL ROLE " + pg::quote_identifier(role);
  return sql;
}

bool is_warning(const pg::Notice& notice) { return notice.severity == "WARNING"; }

// GRANT, ANALYZE and their like succeed without the rights and only say so (privilege_not_granted 01007,
// privilege_not_revoked 01006), IF NOT EXISTS skips. Every other warning of a remedy is not understood, which
// is as bad.
bool is_refusal(const pg::Notice& notice) {
  return is_warning(notice) || notice.sqlstate == "01007" || notice.sqlstate == "01006" ||
         notice.message.contains("skipping") || notice.message.contains("no privileges were granted");
}

Status check_notices(const pg::Rows& rows) {
  const auto refusal = std::ranges::find_if(rows.notices, is_refusal);
  if (refusal == rows.notices.end()) return {};
  return std::unexpected(Error{
      ErrorCode::refused, fmt::format("the server only warned ({}) and did not do it", refusal->sqlstate),
      refusal->sqlstate});
}

// Whether the guard let the statement do something: it returned or touched rows, and the first says not
// false.
bool touched(const pg::Rows& rows) {
  if (!rows.rows.empty() && !rows.rows[0].empty()) return rows.rows[0][0].value_or("f") != "f";
  return rows.affected > 0;
}

Task<pg::Rows> run_step(pg::Connection& connection, const Step& step, Deadline deadline) {
  auto sql = step.sql;
  auto params = step.params;
  auto rows = co_await connection.query(std::move(sql), std::move(params), deadline);
  co_return rows;
}

Task<pg::Rows> run_checked(pg::Connection& connection, const Step& step, Deadline deadline) {
  CO_TRY(auto rows, co_await run_step(connection, step, deadline));
  CO_TRY_OK(check_notices(rows));
  co_return rows;
}

// Up to the guarded statement.
StatusTask prepare(pg::Connection& connection, std::string opening, const std::vector<Step>& before,
                   Deadline deadline) {
  CO_TRY_OK(co_await connection.script(std::move(opening), deadline));
  for (const auto& step : before) CO_TRY_OK(co_await run_checked(connection, step, deadline));
  co_return Status();
}

// pg_stat_activity is read once in a transaction; what an earlier statement saw must not satisfy the guard.
StatusTask forget_activity(pg::Connection& connection, Deadline deadline) {
  std::vector<pg::Param> none;
  CO_TRY_OK(co_await connection.query("SELECT pg_stat_clear_snapshot()", std::move(none), deadline));
  co_return Status();
}

StatusTask run_guarded(pg::Connection& connection, const healing::Remedy& remedy, Deadline deadline,
                       ActReport& report) {
  CO_TRY(const auto rows, co_await run_step(connection, remedy.guarded(), deadline));
  report.touched = touched(rows);
  // A signal that was sent and not obeyed in time is neither done nor not done.
  if (!report.touched && std::ranges::any_of(rows.notices, is_warning))
    co_return failure(ErrorCode::timed_out, "the server did not see the end of what it began");
  CO_TRY_OK(check_notices(rows));
  report.answer = rows.command_tag;
  if (!report.touched) co_return Status();
  for (const auto& step : remedy.parts().after) {
    CO_TRY(const auto answer, co_await run_checked(connection, step, deadline));
    report.answer += ", " + answer.command_tag;
  }
  co_return Status();
}

// Ends the transaction without its effects and keeps the connection if that is possible.
asio::awaitable<void> abandon(pg::Transaction& transaction, Clock& clock) {
  if (!transaction.connection().usable()) co_return;
  const auto soon = clock.deadline_in(kRollbackTimeout);
  const auto rolled_back = co_await transaction.rollback(soon);
  // Without an answer the transaction's destructor closes the connection, which rolls back as well.
  static_cast<void>(rolled_back);
}

StatusTask commit(pg::Transaction& transaction, Deadline deadline) {
  auto committed = co_await transaction.commit(deadline);
  if (!committed && committed.error().sqlstate == "08007") committed.error().code = ErrorCode::unavailable;
  co_return committed;
}

// A statement that runs outside the transaction, on a session of its own.
struct Relay {
  Step step;
  std::string role;
  TreatmentNumber treatment;
  pg::ConnectOptions beside;
};

// A session like ours whose settings last until it ends, which is right after the statement.
Task<std::unique_ptr<pg::Connection>> open_beside(const Relay& relay, Clock& clock, Deadline deadline) {
  const auto time = std::clamp(clock.left(deadline) - kAnswerMargin, Duration(10ms), kActTimeout);
  auto settings = fmt::format(
      "SET lock_timeout = {}; SET statement_timeout = {}; SET application_name = 'selfheal heal:{}'",
      milliseconds(kLockTimeoutOfActs), milliseconds(time), relay.treatment.value());
  if (!relay.role.empty()) settings += "; SET ROLE " + pg::quote_identifier(relay.role);
  CO_TRY(auto runner, co_await pg::Connection::connect(relay.beside, deadline));
  CO_TRY_OK(co_await runner->script(std::move(settings), deadline));
  co_return runner;
}

Task<pg::Rows> run_beside(pg::Connection& runner, const Step& step, Deadline deadline, bool& is_over) {
  auto rows = co_await run_checked(runner, step, deadline);
  is_over = true;
  co_return rows;
}

// Whether the session waits for us and for nobody else: then it is the next to get the lock.
Task<bool> is_next(pg::Connection& connection, int runner, Deadline deadline) {
  std::vector<pg::Param> pid{pg::to_param(runner)};
  CO_TRY(const auto rows, co_await connection.query("SELECT pg_blocking_pids($1) = ARRAY[pg_backend_pid()]",
                                                    std::move(pid), deadline));
  co_return touched(rows);
}

// Ends the transaction when its lock passes to `runner` and to nobody else; until then, or until that
// session has given up waiting, the lock is held.
StatusTask let_go(pg::Transaction& holder, int runner, Within within, const bool& is_over) {
  while (!is_over) {
    const auto next = co_await is_next(holder.connection(), runner, within.deadline);
    if (next && *next) co_return co_await commit(holder, within.deadline);
    if (!holder.connection().usable()) co_return std::unexpected(next.error());
    if (!co_await within.clock.sleep(kHandOverLook)) co_return failure(ErrorCode::cancelled, "stopped");
  }
  co_await abandon(holder, within.clock);
  co_return Status();
}

// Runs the statement under the eyes of a transaction in which the guard has held: see Remedy::Parts.
Task<ActReport> hand_over(pg::Transaction& holder, const Relay& relay, ActReport report, Within within) {
  using namespace asio::experimental::awaitable_operators;
  auto runner = co_await open_beside(relay, within.clock, within.deadline);
  if (!runner) {
    co_await abandon(holder, within.clock);
    co_return std::unexpected(nothing_done(runner.error()));
  }
  bool is_over = false;
  const int pid = (*runner)->backend_pid();
  auto both = co_await (run_beside(**runner, relay.step, within.deadline, is_over) &&
                        let_go(holder, pid, within, is_over));
  const auto& ran = std::get<0>(both);
  if (!ran) co_return std::unexpected(ran.error());
  report.answer += ", " + ran->command_tag;
  co_return report;
}

// The statements of an undo, until one answers that the rest must not happen.
StatusTask run_undo(pg::Connection& connection, const std::vector<std::string>& statements, Deadline deadline,
                    ActReport& report) {
  report.touched = true;
  for (const auto& sql : statements) {
    const Step step{.sql = sql};
    CO_TRY(const auto rows, co_await run_checked(connection, step, deadline));
    if (!rows.columns.empty() && !touched(rows)) report.touched = false;
    if (!report.touched) co_return Status();
    report.answer += (report.answer.empty() ? "" : ", ") + rows.command_tag;
  }
  co_return Status();
}

}  // namespace

Error nothing_done(Error error) {
  if (error.code == ErrorCode::unavailable || error.code == ErrorCode::timed_out)
    error.code = ErrorCode::failed;
  error.message = "nothing was done: " + error.message;
  return error;
}

StatusTask take_act_lock(pg::Connection& connection, Deadline deadline) {
  std::vector<pg::Param> key{pg::to_param(kActLock)};
  CO_TRY(const auto rows,
         co_await connection.query("SELECT pg_try_advisory_lock($1)", std::move(key), deadline));
  if (rows.rows.empty() || rows.rows[0][0] != "t")
    co_return failure(ErrorCode::conflict, "another selfheal acts on this server");
  co_return Status();
}

asio::awaitable<void> give_act_lock_back(pg::Connection& connection, Deadline deadline) {
  if (!connection.usable()) co_return;
  std::vector<pg::Param> key{pg::to_param(kActLock)};
  const auto given = co_await connection.query("SELECT pg_advisory_unlock($1)", std::move(key), deadline);
  // The end of the session gives it back in any case.
  static_cast<void>(given);
}

Task<ActReport> apply(pg::Connection& connection, healing::ApprovedRemedy approved, TreatmentNumber treatment,
                      Within within, pg::ConnectOptions beside) {
  auto& clock = within.clock;
  const auto deadline = within.deadline;
  const auto& remedy = approved.remedy();
  const pg::TransactionOptions options;
  auto begun = co_await pg::Transaction::begin(connection, options, deadline);
  if (!begun) co_return std::unexpected(nothing_done(begun.error()));
  auto& transaction = *begun;

  auto opening = opening_of(treatment, remedy.parts().set_role, clock, deadline);
  auto ready = co_await prepare(connection, std::move(opening), remedy.parts().before, deadline);
  if (ready) ready = co_await forget_activity(connection, deadline);
  if (!ready) {
    co_await abandon(transaction, clock);
    co_return std::unexpected(nothing_done(ready.error()));
  }
  ActReport report;
  const auto ran = co_await run_guarded(connection, remedy, deadline, report);
  if (!ran || !report.touched) {
    co_await abandon(transaction, clock);
    if (!ran) co_return std::unexpected(ran.error());
    report.answer = "no longer true";
    co_return report;
  }
  if (remedy.parts().outside) {
    const Relay relay{.step = *remedy.parts().outside,
                      .role = remedy.parts().set_role,
                      .treatment = treatment,
                      .beside = std::move(beside)};
    co_return co_await hand_over(transaction, relay, std::move(report), within);
  }
  CO_TRY_OK(co_await commit(transaction, deadline));
  co_return report;
}

Task<ActReport> take_back(pg::Connection& connection, Treatment treatment, Clock& clock, Deadline deadline) {
  const pg::TransactionOptions options;
  auto begun = co_await pg::Transaction::begin(connection, options, deadline);
  if (!begun) co_return std::unexpected(nothing_done(begun.error()));
  auto& transaction = *begun;

  auto opening = opening_of(treatment.number, "", clock, deadline);
  const std::vector<Step> none;
  auto ran = co_await prepare(connection, std::move(opening), none, deadline);
  ActReport report;
  if (ran) ran = co_await run_undo(connection, treatment.undo, deadline, report);
  if (!ran || !report.touched) {
    co_await abandon(transaction, clock);
    if (!ran) co_return std::unexpected(nothing_done(ran.error()));
    report.answer = "no longer possible";
    co_return report;
  }
  CO_TRY_OK(co_await commit(transaction, deadline));
  co_return report;
}

}  // namespace selfheal::watch::internal
