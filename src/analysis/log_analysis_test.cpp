#include "analysis/log_analysis.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <charconv>
#include <functional>
#include <string>

#include "analysis/internal/event_names.h"
#include "base/limits.h"
#include "base/thread.h"
#include "healing/fingerprint/fingerprint.h"
#include "healing/taxonomy/taxonomy.h"
#include "pg/message_template.h"
#include "pg/statement.h"

namespace selfheal::analysis {
namespace {

const Time kStart = *parse_time("2026-11-25T08:00:00Z");

void on_deep_stack(std::function<void()> body) {
  Thread worker("analysis", kWorkerStackBytes, std::move(body));
  worker.join();
}

ErrorEvent error(const std::string& sqlstate, const std::string& message, const std::string& statement = {}) {
  ErrorEvent event;
  event.key.at = kStart;
  event.level = "ERROR";
  event.sqlstate = sqlstate;
  event.message = message;
  event.statement = statement;
  return event;
}

ErrorEvent line(const std::string& level, const std::string& message) {
  auto event = error("00000", message);
  event.level = level;
  return event;
}

// What the rest of the product calls it.
Fingerprint slowly(ErrorEvent event) {
  const auto matched = pg::match_message(event.message);
  if (matched) event.objects = matched->names();
  return healing::fingerprint_of(event,
                                 event.statement.empty() ? "" : pg::statement_fingerprint(event.statement));
}

std::uint64_t number_of(const std::string& digits) {
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

TEST(EventNames, SayOfEachEventWhatItsFirstSightingSays) {
  on_deep_stack([] {
    EventNames names(nullptr);
    for (int i = 0; i < 50; ++i) {
      auto raised = error("23505", "duplicate key value violates unique constraint \"a_pkey\"");
      raised.context = "PL/pgSQL function f() line 3 at RAISE\nSQL statement";
      for (const auto& event :
           {error("23505", "duplicate key value violates unique constraint \"a_pkey\"",
                  fmt::format("INSERT INTO a VALUES ({}, 'x{}')", i, i * 3)),
            error("23505", "duplicate key value violates unique constraint \"b_pkey\"",
                  fmt::format("INSERT INTO b VALUES ({})", i)),
            error("22P02", fmt::format("invalid input syntax for type integer: \"a{}\"", i),
                  fmt::format("SELECT * FROM t WHERE id = 'a{}'", i)),
            error("42601", "syntax error at or near \"FROM\"",
                  fmt::format("SELECT id, FROM a WHERE b = {}", i)),
            error("40P01", "deadlock detected"), raised}) {
        const auto named = names.name(event);
        const auto expected = slowly(event);
        ASSERT_EQ(named.message->family, expected.family) << event.message;
        ASSERT_EQ(named.fingerprint, number_of(expected.fingerprint)) << event.message;
        ASSERT_EQ(named.message->error_class.why, healing::classify(event).why) << event.message;
      }
    }
    EXPECT_EQ(names.parses(), 4);
  });
}

TEST(LogAnalysis, AddsUpFamiliesLevelsAndKinds) {
  on_deep_stack([] {
    LogAnalysis analysis;
    for (int i = 0; i < 30; ++i) {
      auto event = error("23505", "duplicate key value violates unique constraint \"a_pkey\"",
                         fmt::format("INSERT INTO a VALUES ({})", i));
      event.key.at = kStart + i * 1s;
      analysis.add(event);
    }
    analysis.add(error("42P01", "relation \"x\" does not exist", "SELECT * FROM x"));
    analysis.add(error("42P01", "relation \"x\" does not exist", "DELETE FROM x"));
    analysis.add(line("LOG", "checkpoint complete: wrote 1 buffers (0.0%)"));
    analysis.add_routine(7);
    const auto summary = analysis.take();
    EXPECT_EQ(summary.records, 40);
    EXPECT_EQ(summary.events, 32);
    EXPECT_EQ(summary.levels.at("ERROR"), 32);
    EXPECT_EQ(summary.levels.at("LOG"), 8);
    EXPECT_EQ(summary.categories.at(Category::duplicate_data), 30);
    EXPECT_EQ(summary.first, kStart);
    EXPECT_EQ(summary.last, kStart + 29s);
    ASSERT_EQ(summary.families.size(), 2u);
    EXPECT_EQ(summary.families[0].name, "v1|23505|constraint=a_pkey");
    EXPECT_EQ(summary.families[0].count, 30);
    EXPECT_EQ(summary.families[0].statements, 1u);
    EXPECT_EQ(summary.families[0].error_class.condition, "unique_violation");
    EXPECT_EQ(summary.families[1].statements, 2u);
    ASSERT_EQ(summary.notables.size(), 1u);
    EXPECT_EQ(summary.notables[0].row->name, "checkpoint");
  });
}

TEST(LogAnalysis, TellsApartErrorsWithoutACodeByTheirSentence) {
  on_deep_stack([] {
    LogAnalysis analysis;
    for (int i = 0; i < 5; ++i) {
      analysis.add(error("", fmt::format("Schlüssel {} von \"t{}\" fehlt", i * 100, i)));
      analysis.add(error("", "etwas anderes"));
    }
    EXPECT_EQ(analysis.take().families.size(), 2u);
  });
}

TEST(LogAnalysis, NoticesWhatIsNoError) {
  const std::pair<const char*, const char*> cases[] = {
      {"process 12 still waiting for ShareLock on transaction 5 after 1000.1 ms", "lock_wait"},
      {"temporary file: path \"base/pgsql_tmp/pgsql_tmp1.0\", size 420000", "temporary_file"},
      {"server process (PID 7) was terminated by signal 9: Killed", "crash"},
      {"database \"shop\" must be vacuumed within 10985967 transactions", "wraparound"},
      {"automatic vacuum of table \"shop.public.t\": index scans: 1", "autovacuum"},
      {"automatic aggressive vacuum to prevent wraparound of table \"shop.public.t\": index scans: 1",
       "vacuum_to_prevent_wraparound"},
      {"checkpoints are occurring too frequently (3 seconds apart)", "checkpoints_too_often"},
      {"unexpected EOF on client connection with an open transaction", "lost_transaction"},
      {"archive command failed with exit code 1", "archive_failed"},
      {"pg_hba.conf was not reloaded", "configuration_refused"},
  };
  for (const auto& [message, name] : cases) {
    const auto* row = find_notable(message);
    ASSERT_NE(row, nullptr) << message;
    EXPECT_EQ(row->name, name) << message;
  }
  EXPECT_EQ(find_notable("checkpoint starting: time"), nullptr);
  EXPECT_EQ(find_notable(""), nullptr);
}

TEST(Families, KeepTheFrequentOnesOfAFloodAndSayHowSureTheyAre) {
  Families families(10);
  const ErrorClass error_class;
  for (int i = 0; i < 20'000; ++i) {
    families.add("frequent", error_class, error("1", "m"), 1);
    families.add(fmt::format("rare {}", i), error_class, error("2", "m"), 2);
  }
  EXPECT_GT(families.replaced(), 10'000);
  const auto kept = families.take();
  ASSERT_EQ(kept.size(), 10u);
  EXPECT_EQ(kept[0].name, "frequent");
  EXPECT_EQ(kept[0].count, 20'000);
  EXPECT_EQ(kept[0].surplus, 0);
  for (std::size_t i = 1; i < kept.size(); ++i) EXPECT_EQ(kept[i].count - kept[i].surplus, 1);
}

TEST(Families, CutTheTextsOfAnExample) {
  Families families;
  auto event = error("1", "");
  for (std::size_t i = 0; i < kExampleBytes; ++i) event.statement += "ä";
  families.add("a", {}, event, 1);
  const auto kept = families.take();
  EXPECT_EQ(kept[0].example.statement.size(), kExampleBytes);
}

TEST(LogAnalysis, BoundsTheNumberOfLevels) {
  on_deep_stack([] {
    LogAnalysis analysis;
    for (int i = 0; i < 1000; ++i) analysis.add(line(fmt::format("LEVEL{}", i), "m"));
    EXPECT_LE(analysis.take().levels.size(), 21u);
  });
}

}  // namespace
}  // namespace selfheal::analysis
