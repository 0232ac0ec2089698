#include "support/client_session.h"

#include <libpq-fe.h>
#include <poll.h>

#include <chrono>

#include "base/check.h"
#include "base/clock.h"

namespace selfheal::test {
namespace {

std::string text_of(const char* text) { return text == nullptr ? "" : text; }

// "FATAL:  28P01: password …": the SQLSTATE in what libpq says about a failed connection.
std::string sqlstate_in(const std::string& message) {
  for (const char* severity : {"FATAL:  ", "ERROR:  "}) {
    const auto at = message.rfind(severity);
    if (at != std::string::npos) return message.substr(at + 8, 5);
  }
  return "";
}

Answer answer_of(const PGresult* result) {
  Answer answer;
  const auto status = PQresultStatus(result);
  answer.ok = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY;
  answer.sqlstate = text_of(PQresultErrorField(result, PG_DIAG_SQLSTATE));
  answer.message = text_of(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
  if (!answer.ok && answer.message.empty()) answer.message = text_of(PQresultErrorMessage(result));
  answer.detail = text_of(PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL));
  answer.command_tag = text_of(PQcmdStatus(const_cast<PGresult*>(result)));
  for (int row = 0; row < PQntuples(result); ++row) {
    auto& fields = answer.rows.emplace_back();
    for (int column = 0; column < PQnfields(result); ++column) {
      if (PQgetisnull(result, row, column) != 0)
        fields.emplace_back();
      else
        fields.emplace_back(PQgetvalue(result, row, column));
    }
  }
  return answer;
}

Deadline::Moment now() { return SystemClock().steady_now(); }

// Waits for the socket, at most 50 ms, so that the callers' limits hold.
void wait_for_socket(int socket, short events) {
  pollfd ready{socket, events, 0};
  poll(&ready, 1, 50);
}

}  // namespace

struct ClientSession::State {
  PGconn* connection = nullptr;
  Answer connecting;
  bool sent = false;

  ~State() { PQfinish(connection); }

  void connect(const std::string& conninfo) {
    connection = PQconnectStart(conninfo.c_str());
    CHECK(connection != nullptr);
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(connection, [](void*, const PGresult*) {}, nullptr);
    const auto end = now() + 5s;
    auto state = PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED && now() < end) {
      wait_for_socket(PQsocket(connection), state == PGRES_POLLING_READING ? POLLIN : POLLOUT);
      state = PQconnectPoll(connection);
    }
    connecting.ok = state == PGRES_POLLING_OK;
    if (connecting.ok) return;
    connecting.message = text_of(PQerrorMessage(connection));
    connecting.sqlstate = sqlstate_in(connecting.message);
  }
};

std::string Answer::value(std::size_t row, std::size_t column) const {
  if (row >= rows.size() || column >= rows[row].size()) return "";
  return rows[row][column].value_or("NULL");
}

ClientSession::ClientSession(const std::string& conninfo) : state_(std::make_unique<State>()) {
  state_->connect(conninfo);
}
ClientSession::~ClientSession() = default;
ClientSession::ClientSession(ClientSession&&) noexcept = default;
ClientSession& ClientSession::operator=(ClientSession&&) noexcept = default;

bool ClientSession::connected() const { return PQstatus(state_->connection) == CONNECTION_OK; }
const Answer& ClientSession::connecting() const { return state_->connecting; }
int ClientSession::backend_pid() const { return PQbackendPID(state_->connection); }

Answer ClientSession::exec(const std::string& sql, Duration limit) {
  send(sql);
  return collect(limit);
}

void ClientSession::send(const std::string& sql) {
  CHECK(!state_->sent);
  PQsendQuery(state_->connection, sql.c_str());  // a failure is what collect() then tells
  state_->sent = true;
}

bool ClientSession::answered() {
  return PQconsumeInput(state_->connection) == 0 || PQisBusy(state_->connection) == 0;
}

Answer ClientSession::collect(Duration limit) {
  CHECK(state_->sent);
  state_->sent = false;
  std::optional<Answer> answer;
  const auto end = now() + limit;
  for (;;) {
    while (!answered()) {
      if (now() >= end) {
        state_->sent = true;
        return {.message = "no answer within the limit"};
      }
      wait_for_socket(PQsocket(state_->connection), POLLIN);
    }
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQgetResult(state_->connection), PQclear);
    if (!result) break;
    if (!answer || answer->ok) answer = answer_of(result.get());
  }
  if (answer) return *std::move(answer);
  return {.message = text_of(PQerrorMessage(state_->connection))};
}

void ClientSession::close() {
  PQfinish(state_->connection);
  state_->connection = nullptr;
}

bool wait_until(const std::function<bool()>& condition, Duration limit) {
  const auto end = now() + limit;
  while (!condition()) {
    if (now() >= end) return false;
    poll(nullptr, 0, 5);
  }
  return true;
}

}  // namespace selfheal::test
