#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/task.h"
#include "pg/connection.h"
#include "pg/params.h"
#include "pg/transaction.h"
#include "store/internal/pool.h"
#include "store/internal/row.h"

namespace selfheal::store {

// What every part of the store works with; lives as long as the store.
struct Context {
  TenantId tenant;
  Clock& clock;
  Pool& writer;   // one connection: filing, treatments, changes
  Pool& readers;  // what pages and healing look up

  // The tenant, which is $1 of every query of ours, and what follows.
  std::vector<pg::Param> params(std::vector<pg::Param> rest) const {
    rest.insert(rest.begin(), pg::to_param(tenant.value()));
    return rest;
  }
};

// One query of ours by its name, alone, on a connection of the pool. `rest` are $2, $3 …
Task<pg::Rows> ask(const Context& context, Pool& pool, std::string_view query, std::vector<pg::Param> rest,
                   Deadline deadline);
// The same inside a transaction.
Task<pg::Rows> ask(const Context& context, pg::Connection& connection, std::string_view query,
                   std::vector<pg::Param> rest, Deadline deadline);

// A transaction of our own on the writer's connection. When it is left early, by an error, the connection is
// closed, which rolls back, and the pool replaces it; an ordinary refusal calls refuse() and keeps the
// connection.
class Change {
 public:
  static Task<Change> begin(const Context& context, Deadline deadline);
  Task<pg::Rows> ask(std::string_view query, std::vector<pg::Param> rest);
  // A query whose rejection is an ordinary answer. On an error the transaction is rolled back and the error
  // returned.
  Task<pg::Rows> attempt(std::string_view query, std::vector<pg::Param> rest);
  StatusTask commit();
  StatusTask rollback();

 private:
  Change(const Context& context, Lease lease, pg::Transaction transaction, Deadline deadline)
      : context_(&context),
        lease_(std::move(lease)),
        transaction_(std::move(transaction)),
        deadline_(deadline) {}
  const Context* context_;
  Lease lease_;
  pg::Transaction transaction_;
  Deadline deadline_;
};

// Text of a parameter that people or watched servers chose.
pg::Param storable_param(std::string_view text);

}  // namespace selfheal::store
