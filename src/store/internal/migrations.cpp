#include "store/internal/migrations.h"

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "base/check.h"
#include "base/log.h"
#include "base/random.h"
#include "pg/params.h"
#include "pg/transaction.h"
#include "store/internal/row.h"
#include "store/internal/sql.h"

namespace selfheal::embedded {
std::span<const EmbeddedFile> store_migrations();
}

namespace selfheal::store {
namespace {

int number_of(const EmbeddedFile& file) {
  int number = 0;
  const auto [end, error] = std::from_chars(file.name.data(), file.name.data() + file.name.size(), number);
  CHECK(error == std::errc{} && *end == '_');
  return number;
}

// number -> SHA-256 of what was applied.
Task<std::map<int, std::string>> applied(pg::Connection& connection, Deadline deadline) {
  std::map<int, std::string> out;
  CO_TRY(const auto exist, co_await connection.query(sql("migrations_exist"), {}, deadline));
  Row answer(exist, 0);
  if (!answer.truth("exist")) co_return out;
  CO_TRY(const auto rows, co_await connection.query(sql("migrations_applied"), {}, deadline));
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    Row row(rows, i);
    out[static_cast<int>(row.number("number"))] = row.text("sha256");
    CO_TRY_OK(row.status());
  }
  co_return out;
}

Status check_history(const std::map<int, std::string>& applied, std::span<const EmbeddedFile> migrations) {
  const int newest = migrations.empty() ? 0 : number_of(migrations.back());
  if (!applied.empty() && applied.rbegin()->first > newest)
    return failure(fmt::format(
        "the store's schema has migration {}, this program knows {} at most: it was used by a newer "
        "version; start that one",
        applied.rbegin()->first, newest));
  for (const auto& file : migrations) {
    const auto found = applied.find(number_of(file));
    if (found != applied.end() && found->second != sha256_hex(file.text))
      return failure(fmt::format(
          "migration {} of the store was applied with another text than this program has", file.name));
  }
  return {};
}

StatusTask apply(pg::Connection& connection, EmbeddedFile file, const Clock& clock, Deadline deadline) {
  CO_TRY(auto transaction, co_await pg::Transaction::begin(connection, {}, deadline));
  const auto done = co_await connection.script(std::string(file.text), deadline);
  if (!done)
    co_return failure(done.error().code, fmt::format("migration {}: {}", file.name, done.error().message));
  std::vector<pg::Param> record{pg::to_param(number_of(file)), std::string(file.name), sha256_hex(file.text),
                                pg::to_param(clock.now())};
  CO_TRY_OK(co_await connection.query(sql("migration_record"), std::move(record), deadline));
  CO_TRY_OK(co_await transaction.commit(deadline));
  log::info("store: applied migration {}", file.name);
  co_return Status();
}

StatusTask apply_missing(pg::Connection& connection, std::span<const EmbeddedFile> migrations,
                         const Clock& clock, Deadline deadline) {
  CO_TRY(const auto before, co_await applied(connection, deadline));
  CO_TRY_OK(check_history(before, migrations));
  for (const auto& file : migrations) {
    if (before.contains(number_of(file))) continue;
    CO_TRY_OK(co_await apply(connection, file, clock, deadline));
  }
  co_return Status();
}

}  // namespace

std::span<const EmbeddedFile> migrations() { return embedded::store_migrations(); }

StatusTask migrate(pg::Connection& connection, std::span<const EmbeddedFile> migrations, const Clock& clock,
                   Deadline deadline) {
  CO_TRY_OK(co_await connection.query(sql("migrations_lock"), {}, deadline));
  auto done = co_await apply_missing(connection, migrations, clock, deadline);
  if (connection.usable() && !connection.in_transaction()) {
    const auto unlocked = co_await connection.query(sql("migrations_unlock"), {}, deadline);
    if (done && !unlocked) co_return std::unexpected(unlocked.error());
  }
  co_return done;
}

}  // namespace selfheal::store
