// The three playbooks of locks tell each other apart from the same minute of the recorder.
#include <gtest/gtest.h>

#include "healing/evidence/blocking.h"
#include "healing/playbooks/deadlock_report.h"
#include "healing/playbooks/playbook.h"
#include "support/cases.h"
#include "support/finding.h"

namespace selfheal::healing {
namespace {

using test::finding_of;
using test::kNow;
using test::remedies_of;

constexpr const char* kExclusive = "AccessExclusiveLock";

SessionSeen session(int pid, std::string state = "active", Time state_change = kNow - 120s) {
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

BlockingEdge table_wait(const SessionSeen& waiter, const SessionSeen& blocker,
                        std::string mode = "AccessShareLock", Time since = kNow - 800ms) {
  return {.waiter = waiter,
          .blocker = blocker,
          .waiting_since = since,
          .lock_type = "relation",
          .lock_mode = std::move(mode),
          .relation = "public.ledger"};
}

BlockingEdge row_wait(const SessionSeen& waiter, const SessionSeen& blocker) {
  return {.waiter = waiter,
          .blocker = blocker,
          .waiting_since = kNow - 500ms,
          .lock_type = "transactionid",
          .lock_mode = "ShareLock",
          .relation = "public.wallets"};
}

struct Change {
  int pid = 30;
  int held_up = 3;
  std::string protected_role = "f";
  std::string is_schema_change = "t";
  std::string loses_work = "f";
  std::string application = "migration";
  std::string backend_type = "client backend";
};

constexpr Time kChangeSince = kNow - 1s;

EvidenceItem queue_item(const std::vector<Change>& changes) {
  std::vector<std::vector<test::Cell>> rows;
  for (const auto& it : changes)
    rows.push_back({std::to_string(it.pid), to_timestamptz(kNow - 1h), to_timestamptz(kChangeSince),
                    to_timestamptz(kChangeSince), kExclusive, "5", "16400", "ledger", "deploy",
                    it.application, "shop", it.backend_type, it.protected_role, it.is_schema_change,
                    it.loses_work, std::to_string(it.held_up), to_timestamptz(kNow - 800ms)});
  return test::answered("lock_queues",
                        {"pid", "backend_start", "query_start", "waiting_since", "lock_mode", "database_oid",
                         "table_oid", "relation", "user_name", "application", "database", "backend_type",
                         "protected_role", "is_schema_change", "loses_work", "held_up", "held_up_since"},
                        rows);
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

EvidenceItem chain_item(const std::vector<std::pair<int, int>>& waits = {}) {
  std::vector<std::vector<test::Cell>> rows;
  for (const auto& [waiter, blocker] : waits)
    rows.push_back({std::to_string(waiter), to_timestamptz(kNow - 1h), "web", std::to_string(blocker),
                    to_timestamptz(kNow - 1h), to_timestamptz(kNow - 3min), "active", "relation", kExclusive,
                    "ledger"});
  return test::answered("blocking_chain",
                        {"waiter_pid", "waiter_start", "waiter_application", "blocker_pid", "blocker_start",
                         "blocker_xact_start", "blocker_state", "lock_type", "lock_mode", "relation"},
                        rows);
}

// Session 40 failed; `edges` is what the recorder saw a moment before.
Case failed_with(std::string sqlstate, std::vector<BlockingEdge> edges,
                 std::vector<EvidenceItem> items = {}) {
  auto facts = test::case_of(std::move(sqlstate), std::move(items));
  facts.sighting.exemplar.pid = 40;
  facts.recording.samples = {{.at = kNow - 200ms, .edges = std::move(edges)}};
  return facts;
}

// 30 wants the table that `user` has; 40 and 41 wait behind 30.
std::vector<BlockingEdge> queue_before(const SessionSeen& user) {
  return {table_wait(session(30), user, kExclusive, kChangeSince), table_wait(session(40), session(30)),
          table_wait(session(41), session(30))};
}

Case queue_behind(const SessionSeen& user, std::vector<Change> changes = {{}},
                  const std::vector<SessionSeen>& idle = {}) {
  return failed_with("55P03", queue_before(user), {queue_item(changes), idle_item(idle), chain_item()});
}

TEST(DdlLockQueue, GivesTheWaitingChangeAwayAndNobodyElse) {
  const auto facts = queue_behind(session(10));
  const auto finding = finding_of(facts);
  EXPECT_EQ(finding.diagnosis.cause, "ddl_lock_queue");
  EXPECT_EQ(finding.diagnosis.confidence, Confidence::confirmed);
  EXPECT_TRUE(finding.diagnosis.culprit.name.starts_with("30@"));
  const auto remedies = remedies_of(facts);
  ASSERT_EQ(remedies.size(), 1u);
  EXPECT_EQ(remedies[0].kind().name, "cancel_waiting_ddl");
  EXPECT_EQ(remedies[0].kind().level, Level::automatic);
  EXPECT_EQ(remedies[0].guarded().params[0], R"({"30"})");
  EXPECT_EQ(remedies[0].parts().target, "session 30");
}

TEST(DdlLockQueue, IsSeenByTheWatchToo) {
  auto facts = queue_behind(session(10));
  facts.sighting.exemplar.sqlstate.clear();
  facts.sighting.exemplar.trouble = "blocked_sessions";
  facts.sighting.exemplar.pid = 10;
  EXPECT_EQ(finding_of(facts).diagnosis.cause, "ddl_lock_queue");
  facts.sighting.exemplar.pid = 11;
  EXPECT_EQ(finding_of(facts).diagnosis.cause, "");
}

TEST(DdlLockQueue, CancelsAllThatHoldUpTheSameTable) {
  const auto remedies = remedies_of(queue_behind(session(10), {{}, {.pid = 31}, {.pid = 32, .held_up = 0}}));
  ASSERT_EQ(remedies.size(), 1u);
  EXPECT_EQ(remedies[0].parts().target, "sessions 30, 31");
}

TEST(DdlLockQueue, AsksWhenTheTransactionHasOtherWorkToLose) {
  for (const auto& change : {Change{.loses_work = "t"}, Change{.is_schema_change = "f"}}) {
    const auto remedies = remedies_of(queue_behind(session(10), {change}));
    ASSERT_EQ(remedies.size(), 1u);
    EXPECT_EQ(remedies[0].kind().name, "cancel_waiting_transaction");
    EXPECT_EQ(remedies[0].kind().level, Level::approval);
  }
}

TEST(DdlLockQueue, LeavesAForgottenTransactionToItsOwnPlaybook) {
  const auto forgotten = session(10, "idle in transaction");
  const auto finding = finding_of(queue_behind(forgotten, {{}}, {forgotten}));
  EXPECT_EQ(finding.diagnosis.cause, "idle_in_transaction_blocker");
}

TEST(DdlLockQueue, LetsADumpGoOnAlthoughItIsIdleInItsTransaction) {
  auto dump = session(10, "idle in transaction");
  dump.application = "pg_dump";
  EXPECT_EQ(finding_of(queue_behind(dump, {{}}, {dump})).diagnosis.cause, "ddl_lock_queue");
  // One that ran a statement after the queue began is at work between two statements.
  const auto busy = session(10, "idle in transaction", kNow - 100ms);
  EXPECT_EQ(finding_of(queue_behind(busy, {{}}, {busy})).diagnosis.cause, "ddl_lock_queue");
}

TEST(DdlLockQueue, FindsThePersonBehindAChain) {
  // 30 waits for 20, which works but waits itself for the forgotten 10.
  const auto forgotten = session(10, "idle in transaction");
  auto edges = queue_before(session(20));
  edges.push_back(row_wait(session(20), forgotten));
  const auto facts = failed_with("55P03", edges, {queue_item({{}}), idle_item({forgotten}), chain_item()});
  EXPECT_EQ(finding_of(facts).diagnosis.cause, "idle_in_transaction_blocker");
}

TEST(DdlLockQueue, HoldsBack) {
  using enum Restraint::Kind;
  struct Row {
    const char* name;
    Case facts;
    Restraint::Kind kind;
  };
  const std::vector<Row> rows{
      {"few and not for long", queue_behind(session(10), {{.held_up = 1}}), not_yet},
      {"nobody any more", queue_behind(session(10), {{.held_up = 0}}), not_yet},
      {"it has got its lock", queue_behind(session(10), {}), not_yet},
      {"another wait of the same session", queue_behind(session(10), {{.pid = 31}}), not_yet},
      {"a superuser's", queue_behind(session(10), {{.protected_role = "t"}}), never},
      {"a superuser's beside it", queue_behind(session(10), {{}, {.pid = 31, .protected_role = "t"}}), never},
      {"the server's own", queue_behind(session(10), {{.backend_type = "logical replication worker"}}),
       never},
      {"ours", queue_behind(session(10), {{.application = "selfheal heal:1"}}), never},
      {"a prepared transaction", queue_behind(SessionSeen{.pid = 0}), never},
  };
  for (const auto& [name, facts, kind] : rows) {
    const auto finding = finding_of(facts);
    ASSERT_EQ(finding.diagnosis.cause, "ddl_lock_queue") << name;
    ASSERT_TRUE(finding.diagnosis.restraint) << name;
    EXPECT_EQ(finding.diagnosis.restraint->kind, kind) << name;
    EXPECT_TRUE(remedies_of(facts).empty()) << name;
  }
}

TEST(DdlLockQueue, ALongQueueOfFewIsEnough) {
  auto facts = queue_behind(session(10), {{.held_up = 1}});
  for (auto& edge : facts.recording.samples[0].edges)
    edge.waiting_since = edge.lock_mode == kExclusive ? kChangeSince : kChangeSince;
  facts.now = kNow + 6s;
  EXPECT_FALSE(finding_of(facts).diagnosis.restraint);
}

TEST(DdlLockQueue, ClaimsNothingElse) {
  // It has its lock and works: nobody waits for it who waits himself.
  EXPECT_EQ(finding_of(failed_with("55P03", {table_wait(session(40), session(30))},
                                   {queue_item({}), idle_item({}), chain_item()}))
                .diagnosis.cause,
            "");
  // It gave up by its own timeout: who waited behind it goes on.
  auto gave_up = queue_behind(session(10));
  gave_up.sighting.exemplar.pid = 30;
  EXPECT_EQ(finding_of(gave_up).diagnosis.cause, "");
  // Rows, not the table.
  EXPECT_EQ(finding_of(failed_with("55P03",
                                   {row_wait(session(40), session(30)), row_wait(session(30), session(10))},
                                   {queue_item({}), idle_item({}), chain_item()}))
                .diagnosis.cause,
            "");
  // The evidence could not be read.
  EXPECT_EQ(
      finding_of(failed_with("55P03", queue_before(session(10)),
                             {test::failed("lock_queues"), test::failed("idle_transactions"), chain_item()}))
          .diagnosis.confidence,
      Confidence::unknown);
}

TEST(DdlLockQueue, IsCuredWhenTheQueueIsGone) {
  auto before = queue_behind(session(10));
  before.incident.diagnosis = finding_of(before).diagnosis;
  const auto* playbook = find_playbook("ddl_lock_queue");
  struct Row {
    std::vector<Change> changes;
    std::vector<std::pair<int, int>> waits;
    VerdictWord word;
  };
  const std::vector<Row> rows{{{}, {}, VerdictWord::cured},
                              {{{}}, {}, VerdictWord::unchanged},
                              {{}, {{41, 30}}, VerdictWord::unchanged},
                              {{{.pid = 33}}, {}, VerdictWord::unchanged},
                              {{{.pid = 33, .held_up = 0}}, {}, VerdictWord::cured}};
  for (const auto& row : rows) {
    const auto after =
        failed_with("55P03", {}, {queue_item(row.changes), idle_item({}), chain_item(row.waits)});
    const auto verdict = playbook->judge(before, after);
    ASSERT_TRUE(verdict) << verdict.error().message;
    EXPECT_EQ(verdict->word, row.word) << verdict->reason;
  }
  EXPECT_FALSE(
      playbook->judge(before, failed_with("55P03", {}, {test::failed("lock_queues"), chain_item()})));
}

constexpr const char* kDetail =
    "Process 40 waits for ShareLock on transaction 963; blocked by process 41.\n"
    "Process 41 waits for ShareLock on tuple (0,7) of relation 16401 of database 5; blocked by process 40.\n"
    "Process 40: UPDATE wallets SET amount = amount + 1 WHERE id = 7\n"
    "Process 41: UPDATE wallets\n  SET amount = 3: 4";

std::vector<BlockingEdge> circle() {
  return {row_wait(session(40), session(41)), row_wait(session(41), session(40))};
}

TEST(DeadlockLockOrder, IsProvenByTheReportAndTheRecorder) {
  auto facts = failed_with("40P01", circle());
  facts.sighting.exemplar.detail = kDetail;
  facts.sighting.exemplar.routine = "DeadLockReport";
  const auto finding = finding_of(facts);
  EXPECT_EQ(finding.diagnosis.cause, "deadlock_lock_order");
  EXPECT_EQ(finding.diagnosis.confidence, Confidence::confirmed);
  ASSERT_TRUE(finding.diagnosis.restraint);
  EXPECT_EQ(finding.diagnosis.restraint->kind, Restraint::Kind::never);
  EXPECT_TRUE(finding.diagnosis.retry.safe);
  EXPECT_EQ(finding.diagnosis.retry.scope, "transaction");
  EXPECT_TRUE(remedies_of(facts).empty());
  for (const auto& sentence : finding.diagnosis.explanation)
    EXPECT_FALSE(sentence.text.contains("id = 7")) << "a value of the application: " << sentence.text;
}

TEST(DeadlockLockOrder, IsOnlyLikelyWithoutTheRecorder) {
  auto facts = failed_with("40P01", {});
  facts.sighting.exemplar.detail = kDetail;
  EXPECT_EQ(finding_of(facts).diagnosis.confidence, Confidence::likely);
  // The recorder looked all the time and saw nobody wait.
  facts.recording.complete = true;
  EXPECT_EQ(finding_of(facts).diagnosis.confidence, Confidence::possible);
}

TEST(DeadlockLockOrder, IsSeenInATimeoutThatCameFirst) {
  for (const char* sqlstate : {"55P03", "57014"}) {
    const auto finding =
        finding_of(failed_with(sqlstate, circle(), {queue_item({}), idle_item({}), chain_item()}));
    EXPECT_EQ(finding.diagnosis.cause, "deadlock_lock_order") << sqlstate;
    EXPECT_TRUE(finding.diagnosis.restraint) << sqlstate;
  }
}

TEST(DeadlockLockOrder, DoesNotBelieveABorrowedCode) {
  auto raised = failed_with("40P01", {});
  EXPECT_EQ(finding_of(raised).diagnosis.cause, "");
  raised.sighting.exemplar.detail = "Process 17 waits for a person; blocked by process 18.";
  EXPECT_EQ(finding_of(raised).diagnosis.cause, "");
  raised.sighting.exemplar.detail = kDetail;
  raised.sighting.exemplar.routine = "exec_stmt_raise";
  EXPECT_EQ(finding_of(raised).diagnosis.cause, "");
  raised.sighting.exemplar.routine.clear();
  raised.sighting.exemplar.pid = 77;
  EXPECT_EQ(finding_of(raised).diagnosis.cause, "");
}

TEST(DeadlockLockOrder, SaysWhenItRepeats) {
  auto facts = failed_with("40P01", circle());
  facts.sighting.exemplar.detail = kDetail;
  facts.incident.events = 3;
  facts.incident.first_seen = kNow - 2min;
  facts.incident.last_seen = kNow;
  EXPECT_EQ(finding_of(facts).diagnosis.severity, Severity::high);
  facts.incident.first_seen = kNow - 24h;
  EXPECT_EQ(finding_of(facts).diagnosis.severity, Severity::medium);
}

TEST(DeadlockLockOrder, HasOneNameWhoeverLoses) {
  auto facts = failed_with("40P01", circle());
  facts.sighting.exemplar.detail = kDetail;
  const auto first = finding_of(facts).diagnosis.culprit.name;
  facts.sighting.exemplar.detail =
      "Process 41 waits for ShareLock on transaction 1; blocked by process 40.\n"
      "Process 40 waits for ShareLock on transaction 2; blocked by process 41.\n"
      "Process 41: UPDATE wallets\n  SET amount = 3: 4\n"
      "Process 40: UPDATE wallets SET amount = amount + 2 WHERE id = 9";
  EXPECT_EQ(finding_of(facts).diagnosis.culprit.name, first);
}

TEST(DeadlockReport, ReadsEveryLanguage) {
  const char* details[] = {
      kDetail,
      "Prozess 40 wartet auf ShareLock-Sperre auf Transaktion 963; blockiert von Prozess 41.\n"
      "Prozess 41 wartet auf ShareLock-Sperre auf Transaktion 962; blockiert von Prozess 40.",
      "Le processus 40 attend ShareLock sur transaction 963 ; bloqué par le processus 41.\n"
      "Le processus 41 attend ShareLock sur transaction 962 ; bloqué par le processus 40.",
      "プロセス 40 は ShareLock を トランザクション 963 で待機していましたが、プロセス 41 "
      "でブロックされました\n"
      "プロセス 41 は ShareLock を トランザクション 962 で待機していましたが、プロセス 40 "
      "でブロックされました",
  };
  for (const auto* detail : details)
    EXPECT_EQ(deadlock_report(detail).circle, (std::vector{40, 41})) << detail;
  const auto report = deadlock_report(kDetail);
  EXPECT_EQ(report.statements.at(40), "UPDATE wallets SET amount = amount + 1 WHERE id = 7");
  EXPECT_EQ(report.statements.at(41), "UPDATE wallets\n  SET amount = 3: 4");
  for (const char* other : {"", "no number", "Process 40 waits; blocked by process 41.", "1\n2\n3",
                            "Process 99999999999999999999 waits; blocked by process 99999999999999999999."})
    EXPECT_TRUE(deadlock_report(other).circle.empty()) << other;
}

TEST(CircleThrough, IsTheShortestOne) {
  const BlockingSample sample{.at = kNow,
                              .edges = {row_wait(session(1), session(2)), row_wait(session(2), session(3)),
                                        row_wait(session(3), session(1)), row_wait(session(2), session(1)),
                                        row_wait(session(9), session(1))}};
  const auto found = circle_through(sample, 1);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].waiter.pid, 1);
  EXPECT_EQ(found[1].waiter.pid, 2);
  EXPECT_EQ(circle_through(sample, 3).size(), 3u);
  EXPECT_TRUE(circle_through(sample, 9).empty());
  EXPECT_EQ(ahead_of(sample, 9), (std::set{1, 2, 3}));
}

}  // namespace
}  // namespace selfheal::healing
