#include "watch/asking.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/client_session.h"
#include "support/loop.h"
#include "support/temporary_postgres.h"

namespace selfheal::watch {
namespace {

using test::ClientSession;
using test::TemporaryPostgres;

// Statements that must be refused, or run only within limits, and reads that must work.
std::filesystem::path reference() {
  const char* source = std::getenv("SELFHEAL_SOURCE_DIR");
  return std::filesystem::path(source ? source : ".") / "tests/reference";
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

struct Row {
  std::string id, category, expected, sql;
};

// A cell is raw text, @json:"…" or @repeat:{…}; reliability.md, at its head.
std::string sql_of(const std::string& cell) {
  if (cell.starts_with("@json:")) return std::string(boost::json::parse(cell.substr(6)).as_string());
  if (!cell.starts_with("@repeat:")) return cell;
  const auto value = boost::json::parse(cell.substr(8));
  const auto& parts = value.as_object();
  const auto part = [&](const char* key) { return std::string(parts.at(key).as_string()); };
  const auto n = parts.at("n").as_int64();
  auto sql = part("pre");
  for (std::int64_t i = 0; i < n; ++i) sql += part("unit");
  sql += part("mid");
  for (std::int64_t i = 0; i < n; ++i) sql += part("unit2");
  return sql + part("post");
}

std::vector<Row> rows_of(const char* file) {
  std::ifstream in(reference() / file);
  std::vector<Row> rows;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    Row row;
    std::getline(fields, row.id, '\t');
    std::getline(fields, row.category, '\t');
    std::getline(fields, row.expected, '\t');
    std::getline(fields, row.sql, '\t');
    rows.push_back(std::move(row));
  }
  return rows;
}

class Asking : public ::testing::Test {
 protected:
  static TemporaryPostgres& server() {
    static TemporaryPostgres only({.settings = {{"shared_preload_libraries", "pg_stat_statements"},
                                                {"max_prepared_transactions", "5"}}});
    return only;
  }
  static void SetUpTestSuite() {
    ClientSession admin(server().conninfo());
    const auto made =
        admin.exec(text_of(reference() / "readonly_fixture.sql") +
                   "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;"
                   "GRANT EXECUTE ON FUNCTION pg_stat_statements(boolean), similarity(text,text), "
                   "similarity_dist(text,text) TO chat_hard;" +
                   text_of(reference() / "readonly_more_fixture.sql"));
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
  for (const auto* list : {"readonly_attacks.tsv", "readonly_attacks_more.tsv"})
    for (const auto& row : rows_of(list)) {
      if (row.expected != "reject") continue;
      const auto answer = ask(sql_of(row.sql));
      EXPECT_TRUE(!answer && answer.error().refusal)
          << row.id << " " << row.sql.substr(0, 200) << " -> " << (answer ? "ran" : answer.error().message);
    }
}

TEST_F(Asking, TheGateHoldsWithASuperuserBehindIt) {
  for (const auto& row : rows_of("readonly_attacks_more.tsv")) {
    const auto answer = ask(sql_of(row.sql), "postgres");
    EXPECT_TRUE(!answer && answer.error().refusal)
        << row.id << " " << row.sql.substr(0, 200) << " -> " << (answer ? "ran" : answer.error().message);
  }
}

TEST_F(Asking, AViewShowsWhatItsOwnerGranted) {
  const auto shown = ask("SELECT a FROM more_view_of_kept");
  EXPECT_TRUE(shown.has_value()) << shown.error().message;
  EXPECT_FALSE(ask("SELECT a FROM more_kept").has_value());
}

TEST_F(Asking, WhatCostsTooMuchEndsWithinItsLimits) {
  for (const auto& row : rows_of("readonly_attacks.tsv")) {
    if (row.expected != "limit") continue;
    const auto began = loop_.now();
    const auto answer = ask(sql_of(row.sql), "chat_hard", 1s);
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
  for (const auto* list : {"readonly_legit.tsv", "readonly_legit_more.tsv"})
    for (const auto& row : rows_of(list)) {
      const auto answer = ask(sql_of(row.sql));
      EXPECT_TRUE(answer.has_value())
          << row.id << " " << row.sql << " -> "
          << (answer ? ""
                     : answer.error().message + " at " + answer.error().refusal.value_or(pg::Refusal{}).word);
    }
}

}  // namespace
}  // namespace selfheal::watch
