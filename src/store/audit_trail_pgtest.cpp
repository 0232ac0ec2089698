#include <fmt/format.h>

#include "support/test_store.h"

namespace selfheal::store {
namespace {

class AuditTrailTest : public test::StoreTest {
 protected:
  Treatment a_treatment(const Incident& incident) {
    return {.incident = incident.number,
            .server = incident.server,
            .database = "shop",
            .playbook = "idle_in_transaction_blocker",
            .action = "terminate_session",
            .target = "session 4121 (billing)",
            .plan_hash = "abc",
            .approved_by = "ada",
            .statements = {"SELECT pg_terminate_backend(4121)"},
            .undo = {"SELECT 'it''s'"}};
  }
  Result<Treatment> intend(Store& store, const Incident& incident, const std::string& key) {
    return run(store.audit().intend(a_treatment(incident), key, soon()));
  }
  void record(Store& store, int entries) {
    for (int i = 0; i < entries; ++i)
      done(store.audit().record({"ada", "approved", "SH-1", fmt::format("entry {}", i)}, soon()));
  }
  AuditCheck verify(Store& store) { return got(store.reader().verify_audit(soon())); }
  // As somebody who owns the tables does it.
  void tamper(const std::string& sql) {
    test::ClientSession session(server().conninfo(database_));
    const auto answer = session.exec("SET session_replication_role = replica; " + sql);
    EXPECT_TRUE(answer.ok) << answer.message;
  }
};

TEST_F(AuditTrailTest, IntendWritesTheTreatmentAndItsEntryTogether) {
  auto& store = open();
  const auto incident = an_incident(store);
  const auto intended = intend(store, incident, "session:4121@x");
  ASSERT_TRUE(intended) << intended.error().message;
  EXPECT_EQ(intended->number, TreatmentNumber(1));
  EXPECT_EQ(intended->state, TreatmentState::intent);
  EXPECT_EQ(intended->at, clock_.wall);
  EXPECT_EQ(intended->undo, std::vector<std::string>{"SELECT 'it''s'"});
  const auto page = got(store.reader().audit({}, 10, soon()));
  ASSERT_EQ(page.items.size(), 1u);
  EXPECT_EQ(page.items[0].entry.actor, "ada");
  EXPECT_EQ(page.items[0].entry.what, "intend");
  EXPECT_EQ(page.items[0].entry.subject, "SH-1");
  EXPECT_EQ(page.items[0].previous_hash, std::string(64, '0'));
}

TEST_F(AuditTrailTest, ASecondTreatmentOfTheSameTargetIsAConflictUntilTheFirstHasItsVerdict) {
  auto& store = open();
  const auto incident = an_incident(store);
  auto first = intend(store, incident, "session:1");
  ASSERT_TRUE(first);
  const auto second = intend(store, incident, "session:1");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_TRUE(intend(store, incident, "session:2")) << "another target";
  EXPECT_EQ(got(store.reader().audit({}, 10, soon())).items.size(), 2u)
      << "nothing was intended the second time";

  for (const auto state : {TreatmentState::running, TreatmentState::unknown, TreatmentState::done}) {
    first->state = state;
    got(store.audit().advance(*first, soon()));
    EXPECT_FALSE(intend(store, incident, "session:1")) << to_word(state);
  }
  first->state = TreatmentState::verified;
  first->verdict = Verdict{VerdictWord::cured, "it is gone"};
  const auto verified = got(store.audit().advance(*first, soon()));
  EXPECT_EQ(verified.verdict->word, VerdictWord::cured);
  EXPECT_TRUE(intend(store, incident, "session:1"));
}

TEST_F(AuditTrailTest, TwoExecutorsThatIntendAtOnceGetOneTreatment) {
  auto& one = open();
  auto& two = open();
  const auto incident = an_incident(one);
  int intended = 0, conflicts = 0;
  for (auto* store : {&one, &two, &one, &two})
    asio::co_spawn(loop_.context(), store->audit().intend(a_treatment(incident), "session:1", soon()),
                   [&](std::exception_ptr thrown, Result<Treatment> treatment) {
                     ASSERT_FALSE(thrown);
                     ++(treatment ? intended : conflicts);
                     if (!treatment) EXPECT_EQ(treatment.error().code, ErrorCode::conflict);
                   });
  loop_.finish([&] { return intended + conflicts == 4; });
  EXPECT_EQ(intended, 1);
  EXPECT_FALSE(verify(one).broken_at);
}

TEST_F(AuditTrailTest, ATreatmentOfNoIncidentIsRefused) {
  auto& store = open();
  EXPECT_EQ(
      intend(store, Incident{.number = IncidentNumber(404), .server = ServerId("orders")}, "x").error().code,
      ErrorCode::not_found);
  EXPECT_EQ(run(store.audit().advance({.number = TreatmentNumber(404)}, soon())).error().code,
            ErrorCode::not_found);
}

TEST_F(AuditTrailTest, TheJournalAnswersWhatIsUnfinished) {
  auto& store = open();
  const auto incident = an_incident(store, "aa");
  auto first = *intend(store, incident, "a");
  const auto second = *intend(store, an_incident(store, "bb"), "b");
  first.state = TreatmentState::done;
  first.acted_at = clock_.wall + 1s;
  first.report = "SELECT 1";
  first = got(store.audit().advance(first, soon()));
  EXPECT_EQ(first.acted_at, clock_.wall + 1s);
  EXPECT_EQ(got(store.audit().unfinished(soon())).size(), 2u);
  first.verdict = Verdict{VerdictWord::unchanged, "no"};
  first.state = TreatmentState::verified;
  got(store.audit().advance(first, soon()));
  const auto left = got(store.audit().unfinished(soon()));
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].number, second.number);
  EXPECT_EQ(got(store.audit().of(incident.number, soon())).size(), 1u);
  EXPECT_EQ(got(store.reader().treatments({.server = ServerId("orders")}, soon())).items.size(), 2u);
  EXPECT_EQ(got(store.reader().treatments({.states = {TreatmentState::intent}}, soon())).items.size(), 1u);
  EXPECT_EQ(got(store.reader().treatment(second.number, soon())).target, "session 4121 (billing)");
}

TEST_F(AuditTrailTest, AnUntouchedChainIsIntact) {
  auto& store = open();
  EXPECT_FALSE(verify(store).broken_at) << "an empty one too";
  record(store, 5);
  const auto check = verify(store);
  EXPECT_EQ(check.records, 5);
  EXPECT_FALSE(check.broken_at) << check.reason;
}

TEST_F(AuditTrailTest, EveryWayOfTamperingIsFoundWhereItHappened) {
  const struct {
    const char* name;
    const char* sql;
    std::int64_t broken_at;
  } cases[] = {
      {"edited text", "UPDATE selfheal.audit SET text = 'another' WHERE sequence = 3", 3},
      {"edited time", "UPDATE selfheal.audit SET at = at + interval '1 microsecond' WHERE sequence = 3", 3},
      {"moved between fields",
       "UPDATE selfheal.audit SET actor = 'a', what = 'daapproved' WHERE sequence = 3", 3},
      {"deleted", "DELETE FROM selfheal.audit WHERE sequence = 3", 4},
      {"deleted the first", "DELETE FROM selfheal.audit WHERE sequence = 1", 2},
      {"cut the tail", "DELETE FROM selfheal.audit WHERE sequence >= 5", 5},
      {"cut everything", "DELETE FROM selfheal.audit", 5},
      {"swapped",
       "UPDATE selfheal.audit SET sequence = 100 WHERE sequence = 2;"
       "UPDATE selfheal.audit SET sequence = 2 WHERE sequence = 3;"
       "UPDATE selfheal.audit SET sequence = 3 WHERE sequence = 100",
       2},
      {"inserted",
       "INSERT INTO selfheal.audit SELECT tenant, 6, at, actor, what, subject, text, hash, hash"
       " FROM selfheal.audit WHERE sequence = 5",
       5},
      {"rewritten without the rest",
       "UPDATE selfheal.audit SET text = 'x', hash = selfheal.audit_hash(tenant, previous_hash, sequence, "
       "at, actor,"
       " what, subject, 'x') WHERE sequence = 3",
       4},
      {"the last rewritten",
       "UPDATE selfheal.audit SET text = 'x', hash = selfheal.audit_hash(tenant, previous_hash, sequence, "
       "at, actor,"
       " what, subject, 'x') WHERE sequence = 5",
       5},
  };
  auto& store = open();
  record(store, 5);
  tamper("CREATE TABLE kept AS TABLE selfheal.audit");
  for (const auto& row : cases) {
    tamper(row.sql);
    const auto check = verify(store);
    EXPECT_EQ(check.broken_at, row.broken_at) << row.name << ": " << check.reason;
    tamper("DELETE FROM selfheal.audit; INSERT INTO selfheal.audit TABLE kept");
    EXPECT_FALSE(verify(store).broken_at) << row.name;
  }
}

TEST_F(AuditTrailTest, TheTableOnlyGrows) {
  auto& store = open();
  record(store, 2);
  EXPECT_EQ(look("UPDATE selfheal.audit SET text = 'x'").substr(0, 5), "42501");
  EXPECT_EQ(look("DELETE FROM selfheal.audit").substr(0, 5), "42501");
  EXPECT_EQ(look("TRUNCATE selfheal.audit").substr(0, 5), "42501");
}

TEST_F(AuditTrailTest, VerifyingIsFast) {
  auto& store = open();
  ASSERT_EQ(look("DO $$ BEGIN FOR i IN 1 .. 20000 LOOP PERFORM selfheal.append_audit('acme', now(), 'ada', "
                 "'approved',"
                 " 'SH-1', 'a sentence of the usual length about what was done'); IF i % 100 = 0 THEN "
                 "COMMIT; END IF; END LOOP; END $$"),
            "");
  const auto start = clock_.steady_now();
  EXPECT_EQ(verify(store).records, 20000);
  const auto seconds = to_seconds(loop_.since(start));
  RecordProperty("rows_per_second", static_cast<int>(20000 / seconds));
  printf("verify: %.0f audit rows/s\n", 20000 / seconds);
  EXPECT_LT(seconds, 5.0);
}

}  // namespace
}  // namespace selfheal::store
