#include "healing/taxonomy/taxonomy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <vector>

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

TEST(Taxonomy, TellsTheKindOfAClientsFailure) {
  const std::pair<const char*, const char*> kinds[] = {
      {"connection to server at \"127.0.0.1\", port 5 failed: Connection refused",
       "client_connection_refused"},
      {"failed to connect: dial tcp 10.0.0.1:5432: connect: connection refused", "client_connection_refused"},
      {"connection to server on socket \"/run/.s.PGSQL.5432\" failed: No such file or directory",
       "client_connection_refused"},
      {"could not translate host name \"db\" to address: Name or service not known", "client_host_unknown"},
      {"getaddrinfo ENOTFOUND db", "client_host_unknown"},
      {"connection to server at \"a\" (1.2.3.4), port 5432 failed: timeout expired", "client_timeout"},
      {"connection to server at \"a\", port 5432 failed: SSL error: certificate verify failed", "client_tls"},
      {"connection to server at \"a\", port 5432 failed: FATAL:  password authentication failed for user "
       "\"b\"",
       "client_auth"},
      {"connection to server at \"a\", port 5432 failed: fe_sendauth: no password supplied", "client_auth"},
      {"server closed the connection unexpectedly\n\tThis probably means", "client_connection_closed"},
      {"connection to server at \"a\", port 5432 failed: FATAL:  sorry, too many clients already",
       "client_refused_by_server"},
  };
  for (const auto& [message, condition] : kinds) {
    const auto answer = classify({.intake = Intake::api, .message = message});
    EXPECT_EQ(answer.condition, condition) << message;
    EXPECT_EQ(to_word(answer.category), "connection_issue") << message;
  }
}

TEST(Taxonomy, ReadsTheSentenceInItsLanguage) {
  const auto german = classify({.sqlstate = "57014", .message = "storniere Autovacuum-Aufgabe"});
  EXPECT_EQ(to_word(german.category), "none");
  const auto japanese = classify(
      {.sqlstate = "55P03", .message = "ロックのタイムアウトのためステートメントをキャンセルしています"});
  EXPECT_EQ(japanese.why,
            classify({.sqlstate = "55P03", .message = "canceling statement due to lock timeout"}).why);
}

TEST(Taxonomy, LeavesWhatNobodyAskedForToPeople) {
  const ErrorEvent session{.sqlstate = "40001",
                           .message = "could not serialize access due to concurrent update"};
  auto worker = session;
  worker.backend_type = "logical replication worker";
  auto extension = session;
  extension.backend_type = "pg_cron";
  EXPECT_TRUE(classify(session).auto_fixable);
  EXPECT_FALSE(classify(worker).auto_fixable);
  EXPECT_FALSE(classify(extension).auto_fixable);
  EXPECT_NE(classify(worker).why, classify(extension).why);
}

TEST(Taxonomy, IsSorted) {
  EXPECT_TRUE(std::ranges::is_sorted(code_rows(), std::ranges::less{}, &CodeRow::sqlstate));
  EXPECT_TRUE(std::ranges::is_sorted(internal::classes(), std::ranges::less{}, &CodeRow::sqlstate));
  EXPECT_TRUE(std::ranges::is_sorted(internal::splits(), {}, &internal::SplitRow::sqlstate));
  EXPECT_TRUE(std::ranges::is_sorted(internal::processes(), {}, &internal::ProcessRow::backend_type));
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

// The rows of every installed server's errcodes.txt: code, severity letter, macro, condition name where it
// has one.
std::vector<std::vector<std::string>> installed_codes() {
  std::vector<std::vector<std::string>> rows;
  std::error_code none;
  for (const auto& version : std::filesystem::directory_iterator("/usr/share/postgresql", none)) {
    std::ifstream file(version.path() / "errcodes.txt");
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::vector<std::string> row{std::istream_iterator<std::string>(words), {}};
      if (row.size() >= 3 && row[0].size() == 5 && row[2].starts_with("ERRCODE_"))
        rows.push_back(std::move(row));
    }
  }
  return rows;
}

TEST(Taxonomy, KnowsEveryCodeOfTheInstalledServer) {
  const auto rows = installed_codes();
  ASSERT_FALSE(rows.empty()) << "no errcodes.txt of PostgreSQL is installed";
  std::set<std::string> codes;
  int exact = 0;
  std::map<std::string, std::set<std::string>> names;
  for (const auto& row : rows) {
    codes.insert(row[0]);
    if (row.size() > 3) names[row[0]].insert(row[3]);
    EXPECT_NE(to_word(classify({.sqlstate = row[0]}).category), "unknown") << row[0];
    EXPECT_TRUE(has_class(row[0].substr(0, 2))) << row[0];
  }
  for (const auto& code : codes) exact += find_code(code) != nullptr ? 1 : 0;
  for (const auto& row : code_rows())
    if (const auto found = names.find(std::string(row.sqlstate)); found != names.end())
      EXPECT_TRUE(found->second.contains(std::string(row.condition))) << row.sqlstate << " " << row.condition;
  EXPECT_EQ(exact, static_cast<int>(code_rows().size())) << "rows of codes that no installed server has";
  std::printf("%zu codes installed, %d with a row of their own\n", codes.size(), exact);
}

std::vector<std::vector<std::string>> reference(const std::string& name) {
  const char* source = std::getenv("SELFHEAL_SOURCE_DIR");
  std::ifstream file(std::filesystem::path(source ? source : ".") / "tests" / "reference" / name);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    auto& row = rows.emplace_back();
    for (std::size_t from = 0; from <= line.size();) {
      const auto end = std::min(line.find('\t', from), line.size());
      row.push_back(line.substr(from, end - from));
      from = end + 1;
    }
  }
  if (!rows.empty()) rows.erase(rows.begin());  // the names of the columns
  return rows;
}

TEST(Taxonomy, SaysOfEachCodeWhatTheReferenceSays) {
  const auto rows = reference("errcodes.tsv");
  ASSERT_FALSE(rows.empty()) << "the reference of codes is not here";
  for (const auto& row : rows) {
    const auto* ours = find_code(row.at(0));
    ASSERT_NE(ours, nullptr) << row[0];
    EXPECT_EQ(ours->condition, row[1]) << row[0];
    EXPECT_EQ(to_text(ours->category), row[2]) << row[0];
    EXPECT_EQ(boost::to_upper_copy(to_word(ours->severity)), row[3]) << row[0];
    EXPECT_EQ(to_word(ours->transient), row[4]) << row[0];
    EXPECT_EQ(ours->why, row[6]) << row[0];
  }
  EXPECT_EQ(rows.size(), code_rows().size());
}

TEST(Taxonomy, SaysOfEachClassWhatTheReferenceSays) {
  const auto rows = reference("errcodes_class_defaults.tsv");
  ASSERT_FALSE(rows.empty()) << "the reference of classes is not here";
  for (const auto& row : rows) {
    const auto answer = classify({.sqlstate = row.at(0) + "ZZZ"});
    EXPECT_EQ(to_text(answer.category), row[1]) << row[0];
    EXPECT_EQ(boost::to_upper_copy(to_word(answer.severity)), row[2]) << row[0];
  }
}

// The first sentence of each scenario with one SQLSTATE.
TEST(Taxonomy, PutsTheReferencesMessagesInTheirPlace) {
  const auto rows = reference("faults.tsv");
  ASSERT_FALSE(rows.empty()) << "the reference of faults is not here";
  int checked = 0;
  for (const auto& row : rows) {
    if (row.at(8).size() != 5) continue;
    const auto message = row[9].substr(0, std::min(row[9].find(" / "), row[9].find("   ")));
    const auto category = to_text(classify({.sqlstate = row[8], .message = message}).category);
    EXPECT_TRUE(category == row[3] || row[4].contains(category))
        << row[0] << " " << message << ": " << category;
    ++checked;
  }
  EXPECT_GE(checked, 25);
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
