#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <fstream>
#include <iterator>

#include "support/client_session.h"
#include "support/loop.h"
#include "support/read_only_lists.h"
#include "support/temporary_postgres.h"
#include "watch/asking.h"

// What a statement may cost when several are asked at once, and what is left of one that nobody waits for.
namespace selfheal::watch {
namespace {

using test::ClientSession;
using test::TemporaryPostgres;

constexpr Duration kTimeout = 2s;
constexpr std::size_t kAtOnce = 4;
constexpr std::size_t kMostMemory = 64u << 20;
constexpr std::size_t kMostRows = 10'000;

// The rows that may run, but only so far.
std::vector<test::ListedStatement> costly() {
  std::vector<test::ListedStatement> rows;
  for (const auto* list : test::kAttackLists)
    std::ranges::copy_if(test::listed_statements(list), std::back_inserter(rows),
                         [](const auto& row) { return row.expected == "limit"; });
  return rows;
}

std::size_t memory_now() {
  std::ifstream in("/proc/self/statm");
  std::size_t pages = 0, resident = 0;
  in >> pages >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

class AskingLimits : public ::testing::Test {
 protected:
  static TemporaryPostgres& server() {
    static TemporaryPostgres only({.settings = {{"shared_preload_libraries", "pg_stat_statements"}}});
    return only;
  }
  static void SetUpTestSuite() {
    const auto made = ClientSession(server().conninfo()).exec(test::read_only_text("readonly_fixture.sql"));
    ASSERT_TRUE(made.ok) << made.message;
  }

  struct Asked {
    std::optional<std::expected<Answer, Unanswered>> answer;
    Deadline::Moment began;
    Duration took{};
    asio::cancellation_signal stop;
  };
  std::shared_ptr<Asked> start(std::string sql) {
    AskingOptions options{.name = "test",
                          .target = {.conninfo_without_password = server().conninfo("postgres", "chat_hard")},
                          .timeout = kTimeout};
    auto asked = std::make_shared<Asked>();
    asked->began = loop_.now();
    asio::co_spawn(loop_.context(), ask_read_only(std::move(options), std::move(sql), workers_, clock_),
                   asio::bind_cancellation_slot(
                       asked->stop.slot(),
                       [this, asked](const std::exception_ptr&, std::expected<Answer, Unanswered> got) {
                         asked->took = loop_.since(asked->began);
                         asked->answer.emplace(std::move(got));
                       }));
    return asked;
  }
  // Sessions of ours that run a statement which begins so.
  std::string active(const std::string& beginning = "") {
    return admin_
        .exec(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'selfheal ask' AND state = "
            "'active' "
            "AND starts_with(query, '" +
            beginning + "')")
        .value();
  }

  WorkerPool workers_{1};
  SystemClock clock_;
  test::Loop loop_;
  ClientSession admin_{server().conninfo()};
};

TEST_F(AskingLimits, FourAtOnceEndInTimeAndTakeLittle) {
  const auto rows = costly();
  ASSERT_GE(rows.size(), 12u);
  const auto before = memory_now();
  std::size_t most = 0;
  Duration longest{};
  for (const auto& [id, category, expected, sql] : rows) {
    std::vector<std::shared_ptr<Asked>> asked;
    for (std::size_t i = 0; i < kAtOnce; ++i) asked.push_back(start(sql));
    loop_.finish([&] {
      most = std::max(most, memory_now());
      return std::ranges::all_of(asked, [](const auto& one) { return one->answer.has_value(); });
    });
    for (const auto& one : asked) {
      ASSERT_TRUE(one->answer.has_value()) << id;
      EXPECT_LE(one->took, kTimeout + 500ms) << id;
      longest = std::max(longest, one->took);
      if (!*one->answer) continue;
      std::size_t bytes = 0;
      for (const auto& cells : (*one->answer)->rows)
        for (const auto& cell : cells) bytes += cell ? cell->size() : 0;
      EXPECT_LE(bytes, kAskBytes) << id;
      EXPECT_LE((*one->answer)->rows.size(), kMostRows) << id;
    }
  }
  EXPECT_LE(most - std::min(most, before), kMostMemory);
  RecordProperty("longest_ms", std::to_string(longest / 1ms));
  RecordProperty("memory_mb", std::to_string((most - std::min(most, before)) >> 20));
  if (std::getenv("SELFHEAL_PRINT"))
    std::cout << rows.size() << " rows, longest " << longest / 1ms << " ms, memory "
              << ((most - std::min(most, before)) >> 20) << " MB\n";
}

TEST_F(AskingLimits, NothingRunsOnForSomebodyWhoLeft) {
  for (int i = 0; i < 8; ++i) {
    const auto asked =
        start("SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b");
    const auto limit = loop_.now() + 5s;
    while (active("SELECT count(*) FROM generate_series") != "1" && loop_.now() < limit) {
      loop_.context().restart();
      loop_.context().run_for(5ms);
    }
    ASSERT_EQ(active("SELECT count(*) FROM generate_series"), "1");
    const auto left = loop_.now();
    asked->stop.emit(asio::cancellation_type::terminal);
    loop_.finish([&] { return asked->answer.has_value(); });
    EXPECT_TRUE(test::wait_until([&] { return active("SELECT count(*) FROM generate_series") == "0"; }, 1s))
        << i << ": "
        << admin_
               .exec(
                   "SELECT string_agg(concat_ws(' ', state, wait_event, left(query, 60)), '; ') FROM "
                   "pg_stat_activity "
                   "WHERE application_name = 'selfheal ask'")
               .value();
    EXPECT_LT(loop_.since(left), 1s) << i;
  }
}

}  // namespace
}  // namespace selfheal::watch
