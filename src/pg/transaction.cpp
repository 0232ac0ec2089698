#include "pg/transaction.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"

namespace selfheal::pg {
namespace {

std::string_view words_of(Isolation isolation) {
  switch (isolation) {
    case Isolation::read_committed:
      return "READ COMMITTED";
    case Isolation::repeatable_read:
      return "REPEATABLE READ";
    case Isolation::serializable:
      return "SERIALIZABLE";
  }
  std::unreachable();
}

}  // namespace

Task<Transaction> Transaction::begin(Connection& connection, TransactionOptions options, Deadline deadline) {
  CHECK(!connection.in_transaction());
  auto sql = fmt::format("BEGIN ISOLATION LEVEL {} {}", words_of(options.isolation),
                         options.read_only ? "READ ONLY" : "READ WRITE");
  std::vector<Param> none;
  CO_TRY_OK(co_await connection.query(std::move(sql), std::move(none), deadline));
  co_return Transaction(connection);
}

Transaction::~Transaction() {
  if (connection_ != nullptr) connection_->close();
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

StatusTask Transaction::commit(Deadline deadline) {
  CHECK(connection_ != nullptr);
  const bool sent = connection_->usable();
  std::vector<Param> none;
  const auto answer = co_await connection_->query("COMMIT", std::move(none), deadline);
  auto& connection = *std::exchange(connection_, nullptr);
  const auto where = "commit on " + connection.name();
  if (!answer && sent && !connection.usable())
    co_return std::unexpected(Error{
        answer.error().code, where + ": nobody knows whether it committed, the answer was lost", "08007"});
  if (!answer) {
    if (connection.in_transaction()) connection.close();
    co_return std::unexpected(answer.error());
  }
  if (answer->command_tag != "COMMIT")
    co_return std::unexpected(
        Error{ErrorCode::failed, where + ": the transaction had failed and was rolled back", "25P02"});
  co_return Status();
}

StatusTask Transaction::rollback(Deadline deadline) {
  CHECK(connection_ != nullptr);
  std::vector<Param> none;
  CO_TRY_OK(co_await connection_->query("ROLLBACK", std::move(none), deadline));
  connection_ = nullptr;
  co_return Status();
}

}  // namespace selfheal::pg
