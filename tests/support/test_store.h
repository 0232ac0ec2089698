#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "store/store.h"
#include "support/client_session.h"
#include "support/loop.h"
#include "support/temporary_postgres.h"

namespace selfheal::test {

// The wall stands still unless a test moves it; waiting is real.
class WallClock final : public Clock {
 public:
  explicit WallClock(std::string_view start) : wall(parse_time(start).value()) {}
  Time now() const override { return wall; }
  Deadline::Moment steady_now() const override { return real_.steady_now(); }
  asio::awaitable<bool> sleep(Duration duration) override { return real_.sleep(duration); }

  Time wall;

 private:
  SystemClock real_;
};

// A store in a database of its own, on one server per test program. Its role owns the database and nothing else: what a
// store named by SELFHEAL_STORE_URL has.
class StoreTest : public ::testing::Test {
 protected:
  static TemporaryPostgres& server() {
    static TemporaryPostgres only;
    return only;
  }

  void SetUp() override {
    static int made = 0;
    database_ = fmt::format("store_{}", ++made);
    ClientSession session(server().conninfo());
    session.exec("CREATE ROLE store_owner LOGIN");  // fails from the second test on
    ASSERT_TRUE(session.exec("CREATE DATABASE " + database_ + " OWNER store_owner").ok);
  }
  void TearDown() override {
    for (auto& store : stores_) EXPECT_TRUE(run(stopped(*store)));
    stores_.clear();
  }

  store::Options options(const std::string& tenant = "acme") {
    return {.executor = loop_.context().get_executor(),
            .conninfo = server().conninfo(database_, "store_owner"),
            .password = {},
            .tenant = TenantId::from_configuration(tenant),
            .clock = clock_,
            .random = random_};
  }
  store::Store& open(const std::string& tenant = "acme") {
    auto store = run(store::Store::open(options(tenant), soon()));
    EXPECT_TRUE(store) << store.error().message;
    stores_.push_back(*std::move(store));
    return *stores_.back();
  }

  template <class T>
  Result<T> run(Task<T> task) {
    return loop_.run(std::move(task));
  }
  // The value, or a failed test and a default.
  template <class T>
  T got(Task<T> task) {
    auto result = run(std::move(task));
    EXPECT_TRUE(result) << result.error().message;
    return result ? *std::move(result) : T{};
  }
  void done(StatusTask task) {
    const auto result = run(std::move(task));
    EXPECT_TRUE(result) << result.error().message;
  }
  Deadline soon() { return clock_.deadline_in(20s); }

  // One value from the store's database, seen from outside.
  std::string look(const std::string& sql) {
    ClientSession session(server().conninfo(database_));
    const auto answer = session.exec(sql);
    return answer.ok ? answer.value() : answer.sqlstate + " " + answer.message;
  }

  // `count` events of one backend, a millisecond apart.
  Sighting seen(const std::string& fingerprint, std::int64_t first_line = 1, int count = 1) {
    Sighting sighting;
    sighting.exemplar.intake = Intake::log;
    sighting.exemplar.database = "shop";
    sighting.exemplar.sqlstate = "23505";
    sighting.exemplar.level = "ERROR";
    sighting.exemplar.message = "duplicate key value violates unique constraint \"orders_pkey\"";
    sighting.exemplar.detail = "Key (id)=(4711) already exists.";
    sighting.exemplar.statement = "INSERT INTO orders VALUES (4711, 'secret value')";
    sighting.exemplar.pid = 0x1f2f;
    sighting.error_class.category = Category::duplicate_data;
    sighting.error_class.category7 = Category::duplicate_data;
    sighting.error_class.condition = "unique_violation";
    sighting.name = {.family = "v1|23505|" + fingerprint, .fingerprint = fingerprint};
    for (int i = 0; i < count; ++i)
      sighting.keys.push_back(
          {.at = clock_.wall - 1s + i * 1ms, .session_id = "67c2f1a0.1f2f", .line_number = first_line + i});
    sighting.first_seen = sighting.keys.front().at;
    sighting.last_seen = sighting.keys.back().at;
    sighting.exemplar.key = sighting.keys.front();
    return sighting;
  }
  std::vector<Filed> file(store::Store& store, std::vector<Sighting> sightings,
                          const std::string& on = "orders") {
    return got(store.incidents().file(ServerId(on), std::move(sightings), soon()));
  }
  // A new incident of its own.
  Incident an_incident(store::Store& store, const std::string& fingerprint = "00112233445566aa") {
    static std::int64_t line = 1'000'000;
    const auto filed = file(store, {seen(fingerprint, ++line)});
    EXPECT_EQ(filed.size(), 1u);
    return filed.empty() ? Incident{} : filed.front().incident;
  }

  static Task<bool> stopped(store::Store& store) {
    co_await store.stop();
    co_return true;
  }

  WallClock clock_{"2026-03-01T12:00:00Z"};
  SystemRandom random_;
  Loop loop_;
  std::string database_;
  std::vector<std::unique_ptr<store::Store>> stores_;
};

}  // namespace selfheal::test
