#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "pg/message_template.h"
#include "pg/redact.h"
#include "pg/statement.h"

namespace selfheal::pg {
namespace {

constexpr std::array<const char*, 8> kMessages = {
    "duplicate key value violates unique constraint \"orders_pkey\"",
    "null value in column \"email\" of relation \"customers\" violates not-null constraint",
    "canceling statement due to lock timeout",
    "column \"nope\" of relation \"orders\" does not exist",
    "invalid input syntax for type integer: \"abc\"",
    "process 4711 still waiting for ShareLock on transaction 745 after 1000.123 ms",
    "could not open file \"base/16384/2619\": No such file or directory",
    "order 17 of the shop was refused because of its state",
};

void match(benchmark::State& state) {
  const std::string text = kMessages[static_cast<std::size_t>(state.range(0))];
  for (auto _ : state) benchmark::DoNotOptimize(match_message(text));
  state.SetLabel(text);
}
BENCHMARK(match)->DenseRange(0, kMessages.size() - 1);

void shape(benchmark::State& state) {
  std::string sql =
      "select o.id, o.ref from orders o join users u on u.id = o.user_id where u.email = 'ann@x.io' and o.id "
      "in (1, 2, 3)";
  while (sql.size() < static_cast<std::size_t>(state.range(0)))
    sql += " or o.ref = 'a''b' and o.amount > 12.5";
  for (auto _ : state) benchmark::DoNotOptimize(shape_of(sql));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * sql.size()));
}
BENCHMARK(shape)->Arg(100)->Arg(1 << 10)->Arg(64 << 10)->Arg(1 << 20);

void redact_error(benchmark::State& state) {
  const ErrorFields fields{.sqlstate = "23505",
                           .message = kMessages[0],
                           .detail = "Key (id)=(17) already exists.",
                           .statement = "insert into orders(id, ref) values (17, 'x') returning id",
                           .objects = {.schema = "public", .table = "orders", .constraint = "orders_pkey"}};
  for (auto _ : state) benchmark::DoNotOptimize(redact(fields));
}
BENCHMARK(redact_error);

}  // namespace
}  // namespace selfheal::pg
