#include "watch/troubles.h"

#include <gtest/gtest.h>

#include "pg/identifier.h"

namespace selfheal::watch {
namespace {

const Time kNow = parse_time("2026-11-25 03:40:00+00").value();

Sighting named(ErrorEvent event) {
  Sighting sighting;
  sighting.name = {.family = "v1|" + event.trouble, .fingerprint = "0123456789abcdef"};
  sighting.exemplar = std::move(event);
  return sighting;
}

Troubles troubles() {
  return Troubles({.server = ServerId("orders-1"), .own = {.users = {"selfheal_act"}}, .name = named});
}

SessionSeen session(int pid, const std::string& state, Duration since) {
  return {.pid = pid,
          .backend_start = kNow - 10min,
          .xact_start = kNow - since,
          .state_change = kNow - since,
          .state = state,
          .backend_type = "client backend",
          .user = "app",
          .application = "web",
          .database = "shop",
          .query = "update acc set bal = 1"};
}

BlockingEdge edge(SessionSeen waiter, SessionSeen blocker, Duration waits_for) {
  return {.waiter = std::move(waiter),
          .blocker = std::move(blocker),
          .waiting_since = kNow - waits_for,
          .lock_type = "transactionid",
          .lock_mode = "ShareLock",
          .relation = "public.\"Acc\""};
}

struct Case {
  const char* what;
  SessionSeen blocker;
  Duration waits_for;
  bool told;
};

TEST(BlockedSessions, AreTroubleWhenTheyWaitLongOrBehindAForgottenTransaction) {
  const Case cases[] = {
      {"active, waits long", session(1, "active", 40s), 31s, true},
      {"active, waits briefly", session(1, "active", 40s), 29s, false},
      {"the blocker is newer than the wait: a hot row", session(1, "active", 2s), 31s, false},
      {"forgotten, waits briefly", session(1, "idle in transaction", 61s), 1s, true},
      {"forgotten in a failed transaction", session(1, "idle in transaction (aborted)", 61s), 1s, true},
      {"idle but not forgotten", session(1, "idle in transaction", 59s), 1s, false},
      {"a prepared transaction", {.state = "prepared", .database = "shop"}, 31s, true},
  };
  for (const auto& [what, blocker, waits_for, told] : cases) {
    const BlockingSample sample{.at = kNow, .edges = {edge(session(2, "active", 40s), blocker, waits_for)}};
    EXPECT_EQ(troubles().blocked_sessions(sample).size(), told ? 1u : 0u) << what;
  }
}

TEST(BlockedSessions, NameTheRootAndWhatIsKnownOfIt) {
  auto ours = troubles();
  const auto root = session(1, "idle in transaction", 5min);
  const auto sightings =
      ours.blocked_sessions({.at = kNow,
                             .edges = {edge(session(2, "active", 40s), root, 31s),
                                       edge(session(3, "active", 9s), session(2, "active", 40s), 5s)}});
  ASSERT_EQ(sightings.size(), 1u);
  const auto& event = sightings[0].exemplar;
  EXPECT_EQ(event.intake, Intake::watch);
  EXPECT_EQ(event.trouble, "blocked_sessions");
  EXPECT_EQ(event.sqlstate, "");
  EXPECT_EQ(event.server, ServerId("orders-1"));
  EXPECT_EQ(event.pid, 1);
  EXPECT_EQ(event.session_start, root.backend_start);
  EXPECT_EQ(event.objects.database, "shop");
  EXPECT_EQ(event.objects.schema, "public");
  EXPECT_EQ(event.objects.table, "Acc");
  EXPECT_EQ(event.message, "process 1 has blocked 2 sessions for 31 s");
  EXPECT_EQ(sightings[0].keys, std::vector{event.key});
  EXPECT_EQ(sightings[0].first_seen, kNow);
}

TEST(BlockedSessions, AreToldOnceASecondWithKeysThatGrow) {
  auto ours = troubles();
  BlockingSample sample{
      .at = kNow, .edges = {edge(session(2, "active", 40s), session(1, "idle in transaction", 5min), 31s)}};
  std::vector<EventKey> keys;
  for (int i = 0; i < 21; ++i, sample.at += 100ms)
    for (const auto& sighting : ours.blocked_sessions(sample)) keys.push_back(sighting.keys.at(0));
  ASSERT_EQ(keys.size(), 3u);
  EXPECT_LT(keys[0], keys[1]);
  EXPECT_LT(keys[1].line_number, keys[2].line_number);
  EXPECT_EQ(keys[0].session_id, keys[1].session_id);
}

TEST(BlockedSessions, NeverCountSelfheal) {
  auto own = session(1, "idle in transaction", 5min);
  own.user = "selfheal_act";
  auto own_by_name = session(1, "idle in transaction", 5min);
  own_by_name.application = "selfheal heal:12";
  const auto theirs = session(3, "idle in transaction", 5min);
  for (const auto& ours : {own, own_by_name}) {
    const auto other = session(2, "active", 40s);
    EXPECT_TRUE(troubles().blocked_sessions({.at = kNow, .edges = {edge(other, ours, 31s)}}).empty());
    EXPECT_TRUE(troubles().blocked_sessions({.at = kNow, .edges = {edge(ours, theirs, 31s)}}).empty());
    EXPECT_EQ(troubles().blocked_sessions({.at = kNow, .edges = {edge(other, theirs, 31s)}}).size(), 1u);
  }
}

TEST(BlockedSessions, AreAtMostTwentyOfOneLook) {
  BlockingSample sample{.at = kNow};
  for (int i = 1; i <= 50; ++i)
    sample.edges.push_back(edge(session(1000 + i, "active", 40s), session(i, "active", 40s), 35s));
  EXPECT_EQ(troubles().blocked_sessions(sample).size(), kTroublesAtOnce);
}

TEST(IdleInTransaction, IsToldOfClientsThatForgotLongAgo) {
  auto replication = session(3, "idle in transaction", 10min);
  replication.backend_type = "walsender";
  auto own = session(4, "idle in transaction", 10min);
  own.user = "selfheal_act";
  Census census{.at = kNow,
                .transactions = {{session(1, "idle in transaction", 301s)},
                                 {session(2, "idle in transaction", 299s)},
                                 {replication},
                                 {own},
                                 {session(5, "active", 10min)}}};
  auto ours = troubles();
  const auto sightings = ours.idle_in_transaction(census);
  ASSERT_EQ(sightings.size(), 1u);
  EXPECT_EQ(sightings[0].exemplar.pid, 1);
  EXPECT_EQ(sightings[0].exemplar.message, "process 1 has been idle in its transaction for 301 s");
  census.at += 9s;
  EXPECT_EQ(ours.idle_in_transaction(census).size(), 1u);  // number 2, which has crossed the threshold
  census.at += 1s;
  EXPECT_EQ(ours.idle_in_transaction(census).size(), 1u);
}

TEST(IdleInTransaction, FollowsTheThresholdThatIsSet) {
  auto ours = troubles();
  ours.set({.idle_after = 2s});
  const Census census{.at = kNow, .transactions = {{session(1, "idle in transaction", 3s)}}};
  EXPECT_EQ(ours.idle_in_transaction(census).size(), 1u);
}

}  // namespace
}  // namespace selfheal::watch
