#include <gtest/gtest.h>

#include "healing/evidence/blocking.h"
#include "healing/playbooks/playbook.h"
#include "support/cases.h"

namespace selfheal::healing {
namespace {

using test::kNow;

SessionSeen session(int pid, std::string state, Time state_change = kNow - 120s) {
  return {.pid = pid,
          .backend_start = kNow - 1h,
          .xact_start = kNow - 3min,
          .state_change = state_change,
          .state = std::move(state),
          .backend_type = "client backend",
          .user = "app",
          .application = "web",
          .database = "shop"};
}

BlockingEdge edge(SessionSeen waiter, SessionSeen blocker) {
  return {.waiter = std::move(waiter),
          .blocker = std::move(blocker),
          .waiting_since = kNow - 1s,
          .lock_type = "transactionid"};
}

EvidenceItem idle_item(const std::vector<SessionSeen>& sessions, std::string protected_role = "f") {
  std::vector<std::vector<test::Cell>> rows;
  for (const auto& s : sessions)
    rows.push_back({std::to_string(s.pid), to_timestamptz(s.backend_start), to_timestamptz(s.xact_start),
                    to_timestamptz(s.state_change), s.state, s.backend_type, s.user, s.application,
                    s.database, protected_role, "UPDATE"});
  return test::answered("idle_transactions",
                        {"pid", "backend_start", "xact_start", "state_change", "state", "backend_type",
                         "user_name", "application", "database", "protected_role", "last_statement"},
                        rows);
}

EvidenceItem chain_item() {
  return test::answered("blocking_chain",
                        {"waiter_pid", "waiter_start", "waiter_application", "blocker_pid", "blocker_start",
                         "blocker_xact_start", "blocker_state", "lock_type", "lock_mode", "relation"},
                        {});
}

// Session 20 failed with a lock timeout; the recorder saw it wait for `blocker` a moment before.
Case lock_timeout(const SessionSeen& blocker, std::vector<EvidenceItem> items) {
  auto facts = test::case_of("55P03", std::move(items));
  facts.sighting.exemplar.pid = 20;
  facts.recording.samples = {{.at = kNow - 200ms, .edges = {edge(session(20, "active"), blocker)}}};
  return facts;
}

std::optional<Diagnosis> diagnosis_of(const Case& facts) {
  const auto diagnosis = find_playbook("idle_in_transaction_blocker")->diagnose(facts);
  EXPECT_TRUE(diagnosis) << diagnosis.error().message;
  return diagnosis ? *diagnosis : std::nullopt;
}

TEST(IdleInTransactionBlocker, IsConfirmedByRecorderAndLiveStateTogether) {
  const auto forgotten = session(10, "idle in transaction");
  const auto facts = lock_timeout(forgotten, {idle_item({forgotten}), chain_item()});
  const auto diagnosis = diagnosis_of(facts);
  ASSERT_TRUE(diagnosis);
  EXPECT_EQ(diagnosis->confidence, Confidence::confirmed);
  EXPECT_FALSE(diagnosis->restraint);
  const auto remedies = find_playbook("idle_in_transaction_blocker")->propose(*diagnosis, facts);
  ASSERT_TRUE(remedies);
  ASSERT_EQ(remedies->size(), 1u);
  EXPECT_EQ(remedies->front().guarded().params[0], "10");
}

TEST(IdleInTransactionBlocker, LeavesAWorkingBlockerAlone) {
  const auto facts = lock_timeout(session(10, "active"), {idle_item({}), chain_item()});
  EXPECT_FALSE(diagnosis_of(facts));
}

TEST(IdleInTransactionBlocker, HoldsBackUntilTheSessionCountsAsForgotten) {
  const auto fresh = session(10, "idle in transaction", kNow - 2s);
  const auto diagnosis = diagnosis_of(lock_timeout(fresh, {idle_item({fresh}), chain_item()}));
  ASSERT_TRUE(diagnosis && diagnosis->restraint);
  EXPECT_EQ(diagnosis->restraint->kind, Restraint::Kind::not_yet);
  EXPECT_EQ(diagnosis->severity, Severity::medium) << "nobody is to be woken for a pause";
}

TEST(IdleInTransactionBlocker, NeverActsOnWhomAPersonMustDecide) {
  auto backup = session(10, "idle in transaction");
  backup.application = "pg_dump";
  auto walsender = session(10, "idle in transaction");
  walsender.backend_type = "walsender";
  const auto plain = session(10, "idle in transaction");
  const std::vector<Case> cases{
      lock_timeout(backup, {idle_item({backup}), chain_item()}),
      lock_timeout(walsender, {idle_item({walsender}), chain_item()}),
      lock_timeout(plain, {idle_item({plain}, "t"), chain_item()}),
      // It committed meanwhile and is in another transaction.
      lock_timeout(plain, {idle_item({}), chain_item()}),
  };
  for (const auto& facts : cases) {
    const auto diagnosis = diagnosis_of(facts);
    ASSERT_TRUE(diagnosis && diagnosis->restraint);
    EXPECT_EQ(diagnosis->restraint->kind, Restraint::Kind::never);
  }
}

TEST(IdleInTransactionBlocker, DoesNotActOnTextAlone) {
  const auto forgotten = session(10, "idle in transaction");
  // The live state could not be read: nothing is claimed confirmed, nothing is done.
  const auto diagnosis =
      diagnosis_of(lock_timeout(forgotten, {test::failed("idle_transactions"), chain_item()}));
  ASSERT_TRUE(diagnosis && diagnosis->restraint);
  EXPECT_EQ(diagnosis->confidence, Confidence::likely);
  // The recorder saw nothing.
  auto unseen = lock_timeout(forgotten, {idle_item({forgotten}), chain_item()});
  unseen.recording.samples.clear();
  EXPECT_FALSE(diagnosis_of(unseen));
}

TEST(Roots, FollowTheChainToItsEnd) {
  const auto root = session(10, "idle in transaction");
  const auto middle = session(20, "active");
  const BlockingSample sample{.at = kNow, .edges = {edge(middle, root), edge(session(30, "active"), middle)}};
  const auto found = roots(sample);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].session.pid, 10);
  EXPECT_EQ(found[0].victims.size(), 2u);
}

TEST(Roots, ADeadlockHasNone) {
  const BlockingSample sample{.at = kNow,
                              .edges = {edge(session(1, "active"), session(2, "active")),
                                        edge(session(2, "active"), session(1, "active"))}};
  EXPECT_TRUE(roots(sample).empty());
}

TEST(RootsBehind, TakesTheLastLookBeforeTheError) {
  Recording recording;
  recording.samples = {{.at = kNow - 400ms, .edges = {edge(session(20, "active"), session(1, "active"))}},
                       {.at = kNow - 150ms, .edges = {edge(session(20, "active"), session(2, "active"))}},
                       {.at = kNow + 100ms, .edges = {edge(session(20, "active"), session(3, "active"))}}};
  const auto found = roots_behind(recording, 20, {}, kNow, 1500ms);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].session.pid, 2);
  EXPECT_TRUE(roots_behind(recording, 20, {}, kNow + 10s, 1500ms).empty());
  // The pid was another session's then.
  EXPECT_TRUE(roots_behind(recording, 20, kNow - 1min, kNow, 1500ms).empty());
}

}  // namespace
}  // namespace selfheal::healing
