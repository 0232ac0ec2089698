#include "pg/read_only.h"

#include <benchmark/benchmark.h>

#include <string>

#include "base/limits.h"

namespace selfheal::pg {
namespace {

// A question of a person, one of a report, and the longest that is let in.
std::string statement_of(std::size_t bytes) {
  std::string sql = "SELECT o.status, count(*) FROM orders o JOIN users u ON u.id = o.user_id WHERE u.id = 1";
  while (sql.size() + 60 < bytes) sql += " OR (o.amount > 12.5 AND lower(u.email) = 'ann@example.com')";
  return sql + " GROUP BY 1";
}

CatalogFacts facts_of(const NamesUsed& names) {
  CatalogFacts facts;
  for (const auto& use : names.relations)
    facts.relations.push_back({.used = use, .schema = "public", .name = use.name, .is_readable = true});
  return facts;
}

// Both looks of the gate, without the server's answer between them.
void pass(benchmark::State& state) {
  const auto sql = statement_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    const auto draft = draft_read_only(sql);
    if (!draft || !draft->approve(facts_of(draft->names()))) state.SkipWithError("refused");
  }
  state.SetLabel(std::to_string(sql.size()) + " bytes");
}
BENCHMARK(pass)->Arg(100)->Arg(1 << 10)->Arg(kParsedSqlBytes)->Unit(benchmark::kMicrosecond);

void refuse(benchmark::State& state) {
  const std::string sql = "SELECT pg_sleep(10)";
  for (auto _ : state) {
    const auto draft = draft_read_only(sql);
    if (!draft || draft->approve(facts_of(draft->names()))) state.SkipWithError("not refused");
  }
}
BENCHMARK(refuse)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace selfheal::pg
