// What the rest of the product sees while the store's server is away, and what is in the store afterwards.
#include <fmt/format.h>

#include <algorithm>

#include "support/test_store.h"

namespace selfheal::store {
namespace {

class OutageTest : public test::StoreTest {
 protected:
  // A server of its own, that may be killed, and that keeps what it promised.
  OutageTest() : mine_({.settings = {{"fsync", "on"}}}) {}
  void SetUp() override {}

  Store& open_mine() {
    auto chosen = options();
    chosen.conninfo = mine_.conninfo();
    stores_.push_back(got(Store::open(std::move(chosen), soon())));
    return *stores_.back();
  }
  // Turns the loop until the store answers; how long that took.
  Duration until_it_answers(Store& store) {
    const auto start = loop_.now();
    while (loop_.since(start) < 20s && !run(store.incidents().unfinished(soon()))) {
    }
    return loop_.since(start);
  }
  std::string look_at_mine(const std::string& sql) {
    return test::ClientSession(mine_.conninfo()).exec(sql).value();
  }
  tail::Batch batch(std::int64_t line, int events = 1) {
    tail::Batch batch{.server = ServerId("orders"), .sightings = {seen("aa", line, events)}};
    batch.checkpoint.offset = static_cast<std::uint64_t>(line);
    return batch;
  }

  test::TemporaryPostgres mine_;
};

TEST_F(OutageTest, WhileItIsDownEveryCallSaysUnavailableAtOnce) {
  auto& store = open_mine();
  const auto incident = an_incident(store);
  mine_.kill9();
  EXPECT_EQ(run(store.incidents().find(incident.number, soon())).error().code, ErrorCode::unavailable);
  EXPECT_EQ(run(store.intake().file(batch(1), soon())).error().code, ErrorCode::unavailable);
  const auto start = loop_.now();
  constexpr int kCalls = 20;
  for (int i = 0; i < kCalls; ++i) {
    EXPECT_EQ(run(store.intake().file(batch(1), soon())).error().code, ErrorCode::unavailable);
    EXPECT_EQ(run(store.incidents().update(incident, {}, soon())).error().code, ErrorCode::unavailable);
    EXPECT_EQ(run(store.policies().settings_for(ServerId("orders"), soon())).error().code,
              ErrorCode::unavailable);
    EXPECT_EQ(run(store.reader().health(soon())).error().code, ErrorCode::unavailable);
    EXPECT_EQ(run(store.maintain(soon())).error().code, ErrorCode::unavailable);
  }
  EXPECT_LT(loop_.since(start), 1s) << "of 100 calls";
  EXPECT_FALSE(store.reachable());

  mine_.start();
  const auto away = until_it_answers(store);
  printf("back %.0f ms after its server\n", to_seconds(away) * 1000);
  EXPECT_LT(away, 5s);
  EXPECT_EQ(got(store.intake().file(batch(1), soon())).size(), 1u);
  EXPECT_TRUE(store.reachable());
}

TEST_F(OutageTest, ARestartBetweenTwoCallsCostsAtMostOneOfThem) {
  auto& store = open_mine();
  an_incident(store);
  mine_.restart();
  const auto met = run(store.incidents().unfinished(soon()));
  EXPECT_TRUE(met || met.error().code == ErrorCode::unavailable);
  EXPECT_TRUE(run(store.incidents().unfinished(soon())));
}

TEST_F(OutageTest, AKillInTheMiddleOfFilingLosesAndDoublesNothing) {
  auto& store = open_mine();
  constexpr int kBatches = 12;
  constexpr int kEvents = 5;
  std::int64_t line = 0;
  for (int round = 0; round < 3; ++round) {
    int ended = 0, stored = 0;
    const auto first_line = line;
    for (int i = 0; i < kBatches; ++i, line += kEvents)
      asio::co_spawn(loop_.context(), store.intake().file(batch(line, kEvents), soon()),
                     [&](std::exception_ptr, Result<std::vector<Filed>> filed) {
                       ++ended;
                       if (filed) ++stored;
                     });
    // The kill meets the next batches in all their steps.
    loop_.finish([&] { return stored > round * 2; });
    mine_.kill9();
    loop_.finish([&] { return ended == kBatches; });
    EXPECT_LT(stored, kBatches) << "the kill came too late to prove anything";
    mine_.start();
    EXPECT_LT(until_it_answers(store), 5s);
    const auto acknowledged =
        std::stoll(look_at_mine("SELECT coalesce(sum(events), 0) FROM selfheal.incident"));
    EXPECT_GE(acknowledged, first_line + stored * kEvents) << "what was acknowledged is there";
    // The tail offers again until it is acknowledged, and here even what was. A connection of the pool that
    // the kill took may answer once that it is gone.
    for (auto again = first_line; again < line; again += kEvents) {
      auto filed = run(store.intake().file(batch(again, kEvents), soon()));
      for (int offers = 1; !filed && filed.error().code == ErrorCode::unavailable && offers < 10; ++offers)
        filed = run(store.intake().file(batch(again, kEvents), soon()));
      EXPECT_TRUE(filed) << filed.error().message;
    }
    EXPECT_EQ(look_at_mine("SELECT sum(events) FROM selfheal.incident"), std::to_string(line));
    EXPECT_EQ(look_at_mine("SELECT sum(count) FROM selfheal.sighting"), std::to_string(line));
  }
  EXPECT_EQ(look_at_mine("SELECT count(*) FROM selfheal.incident"), "1");
}

TEST_F(OutageTest, CallsBeyondTheQueueAreRefusedAndAPassedDeadlineIsToldApart) {
  auto& store = open_mine();
  const auto incident = an_incident(store);
  test::ClientSession holder(mine_.conninfo());
  ASSERT_TRUE(holder.exec("BEGIN; LOCK TABLE selfheal.incident IN ACCESS EXCLUSIVE MODE").ok);
  std::map<ErrorCode, int> codes;
  int ended = 0;
  constexpr int kCalls = 80;
  for (int i = 0; i < kCalls; ++i)
    asio::co_spawn(loop_.context(), store.incidents().update(incident, {}, clock_.deadline_in(500ms)),
                   [&](std::exception_ptr, Result<Incident> updated) {
                     ++ended;
                     ++codes[updated.error().code];
                   });
  loop_.finish([&] { return ended == kCalls; });
  EXPECT_EQ(codes[ErrorCode::unavailable], kCalls - 1 - 64);
  EXPECT_EQ(codes[ErrorCode::timed_out], 65);
  holder.close();
  EXPECT_LT(until_it_answers(store), 5s);
  EXPECT_TRUE(run(store.incidents().update(incident, {}, soon())));
}

TEST_F(OutageTest, FilingIsFastWithDurableCommits) {
  auto& store = open_mine();
  std::vector<double> one_event;
  std::int64_t line = 0;
  for (int i = 0; i < 200; ++i) {
    const auto start = loop_.now();
    got(store.intake().file(batch(++line), soon()));
    one_event.push_back(to_seconds(loop_.since(start)) * 1000);
  }
  std::ranges::sort(one_event);
  std::vector<double> thousand;
  for (int i = 0; i < 20; ++i) {
    tail::Batch large{.server = ServerId("orders")};
    for (const auto* name : {"aa", "bb", "cc"}) large.sightings.push_back(seen(name, line += 400, 333));
    line += 400;
    const auto start = loop_.now();
    got(store.intake().file(std::move(large), soon()));
    thousand.push_back(to_seconds(loop_.since(start)) * 1000);
  }
  std::ranges::sort(thousand);
  printf("file: 1 event median %.1f ms, p95 %.1f ms; 999 events of 3 fingerprints median %.1f ms\n",
         one_event[100], one_event[190], thousand[10]);
  // Ten times what an idle machine takes, so that only a change of kind fails here.
  EXPECT_LT(one_event[100], 50.0);
  EXPECT_LT(thousand[10], 1000.0);
}

}  // namespace
}  // namespace selfheal::store
