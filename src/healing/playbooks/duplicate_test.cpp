#include <gtest/gtest.h>

#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"
#include "support/cases.h"

namespace selfheal::healing {
namespace {

const std::vector<std::string> kColumns{
    "schema",    "table",  "root_schema", "root_table",       "is_primary",      "key_columns",
    "position",  "column", "column_type", "generated_always", "sequence_schema", "sequence",
    "increment", "cycles", "value_limit", "last_value",       "is_called",       "max_value"};

struct Key {
  std::string table = "orders";
  std::string column = "id";
  std::string sequence = "orders_id_seq";
  std::string increment = "1";
  std::string cycles = "f";
  std::string limit = "2147483647";
  std::string last = "3";
  std::string called = "t";
  std::string max = "500";
  std::string schema = "public";
};

std::vector<test::Cell> row(const Key& key) {
  if (key.sequence.empty())
    return {key.schema, key.table, key.schema, key.table, "f", "1",       "1", key.column, "text",
            "f",        {},        {},         {},        {},  key.limit, {},  {},         {}};
  return {key.schema,    key.table,  key.schema, key.table, "t",        "1",
          "1",           key.column, "integer",  "f",       key.schema, key.sequence,
          key.increment, key.cycles, key.limit,  key.last,  key.called, key.max};
}

pg::StatementFacts insert(std::vector<std::string> columns, std::string table = "orders") {
  return {.kind = "INSERT",
          .relations = {{.schema = "", .name = std::move(table)}},
          .insert_columns = columns,
          .insert_names_columns = !columns.empty()};
}

Case duplicate(const std::vector<Key>& keys, std::optional<pg::StatementFacts> statement,
               std::string detail = "Key (id)=(3) already exists.") {
  std::vector<std::vector<test::Cell>> rows;
  for (const auto& key : keys) rows.push_back(row(key));
  auto facts = test::case_of("23505", {test::answered("unique_key", kColumns, rows)});
  facts.sighting.exemplar.objects.constraint = "orders_pkey";
  facts.sighting.exemplar.detail = std::move(detail);
  facts.sighting.statement = std::move(statement);
  return facts;
}

// "cause/confidence", or "" when the playbook does not recognise the case.
std::string said(const char* playbook, const Case& facts) {
  const auto diagnosis = find_playbook(playbook)->diagnose(facts);
  if (!diagnosis) return "error: " + diagnosis.error().message;
  return *diagnosis ? (*diagnosis)->cause + "/" + to_word((*diagnosis)->confidence) : "";
}

TEST(SequenceBehindTable, IsConfirmedWhenTheStatementLeftTheColumnToTheSequence) {
  EXPECT_EQ(said("sequence_behind_table", duplicate({Key{}}, insert({"ref"}))),
            "sequence_behind_table/confirmed");
  EXPECT_EQ(said("genuine_duplicate", duplicate({Key{}}, insert({"ref"}))), "");
}

TEST(SequenceBehindTable, IsOnlyLikelyWhenTheStatementIsNotKnown) {
  EXPECT_EQ(said("sequence_behind_table", duplicate({Key{}}, std::nullopt)), "sequence_behind_table/likely");
}

TEST(SequenceBehindTable, LeavesAnIdThatTheApplicationChoseToTheOtherPlaybook) {
  const auto facts = duplicate({Key{}}, insert({"id", "ref"}));
  EXPECT_EQ(said("sequence_behind_table", facts), "");
  EXPECT_EQ(said("genuine_duplicate", facts), "genuine_duplicate/likely");
}

TEST(SequenceBehindTable, DoesNotBlameASequenceThatNeverGaveTheValueOut) {
  const auto facts = duplicate({Key{}}, std::nullopt, "Key (id)=(400) already exists.");
  EXPECT_EQ(said("sequence_behind_table", facts), "");
  EXPECT_EQ(said("genuine_duplicate", facts), "genuine_duplicate/likely");
}

TEST(SequenceBehindTable, TakesADefaultKeywordForLeavingItToTheSequence) {
  auto statement = insert({"id", "ref"});
  statement.defaulted_columns = {"id"};
  EXPECT_EQ(said("sequence_behind_table", duplicate({Key{}}, statement)), "sequence_behind_table/confirmed");
}

TEST(SequenceBehindTable, ASequenceThatHasPassedTheHighestValueIsNotMoved) {
  const auto facts = duplicate({Key{.last = "500"}}, insert({"ref"}));
  const auto diagnosis = find_playbook("sequence_behind_table")->diagnose(facts);
  ASSERT_TRUE(diagnosis && *diagnosis);
  ASSERT_TRUE((*diagnosis)->restraint);
  EXPECT_EQ((*diagnosis)->restraint->kind, Restraint::Kind::never);
}

TEST(SequenceBehindTable, RefusesWhatAMachineMustNotDo) {
  const std::vector<std::pair<Key, const char*>> cases{
      {Key{.cycles = "t"}, "cycles"},
      {Key{.limit = "500"}, "no values left"},
      {Key{.limit = "9223372036854775807", .max = "90000000000"}, "more than"},
  };
  for (const auto& [key, why] : cases) {
    const auto diagnosis =
        find_playbook("sequence_behind_table")->diagnose(duplicate({key}, insert({"ref"})));
    ASSERT_TRUE(diagnosis && *diagnosis) << why;
    ASSERT_TRUE((*diagnosis)->restraint) << why;
    EXPECT_NE((*diagnosis)->restraint->reason.find(why), std::string::npos)
        << (*diagnosis)->restraint->reason;
  }
}

TEST(SequenceBehindTable, TheEndsOfBigintAreNumbersLikeOthers) {
  const Key widest{
      .limit = "9223372036854775807", .last = "-9223372036854775808", .max = "9223372036854775806"};
  const auto diagnosis =
      find_playbook("sequence_behind_table")
          ->diagnose(duplicate({widest}, insert({"ref"}), "Key (id)=(-9223372036854775808) already exists."));
  ASSERT_TRUE(diagnosis && *diagnosis);
  EXPECT_TRUE((*diagnosis)->restraint);
  const Key exhausted{
      .limit = "9223372036854775807", .last = "9223372036854775807", .max = "9223372036854775807"};
  const auto none = find_playbook("sequence_behind_table")->diagnose(duplicate({exhausted}, insert({"ref"})));
  ASSERT_TRUE(none);
}

TEST(SequenceBehindTable, TwoTablesWithThatIndexNameNeedTheStatementToTellThemApart) {
  const std::vector<Key> both{Key{.schema = "public"}, Key{.schema = "archive"}};
  EXPECT_EQ(said("sequence_behind_table", duplicate(both, insert({"ref"}))), "");
  auto statement = insert({"ref"});
  statement.relations.front().schema = "archive";
  EXPECT_EQ(said("sequence_behind_table", duplicate(both, statement)), "sequence_behind_table/confirmed");
}

TEST(SequenceBehindTable, AProbeThatFailedIsAnErrorAndNotHealth) {
  auto facts = duplicate({Key{}}, insert({"ref"}));
  facts.evidence.items = {test::failed("unique_key")};
  EXPECT_FALSE(find_playbook("sequence_behind_table")->diagnose(facts));
  EXPECT_FALSE(find_playbook("sequence_behind_table")->judge(facts, facts));
}

TEST(SequenceBehindTable, TheJudgementFollowsTheSequence) {
  const auto before = duplicate({Key{}}, insert({"ref"}));
  const auto judge = find_playbook("sequence_behind_table")->judge;
  EXPECT_EQ(judge(before, before)->word, VerdictWord::unchanged);
  EXPECT_EQ(judge(before, duplicate({Key{.last = "500"}}, insert({"ref"})))->word, VerdictWord::cured);
  EXPECT_EQ(judge(before, duplicate({Key{.last = "500", .called = "f"}}, insert({"ref"})))->word,
            VerdictWord::unchanged);
}

TEST(GenuineDuplicate, AKeyWithoutSequenceIsTheApplicationsBusiness) {
  const auto facts =
      duplicate({Key{.table = "users", .column = "email", .sequence = ""}}, insert({"email"}, "users"));
  EXPECT_EQ(said("genuine_duplicate", facts), "genuine_duplicate/likely");
  EXPECT_EQ(said("sequence_behind_table", facts), "");
  const auto remedies = find_playbook("genuine_duplicate")->propose({}, facts);
  ASSERT_TRUE(remedies);
  EXPECT_TRUE(remedies->empty());
}

TEST(KeyOfDetail, RefusesWhatCouldBeReadTwoWays) {
  EXPECT_TRUE(key_of_detail("Key (a, b)=(1, 2) already exists."));
  for (const auto* detail :
       {"Key (a)=(x)=(y) already exists.", "Key (a)=(1, 2) already exists.", "Key (a)=(1).", ""})
    EXPECT_FALSE(key_of_detail(detail)) << detail;
}

}  // namespace
}  // namespace selfheal::healing
