#include "tail/log_tail.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "base/limits.h"
#include "base/random.h"
#include "support/log_files.h"
#include "support/memory_intake.h"
#include "support/tail_runner.h"

namespace selfheal::tail {
namespace {

using test::LogFiles;
using test::MemoryIntake;
using test::TailRunner;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Line {
  int number = 0;
  std::string level = "ERROR";
  std::string sqlstate = "23505";
  std::string user = "shop";
  std::string application = "api";
};

std::string json(const Line& line) {
  const Time at = parse_time("2026-11-25 03:59:53Z").value() + std::chrono::milliseconds(line.number);
  auto time = to_rfc3339(at);
  time[10] = ' ';
  time.pop_back();
  return fmt::format(
      R"({{"timestamp":"{} UTC","user":"{}","dbname":"d","pid":7,"session_id":"6b065d39.7","line_num":{},)"
      R"("session_start":"2026-11-25 03:59:53 UTC","error_severity":"{}","state_code":"{}","message":"é",)"
      R"("application_name":"{}","backend_type":"client backend"}})"
      "\n",
      time, line.user, line.number, line.level, line.sqlstate, line.application);
}

LogTailOptions options(const LogFiles& files) {
  return {.server = ServerId("s"),
          .log_directory = files.directory(),
          .own_users = {"selfheal_observe"},
          .name = test::name_by_sqlstate};
}

std::vector<std::int64_t> numbers(const std::vector<EventKey>& keys) {
  std::vector<std::int64_t> found;
  for (const auto& key : keys) found.push_back(key.line_number);
  return found;
}

TEST(LogTail, HandsOverEventsByFingerprintWithAllTheirKeys) {
  LogFiles files;
  files.append("a.json", json({.number = 1}));
  MemoryIntake intake;
  TailRunner tailing(options(files), intake);
  ASSERT_TRUE(tailing.turn_until([&] { return intake.stored.has_value(); }));
  files.append("a.json",
               json({.number = 2}) + json({.number = 3, .sqlstate = "40P01"}) + json({.number = 4}));
  ASSERT_TRUE(tailing.turn_until([&] { return intake.keys.size() == 3; }));
  const auto& batch = intake.batches.back();
  ASSERT_EQ(batch.sightings.size(), 2U);
  const auto& duplicate = batch.sightings[0];
  EXPECT_EQ(duplicate.name.fingerprint, "23505");
  EXPECT_EQ(duplicate.exemplar.key.line_number, 2);
  EXPECT_THAT(numbers(duplicate.keys), ElementsAre(2, 4));
  EXPECT_EQ(duplicate.first_seen, duplicate.keys[0].at);
  EXPECT_EQ(duplicate.last_seen, duplicate.keys[1].at);
  EXPECT_THAT(numbers(batch.sightings[1].keys), ElementsAre(3));
  EXPECT_EQ(batch.lines, 3);
  EXPECT_EQ(batch.server, ServerId("s"));
}

// After a restart beside a quiet server, its log was said not to be read until the next line appeared.
TEST(LogTail, IsPlacedAtOnceWhereTheIntakeKnowsThePlace) {
  LogFiles files;
  files.append("a.json", json({.number = 1}));
  MemoryIntake intake;
  {
    TailRunner first(options(files), intake);
    EXPECT_FALSE(first.counters().is_placed);
    ASSERT_TRUE(first.turn_until([&] { return first.counters().is_placed; }));
  }
  const auto batches = intake.batches.size();
  TailRunner again(options(files), intake);
  ASSERT_TRUE(again.turn_until([&] { return again.counters().is_placed; }));
  EXPECT_EQ(intake.batches.size(), batches);
}

TEST(LogTail, DropsWhatIsNoEventAndItsOwnLines) {
  LogFiles files;
  files.append("a.json", json({.number = 1}));
  MemoryIntake intake;
  TailRunner tailing(options(files), intake);
  ASSERT_TRUE(tailing.turn_until([&] { return intake.stored.has_value(); }));
  files.append("a.json", json({.number = 2, .level = "LOG", .sqlstate = "00000"}) +
                             json({.number = 3, .level = "WARNING", .sqlstate = "01000"}) +
                             json({.number = 4, .user = "selfheal_observe"}) +
                             json({.number = 5, .application = "selfheal-ask"}) + "{\"broken\n" + "\n" +
                             json({.number = 6, .level = "FATAL", .sqlstate = "53300"}) +
                             json({.number = 7, .level = "FEHLER", .sqlstate = "22012"}));
  ASSERT_TRUE(tailing.turn_until([&] { return intake.keys.size() == 2; }));
  EXPECT_THAT(numbers(intake.keys), ElementsAre(6, 7));
  const auto counters = tailing.counters();
  EXPECT_EQ(counters.lines, 7);
  EXPECT_EQ(counters.malformed_lines, 1);
  EXPECT_EQ(counters.other_lines, 2);
  EXPECT_EQ(counters.own_lines, 2);
  EXPECT_EQ(counters.events, 2);
  EXPECT_EQ(counters.bytes_behind, 0U);
  EXPECT_EQ(intake.batches.back().malformed_lines, 1);
}

TEST(LogTail, TakesALineThatMattersForASighting) {
  ErrorEvent event{.sqlstate = "00000",
                   .level = "WARNING",
                   .message = "database \"shop\" must be vacuumed within 9999 transactions"};
  ASSERT_TRUE(take_as_notice(event));
  EXPECT_EQ(event.trouble, "wraparound_warning");
  EXPECT_EQ(event.objects.database, "shop");
  ErrorEvent raised{.level = "WARNING",
                    .message = "page verification failed, really",
                    .context = "PL/pgSQL function f() line 3 at RAISE"};
  EXPECT_FALSE(take_as_notice(raised));
  ErrorEvent ordinary{.level = "LOG", .message = "checkpoint starting: time"};
  EXPECT_FALSE(take_as_notice(ordinary));
  ErrorEvent said{.level = "NOTICE", .message = "pg_hba.conf was not reloaded"};
  EXPECT_FALSE(take_as_notice(said));
}

TEST(LogTail, SavesTheRecordBehindATornOne) {
  LogFiles files;
  files.append("a.json", json({.number = 1}));
  MemoryIntake intake;
  TailRunner tailing(options(files), intake);
  ASSERT_TRUE(tailing.turn_until([&] { return intake.stored.has_value(); }));
  files.append("a.json", json({.number = 2}).substr(0, 150) + json({.number = 3}));
  ASSERT_TRUE(tailing.turn_until([&] { return intake.keys.size() == 1; }));
  EXPECT_THAT(numbers(intake.keys), ElementsAre(3));
  EXPECT_EQ(tailing.counters().malformed_lines, 1);
}

TEST(LogTail, StopsReadingWhileTheStoreRefusesAndLosesNothing) {
  LogFiles files;
  files.append("a.json", json({.number = 1}));
  MemoryIntake intake;
  TailRunner tailing(options(files), intake);
  ASSERT_TRUE(tailing.turn_until([&] { return intake.stored.has_value(); }));
  intake.refuses_all = true;
  files.append("a.json", json({.number = 2}));
  ASSERT_TRUE(tailing.turn_until([&] { return tailing.counters().refusals >= 1; }));
  files.append("a.json", json({.number = 3}));
  ASSERT_TRUE(tailing.turn_until([&] { return tailing.counters().refusals >= 3; }));
  EXPECT_EQ(tailing.counters().lines, 1);
  intake.refuses_all = false;
  ASSERT_TRUE(tailing.turn_until([&] { return intake.keys.size() == 2; }));
  EXPECT_THAT(numbers(intake.keys), ElementsAre(2, 3));
  EXPECT_EQ(intake.dropped_keys, 0);
}

TEST(LogTail, KeepsBatchesWithinTheirLimit) {
  LogFiles files;
  files.append("a.json", json({.number = 1}));
  MemoryIntake intake;
  TailRunner tailing(options(files), intake);
  ASSERT_TRUE(tailing.turn_until([&] { return intake.stored.has_value(); }));
  std::string text;
  constexpr int kEvents = 3500;
  for (int i = 0; i < kEvents; ++i) text += json({.number = 2 + i});
  files.append("a.json", text);
  ASSERT_TRUE(tailing.turn_until([&] { return intake.keys.size() == kEvents; }));
  std::size_t largest = 0;
  for (const auto& batch : intake.batches)
    for (const auto& sighting : batch.sightings) largest = std::max(largest, sighting.keys.size());
  EXPECT_EQ(largest, kBatchEvents);
}

TEST(LogTail, StoresAMovedCheckpointWithoutEvents) {
  LogFiles files;
  files.append("a.json", json({.number = 1}));
  MemoryIntake intake;
  TailRunner tailing(options(files), intake);
  ASSERT_TRUE(tailing.turn_until([&] { return intake.stored.has_value(); }));
  const auto line = json({.number = 2, .level = "LOG"});
  const auto before = intake.stored->offset;
  files.append("a.json", line);
  ASSERT_TRUE(tailing.turn_until([&] { return intake.stored->offset == before + line.size(); }));
  EXPECT_THAT(intake.keys, IsEmpty());
  EXPECT_THAT(intake.batches.back().sightings, IsEmpty());
}

// What may happen to the log between two turns of the tail.
class Storm {
 public:
  Storm(LogFiles& files, Random& random) : files_(files), random_(random) { files_.append(file_, ""); }

  void rage() {
    const auto kind = random_.below(10);
    if (kind == 0) rotate();
    for (auto lines = random_.below(20); lines > 0; --lines) write_line();
  }
  // The end of a line that was written in part.
  void finish() { files_.append(file_, std::exchange(unwritten_, "")); }
  int written() const { return number_; }

 private:
  void rotate() {
    finish();
    ++rotations_;
    if (random_.below(2) == 0) {
      file_ = fmt::format("log-{}.json", random_.below(2) == 0 ? rotations_ : 100'000 - rotations_);
    } else {
      files_.rename(file_, fmt::format("{}.{}", file_, rotations_));
    }
    files_.append(file_, "");
  }
  void write_line() {
    const auto text =
        unwritten_ + json({.number = ++number_, .sqlstate = fmt::format("{:05}", random_.below(5))});
    const auto now = random_.below(8) == 0 ? random_.below(text.size()) : text.size();
    files_.append(file_, text.substr(0, now));
    unwritten_ = text.substr(now);
  }

  LogFiles& files_;
  Random& random_;
  std::string file_ = "pg.json";
  std::string unwritten_;
  int number_ = 0;
  int rotations_ = 0;
};

void lose_and_double_nothing(std::uint64_t seed) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  SeededRandom random(seed);
  LogFiles files;
  MemoryIntake intake(&random, 6);
  {
    MemoryIntake quiet;  // the first start, from which everything counts
    TailRunner tailing(options(files), quiet);
    ASSERT_TRUE(tailing.turn_until([&] { return quiet.stored.has_value(); }));
    intake.stored = quiet.stored;
  }
  Storm storm(files, random);
  for (int run = 0; run < 12; ++run) {
    TailRunner tailing(options(files), intake);
    for (int step = 0; step < 15; ++step) {
      storm.rage();
      // Sometimes it sees nothing of this, as when it reads slower than the server writes.
      for (auto turns = random.below(12); turns > 0; --turns) tailing.turn_until([] { return false; }, 1ms);
    }
    // The tail stops here wherever it stands, and the log goes on without it.
    if (run % 3 == 0) storm.rage();
  }
  storm.finish();
  TailRunner tailing(options(files), intake);
  ASSERT_TRUE(tailing.turn_until([&] {
    return intake.keys.size() >= static_cast<std::size_t>(storm.written());
  })) << intake.keys.size()
      << " of " << storm.written();
  auto found = numbers(intake.keys);
  ASSERT_EQ(found.size(), static_cast<std::size_t>(storm.written()));
  std::ranges::sort(found);
  for (int i = 0; i < storm.written(); ++i) ASSERT_EQ(found[i], i + 1) << "lost";
  EXPECT_EQ(tailing.counters().possible_gaps, 0);
  EXPECT_LE(intake.dropped_keys, intake.keys_of_lost_answers) << "read twice";
  std::int64_t newest = 0;
  for (const auto& batch : intake.new_keys) {
    const auto [first, last] = std::ranges::minmax(numbers(batch));
    EXPECT_GT(first, newest) << "out of order";
    newest = last;
  }
}

TEST(LogTail, LosesAndDoublesNothingThroughRotationsStopsAndRefusals) {
  const auto* given = std::getenv("SELFHEAL_SEED");
  const auto first = given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().next() % 1'000'000;
  for (std::uint64_t seed = first; seed < first + 3 && !::testing::Test::HasFatalFailure(); ++seed)
    lose_and_double_nothing(seed);
}

// One record of PostgreSQL 15's csvlog, over two lines.
std::string csv(int number) {
  return fmt::format(
      "2026-11-25 03:59:53.{:03} UTC,\"shop\",\"d\",7,\"[local]\",6b065d39.7,{},\"SELECT\","
      "2026-11-25 03:59:53 UTC,3/4,0,ERROR,22012,\"division by zero\",,,,,,\"select 1\n  / \"\"0\"\"\",,,"
      "\"api\",\"client backend\",,0\n",
      number, number);
}

std::string plain(int number) {
  return fmt::format(
      "2026-11-25 03:59:53.{:03} UTC [7] shop@d ERROR:  division by zero\n"
      "2026-11-25 03:59:53.{:03} UTC [7] shop@d STATEMENT:  select 1\n\t  / 0\n",
      number, number);
}

std::string statement_of_last(const MemoryIntake& intake) {
  return intake.batches.back().sightings.back().exemplar.statement;
}

TEST(LogTail, StandsInFrontOfARecordThatIsNotCompleteYet) {
  LogFiles files;
  files.append("a.csv", csv(1));
  auto csv_options = options(files);
  csv_options.format = LogFormat::csvlog;
  MemoryIntake intake;
  const auto half = csv(3).find('\n') + 1;
  {
    TailRunner tailing(csv_options, intake);
    ASSERT_TRUE(tailing.turn_until([&] { return intake.stored.has_value(); }));
    files.append("a.csv", csv(2) + csv(3).substr(0, half));
    ASSERT_TRUE(tailing.turn_until([&] { return intake.keys.size() == 1; }));
    EXPECT_EQ(intake.stored->offset, csv(1).size() + csv(2).size());
  }
  TailRunner again(csv_options, intake);
  files.append("a.csv", csv(3).substr(half));
  ASSERT_TRUE(again.turn_until([&] { return intake.keys.size() == 2; }));
  EXPECT_THAT(numbers(intake.keys), ElementsAre(2, 3));
  EXPECT_EQ(statement_of_last(intake), "select 1\n  / \"0\"");
  EXPECT_EQ(intake.dropped_keys, 0);
  EXPECT_EQ(again.counters().malformed_lines, 0);
}

TEST(LogTail, EndsThePlainRecordThatNothingFollows) {
  LogFiles files;
  files.append("pg.log", plain(1));
  files.append("pg.json", json({.number = 9}));
  files.append("other.log", "a line of another program\n");
  auto plain_options = options(files);
  plain_options.format = LogFormat::stderr_;
  plain_options.log_filename = "pg.log";
  plain_options.log_line_prefix = "%m [%p] %q%u@%d ";
  MemoryIntake intake;
  TailRunner tailing(plain_options, intake);
  ASSERT_TRUE(tailing.turn_until([&] { return intake.stored.has_value(); }));
  files.append("pg.log", plain(2));
  files.append("other.log", "another\n");
  ASSERT_TRUE(tailing.turn_until([&] { return intake.keys.size() == 1; }));
  EXPECT_EQ(statement_of_last(intake), "select 1\n  / 0");
  EXPECT_EQ(intake.stored->offset, plain(1).size() + plain(2).size());
  files.append("pg.log", plain(3) + plain(4));
  ASSERT_TRUE(tailing.turn_until([&] { return intake.keys.size() == 3; }));
  EXPECT_EQ(tailing.counters().malformed_lines, 0);
}

TEST(LogTail, EndsAPlainRecordWithItsFile) {
  LogFiles files;
  files.append("pg.log", plain(1));
  auto plain_options = options(files);
  plain_options.format = LogFormat::stderr_;
  plain_options.log_line_prefix = "%m [%p] %q%u@%d ";
  MemoryIntake intake;
  {
    TailRunner tailing(plain_options, intake);
    ASSERT_TRUE(tailing.turn_until([&] { return intake.stored.has_value(); }));
  }
  files.append("pg.log", plain(2));
  files.rename("pg.log", "pg.log.1");
  files.append("pg.log", "\tcontinues nothing\n" + plain(3));
  TailRunner tailing(plain_options, intake);
  ASSERT_TRUE(tailing.turn_until([&] { return intake.keys.size() == 2; }));
  EXPECT_EQ(statement_of_last(intake), "select 1\n  / 0");
  EXPECT_EQ(tailing.counters().malformed_lines, 1);
}

TEST(LogTail, SeesALineWithinMillisecondsOfItsWriting) {
  LogFiles files;
  files.append("a.json", json({.number = 1}));
  MemoryIntake intake;
  TailRunner tailing(options(files), intake);
  ASSERT_TRUE(tailing.turn_until([&] { return intake.stored.has_value(); }));
  const SystemClock clock;
  std::vector<Duration> delays;
  for (int i = 0; i < 20; ++i) {
    files.append("a.json", json({.number = 2 + i}));
    const auto written = clock.steady_now();
    ASSERT_TRUE(tailing.turn_until([&] { return intake.keys.size() == static_cast<std::size_t>(i + 1); }));
    delays.push_back(std::chrono::duration_cast<Duration>(clock.steady_now() - written));
  }
  std::ranges::sort(delays);
  // Without inotify the median would be half of the look period.
  EXPECT_LT(delays[10], kLookPeriod / 5) << delays[10];
}

}  // namespace
}  // namespace selfheal::tail
