#include "store/internal/context.h"

#include "store/internal/sql.h"
#include "store/internal/text.h"

namespace selfheal::store {

Task<pg::Rows> ask(const Context& context, pg::Connection& connection, std::string_view query,
                   std::vector<pg::Param> rest, Deadline deadline) {
  auto params = context.params(std::move(rest));
  auto rows = co_await connection.query(sql(query), std::move(params), deadline);
  if (!rows) {
    auto error = std::move(rows).error();
    error.message = "store query " + std::string(query) + ": " + error.message;
    co_return std::unexpected(std::move(error));
  }
  co_return rows;
}

Task<pg::Rows> ask(const Context& context, Pool& pool, std::string_view query, std::vector<pg::Param> rest,
                   Deadline deadline) {
  CO_TRY(const auto lease, co_await pool.take(deadline));
  co_return co_await ask(context, *lease, query, std::move(rest), deadline);
}

Task<Change> Change::begin(const Context& context, Deadline deadline) {
  CO_TRY(auto lease, co_await context.writer.take(deadline));
  CO_TRY(auto transaction, co_await pg::Transaction::begin(*lease, {}, deadline));
  co_return Change(context, std::move(lease), std::move(transaction), deadline);
}

Task<pg::Rows> Change::ask(std::string_view query, std::vector<pg::Param> rest) {
  co_return co_await store::ask(*context_, *lease_, query, std::move(rest), deadline_);
}

Task<pg::Rows> Change::attempt(std::string_view query, std::vector<pg::Param> rest) {
  auto rows = co_await ask(query, std::move(rest));
  if (!rows && lease_->usable()) CO_TRY_OK(co_await rollback());
  co_return rows;
}

StatusTask Change::commit() { co_return co_await transaction_.commit(deadline_); }

StatusTask Change::rollback() { co_return co_await transaction_.rollback(deadline_); }

pg::Param storable_param(std::string_view text) { return storable(text); }

}  // namespace selfheal::store
