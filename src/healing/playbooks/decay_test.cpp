// Playbooks of troubles that raise no error and grow while nobody looks.
#include <gtest/gtest.h>

#include <map>

#include "healing/playbooks/playbook.h"
#include "support/cases.h"

namespace selfheal::healing {
namespace {

using test::kNow;

// A row by its columns' names; what is not given is as `defaults` says.
EvidenceItem item_of(const std::string& probe, const std::map<std::string, test::Cell>& defaults,
                     const std::vector<std::map<std::string, test::Cell>>& rows) {
  std::vector<std::string> columns;
  for (const auto& [name, _] : defaults) columns.push_back(name);
  std::vector<std::vector<test::Cell>> cells;
  for (const auto& row : rows) {
    auto& line = cells.emplace_back();
    for (const auto& [name, value] : defaults) line.push_back(row.contains(name) ? row.at(name) : value);
    for (const auto& [name, _] : row) EXPECT_TRUE(defaults.contains(name)) << name;
  }
  return test::answered(probe, columns, cells);
}

Case finding(const std::string& trouble, std::vector<EvidenceItem> items) {
  auto facts = test::case_of("", std::move(items));
  facts.sighting.exemplar.trouble = trouble;
  return facts;
}

std::optional<Diagnosis> diagnosis_of(const std::string& playbook, const Case& facts) {
  const auto diagnosis = find_playbook(playbook)->diagnose(facts);
  EXPECT_TRUE(diagnosis) << diagnosis.error().message;
  return diagnosis ? *diagnosis : std::nullopt;
}

std::vector<Remedy> remedies_of(const std::string& playbook, const Case& facts) {
  const auto remedies = find_playbook(playbook)->propose({}, facts);
  EXPECT_TRUE(remedies) << remedies.error().message;
  return remedies.value_or(std::vector<Remedy>{});
}

VerdictWord verdict(const std::string& playbook, const Case& before, const Case& after) {
  const auto judged = find_playbook(playbook)->judge(before, after);
  return judged ? judged->word : VerdictWord::unknown;
}

using Cells = std::map<std::string, test::Cell>;

EvidenceItem index_item(const std::vector<Cells>& rows) {
  static const Cells kLeft{{"schema", "public"},
                           {"table", "orders"},
                           {"index", "orders_total"},
                           {"index_oid", "16500"},
                           {"index_kind", "i"},
                           {"table_kind", "r"},
                           {"owner", "shop_owner"},
                           {"is_valid", "f"},
                           {"is_ready", "t"},
                           {"is_live", "t"},
                           {"is_unique", "f"},
                           {"is_constraint", "f"},
                           {"is_attached", "f"},
                           {"is_depended_on", "f"},
                           {"definition", "CREATE INDEX orders_total ON public.orders USING btree (total)"},
                           {"size_bytes", "8192"},
                           {"builder_pid", std::nullopt},
                           {"worker_pid", std::nullopt},
                           {"table_used_since", std::nullopt},
                           {"may_act", "t"}};
  return item_of("invalid_index", kLeft, rows);
}

TEST(InvalidIndexLeftover, IsDroppedWhenNobodyBuildsIt) {
  const auto facts = finding("invalid_index", {index_item({{}})});
  const auto diagnosis = diagnosis_of("invalid_index_leftover", facts);
  ASSERT_TRUE(diagnosis);
  EXPECT_EQ(diagnosis->confidence, Confidence::confirmed);
  EXPECT_FALSE(diagnosis->restraint);
  const auto remedies = remedies_of("invalid_index_leftover", facts);
  ASSERT_EQ(remedies.size(), 1u);
  EXPECT_EQ(remedies[0].level(), Level::automatic);
  ASSERT_TRUE(remedies[0].parts().outside);
  EXPECT_EQ(remedies[0].parts().outside->sql, R"(DROP INDEX CONCURRENTLY "public"."orders_total")");
  EXPECT_EQ(remedies[0].parts().undo[0].sql,
            "CREATE INDEX CONCURRENTLY orders_total ON public.orders USING btree (total)");
}

TEST(InvalidIndexLeftover, WaitsWhileSomebodyIsAtWork) {
  const std::vector<Cells> busy{
      {{"builder_pid", "77"}}, {{"worker_pid", "78"}}, {{"table_used_since", to_timestamptz(kNow - 10s)}}};
  for (const auto& row : busy) {
    const auto diagnosis =
        diagnosis_of("invalid_index_leftover", finding("invalid_index", {index_item({row})}));
    ASSERT_TRUE(diagnosis && diagnosis->restraint);
    EXPECT_EQ(diagnosis->restraint->kind, Restraint::Kind::not_yet);
  }
}

TEST(InvalidIndexLeftover, NeverDropsWhatIsNeededOrWhole) {
  const std::vector<Cells> needed{
      {{"is_valid", "t"}},   {{"is_constraint", "t"}}, {{"is_attached", "t"}}, {{"is_depended_on", "t"}},
      {{"index_kind", "I"}}, {{"table_kind", "t"}},    {{"table_kind", "m"}},  {{"schema", "pg_catalog"}}};
  for (const auto& row : needed) {
    const auto diagnosis =
        diagnosis_of("invalid_index_leftover", finding("invalid_index", {index_item({row})}));
    ASSERT_TRUE(diagnosis && diagnosis->restraint) << row.begin()->first;
    EXPECT_EQ(diagnosis->restraint->kind, Restraint::Kind::never) << row.begin()->first;
  }
  EXPECT_FALSE(diagnosis_of("invalid_index_leftover", finding("invalid_index", {index_item({})})));
  EXPECT_FALSE(find_playbook("invalid_index_leftover")
                   ->diagnose(finding("invalid_index", {test::failed("invalid_index")})));
}

TEST(InvalidIndexLeftover, IsAPersonsWhereTheActingRoleMayNot) {
  const auto remedies =
      remedies_of("invalid_index_leftover", finding("invalid_index", {index_item({{{"may_act", "f"}}})}));
  ASSERT_EQ(remedies.size(), 1u);
  EXPECT_EQ(remedies[0].level(), Level::person);
}

TEST(InvalidIndexLeftover, IsJudgedByWhatIsThere) {
  const auto before = finding("invalid_index", {index_item({{}})});
  const auto after = [](std::vector<Cells> rows) { return finding("invalid_index", {index_item(rows)}); };
  EXPECT_EQ(verdict("invalid_index_leftover", before, after({})), VerdictWord::cured);
  EXPECT_EQ(verdict("invalid_index_leftover", before, after({{}})), VerdictWord::unchanged);
  EXPECT_EQ(verdict("invalid_index_leftover", before, after({{{"is_valid", "t"}}})), VerdictWord::cured);
}

EvidenceItem statistics_item(const std::vector<Cells>& rows) {
  static const Cells kStale{{"schema", "public"},
                            {"table", "parcels"},
                            {"table_oid", "16400"},
                            {"table_kind", "r"},
                            {"owner", "shop_owner"},
                            {"planner_rows", "100"},
                            {"live_rows", "50000"},
                            {"changed_rows", "48000"},
                            {"size_bytes", "8000000"},
                            {"last_analyze", to_timestamptz(kNow - 24h)},
                            {"analyzing_pid", std::nullopt},
                            {"may_act", "t"}};
  return item_of("table_statistics", kStale, rows);
}

Case timeout(std::vector<EvidenceItem> items) {
  auto facts = test::case_of("57014", std::move(items));
  facts.sighting.exemplar.backend_type = "client backend";
  facts.sighting.exemplar.pid = 20;
  facts.recording.complete = true;
  return facts;
}

TEST(StaleStatistics, AreRenewed) {
  for (const auto& facts :
       {finding("stale_statistics", {statistics_item({{}})}), timeout({statistics_item({{}})})}) {
    const auto diagnosis = diagnosis_of("stale_statistics", facts);
    ASSERT_TRUE(diagnosis);
    EXPECT_EQ(diagnosis->confidence, Confidence::confirmed);
    EXPECT_FALSE(diagnosis->restraint);
    const auto remedies = remedies_of("stale_statistics", facts);
    ASSERT_EQ(remedies.size(), 1u);
    EXPECT_EQ(remedies[0].parts().after[0].sql, R"(ANALYZE "public"."parcels")");
    EXPECT_EQ(remedies[0].parts().set_role, "shop_owner");
  }
}

TEST(StaleStatistics, AreNotBlamedWhereTheyAreFreshOrSmall) {
  const std::vector<Cells> fresh{{{"changed_rows", "5000"}},
                                 {{"changed_rows", "0"}},
                                 {{"live_rows", "500"}, {"changed_rows", "500"}},
                                 {{"live_rows", "0"}, {"changed_rows", "0"}}};
  for (const auto& row : fresh)
    EXPECT_FALSE(diagnosis_of("stale_statistics", timeout({statistics_item({row})})));
  EXPECT_FALSE(diagnosis_of("stale_statistics", timeout({statistics_item({})})));
}

TEST(StaleStatistics, AreSeenInTablesThatWereNeverAnalysed) {
  const Cells upgraded{
      {"live_rows", "0"}, {"changed_rows", "0"}, {"planner_rows", "-1"}, {"last_analyze", std::nullopt}};
  const auto facts = finding("stale_statistics", {statistics_item({upgraded})});
  EXPECT_TRUE(diagnosis_of("stale_statistics", facts));
  EXPECT_FALSE(remedies_of("stale_statistics", facts)[0].guarded().params[2]);
}

TEST(StaleStatistics, AreNotBlamedForOtherCancellations) {
  auto autovacuum = timeout({statistics_item({{}})});
  autovacuum.sighting.exemplar.backend_type = "autovacuum worker";
  EXPECT_FALSE(diagnosis_of("stale_statistics", autovacuum));

  // It waited for a lock when its time was up.
  auto waiting = timeout({statistics_item({{}})});
  const SessionSeen waiter{.pid = 20}, blocker{.pid = 10, .state = "active"};
  waiting.recording.samples = {{.at = kNow - 200ms, .edges = {{.waiter = waiter, .blocker = blocker}}}};
  EXPECT_FALSE(diagnosis_of("stale_statistics", waiting));

  // The recorder was not there: it may have waited.
  auto unseen = timeout({statistics_item({{}})});
  unseen.recording.complete = false;
  ASSERT_TRUE(diagnosis_of("stale_statistics", unseen));
  EXPECT_EQ(diagnosis_of("stale_statistics", unseen)->confidence, Confidence::likely);

  // A statement that could not be read names no tables.
  auto unread = timeout({{.probe = "table_statistics", .status = ProbeStatus::not_applicable}});
  EXPECT_FALSE(diagnosis_of("stale_statistics", unread));
  EXPECT_FALSE(find_playbook("stale_statistics")->diagnose(timeout({test::failed("table_statistics")})));
}

TEST(StaleStatistics, WaitForWhoeverAnalysesRightNow) {
  const auto diagnosis = diagnosis_of(
      "stale_statistics", finding("stale_statistics", {statistics_item({{{"analyzing_pid", "90"}}})}));
  ASSERT_TRUE(diagnosis && diagnosis->restraint);
  EXPECT_EQ(diagnosis->restraint->kind, Restraint::Kind::not_yet);
}

TEST(StaleStatistics, AreJudgedByTheTableThatWasTreated) {
  auto before = finding("stale_statistics", {statistics_item({{}})});
  before.incident.diagnosis = diagnosis_of("stale_statistics", before);
  const Cells fresh{{"changed_rows", "3"}, {"last_analyze", to_timestamptz(kNow)}};
  const Cells other{{"table", "letters"}};
  const auto after = [](std::vector<Cells> rows) {
    return finding("stale_statistics", {statistics_item(rows)});
  };
  EXPECT_EQ(verdict("stale_statistics", before, after({other, fresh})), VerdictWord::cured);
  EXPECT_EQ(verdict("stale_statistics", before, after({{}})), VerdictWord::unchanged);
  EXPECT_EQ(verdict("stale_statistics", before, after({other})), VerdictWord::unknown);
}

const Cells kForgotten{{"slot", std::nullopt},
                       {"catalog_only", "f"},
                       {"xmin_age", "500"},
                       {"pid", "10"},
                       {"backend_start", to_timestamptz(kNow - 3h)},
                       {"xact_start", to_timestamptz(kNow - 2h)},
                       {"state_change", to_timestamptz(kNow - 1h)},
                       {"state", "idle in transaction"},
                       {"backend_type", "client backend"},
                       {"user_name", "app"},
                       {"application", "console"},
                       {"database", "shop"},
                       {"protected_role", "f"},
                       {"has_advisory_lock", "f"},
                       {"dead_rows", "100000"},
                       {"last_statement", "SELECT 1"}};

Case old_xmin(const std::vector<Cells>& rows) {
  auto facts = finding("old_xmin", {item_of("xmin_holders", kForgotten, rows)});
  facts.sighting.exemplar.pid = 10;
  facts.sighting.exemplar.session_start = kNow - 3h;
  facts.sighting.exemplar.backend_type = "client backend";
  return facts;
}

// The diagnosis of a case in which nothing is to be done, and how.
Restraint restraint_of(const std::string& playbook, const Case& facts) {
  const auto diagnosis = diagnosis_of(playbook, facts);
  EXPECT_TRUE(diagnosis && diagnosis->restraint);
  return diagnosis && diagnosis->restraint ? *diagnosis->restraint : Restraint{};
}

TEST(XminHeld, EndsTheForgottenSession) {
  const auto facts = old_xmin({{}, {{"pid", "11"}, {"xmin_age", "20"}, {"state", "active"}}});
  const auto diagnosis = diagnosis_of("xmin_held_by_idle_transaction", facts);
  ASSERT_TRUE(diagnosis);
  EXPECT_EQ(diagnosis->cause, "xmin_held_by_idle_transaction");
  EXPECT_EQ(diagnosis->confidence, Confidence::confirmed);
  EXPECT_FALSE(diagnosis->restraint);
  const auto remedies = remedies_of("xmin_held_by_idle_transaction", facts);
  ASSERT_EQ(remedies.size(), 1u);
  EXPECT_EQ(remedies[0].kind().name, "terminate_session");
  EXPECT_EQ(remedies[0].guarded().params[3], to_timestamptz(kNow - 1h));
}

TEST(XminHeld, WaitsWhereEndingItWouldNotHelpYet) {
  const std::vector<Case> cases{
      old_xmin({{{"state_change", to_timestamptz(kNow - 60s)}}}), old_xmin({{{"dead_rows", "3"}}}),
      // Somebody else is older: a prepared transaction, a slot with rows of tables, a report.
      old_xmin({{{"pid", "0"}, {"backend_type", "prepared transaction"}, {"xmin_age", "900"}}, {}}),
      old_xmin(
          {{{"pid", "0"}, {"slot", "cdc"}, {"backend_type", "replication slot"}, {"xmin_age", "900"}}, {}}),
      old_xmin({{{"pid", "12"}, {"state", "active"}, {"xmin_age", "900"}}, {}})};
  for (const auto& facts : cases)
    EXPECT_EQ(restraint_of("xmin_held_by_idle_transaction", facts).kind, Restraint::Kind::not_yet);
  // A logical slot holds back catalogues only.
  EXPECT_FALSE(diagnosis_of("xmin_held_by_idle_transaction", old_xmin({{{"pid", "0"},
                                                                        {"slot", "cdc"},
                                                                        {"backend_type", "replication slot"},
                                                                        {"catalog_only", "t"},
                                                                        {"xmin_age", "900"}},
                                                                       {}}))
                   ->restraint);
}

TEST(XminHeld, LeavesToAPersonWhomItMustNotEnd) {
  const std::vector<Cells> protect{{{"protected_role", "t"}},
                                   {{"has_advisory_lock", "t"}},
                                   {{"backend_type", "walsender"}},
                                   {{"application", "pg_dump"}},
                                   {{"state", "active"}}};
  for (const auto& row : protect)
    EXPECT_EQ(restraint_of("xmin_held_by_idle_transaction", old_xmin({row})).kind, Restraint::Kind::never);
}

TEST(XminHeld, NamesOtherHoldersByTheirOwnCause) {
  struct Other {
    const char* cause;
    Cells row;
    int pid;
  };
  const std::vector<Other> others{
      {"xmin_held_by_running_statement", {{"state", "active"}}, 10},
      {"xmin_held_by_running_statement", {{"application", "pg_dump"}}, 10},
      {"xmin_held_by_prepared_transaction", {{"pid", "0"}, {"backend_type", "prepared transaction"}}, 0},
      {"xmin_held_by_replication_slot",
       {{"pid", "0"}, {"slot", "cdc"}, {"backend_type", "replication slot"}},
       0},
      {"xmin_held_by_standby",
       {{"backend_type", "walsender"}, {"xact_start", std::nullopt}, {"state", "active"}},
       10},
  };
  for (const auto& [cause, row, pid] : others) {
    auto facts = old_xmin({row});
    auto& event = facts.sighting.exemplar;
    event.pid = pid;
    event.application = "console";
    if (row.contains("slot")) event.objects.slot = "cdc";
    const auto diagnosis = diagnosis_of("xmin_held_by_idle_transaction", facts);
    ASSERT_TRUE(diagnosis && diagnosis->restraint) << cause;
    EXPECT_EQ(diagnosis->cause, cause);
    EXPECT_EQ(diagnosis->restraint->kind, Restraint::Kind::never) << cause;
  }
}

TEST(XminHeld, SaysNothingOnceTheHolderIsGoneOrUnknown) {
  EXPECT_FALSE(diagnosis_of("xmin_held_by_idle_transaction", old_xmin({})));
  // The pid is another session's by now.
  EXPECT_FALSE(diagnosis_of("xmin_held_by_idle_transaction",
                            old_xmin({{{"backend_start", to_timestamptz(kNow - 5s)}}})));
  EXPECT_FALSE(find_playbook("xmin_held_by_idle_transaction")
                   ->diagnose(finding("old_xmin", {test::failed("xmin_holders")})));
}

TEST(XminHeld, IsCuredWhenTheSessionIsGone) {
  auto before = old_xmin({{}});
  before.incident.diagnosis = diagnosis_of("xmin_held_by_idle_transaction", before);
  EXPECT_EQ(verdict("xmin_held_by_idle_transaction", before, old_xmin({})), VerdictWord::cured);
  EXPECT_EQ(verdict("xmin_held_by_idle_transaction", before, old_xmin({{}})), VerdictWord::unchanged);
}

constexpr const char* kGigabyte = "1073741824";

Case slot_finding(const std::vector<Cells>& rows) {
  static const Cells kGone{{"slot", "standby_gone"},
                           {"slot_type", "physical"},
                           {"plugin", std::nullopt},
                           {"database", std::nullopt},
                           {"is_active", "f"},
                           {"is_synced", "f"},
                           {"wal_status", "extended"},
                           {"restart_lsn", "0/3000000"},
                           {"retained_bytes", "5368709120"},
                           {"is_oldest", "t"},
                           {"keep_limit_bytes", "-1"},
                           {"wal_keep_bytes", "0"},
                           {"wal_size_bytes", "5500000000"},
                           {"archiver_fails", "f"},
                           {"may_act", "t"}};
  auto facts = finding("inactive_replication_slot", {item_of("replication_slot", kGone, rows)});
  facts.sighting.exemplar.objects.slot = "standby_gone";
  return facts;
}

TEST(SlotRetainsWal, IsProposedAndNeverDroppedWithoutAPerson) {
  const auto facts = slot_finding({{}});
  const auto diagnosis = diagnosis_of("slot_retains_wal", facts);
  ASSERT_TRUE(diagnosis);
  EXPECT_EQ(diagnosis->confidence, Confidence::confirmed);
  EXPECT_FALSE(diagnosis->restraint);
  const auto remedies = remedies_of("slot_retains_wal", facts);
  ASSERT_EQ(remedies.size(), 1u);
  EXPECT_EQ(remedies[0].level(), Level::approval);
  EXPECT_EQ(remedies[0].guarded().params[2], "0/3000000");
  EXPECT_EQ(remedies[0].guarded().shown, "SELECT pg_drop_replication_slot('standby_gone');");
}

TEST(SlotRetainsWal, SaysWhatToRunWhereTheActingRoleMayNot) {
  const auto remedies = remedies_of("slot_retains_wal", slot_finding({{{"may_act", "f"}}}));
  ASSERT_EQ(remedies.size(), 1u);
  EXPECT_EQ(remedies[0].level(), Level::person);
  EXPECT_TRUE(remedies[0].parts().person_why.contains("pg_drop_replication_slot('standby_gone')"));
}

TEST(SlotRetainsWal, LeavesASlotThatIsReadOrSmall) {
  const std::vector<Cells> fine{{{"is_active", "t"}}, {{"is_synced", "t"}}, {{"retained_bytes", "1000"}}};
  for (const auto& row : fine)
    EXPECT_EQ(restraint_of("slot_retains_wal", slot_finding({row})).kind, Restraint::Kind::never);
  EXPECT_FALSE(diagnosis_of("slot_retains_wal", slot_finding({})));
  EXPECT_FALSE(find_playbook("slot_retains_wal")
                   ->diagnose(finding("inactive_replication_slot", {test::failed("replication_slot")})));
}

TEST(SlotRetainsWal, KnowsASlotThatIsLostOrNearlySo) {
  const Cells lost{{"wal_status", "lost"}, {"restart_lsn", std::nullopt}, {"retained_bytes", std::nullopt}};
  const auto diagnosis = diagnosis_of("slot_retains_wal", slot_finding({lost}));
  ASSERT_TRUE(diagnosis);
  EXPECT_FALSE(diagnosis->restraint);
  EXPECT_FALSE(remedies_of("slot_retains_wal", slot_finding({lost}))[0].guarded().params[2]);
  const Cells limited{{"keep_limit_bytes", kGigabyte}, {"retained_bytes", "600000000"}};
  EXPECT_FALSE(diagnosis_of("slot_retains_wal", slot_finding({limited}))->restraint);
}

TEST(SlotRetainsWal, IsNotConfirmedWhereSomethingElseKeepsTheWal) {
  for (const auto& row : {Cells{{"is_oldest", "f"}}, Cells{{"archiver_fails", "t"}}})
    EXPECT_EQ(diagnosis_of("slot_retains_wal", slot_finding({row}))->confidence, Confidence::possible);
}

TEST(SlotRetainsWal, IsCuredWhenItIsGoneOrReadAgain) {
  const auto before = slot_finding({{}});
  EXPECT_EQ(verdict("slot_retains_wal", before, slot_finding({})), VerdictWord::cured);
  EXPECT_EQ(verdict("slot_retains_wal", before, slot_finding({{{"is_active", "t"}}})), VerdictWord::cured);
  EXPECT_EQ(verdict("slot_retains_wal", before, slot_finding({{}})), VerdictWord::unchanged);
}

}  // namespace
}  // namespace selfheal::healing
