#include <gmock/gmock.h>

#include "support/test_store.h"

namespace selfheal::store {
namespace {

class IncidentBookTest : public test::StoreTest {
 protected:
  Diagnosis a_diagnosis() {
    Diagnosis diagnosis{.playbook = "sequence_behind_table",
                        .cause = "sequence_behind",
                        .title = "The sequence \"orders_id_seq\" is behind",
                        .category = Category::duplicate_data,
                        .severity = Severity::high,
                        .confidence = Confidence::confirmed};
    diagnosis.checks = {{"sequence_behind", "It is behind.", CheckStatus::passed, "E1"}};
    diagnosis.ruled_out = {{"genuine_duplicate", "The key came from the sequence."}};
    diagnosis.explanation = {{"Ümlaut \\ \" \n end.", "E1"}};
    diagnosis.culprit = {"sequence", "public.orders_id_seq"};
    diagnosis.restraint = Restraint{Restraint::Kind::not_yet, "too early", "SELECT 1"};
    diagnosis.retry = {true, "statement", 250, "it will work then"};
    return diagnosis;
  }
  Evidence some_evidence(const std::string& probe, int items = 1) {
    Evidence evidence;
    for (int i = 0; i < items; ++i)
      evidence.items.push_back({.probe = probe,
                                .status = ProbeStatus::answered,
                                .taken_at = clock_.wall + i * 1ms,
                                .took = 12ms,
                                .sql = "SELECT 1",
                                .columns = {"a", "b"},
                                .rows = {{"1", std::nullopt}, {"it's \"x\"", "{}"}}});
    return evidence;
  }
};

TEST_F(IncidentBookTest, UpdateStoresEverythingAndReturnsTheNewRev) {
  auto& store = open();
  auto incident = an_incident(store);
  incident.state = IncidentState::awaiting_approval;
  incident.error_class.severity = Severity::high;
  incident.diagnosis = a_diagnosis();
  incident.plan = PlanShown{.plan_id = "p1",
                            .plan_hash = "ab",
                            .expires_at = clock_.wall + 15min,
                            .action = "advance_sequence",
                            .title = "Move it on",
                            .statements = {"SELECT setval('x', 5)"},
                            .guards = {"last_value < 5"},
                            .undo = "not needed",
                            .risk = "a gap",
                            .level = 3,
                            .decision = "approve",
                            .reason = "level 3"};
  incident.relieved_at = clock_.wall + 1s;
  const auto saved = got(store.incidents().update(
      incident, {{clock_.wall, "diagnosed", "It is behind."}, {clock_.wall + 1ms, "proposed", "Move it on."}},
      soon()));
  EXPECT_EQ(saved.rev, incident.rev + 1);
  const auto detail = got(store.reader().incident(incident.number, soon()));
  const auto& found = detail.incident;
  EXPECT_EQ(found.state, IncidentState::awaiting_approval);
  ASSERT_TRUE(found.diagnosis && found.plan);
  EXPECT_EQ(found.diagnosis->explanation[0].text, "Ümlaut \\ \" \n end.");
  EXPECT_EQ(found.diagnosis->checks[0].status, CheckStatus::passed);
  EXPECT_EQ(found.diagnosis->restraint->kind, Restraint::Kind::not_yet);
  EXPECT_EQ(found.diagnosis->retry.after_ms, 250);
  EXPECT_EQ(found.diagnosis->confidence, Confidence::confirmed);
  EXPECT_EQ(found.plan->expires_at, clock_.wall + 15min);
  EXPECT_EQ(found.plan->statements, incident.plan->statements);
  EXPECT_EQ(found.relieved_at, clock_.wall + 1s);
  EXPECT_FALSE(found.verdict);
  ASSERT_EQ(detail.timeline.size(), 3u);
  EXPECT_EQ(detail.timeline[2].text, "Move it on.");
}

TEST_F(IncidentBookTest, UpdateOfAnOldRevIsAConflictAndChangesNothing) {
  auto& store = open();
  const auto incident = an_incident(store);
  auto first = incident;
  first.state = IncidentState::diagnosing;
  got(store.incidents().update(first, {}, soon()));
  auto second = incident;
  second.state = IncidentState::muted;
  const auto refused = run(store.incidents().update(second, {{clock_.wall, "muted", "Muted."}}, soon()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  const auto detail = got(store.reader().incident(incident.number, soon()));
  EXPECT_EQ(detail.incident.state, IncidentState::diagnosing);
  EXPECT_EQ(detail.timeline.size(), 1u);
  auto invented = incident;
  invented.rev = 99;
  EXPECT_EQ(run(store.incidents().update(invented, {}, soon())).error().code, ErrorCode::conflict);
}

TEST_F(IncidentBookTest, CountingMeanwhileIsNoConflictAndIsNotLost) {
  auto& store = open();
  auto incident = an_incident(store, "aa");
  file(store, {seen("aa", 7, 4)});
  incident.state = IncidentState::diagnosing;
  const auto saved = got(store.incidents().update(incident, {}, soon()));
  EXPECT_EQ(saved.events, 5);
  EXPECT_EQ(saved.rev, incident.rev + 2) << "rev grows with every change";
}

TEST_F(IncidentBookTest, ReopeningMeanwhileIsAConflict) {
  auto& store = open();
  auto incident = an_incident(store, "aa");
  incident.state = IncidentState::healed;
  const auto healed = got(store.incidents().update(incident, {}, soon()));
  EXPECT_EQ(healed.closed_at, clock_.wall);
  clock_.wall += 1min;
  file(store, {seen("aa", 7)});
  EXPECT_EQ(run(store.incidents().update(healed, {}, soon())).error().code, ErrorCode::conflict);
}

TEST_F(IncidentBookTest, AnOldIncidentCannotLiveBesideAYoungerOneOfItsKey) {
  auto& store = open();
  auto incident = an_incident(store, "aa");
  incident.state = IncidentState::resolved;
  auto closed = got(store.incidents().update(incident, {}, soon()));
  clock_.wall += 48h;
  EXPECT_NE(file(store, {seen("aa", 7)})[0].incident.number, incident.number);
  closed.state = IncidentState::open;
  EXPECT_EQ(run(store.incidents().update(closed, {}, soon())).error().code, ErrorCode::conflict);
}

TEST_F(IncidentBookTest, UnknownNumbersAreNotFound) {
  auto& store = open();
  const IncidentNumber none(404);
  EXPECT_EQ(run(store.incidents().find(none, soon())).error().code, ErrorCode::not_found);
  EXPECT_EQ(run(store.incidents().attach(none, some_evidence("p"), soon())).error().code,
            ErrorCode::not_found);
  EXPECT_EQ(run(store.incidents().update({.number = none}, {}, soon())).error().code, ErrorCode::not_found);
  const auto known = an_incident(store).number;
  EXPECT_EQ(run(store.incidents().merge(known, none, soon())).error().code, ErrorCode::not_found);
  EXPECT_EQ(run(store.incidents().merge(none, known, soon())).error().code, ErrorCode::not_found);
  EXPECT_EQ(run(store.reader().incident(none, soon())).error().code, ErrorCode::not_found);
}

TEST_F(IncidentBookTest, UnfinishedAreThoseThatAreNotClosedOldestFirst) {
  auto& store = open();
  std::vector<IncidentNumber> wanted;
  int i = 0;
  for (const auto state :
       {IncidentState::open, IncidentState::healed, IncidentState::refused, IncidentState::failed,
        IncidentState::resolved, IncidentState::muted, IncidentState::verifying}) {
    auto incident = an_incident(store, "f" + std::to_string(++i));
    incident.state = state;
    got(store.incidents().update(incident, {}, soon()));
    if (!is_closed(state)) wanted.push_back(incident.number);
  }
  std::vector<IncidentNumber> numbers;
  for (const auto& incident : got(store.incidents().unfinished(soon()))) numbers.push_back(incident.number);
  EXPECT_EQ(numbers, wanted);
}

TEST_F(IncidentBookTest, EvidenceGetsIdsOfItsIncidentAndComesBackWhole) {
  auto& store = open();
  const auto incident = an_incident(store);
  const auto first =
      got(store.incidents().attach(incident.number, some_evidence("blocking_chain", 2), soon()));
  EXPECT_EQ(first.items[1].id, "E2");
  auto failed = some_evidence("unique_key");
  failed.items[0].status = ProbeStatus::failed;
  failed.items[0].why = "timed out after 2s";
  failed.items[0].rows.clear();
  EXPECT_EQ(got(store.incidents().attach(incident.number, failed, soon())).items[0].id, "E3");
  const auto all = got(store.memory().gathered(incident.number, soon()));
  ASSERT_EQ(all.items.size(), 3u);
  EXPECT_EQ(all.items[0].rows, first.items[0].rows);
  EXPECT_EQ(all.items[0].columns, first.items[0].columns);
  EXPECT_EQ(all.items[0].took, 12ms);
  EXPECT_EQ(all.items[1].taken_at, clock_.wall + 1ms);
  EXPECT_EQ(all.items[2].status, ProbeStatus::failed);
  EXPECT_EQ(all.items[2].why, "timed out after 2s");
  EXPECT_EQ(got(store.incidents().find(incident.number, soon())).rev, incident.rev)
      << "attaching is no change of it";
}

TEST_F(IncidentBookTest, MergeMovesEverythingAndClosesTheMerged) {
  auto& store = open();
  const auto blocker = an_incident(store, "aa");
  const auto victim = an_incident(store, "bb");
  got(store.incidents().attach(blocker.number, some_evidence("one", 2), soon()));
  got(store.incidents().attach(victim.number, some_evidence("two", 1), soon()));
  const auto merged = got(store.incidents().merge(victim.number, blocker.number, soon()));
  EXPECT_EQ(merged.number, blocker.number);
  EXPECT_EQ(merged.events, 2);
  EXPECT_GT(merged.rev, blocker.rev);

  const auto into = got(store.reader().incident(blocker.number, soon()));
  ASSERT_EQ(into.evidence.items.size(), 3u);
  EXPECT_EQ(into.evidence.items[2].id, "E3");
  EXPECT_EQ(into.evidence.items[2].probe, "two");
  EXPECT_EQ(into.timeline.size(), 3u) << "both were filed, and the merge";
  EXPECT_EQ(got(store.reader().sightings(blocker.number, soon())).size(), 2u);
  const auto gone = got(store.reader().incident(victim.number, soon()));
  EXPECT_EQ(gone.incident.state, IncidentState::resolved);
  EXPECT_EQ(gone.merged_into, blocker.number);
  EXPECT_EQ(got(store.reader().incidents({}, soon())).items.size(), 1u) << "lists pass it over";
  EXPECT_EQ(got(store.incidents().unfinished(soon())).size(), 1u);
  EXPECT_EQ(got(store.incidents().attach(blocker.number, some_evidence("three"), soon())).items[0].id, "E4");

  EXPECT_EQ(run(store.incidents().merge(victim.number, blocker.number, soon())).error().code,
            ErrorCode::conflict);
  EXPECT_EQ(run(store.incidents().merge(blocker.number, victim.number, soon())).error().code,
            ErrorCode::conflict);
  EXPECT_EQ(run(store.incidents().merge(blocker.number, blocker.number, soon())).error().code,
            ErrorCode::invalid_input);
}

TEST_F(IncidentBookTest, WhatWasMergedCountsOnItsSuccessorWhileThatLives) {
  auto& store = open();
  const auto blocker = an_incident(store, "aa");
  const auto victim = an_incident(store, "bb");
  const auto third = an_incident(store, "cc");
  got(store.incidents().merge(victim.number, blocker.number, soon()));
  auto merged = got(store.incidents().merge(blocker.number, third.number, soon()));
  const auto again = file(store, {seen("bb", 50)});
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].news, News::recurring);
  EXPECT_EQ(again[0].incident.number, third.number) << "followed through both merges";
  EXPECT_EQ(again[0].incident.events, 4);

  merged.state = IncidentState::healed;
  got(store.incidents().update(merged, {}, soon()));
  clock_.wall += 1min;
  const auto later = file(store, {seen("bb", 60)});
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later[0].news, News::first) << "a story of its own again";
}

TEST_F(IncidentBookTest, TenantsDoNotSeeEachOther) {
  auto& acme = open("acme");
  auto& other = open("other");
  const auto incident = an_incident(acme, "aa");
  EXPECT_EQ(run(other.incidents().find(incident.number, soon())).error().code, ErrorCode::not_found);
  EXPECT_EQ(got(other.reader().incidents({}, soon())).items.size(), 0u);
  const auto theirs = file(other, {seen("aa", 1)});
  ASSERT_EQ(theirs.size(), 1u);
  EXPECT_EQ(theirs[0].news, News::first);
  EXPECT_EQ(theirs[0].incident.number, IncidentNumber(1)) << "numbers count per tenant";
}

}  // namespace
}  // namespace selfheal::store
