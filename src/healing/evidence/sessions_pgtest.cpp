// The probes of locks and connections, against a real server.
#include <gtest/gtest.h>

#include <algorithm>

#include "healing/evidence/connection_slots.h"
#include "healing/evidence/idle_sessions.h"
#include "healing/evidence/lock_queues.h"
#include "support/client_session.h"
#include "support/temporary_postgres.h"

namespace selfheal::healing {
namespace {

class SessionProbes : public ::testing::Test {
 protected:
  SessionProbes() {
    EXPECT_TRUE(
        admin
            .exec("CREATE ROLE probe LOGIN; GRANT pg_monitor TO probe; CREATE ROLE app LOGIN;"
                  "GRANT CREATE ON SCHEMA public TO app; CREATE TABLE t (id int); CREATE TABLE u (id int);"
                  "ALTER TABLE t OWNER TO app; ALTER TABLE u OWNER TO app")
            .ok);
  }

  // As it will run: by a role with pg_monitor.
  Evidence run(const std::string& name) {
    test::ClientSession session(server.conninfo("postgres", "probe"));
    EXPECT_TRUE(
        session.exec("SET TimeZone = 'UTC'; CREATE TEMP TABLE answer AS " + probe(name).sql().text()).ok)
        << name;
    EvidenceItem item{.probe = name, .status = ProbeStatus::answered};
    const auto listed = session.exec(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'answer'::regclass AND attnum > 0 ORDER BY "
        "attnum");
    for (const auto& row : listed.rows) item.columns.push_back(*row[0]);
    item.rows = session.exec("SELECT * FROM answer").rows;
    return {.items = {std::move(item)}};
  }
  test::ClientSession app() { return test::ClientSession(server.conninfo("postgres", "app")); }
  bool waits(const test::ClientSession& client) {
    return test::wait_until([&] {
      return admin
                 .exec("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = " +
                       std::to_string(client.backend_pid()))
                 .value() == "1";
    });
  }

  test::TemporaryPostgres server;
  test::ClientSession admin{server.conninfo()};
};

TEST_F(SessionProbes, LockQueuesCountThoseWhomOnlyWaitersBlock) {
  auto reader = app(), change = app(), held_up = app(), blocked = app(), second = app();
  ASSERT_TRUE(reader.exec("BEGIN; SELECT * FROM t; LOCK TABLE t IN ROW SHARE MODE").ok);
  change.send("/* migration 7 */ ALTER TABLE t ADD COLUMN more int");
  ASSERT_TRUE(waits(change));
  held_up.send("SELECT * FROM t");
  ASSERT_TRUE(waits(held_up));
  // The reader's lock keeps this one out, with or without the change.
  blocked.send("LOCK TABLE t IN EXCLUSIVE MODE");
  EXPECT_FALSE(blocked.collect().ok) << "outside a transaction";
  blocked.send("BEGIN; INSERT INTO u VALUES (1); LOCK TABLE t IN EXCLUSIVE MODE");
  ASSERT_TRUE(waits(blocked));
  second.send("SELECT * FROM t");
  ASSERT_TRUE(waits(second));

  const auto rows = lock_queues(run("lock_queues"));
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 2u);
  const auto& first = rows->front();
  EXPECT_EQ(first.pid, change.backend_pid());
  EXPECT_EQ(first.lock_mode, "AccessExclusiveLock");
  EXPECT_EQ(first.relation, "t");
  EXPECT_EQ(first.held_up, 2);
  EXPECT_TRUE(first.is_schema_change);
  EXPECT_FALSE(first.loses_work || first.protected_role);
  EXPECT_GE(first.held_up_since, first.waiting_since);
  const auto& other = rows->back();
  EXPECT_EQ(other.pid, blocked.backend_pid());
  EXPECT_EQ(other.held_up, 0) << "a reader passes an exclusive lock";
  EXPECT_FALSE(other.is_schema_change);
  EXPECT_TRUE(other.loses_work);
}

TEST_F(SessionProbes, LockQueuesAreEmptyWhenTheLockIsHeld) {
  auto change = app(), reader = app();
  ASSERT_TRUE(change.exec("BEGIN; ALTER TABLE t ADD COLUMN more int").ok);
  reader.send("SELECT * FROM t");
  ASSERT_TRUE(waits(reader));
  const auto rows = lock_queues(run("lock_queues"));
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_TRUE(rows->empty());
}

TEST_F(SessionProbes, IdleSessionsAreThoseOutsideATransaction) {
  auto idle = app(), in_transaction = app(), listener = app(), leader = app();
  ASSERT_TRUE(idle.exec("SELECT 1").ok);
  ASSERT_TRUE(in_transaction.exec("BEGIN; SELECT 1").ok);
  ASSERT_TRUE(listener.exec("LISTEN news").ok);
  ASSERT_TRUE(leader.exec("SELECT pg_advisory_lock(7)").ok);
  const auto rows = idle_sessions(run("idle_sessions"));
  ASSERT_TRUE(rows) << rows.error().message;
  const auto row_of = [&](const test::ClientSession& client) {
    return std::ranges::find(*rows, client.backend_pid(), &IdleSessionRow::pid);
  };
  ASSERT_NE(row_of(idle), rows->end());
  EXPECT_FALSE(row_of(idle)->waits_on_purpose || row_of(idle)->protected_role);
  EXPECT_EQ(row_of(in_transaction), rows->end());
  EXPECT_TRUE(row_of(listener)->waits_on_purpose);
  EXPECT_TRUE(row_of(leader)->waits_on_purpose);
  EXPECT_TRUE(row_of(admin)->protected_role);

  const auto slots = connection_slots(run("connection_slots"));
  ASSERT_TRUE(slots) << slots.error().message;
  EXPECT_EQ(slots->allowed, 27) << "30 less the three that are reserved";
  EXPECT_EQ(slots->used, 6);
  EXPECT_EQ(slots->idle_in_transaction, 1);
}

}  // namespace
}  // namespace selfheal::healing
