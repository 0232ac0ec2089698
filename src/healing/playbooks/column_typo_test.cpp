#include <gtest/gtest.h>

#include "healing/playbooks/edit_distance.h"
#include "healing/playbooks/playbook.h"
#include "support/cases.h"

namespace selfheal::healing {
namespace {

const std::vector<std::string> kColumns{"schema",     "table",      "column",        "column_type",
                                        "is_dropped", "is_changed", "changes_since", "changed_at"};

struct Column {
  std::string name;
  std::string table = "customers";
  std::string schema = "public";
  bool is_dropped = false;
  std::optional<std::string> changed_at = {};  // "" : changed, not known when
};

Case misspelt(const std::vector<Column>& columns, const std::string& message,
              std::vector<pg::StatementFacts::Relation> relations = {{.schema = "", .name = "customers"}}) {
  std::vector<std::vector<test::Cell>> rows;
  for (const auto& column : columns) {
    test::Cell changed_at = column.changed_at;
    if (changed_at && changed_at->empty()) changed_at.reset();
    rows.push_back({column.schema, column.table, column.name, "text", column.is_dropped ? "t" : "f",
                    column.changed_at ? "t" : "f", "7", changed_at});
  }
  auto facts = test::case_of("42703", {test::answered("relation_columns", kColumns, rows)});
  facts.sighting.exemplar.message = message;
  facts.sighting.statement = pg::StatementFacts{.kind = "SELECT", .relations = std::move(relations)};
  return facts;
}

// "confidence: statement", or "" when it is not a misspelt column.
std::string said(const Case& facts) {
  const auto diagnosis = find_playbook("column_typo")->diagnose(facts);
  if (!diagnosis) return "error: " + diagnosis.error().message;
  if (!*diagnosis) return "";
  return std::string(to_word((*diagnosis)->confidence)) + ": " + (*diagnosis)->restraint->statement;
}

constexpr const char* kWrite = "  -- write the column so, in the application";

TEST(ColumnTypo, SuggestsTheOneColumnThatIsAlmostSpeltSo) {
  const std::vector<Column> columns{{"id"}, {"email"}, {"full name"}};
  for (const auto* message :
       {"column \"emial\" does not exist", "column customers.emial does not exist",
        "column c.emial does not exist", "column \"emial\" of relation \"customers\" does not exist"})
    EXPECT_EQ(said(misspelt(columns, message)), std::string("confirmed: \"email\"") + kWrite) << message;
  EXPECT_EQ(said(misspelt(columns, "column \"ful name\" does not exist")),
            std::string("confirmed: \"full name\"") + kWrite);
  EXPECT_EQ(said(misspelt({{"größe"}}, "column \"grösse\" does not exist")),
            std::string("confirmed: \"größe\"") + kWrite);
}

TEST(ColumnTypo, NeverRepeatsWhatTheStatementAskedFor) {
  const auto diagnosis =
      find_playbook("column_typo")->diagnose(misspelt({{"email"}}, "column \"emial\" does not exist"));
  ASSERT_TRUE(diagnosis && *diagnosis);
  std::string all = (*diagnosis)->title + (*diagnosis)->restraint->reason + (*diagnosis)->culprit.name;
  for (const auto& sentence : (*diagnosis)->explanation) all += sentence.text;
  EXPECT_EQ(all.find("emial"), std::string::npos) << all;
  EXPECT_FALSE((*diagnosis)->retry.safe);
}

TEST(ColumnTypo, SeveralNearNamesAreNoSuggestion) {
  EXPECT_EQ(said(misspelt({{"email"}, {"emails"}}, "column \"emial\" does not exist")), "possible: ");
  // The same name in two tables of a join is one suggestion.
  EXPECT_EQ(said(misspelt({{"email"}, {"email", "suppliers"}}, "column \"emial\" does not exist",
                          {{.schema = "", .name = "customers"}, {.schema = "", .name = "suppliers"}})),
            std::string("confirmed: \"email\"") + kWrite);
}

TEST(ColumnTypo, IsNotClaimedForWhatIsNoMisspelling) {
  const std::vector<Column> columns{{"id"}, {"email"}};
  const auto* message = "column \"emial\" does not exist";
  EXPECT_EQ(said(misspelt(columns, "column \"address\" does not exist")), "");
  EXPECT_EQ(said(misspelt(columns, "column \"at\" does not exist")), "") << "half of a short name differs";
  EXPECT_EQ(said(misspelt({{"Email"}}, "column \"email\" does not exist")), "") << "only the quotes lack";
  EXPECT_EQ(said(misspelt(columns, "column c.email does not exist")), "") << "it is there, but out of reach";
  EXPECT_EQ(said(misspelt(columns, message, {{.schema = "other", .name = "customers"}})), "");
  EXPECT_EQ(said(misspelt(columns, "record \"new\" has no field \"emial\"")), "");
  EXPECT_EQ(said(misspelt({{.name = "email", .is_dropped = true}}, message)), "");
  auto raised = misspelt(columns, message);
  raised.sighting.exemplar.context = "PL/pgSQL function f() line 3 at RAISE";
  EXPECT_EQ(said(raised), "");
}

TEST(ColumnTypo, ANameThatWasRightUntilAMigrationIsNotMisspelt) {
  const auto* message = "column \"emial\" does not exist";
  const Column dropped{
      .name = "........pg.dropped.3........", .is_dropped = true, .changed_at = "2026-11-24 03:00:00+00"};
  EXPECT_EQ(said(misspelt({{.name = "email", .changed_at = "2026-11-25 02:59:00+00"}}, message)), "");
  EXPECT_EQ(said(misspelt({{"email"}, dropped}, message)), "");
  EXPECT_EQ(said(misspelt({{.name = "email", .changed_at = "2026-01-25 02:59:00+00"}}, message)),
            std::string("confirmed: \"email\"") + kWrite);
  EXPECT_EQ(said(misspelt({{.name = "email", .changed_at = ""}}, message)),
            std::string("likely: \"email\"") + kWrite)
      << "when it changed is not known";
  // Another table's changes, and columns that have nothing to do with the name, do not matter.
  EXPECT_EQ(said(misspelt({{"email"}, {.name = "notes", .changed_at = "2026-11-25 02:59:00+00"}}, message)),
            std::string("confirmed: \"email\"") + kWrite);
}

TEST(ColumnTypo, AFailedProbeIsAnErrorAndNotAnEmptyTable) {
  auto facts = misspelt({{"email"}}, "column \"emial\" does not exist");
  facts.evidence.items = {test::failed("relation_columns")};
  EXPECT_TRUE(said(facts).starts_with("error")) << said(facts);
}

TEST(EditDistance, CountsCharactersAndSwapsOfNeighbours) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("emial", "email"), 1u);
  EXPECT_EQ(edit_distance("ca", "abc"), 3u) << "each place once";
  EXPECT_EQ(edit_distance("straße", "strase"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance(std::string(300, 'a'), std::string(300, 'a')), 300u) << "not compared";
  EXPECT_EQ(characters_of("größe"), 5u);
}

}  // namespace
}  // namespace selfheal::healing
