// How many lines of jsonlog one CPU second reads.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tail/file_follower.h"
#include "tail/internal/line_splitter.h"
#include "tail/json_log.h"

namespace selfheal::tail {
namespace {

// What a duplicate key costs with log_error_verbosity = verbose.
constexpr std::string_view kBefore =
    R"json({"timestamp":"2026-11-25 03:59:53.425 @","user":"postgres","dbname":"shop",)json"
    R"json("pid":10699,"remote_host":"10.0.0.7","remote_port":50122,"session_id":"6b065d39.29cb","line_num":)json";
constexpr std::string_view kAfter =
    R"json(,"ps":"INSERT","session_start":"2026-11-25 03:59:53 @","vxid":"3/4",)json"
    R"json("txid":726,"error_severity":"ERROR","state_code":"23505","message":"duplicate key value violates unique )json"
    R"json(constraint \"t_pkey\"","detail":"Key (id)=(1) already exists.","statement":"insert into t values(1,'b\"q')",)json"
    R"json("func_name":"_bt_check_unique","file_name":"nbtinsert.c","file_line_num":664,"application_name":"api",)json"
    R"json("backend_type":"client backend","query_id":6001169402895556140})json";

std::string line_of(int number, std::string_view zone) {
  auto line = fmt::format("{}{}{}", kBefore, number, kAfter);
  for (auto at = line.find('@'); at != std::string::npos; at = line.find('@')) line.replace(at, 1, zone);
  return line;
}

void decode(benchmark::State& state, std::string_view zone) {
  std::vector<std::string> lines;
  for (int i = 1; i <= 1000; ++i) lines.push_back(line_of(i, zone));
  JsonLogDecoder decoder(ServerId("s"));
  for (auto _ : state)
    for (const auto& line : lines) {
      auto record = decoder.decode({line, false}, Time{});
      if (!record) state.SkipWithError(record.error().message.c_str());
      benchmark::DoNotOptimize(record);
    }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(lines.size()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(lines.size() * lines[0].size()));
}

void decode_utc(benchmark::State& state) { decode(state, "UTC"); }
void decode_abbreviation(benchmark::State& state) { decode(state, "CET"); }

void split(benchmark::State& state) {
  std::string text;
  for (int i = 1; i <= 400; ++i) text += line_of(i, "UTC") + "\n";
  for (auto _ : state) {
    LineSplitter splitter;
    splitter.feed(text);
    while (auto line = splitter.next()) benchmark::DoNotOptimize(line);
  }
  state.SetItemsProcessed(state.iterations() * 400);
}

// Files, lines and records together, as the tail reads a backlog; the store and the naming are not part of
// it.
void follow_and_decode(benchmark::State& state) {
  const auto directory = std::filesystem::temp_directory_path() / fmt::format("selfheal-bench-{}", getpid());
  std::filesystem::create_directory(directory);
  constexpr int kLines = 50'000;
  {
    std::ofstream out(directory / "a.json");
    for (int i = 1; i <= kLines; ++i) out << line_of(i, "UTC") << '\n';
  }
  JsonLogDecoder decoder(ServerId("s"));
  for (auto _ : state) {
    FileFollower follower({.log_directory = directory, .checkpoint = Checkpoint{}});
    follower.look();
    for (bool more = true; more;) {
      const auto reading = follower.poll(1000);
      for (const auto& line : reading.lines) benchmark::DoNotOptimize(decoder.decode(line, Time{}));
      more = reading.more;
    }
  }
  state.SetItemsProcessed(state.iterations() * kLines);
  std::filesystem::remove_all(directory);
}

BENCHMARK(follow_and_decode);
BENCHMARK(decode_utc);
BENCHMARK(decode_abbreviation);
BENCHMARK(split);

}  // namespace
}  // namespace selfheal::tail
