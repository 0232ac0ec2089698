#include "watch/asking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "support/client_session.h"
#include "support/loop.h"
#include "support/read_only_lists.h"
#include "support/state_fingerprint.h"
#include "support/temporary_postgres.h"

namespace selfheal::watch {
namespace {

using test::ClientSession;
using test::TemporaryPostgres;

class Asking : public ::testing::Test {
 protected:
  static std::map<std::string, std::string> settings() {
    auto all = test::settings_for_fingerprints();
    all["shared_preload_libraries"] = "pg_stat_statements";
    all["max_prepared_transactions"] = "5";
    return all;
  }
  static TemporaryPostgres& server() {
    static TemporaryPostgres only({.settings = settings()});
    return only;
  }
  static void SetUpTestSuite() {
    ClientSession admin(server().conninfo());
    const auto made = admin.exec(test::read_only_fixture());
    ASSERT_TRUE(made.ok) << made.message;
  }
  std::expected<Answer, Unanswered> ask(std::string sql, const std::string& role = "chat_hard",
                                        Duration timeout = kAskTimeout) {
    AskingOptions options{.name = "test",
                          .target = {.conninfo_without_password = server().conninfo("postgres", role)},
                          .timeout = timeout};
    std::optional<std::expected<Answer, Unanswered>> answer;
    asio::co_spawn(loop_.context(), ask_read_only(std::move(options), std::move(sql), workers_, clock_),
                   [&](std::exception_ptr thrown, std::expected<Answer, Unanswered> got) {
                     EXPECT_FALSE(thrown);
                     answer.emplace(std::move(got));
                   });
    loop_.finish([&] { return answer.has_value(); });
    return *std::move(answer);
  }

  WorkerPool workers_{1};
  SystemClock clock_;
  test::Loop loop_;
};

TEST_F(Asking, NothingThatMustBeRefusedReachesTheServer) {
  for (const auto* list : test::kAttackLists)
    for (const auto& row : test::listed_statements(list)) {
      if (row.expected != "reject") continue;
      const auto answer = ask(row.sql);
      EXPECT_TRUE(!answer && answer.error().refusal)
          << row.id << " " << row.sql.substr(0, 200) << " -> " << (answer ? "ran" : answer.error().message);
    }
}

// Else the rows of this category prove nothing: each function of the fixture takes a lock.
TEST_F(Asking, WhatIsSaidToReachCodeReachesItWithoutTheGate) {
  for (const auto& row : test::listed_statements("readonly_attacks_more.tsv")) {
    if (row.category != "reached") continue;
    bool is_reached = false;
    for (const auto* role : {"postgres", "chat_hard"}) {
      ClientSession session(server().conninfo("postgres", role));
      for (const auto* before : {"SET enable_seqscan = off", "BEGIN READ ONLY"})
        ASSERT_TRUE(session.exec(before).ok);
      const auto locks =
          "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
      session.exec("SAVEPOINT before");
      if (!session.exec(row.sql).ok) session.exec("ROLLBACK TO before");
      const auto held = session.exec(locks);
      ASSERT_TRUE(held.ok) << row.id << " " << held.message;
      is_reached = is_reached || held.value() != "0";
    }
    EXPECT_TRUE(is_reached) << row.id << " " << row.sql;
  }
}

test::FingerprintOptions trusting() {
  test::FingerprintOptions options;
  for (const auto* extension : {"pg_stat_statements", "pg_trgm", "pgcrypto"})
    if (pg::is_trusted_extension(extension)) options.trusted_extensions.emplace_back(extension);
  return options;
}

TEST_F(Asking, TheGateHoldsWithASuperuserBehindIt) {
  test::StateFingerprint fingerprint(server(), trusting());
  auto before = fingerprint.take();
  std::string since;
  int left = 10;  // a fingerprint costs as much as several statements
  const auto compare = [&] {
    auto after = fingerprint.take();
    EXPECT_THAT(test::differences(before, after), ::testing::IsEmpty()) << "one of" << since;
    before = std::move(after);
    since.clear();
    left = 10;
  };
  for (const auto* list : test::kAttackLists)
    for (const auto& row : test::listed_statements(list)) {
      const auto answer = ask(row.sql, "postgres", 1s);
      // What costs too much is let through and stopped, and a superuser may see what the role may not; still
      // nothing changes.
      const bool may_run = row.expected == "limit" || row.category == "leak" || row.category == "tenant";
      EXPECT_TRUE(may_run || (!answer && answer.error().refusal))
          << row.id << " " << row.sql.substr(0, 200) << " -> " << (answer ? "ran" : answer.error().message);
      since += " " + row.id;
      if (--left == 0) compare();
    }
  compare();
}

// What a fingerprint has to see, in sessions that end, with transactions that are rolled back where it says
// so.
constexpr const char* kChanges[] = {
    "INSERT INTO hj VALUES ('y')",
    "BEGIN; INSERT INTO hj VALUES ('y'); ROLLBACK",
    "BEGIN; CREATE TEMP TABLE q (a int); ROLLBACK",
    "BEGIN; SELECT pg_current_xact_id(); ROLLBACK",
    "SELECT nextval('s1')",
    "BEGIN; SELECT setval('s1', 99, true); ROLLBACK",
    "SELECT lo_create(0)",
    "SELECT pg_create_physical_replication_slot('kept')",
    "BEGIN; SELECT 1; PREPARE TRANSACTION 'kept'",
    "SELECT pg_stat_reset()",
    "SELECT pg_stat_reset_shared('wal')",
    "SELECT pg_stat_statements_reset()",
    "SELECT pg_reload_conf()",
    "ALTER SYSTEM SET work_mem = '5MB'",
    "ALTER ROLE chat_min CONNECTION LIMIT 7",
    "ALTER ROLE chat_min SET work_mem = '5MB'",
    "SELECT pg_notify('x', 'heard')",
    "CHECKPOINT",
    "SELECT pg_switch_wal()",
    "SELECT pg_file_write('left', 'x', false)",
    "BEGIN READ ONLY; SELECT evil_imm(); ROLLBACK",
    "BEGIN READ ONLY; SELECT dblink_get_connections(); ROLLBACK",
    "CREATE FUNCTION left_behind() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ANALYZE hj",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bystander'"};

TEST_F(Asking, AFingerprintSeesEachKindOfChange) {
  const ClientSession bystander(server().conninfo() + " application_name=bystander");
  test::StateFingerprint fingerprint(server(), trusting());
  for (const auto* change : kChanges) {
    const auto before = fingerprint.take();
    EXPECT_THAT(test::differences(before, fingerprint.take()), ::testing::IsEmpty()) << "by itself";
    {
      // Its end counts what it called; the fingerprint waits for sessions of this name.
      ClientSession session(server().conninfo() + " application_name='selfheal ask'");
      std::string_view left = change;
      while (!left.empty()) {
        const auto end = left.find("; ");
        session.exec(std::string(left.substr(0, end)));
        left = end == std::string_view::npos ? "" : left.substr(end + 2);
      }
    }
    EXPECT_THAT(test::differences(before, fingerprint.take()), ::testing::Not(::testing::IsEmpty()))
        << change;
  }
  ClientSession admin(server().conninfo());
  EXPECT_TRUE(admin.exec("ROLLBACK PREPARED 'kept'").ok);
  EXPECT_TRUE(admin.exec("SELECT pg_drop_replication_slot('kept')").ok);
}

TEST_F(Asking, AViewShowsWhatItsOwnerGranted) {
  const auto shown = ask("SELECT a FROM more_view_of_kept");
  EXPECT_TRUE(shown.has_value()) << shown.error().message;
  EXPECT_FALSE(ask("SELECT a FROM more_kept").has_value());
}

TEST_F(Asking, WhatCostsTooMuchEndsWithinItsLimits) {
  for (const auto& row : test::listed_statements("readonly_attacks.tsv")) {
    if (row.expected != "limit") continue;
    const auto began = loop_.now();
    const auto answer = ask(row.sql, "chat_hard", 1s);
    EXPECT_LT(loop_.since(began), 3s) << row.id;
    if (!answer) continue;
    std::size_t bytes = 0;
    for (const auto& cells : answer->rows)
      for (const auto& cell : cells) bytes += cell ? cell->size() : 0;
    EXPECT_LE(bytes, kAskBytes) << row.id;
    EXPECT_LE(answer->rows.size(), kAskRows) << row.id;
  }
  ClientSession admin(server().conninfo());
  EXPECT_TRUE(test::wait_until([&] {
    return admin.exec("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'selfheal ask'")
               .value() == "0";
  }));
}

TEST_F(Asking, ALongAnswerIsCut) {
  const auto rows = ask("SELECT g FROM generate_series(1, 100000) g");
  ASSERT_TRUE(rows.has_value());
  EXPECT_TRUE(rows->is_cut);
  EXPECT_EQ(rows->rows.size(), kAskRows);
  const auto huge = ask("SELECT repeat('x', 200000000)");
  ASSERT_TRUE(huge.has_value());
  EXPECT_TRUE(huge->is_cut);
  EXPECT_TRUE(huge->rows.empty());
}

TEST_F(Asking, ARefusalPointsAtTheWord) {
  const auto answer = ask("SELECT 'ä', pg_sleep(10)");
  ASSERT_TRUE(!answer && answer.error().refusal);
  EXPECT_EQ(answer.error().refusal->word, "pg_sleep");
  EXPECT_EQ(answer.error().refusal->position, 13);
}

TEST_F(Asking, WhatReadsWorks) {
  for (const auto* list : test::kReadLists)
    for (const auto& row : test::listed_statements(list)) {
      const auto answer = ask(row.sql);
      EXPECT_TRUE(answer.has_value())
          << row.id << " " << row.sql << " -> "
          << (answer ? ""
                     : answer.error().message + " at " + answer.error().refusal.value_or(pg::Refusal{}).word);
    }
}

}  // namespace
}  // namespace selfheal::watch
