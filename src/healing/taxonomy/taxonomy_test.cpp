#include "healing/taxonomy/taxonomy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "healing/taxonomy/internal/tables.h"
#include "pg/log_notice.h"

namespace selfheal::healing {
namespace {

struct Sample {
  ErrorEvent event;
  Category category;
  Severity severity;
  bool auto_fixable;
};

// Sentences as PostgreSQL 15 writes them, each in the place where the trouble belongs.
using enum Category;
using enum Severity;
const Sample kSamples[] = {
    {{.sqlstate = "23505", .message = "duplicate key value violates unique constraint \"orders_pkey\""},
     duplicate_data,
     medium,
     false},
    {{.sqlstate = "23505", .message = "could not create unique index \"p_sku\""},
     duplicate_data,
     medium,
     false},
    {{.sqlstate = "23514", .message = "no partition of relation \"ev\" found for row"},
     constraint_violation,
     high,
     true},
    {{.sqlstate = "23514",
      .message = "keine Partition von Relation »ev« für die Zeile gefunden",
      .routine = "ExecFindPartition"},
     constraint_violation,
     high,
     true},
    {{.sqlstate = "23514",
      .message = "new row for relation \"ck\" violates check constraint \"ck_qty_check\""},
     constraint_violation,
     low,
     false},
    {{.sqlstate = "23514",
      .message = "no partition of relation \"ev\" found for row",
      .routine = "ExecConstraints"},
     constraint_violation,
     medium,
     false},
    {{.sqlstate = "55P03", .message = "canceling statement due to lock timeout"},
     lock_contention,
     high,
     true},
    {{.sqlstate = "55P03", .message = "could not obtain lock on row in relation \"acc\""},
     lock_contention,
     low,
     true},
    {{.sqlstate = "57014",
      .message = "canceling statement due to statement timeout",
      .backend_type = "client backend"},
     resource_exhaustion,
     medium,
     false},
    {{.sqlstate = "57014", .message = "canceling statement due to user request"},
     resource_exhaustion,
     low,
     false},
    {{.sqlstate = "57014", .message = "breche Autovacuum-Aufgabe ab", .backend_type = "autovacuum worker"},
     none,
     low,
     false},
    {{.sqlstate = "57014", .message = "canceling autovacuum task"}, none, low, false},
    {{.sqlstate = "01000", .message = "something else"}, none, low, false},
    {{.sqlstate = "01000", .message = "database \"template1\" must be vacuumed within 19999999 transactions"},
     resource_exhaustion,
     high,
     false},
    {{.sqlstate = "01000", .message = "collation \"en-x-icu\" has version mismatch"},
     resource_exhaustion,
     medium,
     false},
    {{.sqlstate = "01000", .message = "database \"icudb\" has a collation version mismatch"},
     resource_exhaustion,
     medium,
     false},
    {{.sqlstate = "01000", .message = "canceling wait for synchronous replication due to user request"},
     connection_issue,
     high,
     false},
    {{.sqlstate = "01000", .message = "skipping \"a\" --- only table or database owner can vacuum it"},
     permission_error,
     medium,
     false},
    {{.sqlstate = "01000", .message = "skipping \"v\" --- cannot vacuum non-tables or special system tables"},
     none,
     low,
     false},
    {{.sqlstate = "0A000", .message = "cached plan must not change result type"}, query_syntax, medium, true},
    {{.sqlstate = "0A000", .message = "cannot truncate a table referenced in a foreign key constraint"},
     query_syntax,
     medium,
     false},
    {{.sqlstate = "55000", .message = "database \"x\" is not currently accepting connections"},
     connection_issue,
     high,
     false},
    {{.sqlstate = "XX000", .message = "tuple concurrently updated"}, lock_contention, medium, true},
    {{.sqlstate = "XX001", .message = "invalid page in block 3 of relation base/5/16395"},
     internal_or_corruption,
     high,
     false},
    {{.sqlstate = "23P01", .message = "conflicting key value violates exclusion constraint \"b\""},
     duplicate_data,
     medium,
     false},
    {{.sqlstate = "42501", .message = "must be owner of table a"}, permission_error, medium, false},
    // A code of a later minor release: its class answers.
    {{.sqlstate = "22P99", .message = "something new"}, constraint_violation, low, false},
    {{.sqlstate = "ZZ999", .message = "something of an extension"}, unknown, medium, false},
    // RAISE with a borrowed code, told by CONTEXT or by the function that raised it.
    {{.sqlstate = "23505",
      .message = "taken",
      .context = "PL/pgSQL function f() line 3 at RAISE\nSQL statement \"SELECT f()\""},
     application_raised,
     medium,
     false},
    {{.sqlstate = "23505",
      .message = "taken",
      .context = "PL/pgSQL function f() line 3 at SQL statement\nPL/pgSQL function g() line 1 at RAISE"},
     duplicate_data,
     medium,
     false},
    {{.sqlstate = "ZZ999", .message = "vergeben", .routine = "exec_stmt_raise"},
     application_raised,
     medium,
     false},
    // No code: only who saw the client's side can say that no server answered.
    {{.intake = Intake::api,
      .message = "connection to server at \"127.0.0.1\", port 56499 failed: Connection refused"},
     connection_issue,
     high,
     false},
    {{.intake = Intake::api, .message = "server closed the connection unexpectedly"},
     connection_issue,
     high,
     false},
    {{.intake = Intake::api,
      .message = "connection to server at \"a\" (10.0.0.1), port 5432 failed: FATAL:  password "
                 "authentication failed for user \"b\""},
     connection_issue,
     high,
     false},
    {{.intake = Intake::log, .message = "server closed the connection unexpectedly"}, unknown, medium, false},
    {{.intake = Intake::api, .message = "could not find the connection timeout setting"},
     unknown,
     medium,
     false},
    {{.intake = Intake::watch, .trouble = "blocked_sessions"}, lock_contention, high, false},
    {{.intake = Intake::watch, .trouble = "idle_in_transaction"}, lock_contention, low, false},
    {{.intake = Intake::watch, .trouble = "connections_near_limit"}, connection_issue, high, false},
    {{.intake = Intake::watch, .trouble = "stale_statistics"}, resource_exhaustion, medium, false},
    {{.intake = Intake::watch, .trouble = "wraparound_age"}, resource_exhaustion, high, false},
    {{.intake = Intake::watch, .trouble = "no_such_finding"}, unknown, medium, false},
    {{}, unknown, medium, false},
};

TEST(Taxonomy, PutsEverySentenceInItsPlace) {
  for (const auto& sample : kSamples) {
    const auto answer = classify(sample.event);
    const auto name = sample.event.sqlstate + sample.event.trouble + " " + sample.event.message;
    EXPECT_EQ(to_word(answer.category), to_word(sample.category)) << name;
    EXPECT_EQ(to_word(answer.severity), to_word(sample.severity)) << name;
    EXPECT_EQ(answer.auto_fixable, sample.auto_fixable) << name;
    EXPECT_FALSE(answer.why.empty()) << name;
  }
}

TEST(Taxonomy, KeepsTheConditionNameOfACodeThatIsSplitOrBorrowed) {
  EXPECT_EQ(
      classify({.sqlstate = "57014", .message = "canceling statement due to statement timeout"}).condition,
      "query_canceled");
  EXPECT_EQ(classify({.sqlstate = "23505", .context = "PL/pgSQL function f() line 3 at RAISE"}).condition,
            "unique_violation");
}

TEST(Taxonomy, IsSorted) {
  EXPECT_TRUE(std::ranges::is_sorted(code_rows(), std::ranges::less{}, &CodeRow::sqlstate));
  EXPECT_TRUE(std::ranges::is_sorted(internal::classes(), std::ranges::less{}, &CodeRow::sqlstate));
  EXPECT_TRUE(std::ranges::is_sorted(internal::splits(), {}, &internal::SplitRow::sqlstate));
}

bool has_class(std::string_view klass) {
  return std::ranges::find(internal::classes(), klass, &CodeRow::sqlstate) != internal::classes().end();
}

TEST(Taxonomy, HasAClassDefaultForEveryCode) {
  for (const auto& row : code_rows()) EXPECT_TRUE(has_class(row.sqlstate.substr(0, 2))) << row.sqlstate;
}

TEST(Taxonomy, SplitsKnownCodesAndGivesEachReason) {
  for (const auto& row : internal::splits()) {
    EXPECT_NE(find_code(row.sqlstate), nullptr) << row.sqlstate;
    EXPECT_FALSE(row.why.empty()) << row.sqlstate;
    EXPECT_FALSE(row.message.empty() && row.backend_type.empty()) << row.sqlstate;
  }
}

TEST(Taxonomy, PatternsFitFromTheStartWithGaps) {
  EXPECT_TRUE(internal::fits("a * c", "a b c d"));
  EXPECT_TRUE(internal::fits("*c", "a b c"));
  EXPECT_TRUE(internal::fits("a*", "a"));
  EXPECT_FALSE(internal::fits("b", "a b"));
  EXPECT_FALSE(internal::fits("a*b*b", "a b"));
  EXPECT_FALSE(internal::fits("a", ""));
}

TEST(Taxonomy, KnowsEveryCodeOfTheInstalledServer) {
  std::ifstream file("/usr/share/postgresql/15/errcodes.txt");
  if (!file) GTEST_SKIP() << "PostgreSQL 15's errcodes.txt is not installed";
  std::string line;
  std::size_t seen = 0;
  while (std::getline(file, line)) {
    if (line.find(" ERRCODE_") == line.npos || line[0] == '#') continue;
    EXPECT_NE(find_code(line.substr(0, 5)), nullptr) << line;
    ++seen;
  }
  EXPECT_GE(seen, code_rows().size());
}

// Without a row a notice would open an incident that says nothing.
TEST(Taxonomy, HasARowForEachNoticeOfTheLogAndPagesForNone) {
  for (const auto& notice : pg::log_notices()) {
    const auto found = classify({.trouble = std::string(notice.name)});
    EXPECT_EQ(found.condition, notice.name);
    EXPECT_NE(found.severity, Severity::high) << notice.name;
  }
}

}  // namespace
}  // namespace selfheal::healing
