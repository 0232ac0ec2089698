#include "pg/connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <boost/asio/this_coro.hpp>
#include <limits>

#include "base/check.h"
#include "pg/internal/answers.h"
#include "pg/internal/link.h"
#include "pg/internal/server_error.h"
#include "pg/internal/session_parameters.h"

namespace selfheal::pg {
namespace {

using internal::Answers;
using internal::Link;
using internal::Wake;

// How long a cancelled statement has to end before the socket is closed over it: a backend looks for the
// request at least every few milliseconds unless it is stuck.
constexpr Duration kCancelGrace = 300ms;

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Outcome = std::unique_ptr<PGresult, ClearResult>;

PGconn* begin_connecting(const internal::SessionParameters& parameters) {
  const auto pairs = internal::keywords_of(parameters);
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : pairs) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  return PQconnectStartParams(keywords.data(), values.data(), 0);
}

// The extended protocol has 16 bits for their number, and text ends at a NUL for PostgreSQL.
Status check_input(const std::string& sql, const std::vector<Param>& params, const std::string& where) {
  if (sql.contains('\0'))
    return failure(ErrorCode::invalid_input, where + ": the statement holds a NUL character");
  if (params.size() > std::numeric_limits<std::uint16_t>::max())
    return failure(ErrorCode::invalid_input,
                   fmt::format("{}: {} parameters are too many", where, params.size()));
  for (std::size_t i = 0; i < params.size(); ++i)
    if (params[i] && params[i]->contains('\0'))
      return failure(ErrorCode::invalid_input,
                     fmt::format("{}: parameter ${} holds a NUL character", where, i + 1));
  return {};
}

}  // namespace

struct Connection::State {
  State(std::string server, PGconn* connection, const asio::any_io_executor& executor)
      : name(std::move(server)), link(connection, executor) {}

  std::string name;
  Link link;
  ServerError last_error;
  std::vector<Notice> notices;  // since the last result
  bool running = false;

  StatusTask log_in(Deadline deadline);
  Status check_session() const;
  Task<std::vector<Rows>> exchange(std::string what, Deadline deadline, ResultLimits limits);
  asio::awaitable<Wake> send(Deadline deadline);
  asio::awaitable<Wake> receive(Answers& answers, Deadline::Moment until);
  asio::awaitable<Error> interrupt(std::string what);
  Error rejection(const std::string& what, const Answers& answers);
  Error lost(const std::string& what);

  static void take_notice(void* state, const PGresult* result) {
    auto& notices = static_cast<State*>(state)->notices;
    if (notices.size() < kNotices) notices.push_back(internal::notice_of(result));
  }
};

namespace {

// A statement whose coroutine ends before its answer does, by cancellation, leaves a connection that nobody
// can use.
template <class State>
class Running {
 public:
  explicit Running(State& state) : state_(state) {
    CHECK(!state.running);
    state.running = true;
  }
  ~Running() {
    state_.running = false;
    if (over_ || state_.link.get() == nullptr) return;
    internal::request_cancel(state_.link.get());
    state_.link.close();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  void over() { over_ = true; }

 private:
  State& state_;
  bool over_ = false;
};

}  // namespace

Task<std::unique_ptr<Connection>> Connection::connect(ConnectOptions options, Deadline deadline) {
  CO_TRY(auto parameters, internal::read_session_parameters(options));
  CO_TRY(parameters, co_await internal::look_up_places(std::move(parameters), options.name, deadline));
  const auto executor = co_await asio::this_coro::executor;
  auto state = std::make_unique<State>(options.name, begin_connecting(parameters), executor);
  CO_TRY_OK(co_await state->log_in(deadline));
  co_return std::make_unique<Connection>(std::move(state));
}

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() { CHECK(!state_->running); }

StatusTask Connection::State::log_in(Deadline deadline) {
  auto* connection = link.get();
  // The SQLSTATE of a failed login is nowhere but in the verbose message.
  PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
  PQsetNoticeReceiver(connection, take_notice, this);
  auto next = PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
    CO_TRY_OK(link.watch());
    const auto until = deadline.moment();
    auto wake = Wake::ready;
    if (next == PGRES_POLLING_READING)
      wake = co_await link.readable(until);
    else
      wake = co_await link.writable(until);
    link.unwatch();
    if (wake == Wake::cancelled)
      co_return failure(ErrorCode::cancelled, fmt::format("connect to {}: cancelled", name));
    if (wake == Wake::deadline)
      co_return failure(ErrorCode::timed_out,
                        fmt::format("connect to {}: no answer before the deadline", name));
    next = PQconnectPoll(connection);
  }
  if (next != PGRES_POLLING_OK)
    co_return std::unexpected(internal::login_error_of(PQerrorMessage(connection), name));
  CO_TRY_OK(check_session());
  PQsetnonblocking(connection, 1);
  notices.clear();
  co_return link.watch();
}

// A pooler between us and the server may have dropped what we asked for at the start.
Status Connection::State::check_session() const {
  constexpr std::pair<const char*, std::string_view> kNeeded[] = {{"client_encoding", "UTF8"},
                                                                  {"DateStyle", "ISO"},
                                                                  {"TimeZone", "UTC"},
                                                                  {"standard_conforming_strings", "on"}};
  for (const auto& [setting, value] : kNeeded) {
    const char* reported = PQparameterStatus(link.get(), setting);
    if (reported == nullptr || !std::string_view(reported).starts_with(value))
      return failure(
          fmt::format("connect to {}: the session has another {} than we asked for", name, setting));
  }
  return {};
}

Task<Rows> Connection::query(std::string sql, std::vector<Param> params, Deadline deadline,
                             ResultLimits limits) {
  const auto what = "query on " + name();
  CO_TRY_OK(check_input(sql, params, what));
  CHECK(!state_->running);
  if (!usable()) co_return std::unexpected(state_->lost(what));
  std::vector<const char*> values;
  for (const auto& param : params) values.push_back(param ? param->c_str() : nullptr);
  const int count = static_cast<int>(values.size());
  PQsendQueryParams(state_->link.get(), sql.c_str(), count, nullptr, values.data(), nullptr, nullptr, 0);
  CO_TRY(auto answers, co_await state_->exchange(what, deadline, limits));
  if (answers.empty()) co_return Rows{};
  co_return std::move(answers.front());
}

Task<std::vector<Rows>> Connection::script(std::string sql, Deadline deadline, ResultLimits limits) {
  const auto what = "script on " + name();
  CO_TRY_OK(check_input(sql, {}, what));
  CHECK(!state_->running);
  if (!usable()) co_return std::unexpected(state_->lost(what));
  PQsendQuery(state_->link.get(), sql.c_str());
  const auto answers = co_await state_->exchange(what, deadline, limits);
  co_return answers;
}

// A statement that libpq refused to send, because the connection is gone, ends here as well: with no result
// at all.
Task<std::vector<Rows>> Connection::State::exchange(std::string what, Deadline deadline,
                                                    ResultLimits limits) {
  Running guard(*this);
  last_error = {};
  notices.clear();
  PQsetSingleRowMode(link.get());
  Answers answers(limits);
  auto wake = co_await send(deadline);
  if (wake == Wake::ready) wake = co_await receive(answers, deadline.moment());
  if (wake == Wake::cancelled) co_return failure(ErrorCode::cancelled, what + ": cancelled");
  if (wake == Wake::deadline) {
    auto error = co_await interrupt(what);
    co_return std::unexpected(std::move(error));
  }
  // The guard cancels and closes.
  if (answers.is_cut() && !answers.error()) co_return answers.take_cut();
  guard.over();
  if (answers.error()) co_return std::unexpected(rejection(what, answers));
  if (PQstatus(link.get()) == CONNECTION_BAD) co_return std::unexpected(lost(what));
  if (answers.copies()) {
    link.close();
    co_return failure(ErrorCode::invalid_input, what + ": COPY is not supported");
  }
  if (!answers.passed_limit().empty()) co_return failure(fmt::format("{}: {}", what, answers.passed_limit()));
  co_return answers.take();
}

// Also reads: a server that cannot write its answer stops taking our statement.
asio::awaitable<Wake> Connection::State::send(Deadline deadline) {
  while (PQflush(link.get()) == 1) {
    const auto until = deadline.moment();
    const auto wake = co_await link.readable_or_writable(until);
    if (wake != Wake::ready) co_return wake;
    if (PQconsumeInput(link.get()) == 0) break;
  }
  co_return Wake::ready;
}

// Until the server has said everything, or the connection is gone; then libpq still returns what had arrived.
asio::awaitable<Wake> Connection::State::receive(Answers& answers, Deadline::Moment until) {
  auto* connection = link.get();
  for (;;) {
    while (PQstatus(connection) == CONNECTION_OK && PQisBusy(connection) == 1) {
      const auto wake = co_await link.readable(until);
      if (wake != Wake::ready) co_return wake;
      answers.arrived(internal::waiting_bytes(PQsocket(connection)));
      if (answers.is_cut()) co_return Wake::ready;
      if (PQconsumeInput(connection) == 0) break;
    }
    const Outcome outcome(PQgetResult(connection));
    if (!outcome) co_return Wake::ready;
    answers.add(outcome.get(), notices);
    if (answers.copies() || answers.is_cut()) co_return Wake::ready;
  }
}

asio::awaitable<Error> Connection::State::interrupt(std::string what) {
  internal::request_cancel(link.get());
  Answers rest({.rows = 0, .bytes = 0});
  const auto until = SystemClock().deadline_in(kCancelGrace).moment();
  const auto wake = co_await receive(rest, until);
  const auto* end = wake == Wake::ready ? "it was cancelled" : "it may still be running";
  link.close();
  co_return Error{ErrorCode::timed_out, fmt::format("{}: no answer before the deadline; {}", what, end)};
}

Error Connection::State::rejection(const std::string& what, const Answers& answers) {
  last_error = *answers.error();
  const auto gone = PQstatus(link.get()) == CONNECTION_BAD;
  if (last_error.sqlstate.empty()) return lost(what);
  if (gone) link.close();
  return {error_code_of(last_error.sqlstate),
          fmt::format("{}: server answered {}", what, last_error.sqlstate), last_error.sqlstate};
}

// When another backend crashes, the server says so to every session by a mere warning before it drops them.
Error Connection::State::lost(const std::string& what) {
  Error error{ErrorCode::unavailable, what + ": the connection is lost"};
  for (const auto& notice : notices)
    if (notice.sqlstate.starts_with("57P")) error.sqlstate = notice.sqlstate;
  if (!error.sqlstate.empty()) error.message += fmt::format("; server said {}", error.sqlstate);
  link.close();
  return error;
}

bool Connection::usable() const { return PQstatus(state_->link.get()) == CONNECTION_OK; }
bool Connection::in_transaction() const {
  const auto status = PQtransactionStatus(state_->link.get());
  return status == PQTRANS_ACTIVE || status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}
int Connection::backend_pid() const { return PQbackendPID(state_->link.get()); }
int Connection::server_version() const { return PQserverVersion(state_->link.get()); }
std::string Connection::server_parameter(const std::string& name) const {
  const char* value = PQparameterStatus(state_->link.get(), name.c_str());
  return value == nullptr ? "" : value;
}
const std::string& Connection::name() const { return state_->name; }
const ServerError& Connection::last_error() const { return state_->last_error; }
void Connection::close() {
  CHECK(!state_->running);
  state_->link.close();
}

}  // namespace selfheal::pg
