#include <fmt/format.h>
#include <gmock/gmock.h>

#include "support/test_store.h"

namespace selfheal::store {
namespace {

class MaintenanceTest : public test::StoreTest {
 protected:
  std::string days_of(const std::string& table) {
    return look(fmt::format(
        "SELECT string_agg(right(relname, 4), ' ' ORDER BY relname) FROM pg_class c JOIN pg_inherits i"
        " ON i.inhrelid = c.oid WHERE i.inhparent = 'selfheal.{}'::regclass AND relname ~ '[0-9]$'",
        table));
  }
  void set(Store& store, const std::string& name, double value) {
    done(store.administration().set_setting(name, value, "ada", soon()));
  }
};

TEST_F(MaintenanceTest, PartitionsStandAheadInEachTable) {
  auto& store = open();
  for (const auto* table : {"event_key", "sighting", "evidence"})
    EXPECT_EQ(days_of(table), "0228 0301 0302 0303");
  done(store.maintain(soon()));
  clock_.wall += 24h;
  done(store.maintain(soon()));
  EXPECT_EQ(days_of("sighting"), "0228 0301 0302 0303 0304");
}

TEST_F(MaintenanceTest, OldDaysGoAndTheirIncidentsStay) {
  auto& store = open();
  set(store, "keep_events_days", 7);
  auto old = seen("aa", 1);
  old.keys[0].at = clock_.wall - 100h * 24;
  file(store, {old, seen("bb", 2)});
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.sighting"), "2");
  clock_.wall += 8h * 24;
  done(store.maintain(soon()));
  EXPECT_EQ(days_of("sighting"), "0302 0303 0308 0309 0310 0311");
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.event_key"), "0") << "also what stood in no day's partition";
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.incident"), "2");
}

TEST_F(MaintenanceTest, ClosedIncidentsAndTheAuditTrailGoAfterTheirTime) {
  auto& store = open();
  auto closed = an_incident(store, "aa");
  const auto living = an_incident(store, "bb");
  got(store.audit().intend({.incident = closed.number, .server = closed.server}, "x", soon()));
  closed.state = IncidentState::resolved;
  got(store.incidents().update(closed, {}, soon()));
  done(store.audit().record({"ada", "approved", "SH-1", "old"}, soon()));
  clock_.wall += 401h * 24;
  done(store.audit().record({"ada", "approved", "SH-2", "young"}, soon()));
  done(store.maintain(soon()));
  EXPECT_EQ(run(store.incidents().find(closed.number, soon())).error().code, ErrorCode::not_found);
  EXPECT_TRUE(run(store.incidents().find(living.number, soon())));
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.treatment"), "0");
  const auto page = got(store.reader().audit({}, 10, soon()));
  ASSERT_EQ(page.items.size(), 1u);
  EXPECT_EQ(page.items[0].sequence, 3);
  const auto check = got(store.reader().verify_audit(soon()));
  EXPECT_FALSE(check.broken_at) << "retention is not tampering: " << check.reason;
  EXPECT_EQ(check.records, 1);
}

TEST_F(MaintenanceTest, TheSizeCapDropsTheOldestDaysFirst) {
  auto& store = open();
  for (int day = 0; day < 4; ++day) {
    // 25 MB of evidence a day.
    EXPECT_EQ(look(fmt::format(
                  "INSERT INTO selfheal.evidence SELECT 'acme', 1, n, '{}', 'p', 'answered', '', 1,"
                  " (SELECT string_agg(md5(random()::text || n || g), '') FROM generate_series(1, 240) g),"
                  " '[]', '[]', now() FROM generate_series(1, 3000) n",
                  to_timestamptz(clock_.wall))),
              "");
    clock_.wall += 24h;
    done(store.maintain(soon()));
  }
  const auto before = got(store.reader().health(soon()));
  EXPECT_GT(before.size_bytes, 70 << 20);
  set(store, "size_cap_bytes", 64.0 * (1 << 20));
  done(store.maintain(soon()));
  const auto health = got(store.reader().health(soon()));
  EXPECT_LE(health.size_bytes, 64 << 20);
  EXPECT_GT(health.oldest_partition, before.oldest_partition);
  EXPECT_EQ(look("SELECT min(at)::date FROM selfheal.evidence"), "2026-03-03") << "no more than needed";
}

TEST_F(MaintenanceTest, FilingGoesOnWhileDaysAreMade) {
  auto& store = open();
  int ended = 0;
  for (int i = 0; i < 40; ++i) {
    if (i % 10 == 0) clock_.wall += 24h;
    asio::co_spawn(loop_.context(), store.incidents().file(ServerId("orders"), {seen("aa", i * 10)}, soon()),
                   [&](std::exception_ptr, Result<std::vector<Filed>> filed) {
                     ++ended;
                     EXPECT_TRUE(filed) << filed.error().message;
                   });
    if (i % 10 == 0)
      asio::co_spawn(loop_.context(), store.maintain(soon()), [&](std::exception_ptr, Status status) {
        ++ended;
        EXPECT_TRUE(status) << status.error().message;
      });
  }
  loop_.finish([&] { return ended == 44; });
  EXPECT_EQ(look("SELECT sum(events) FROM selfheal.incident"), "40");
}

}  // namespace
}  // namespace selfheal::store
