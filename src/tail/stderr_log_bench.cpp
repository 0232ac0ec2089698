// How many lines of the plain-text log one CPU second reads.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "tail/stderr_log.h"

namespace selfheal::tail {
namespace {

std::vector<std::string> errors(std::string_view user) {
  std::vector<std::string> lines;
  for (int i = 0; i < 500; ++i) {
    const auto head =
        fmt::format("2026-11-25 03:59:{:02}.{:03} UTC [{}] {}@shop ", i / 60, i, 10'000 + i % 7, user);
    lines.push_back(head + "ERROR:  duplicate key value violates unique constraint \"t_pkey\"");
    lines.push_back(head + fmt::format("DETAIL:  Key (id)=({}) already exists.", i));
    lines.push_back(head + fmt::format("STATEMENT:  insert into t(id, note)"));
    lines.push_back(fmt::format("\t  values ({}, 'some text')", i));
  }
  return lines;
}

void decode(benchmark::State& state, const std::vector<std::string>& lines) {
  std::size_t bytes = 0;
  for (const auto& line : lines) bytes += line.size() + 1;
  const auto decoder = stderr_decoder(ServerId("s"), {.log_line_prefix = "%m [%p] %q%u@%d "});
  for (auto _ : state)
    for (const auto& line : lines) {
      auto decoded = decoder->take({.text = line}, Time{});
      benchmark::DoNotOptimize(decoded);
    }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(lines.size()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

void decode_stderr(benchmark::State& state) { decode(state, errors("app")); }
// Two readings are possible in each line.
void decode_stderr_ambiguous(benchmark::State& state) { decode(state, errors("a@b c")); }
void decode_stderr_foreign(benchmark::State& state) {
  decode(state, std::vector<std::string>(1000, "cp: cannot stat '/archive/000000010000000000000001'"));
}

BENCHMARK(decode_stderr);
BENCHMARK(decode_stderr_ambiguous);
BENCHMARK(decode_stderr_foreign);

}  // namespace
}  // namespace selfheal::tail
