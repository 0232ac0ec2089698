#include "watch/internal/kept_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/limits.h"
#include "base/log.h"
#include "pg/params.h"
#include "watch/internal/session_row.h"

namespace selfheal::watch::internal {

KeptConnection::KeptConnection(Options options, Clock& clock, const asio::any_io_executor& executor)
    : options_(std::move(options)),
      clock_(clock),
      turnstile_(executor, 1),
      pause_(executor),
      since_(clock.now()) {}

StatusTask KeptConnection::keep() {
  Duration pause{};
  for (;;) {
    if (turnstile_.is_free()) co_await look_after();
    pause = up_                   ? kHeartbeat
            : pause == kHeartbeat ? kFirstReconnect
                                  : std::clamp(pause * 2, kFirstReconnect, kLongestReconnect);
    pause_.expires_at(clock_.deadline_in(pause).moment());
    const auto [error] = co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
    // Woken early by a loss, or cancelled: the latter shows at the next wait.
    if (error) pause = {};
  }
}

asio::awaitable<void> KeptConnection::look_after() {
  const auto deadline = clock_.deadline_in(kHeartbeatTimeout);
  auto turn = co_await turnstile_.enter(deadline);
  if (!turn) co_return;
  if (up_) {
    std::vector<pg::Param> none;
    const auto alive = co_await connection_->query("SELECT 1", std::move(none), deadline);
    if (alive || connection_->usable()) co_return;
    note_down(alive.error().message);
  }
  const auto opened = co_await open();
  tried_ = true;
  if (opened)
    note_up();
  else
    note_down(opened.error().message);
}

StatusTask KeptConnection::open() {
  const auto deadline = clock_.deadline_in(kConnectTimeout);
  const auto options = options_.connect;
  CO_TRY(auto connection, co_await pg::Connection::connect(options, deadline));
  CO_TRY_OK(co_await set_up(*connection, deadline));
  connection_ = std::move(connection);
  co_return Status();
}

StatusTask KeptConnection::set_up(pg::Connection& connection, Deadline deadline) {
  if (connection.server_version() < options_.least_version)
    co_return failure(fmt::format("{} runs PostgreSQL {}; the least version is {}", connection.name(),
                                  connection.server_parameter("server_version"),
                                  options_.least_version / 10'000));
  auto setup = options_.setup;
  if (!setup.empty()) CO_TRY_OK(co_await connection.script(std::move(setup), deadline));
  std::vector<pg::Param> none;
  CO_TRY(const auto rights,
         co_await connection.query(query_text("session_rights"), std::move(none), deadline));
  if (rights.rows.empty()) co_return failure(connection.name() + ": the session does not tell its rights");
  CO_TRY(database_, pg::read_text(rights.rows[0][0]));
  CO_TRY(sees_all_sessions_, pg::read_bool(rights.rows[0][1]));
  server_version_ = connection.server_parameter("server_version");
  co_return Status();
}

Task<KeptConnection::Use> KeptConnection::borrow(Deadline deadline) {
  CO_TRY(auto turn, co_await turnstile_.enter(deadline));
  if (!up_ || !connection_->usable())
    co_return failure(ErrorCode::unavailable, fmt::format("{} is not connected{}{}", options_.connect.name,
                                                          why_.empty() ? "" : ": ", why_));
  co_return Use(*this, std::move(turn));
}

bool KeptConnection::in_recovery() const {
  return up_ && connection_->usable() && connection_->server_parameter("in_hot_standby") == "on";
}

void KeptConnection::lost() {
  note_down("the connection is lost");
  pause_.cancel();
}

void KeptConnection::note_down(const std::string& why) {
  if (up_ || why_.empty()) log::warning("{}: not connected: {}", options_.connect.application_name, why);
  if (up_) since_ = clock_.now();
  up_ = false;
  why_ = why;
}

void KeptConnection::note_up() {
  log::info("{}: connected to {}, PostgreSQL {}", options_.connect.application_name, options_.connect.name,
            server_version_);
  up_ = true;
  why_.clear();
  since_ = clock_.now();
  ++session_;
}

std::string conninfo_for(const pg::ConnectionTarget& target, const std::string& database) {
  auto conninfo = target.conninfo_without_password;
  if (database.empty()) return conninfo;
  conninfo += " dbname='";
  for (const char c : database) {
    if (c == '\'' || c == '\\') conninfo += '\\';
    conninfo += c;
  }
  return conninfo + "'";
}

}  // namespace selfheal::watch::internal
