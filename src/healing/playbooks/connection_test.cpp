#include <gtest/gtest.h>

#include "healing/playbooks/playbook.h"
#include "healing/remedies/terminate_idle_sessions.h"
#include "support/cases.h"
#include "support/finding.h"

namespace selfheal::healing {
namespace {

using test::finding_of;
using test::kNow;
using test::remedies_of;

struct Crowd {
  std::string application = "leaky";
  int sessions = 0;
  Duration idle_for = 20min;
  std::string user = "alice";
  std::string protected_role = "f";
  std::string waits_on_purpose = "f";
};

EvidenceItem idle_item(const std::vector<Crowd>& crowds) {
  std::vector<std::vector<test::Cell>> rows;
  int pid = 100;
  for (const auto& crowd : crowds)
    for (int i = 0; i < crowd.sessions; ++i)
      rows.push_back({std::to_string(++pid), to_timestamptz(kNow - 1h), to_timestamptz(kNow - crowd.idle_for),
                      crowd.user, crowd.application, "shop", crowd.protected_role, crowd.waits_on_purpose});
  return test::answered("idle_sessions",
                        {"pid", "backend_start", "state_change", "user_name", "application", "database",
                         "protected_role", "waits_on_purpose"},
                        rows);
}

EvidenceItem slots_item(int used, int idle, int allowed = 97) {
  return test::answered("connection_slots",
                        {"allowed", "used", "idle", "idle_in_transaction", "active", "waiting"},
                        {{std::to_string(allowed), std::to_string(used), std::to_string(idle), "0",
                          std::to_string(used - idle), "0"}});
}

// 97 of 97 connections are used; all that are not in these crowds work.
Case refused(const std::vector<Crowd>& crowds) {
  int idle = 0;
  for (const auto& crowd : crowds) idle += crowd.sessions;
  return test::case_of("53300", {slots_item(97, idle), idle_item(crowds)});
}

TEST(ConnectionLeak, EndsIdleSessionsInSmallBatchesUntilThereIsRoom) {
  const auto facts = refused({{.sessions = 70}, {.application = "pool", .sessions = 10}});
  const auto finding = finding_of(facts);
  EXPECT_EQ(finding.diagnosis.cause, "connection_leak");
  EXPECT_EQ(finding.diagnosis.confidence, Confidence::confirmed);
  const auto remedies = remedies_of(facts);
  ASSERT_EQ(remedies.size(), 1u);
  const auto& remedy = remedies[0];
  EXPECT_EQ(remedy.kind().name, "terminate_idle_sessions");
  EXPECT_EQ(remedy.parts().database, "") << "there is no connection left to open";
  // 80 % of 97 are 77: twenty are to go.
  EXPECT_EQ(remedy.guarded().params[3], "77");
  EXPECT_EQ(remedy.guarded().params[0], R"({"101","102","103","104","105"})");
  EXPECT_EQ(remedy.parts().after.size(), 6u);
  EXPECT_TRUE(remedy.parts().target.ends_with("119, 120"));
}

TEST(ConnectionLeak, AnswersToTheWatch) {
  auto facts = refused({{.sessions = 70}});
  facts.sighting.exemplar.sqlstate.clear();
  facts.sighting.exemplar.trouble = "connections_near_limit";
  EXPECT_EQ(finding_of(facts).diagnosis.cause, "connection_leak");
  facts.sighting.exemplar.objects.role = "alice";
  EXPECT_EQ(finding_of(facts).diagnosis.cause, "");
}

TEST(ConnectionLeak, IsNoBurstOfWork) {
  EXPECT_EQ(finding_of(refused({{.sessions = 40}})).diagnosis.cause, "") << "most of them work";
  EXPECT_EQ(finding_of(refused({})).diagnosis.cause, "");
  auto over = refused({{.sessions = 70}});
  over.evidence.items = {slots_item(60, 58), idle_item({{.sessions = 58}})};
  EXPECT_EQ(finding_of(over).diagnosis.cause, "") << "there is room again";
}

TEST(ConnectionLeak, IsNotTheLimitOfOneRoleOrDatabase) {
  auto facts = refused({{.sessions = 90}});
  facts.sighting.exemplar.objects.role = "alice";
  EXPECT_EQ(finding_of(facts).diagnosis.cause, "");
  facts.sighting.exemplar.objects = {.database = "shop"};
  EXPECT_EQ(finding_of(facts).diagnosis.cause, "");
  facts.sighting.exemplar.objects = {};
  facts.sighting.exemplar.routine = "InitializeSessionUserId";
  EXPECT_EQ(finding_of(facts).diagnosis.cause, "");
  // PostgreSQL 16 names this role where the server's own limit is reached.
  facts.sighting.exemplar.routine = "InitPostgres";
  facts.sighting.exemplar.objects.role = "pg_use_reserved_connections";
  EXPECT_EQ(finding_of(facts).diagnosis.cause, "connection_leak");
}

TEST(ConnectionLeak, TakesTheLargestOfSeveralLeaks) {
  const auto facts =
      refused({{.application = "one", .sessions = 40}, {.application = "two", .sessions = 45}});
  EXPECT_TRUE(finding_of(facts).diagnosis.culprit.name.starts_with("two"));
  // Twenty pools of an ordinary size are no leak.
  std::vector<Crowd> pools;
  for (int i = 0; i < 19; ++i)
    pools.push_back({.application = std::string(1, static_cast<char>('a' + i)), .sessions = 5});
  EXPECT_EQ(finding_of(refused(pools)).diagnosis.cause, "");
}

TEST(ConnectionLeak, HoldsBack) {
  using enum Restraint::Kind;
  const std::vector<std::tuple<const char*, Crowd, Restraint::Kind>> rows{
      {"used a moment ago", {.sessions = 80, .idle_for = 30s}, not_yet},
      {"a pool in front of the server", {.application = "PgBouncer", .sessions = 80}, never},
      {"superusers", {.sessions = 80, .protected_role = "t"}, never},
      {"replication tool", {.application = "debezium", .sessions = 80}, never}};
  for (const auto& [name, crowd, kind] : rows) {
    const auto facts = refused({crowd});
    const auto finding = finding_of(facts);
    ASSERT_TRUE(finding.diagnosis.restraint) << name;
    EXPECT_EQ(finding.diagnosis.restraint->kind, kind) << name;
    EXPECT_TRUE(remedies_of(facts).empty()) << name;
  }
  EXPECT_EQ(finding_of(refused({{.sessions = 80, .waits_on_purpose = "t"}})).diagnosis.cause, "")
      << "listeners wait on purpose";
  EXPECT_EQ(finding_of(refused({{.application = "selfheal observe", .sessions = 80}})).diagnosis.cause, "");
}

TEST(ConnectionLeak, EndsOnlyThoseThatAreIdleForLong) {
  const auto facts = refused({{.sessions = 12, .idle_for = 5s}, {.sessions = 50}});
  const auto remedies = remedies_of(facts);
  ASSERT_EQ(remedies.size(), 1u);
  EXPECT_TRUE(remedies[0].parts().target.starts_with("sessions 113, 114"));
  const auto fewer = refused({{.sessions = 30, .idle_for = 5s}, {.sessions = 32}});
  EXPECT_EQ(remedies_of(fewer)[0].parts().target.substr(0, 12), "sessions 131");
}

TEST(ConnectionLeak, NeedsNoConnectionToALook) {
  for (const auto& name : find_playbook("connection_leak")->probes)
    EXPECT_TRUE(probe(name).is_server_wide()) << name;
  EXPECT_FALSE(probe("lock_queues").is_server_wide()) << "names of tables are a database's own";
}

TEST(ConnectionLeak, IsCuredWhenThereIsRoom) {
  const auto* playbook = find_playbook("connection_leak");
  const auto before = refused({{.sessions = 70}});
  auto after = before;
  EXPECT_EQ(playbook->judge(before, after)->word, VerdictWord::unchanged);
  after.evidence.items = {slots_item(77, 50)};
  EXPECT_EQ(playbook->judge(before, after)->word, VerdictWord::cured);
  after.evidence.items = {test::failed("connection_slots")};
  EXPECT_FALSE(playbook->judge(before, after));
}

}  // namespace
}  // namespace selfheal::healing
