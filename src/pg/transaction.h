#pragma once

#include "base/clock.h"
#include "base/task.h"
#include "pg/connection.h"

namespace selfheal::pg {

enum class Isolation { read_committed, repeatable_read, serializable };

struct TransactionOptions {
  Isolation isolation = Isolation::read_committed;
  bool read_only = false;
};

// A transaction on a connection that outlives it. When it is destroyed before commit() or rollback() ended,
// the connection is closed, which rolls back: a half-done transaction never meets the next statement.
class Transaction {
 public:
  // `connection` must be usable and in no transaction.
  static Task<Transaction> begin(Connection& connection, TransactionOptions options, Deadline deadline);
  ~Transaction();
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;

  Connection& connection() const { return *connection_; }

  // Fails with code failed and sqlstate 25P02 when the transaction had failed before: PostgreSQL then rolls
  // back and calls it success. When the connection is lost before the answer, nobody knows whether it
  // committed: the error has sqlstate 08007 (transaction_resolution_unknown), and the caller must look.
  StatusTask commit(Deadline deadline);
  StatusTask rollback(Deadline deadline);

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;  // null when ended or moved from
};

}  // namespace selfheal::pg
