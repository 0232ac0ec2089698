#include "watch/internal/probing.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "pg/transaction.h"

namespace selfheal::watch::internal {
namespace {

// The server ends a statement this much before our deadline, because a deadline that passes costs the
// connection.
constexpr Duration kAnswerMargin = 100ms;

std::int64_t milliseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

Task<pg::Rows> rows_of(pg::Connection& connection, const healing::Probe& probe,
                       std::vector<pg::Param> parameters, Clock& clock, Deadline deadline) {
  const pg::TransactionOptions read_only{.read_only = true};
  CO_TRY(auto transaction, co_await pg::Transaction::begin(connection, read_only, deadline));
  const auto time = std::clamp(clock.left(deadline) - kAnswerMargin, Duration(10ms), kProbeTimeout);
  auto limits = fmt::format("SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}",
                            milliseconds(time), milliseconds(kLockTimeoutOfProbes));
  CO_TRY_OK(co_await connection.script(std::move(limits), deadline));
  const pg::ResultLimits most{.rows = std::min(probe.row_limit(), kProbeRows)};
  auto sql = probe.sql().text();
  auto rows = co_await connection.query(std::move(sql), std::move(parameters), deadline, most);
  if (connection.usable()) {
    const auto over = co_await transaction.rollback(deadline);
    if (!over && rows) co_return std::unexpected(over.error());
  }
  co_return rows;
}

std::string reason_of(const Error& error, const healing::Probe& probe) {
  if (error.sqlstate == "42501") return fmt::format("{}; the probe needs {}", error.message, probe.needs());
  return error.message;
}

}  // namespace

EvidenceItem item_of(const healing::Probe& probe, Time now) {
  return {.probe = probe.name(), .taken_at = now, .sql = probe.sql().text()};
}

EvidenceItem with_outcome(EvidenceItem item, ProbeStatus status, std::string why) {
  item.status = status;
  item.why = std::move(why);
  return item;
}

Result<std::vector<pg::Param>> parameters_for(const healing::Probe& probe,
                                              const healing::ProbeParameters& given) {
  std::vector<pg::Param> values;
  for (const auto& name : probe.parameters()) {
    const auto found = given.find(name);
    if (found == given.end())
      return failure(ErrorCode::not_found, fmt::format("it needs a {}, which the error does not name", name));
    values.emplace_back(found->second);
  }
  return values;
}

asio::awaitable<EvidenceItem> ask(pg::Connection& connection, const healing::Probe& probe,
                                  std::vector<pg::Param> parameters, Clock& clock, Deadline deadline) {
  auto item = item_of(probe, clock.now());
  if (connection.server_version() / 10'000 < probe.since())
    co_return with_outcome(std::move(item), ProbeStatus::not_applicable,
                           fmt::format("it needs PostgreSQL {} or later", probe.since()));
  const auto begun = clock.steady_now();
  auto rows = co_await rows_of(connection, probe, std::move(parameters), clock, deadline);
  item.took = std::chrono::duration_cast<Duration>(clock.steady_now() - begun);
  if (!rows) co_return with_outcome(std::move(item), ProbeStatus::failed, reason_of(rows.error(), probe));
  item.status = ProbeStatus::answered;
  item.columns = std::move(rows->columns);
  item.rows = std::move(rows->rows);
  co_return item;
}

}  // namespace selfheal::watch::internal
