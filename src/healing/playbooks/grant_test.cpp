#include <gtest/gtest.h>

#include "healing/playbooks/playbook.h"
#include "healing/playbooks/refused_access.h"
#include "support/cases.h"

namespace selfheal::healing {
namespace {

const std::vector<std::string> kTableColumns{"schema",
                                             "table",
                                             "table_kind",
                                             "owner",
                                             "owner_is_superuser",
                                             "user_name",
                                             "may_use_schema",
                                             "row_security",
                                             "privilege",
                                             "is_held",
                                             "is_held_on_columns",
                                             "not_inherited_from",
                                             "definer_functions",
                                             "neighbours",
                                             "granted",
                                             "newer_granted",
                                             "default_creators"};

struct Right {
  std::string privilege = "SELECT";
  std::string held = "f";
  std::string schema = "p1";
  std::string on_columns = "f";
  std::string groups = "{}";
  std::string definers = "{}";
  std::string granted = "4";
  std::string newer = "0";
  std::string creators = "{}";
  std::string uses_schema = "t";
  std::string row_security = "f";
  std::string superuser = "f";
};

std::vector<test::Cell> row(const Right& right, const std::string& table) {
  return {right.schema,
          table,
          "r",
          "own\"er",
          right.superuser,
          "app",
          right.uses_schema,
          right.row_security,
          right.privilege,
          right.held,
          right.on_columns,
          right.groups,
          right.definers,
          "5",
          right.granted,
          right.newer,
          right.creators};
}

struct Statement {
  std::string text = "SELECT x FROM p1.b";
  std::string kind = "SELECT";
  std::string schema = "p1";
};

Case refused(const std::vector<Right>& rights, const Statement& statement = {},
             const std::string& table = "b") {
  std::vector<std::vector<test::Cell>> rows;
  for (const auto& right : rights) rows.push_back(row(right, table));
  auto facts = test::case_of("42501", {test::answered("table_grants", kTableColumns, rows)});
  auto& event = facts.sighting.exemplar;
  event.message = "permission denied for table " + table;
  event.objects.table = table;
  event.user = "app";
  event.statement = statement.text;
  facts.sighting.statement =
      pg::StatementFacts{.kind = statement.kind, .relations = {{.schema = statement.schema, .name = table}}};
  return facts;
}

// What a person or Selfheal would run; "" when the playbook does not recognise the case.
std::string said(const char* playbook, const Case& facts) {
  const auto* asked = find_playbook(playbook);
  const auto diagnosis = asked->diagnose(facts);
  if (!diagnosis) return "error: " + diagnosis.error().message;
  if (!*diagnosis) return "";
  const auto remedies = asked->propose(**diagnosis, facts);
  if (!remedies) return "error: " + remedies.error().message;
  if (const auto& restraint = (*diagnosis)->restraint)
    return (remedies->empty() ? "refused: " : "refused but proposed: ") + restraint->statement;
  if (remedies->size() != 1) return "no remedy";
  return "proposed: " + remedies->front().parts().after.front().sql;
}
std::string table_said(const Case& facts) { return said("missing_table_grant", facts); }

constexpr const char* kSelect = "GRANT SELECT ON TABLE \"p1\".\"b\" TO \"app\"";

TEST(MissingTableGrant, ProposesExactlyTheRightThatTheStatementLacked) {
  EXPECT_EQ(table_said(refused({{}})), std::string("proposed: ") + kSelect);
  const std::vector<Right> all{{.privilege = "DELETE"}, {.privilege = "INSERT"}, {}, {.privilege = "UPDATE"}};
  const std::pair<Statement, const char*> cases[] = {
      {{"INSERT INTO p1.b VALUES (1)", "INSERT"}, "INSERT"},
      {{"INSERT INTO p1.b VALUES (1) RETURNING id", "INSERT"}, "INSERT, SELECT"},
      {{"UPDATE p1.b SET x = 'where'", "UPDATE"}, "UPDATE"},
      {{"UPDATE p1.b SET x = 1 WHERE id = 2", "UPDATE"}, "SELECT, UPDATE"},
      {{"DELETE FROM p1.b", "DELETE"}, "DELETE"},
      {{"DELETE FROM p1.b WHERE id = 2", "DELETE"}, "DELETE, SELECT"},
      {{"SELECT x FROM p1.b FOR NO KEY UPDATE", "SELECT"}, "SELECT, UPDATE"},
      {{"COPY p1.b FROM STDIN", "COPY"}, "INSERT"},
      {{"COPY p1.b TO STDOUT", "COPY"}, "SELECT"},
  };
  for (const auto& [statement, rights] : cases)
    EXPECT_EQ(table_said(refused(all, statement)),
              std::string("proposed: GRANT ") + rights + " ON TABLE \"p1\".\"b\" TO \"app\"")
        << statement.text;
  // What is held already is not granted again.
  EXPECT_EQ(table_said(refused({{.privilege = "UPDATE", .held = "t"}, {}},
                               {"UPDATE p1.b SET x = 1 WHERE id = 2", "UPDATE"})),
            std::string("proposed: ") + kSelect);
}

TEST(MissingTableGrant, NeedsAPersonsApprovalAndCanBeTakenBack) {
  const auto facts = refused({{}});
  const auto* playbook = find_playbook("missing_table_grant");
  const auto diagnosis = playbook->diagnose(facts);
  ASSERT_TRUE(diagnosis && *diagnosis);
  EXPECT_EQ((*diagnosis)->confidence, Confidence::confirmed);
  EXPECT_FALSE((*diagnosis)->retry.safe);
  const auto remedies = playbook->propose(**diagnosis, facts);
  ASSERT_TRUE(remedies && remedies->size() == 1);
  const auto& remedy = remedies->front();
  EXPECT_EQ(remedy.kind().level, Level::approval);
  EXPECT_EQ(remedy.parts().set_role, "own\"er");
  EXPECT_EQ(remedy.parts().undo.back().sql, "REVOKE SELECT ON TABLE \"p1\".\"b\" FROM \"app\"");
  EXPECT_NE(remedy.guarded().sql.find(remedy.guard().condition), std::string::npos);
}

TEST(MissingTableGrant, QuotesNames) {
  const auto facts = refused({{.schema = "Größe"}}, {"SELECT 1", "SELECT", ""}, "t\"; DROP TABLE x; --");
  EXPECT_EQ(table_said(facts),
            "proposed: GRANT SELECT ON TABLE \"Größe\".\"t\"\"; DROP TABLE x; --\" TO \"app\"");
}

TEST(MissingTableGrant, RefusesWhereNothingSaysThatTheRoleShouldHaveIt) {
  const auto refusal = std::string("refused: ") + kSelect + ";";
  EXPECT_EQ(table_said(refused({{.granted = "0"}})), refusal);
  EXPECT_EQ(table_said(refused({{.granted = "3"}})), refusal) << "three of five are no rule";
  EXPECT_EQ(table_said(refused({{.granted = "5", .newer = "1"}})), refusal)
      << "left out when later ones were granted";
  EXPECT_EQ(table_said(refused({{.row_security = "t"}})), refusal);
  EXPECT_EQ(table_said(refused({{.superuser = "t"}})), refusal) << "of a superuser";
  EXPECT_EQ(table_said(refused({{.on_columns = "t"}})),
            "refused: GRANT SELECT (…) ON TABLE \"p1\".\"b\" TO \"app\";  -- only the columns it needs");
  EXPECT_EQ(table_said(refused({{.groups = "{readers}"}})),
            "refused: SET ROLE \"readers\";  -- in the application");
  EXPECT_EQ(table_said(refused({{.schema = "pg_catalog"}}, {"SELECT 1 FROM b", "SELECT", ""})), "refused: ");
  // Default privileges of whoever makes the tables say that it is meant.
  EXPECT_EQ(table_said(refused({{.granted = "0", .creators = "{owner1}"}})),
            std::string("proposed: ") + kSelect);
}

TEST(MissingTableGrant, IsNotClaimedForOtherRefusals) {
  EXPECT_EQ(table_said(refused({{.held = "t"}})), "") << "it ran in another role's name";
  EXPECT_EQ(table_said(refused({{.uses_schema = "f"}})), "");
  EXPECT_EQ(table_said(refused({{}, {.schema = "p2"}}, {"SELECT x FROM b", "SELECT", ""})), "")
      << "two tables";
  auto through_view = refused({{}});
  through_view.sighting.statement->relations = {{.schema = "p1", .name = "a_view"}};
  EXPECT_EQ(table_said(through_view), "");
  auto owner = refused({{}});
  owner.sighting.exemplar.message = "must be owner of table b";
  EXPECT_EQ(table_said(owner), "");
  auto rows = refused({{}});
  rows.sighting.exemplar.message = "new row violates row-level security policy for table \"b\"";
  EXPECT_EQ(table_said(rows), "");
  auto raised = refused({{}});
  raised.sighting.exemplar.context = "PL/pgSQL function p1.f() line 3 at RAISE";
  EXPECT_EQ(table_said(raised), "");
  auto failed = refused({{}});
  failed.evidence.items = {test::failed("table_grants")};
  EXPECT_TRUE(table_said(failed).starts_with("error"));
}

TEST(MissingTableGrant, ReadsTheStatementInsideAFunction) {
  auto facts = refused({{.privilege = "INSERT"}, {}}, {"SELECT p1.f()", "SELECT"});
  facts.sighting.statement->relations.clear();
  auto& context = facts.sighting.exemplar.context;
  context =
      "SQL statement \"INSERT INTO p1.b VALUES ('\"\n')\"\nPL/pgSQL function p1.f(integer) line 3 at SQL "
      "statement";
  EXPECT_EQ(table_said(facts), "proposed: GRANT INSERT ON TABLE \"p1\".\"b\" TO \"app\"");
  context = "SQL statement \"SELECT 1 FROM ONLY \"p1\".\"b\" x WHERE \"id\" = $1 FOR KEY SHARE OF x\"";
  EXPECT_EQ(table_said(facts), "") << "a foreign key is checked in the owner's name";
  auto checked = refused({{}});
  checked.sighting.exemplar.context = context;
  EXPECT_EQ(table_said(checked), "") << "also when the client's statement names the table";
  auto definer = refused({{.definers = "{f}"}});
  EXPECT_EQ(table_said(definer), "refused: ");
}

TEST(MissingTableGrant, IsCuredWhenTheRightIsHeld) {
  const auto before = refused({{}});
  const auto judge = find_playbook("missing_table_grant")->judge;
  EXPECT_EQ(judge(before, before)->word, VerdictWord::unchanged);
  EXPECT_EQ(judge(before, refused({{.held = "t"}}))->word, VerdictWord::cured);
  EXPECT_EQ(judge(before, refused({}))->word, VerdictWord::unknown);
}

const std::vector<std::string> kSequenceColumns{"sequence_schema",
                                                "sequence",
                                                "owner",
                                                "owner_is_superuser",
                                                "user_name",
                                                "may_use_schema",
                                                "may_use",
                                                "may_update",
                                                "may_select",
                                                "not_inherited_from",
                                                "definer_functions",
                                                "schema",
                                                "table",
                                                "column",
                                                "feeds_default",
                                                "may_insert"};

struct Fed {
  std::string schema = "p1";
  std::string use = "f";
  std::string update = "f";
  std::string groups = "{}";
  std::string insert = "t";
  std::string table = "b";
};

Case out_of_numbers(const std::vector<Fed>& rows,
                    const Statement& statement = {"INSERT INTO p1.b(v) VALUES(1)", "INSERT"}) {
  std::vector<std::vector<test::Cell>> cells;
  for (const auto& fed : rows)
    cells.push_back({fed.schema, "b_id_seq", "owner1", "f", "app", "t", fed.use, fed.update, "f", fed.groups,
                     "{}", fed.schema, fed.table, "id", "t", fed.insert});
  auto facts = test::case_of("42501", {test::answered("sequence_grants", kSequenceColumns, cells)});
  auto& event = facts.sighting.exemplar;
  event.message = "permission denied for sequence b_id_seq";
  event.objects.sequence = "b_id_seq";
  event.statement = statement.text;
  facts.sighting.statement = pg::StatementFacts{.kind = statement.kind};
  if (statement.kind == "INSERT")
    facts.sighting.statement->relations = {{.schema = statement.schema, .name = "b"}};
  return facts;
}
std::string sequence_said(const Case& facts) { return said("missing_sequence_usage", facts); }

constexpr const char* kUsage = "GRANT USAGE ON SEQUENCE \"p1\".\"b_id_seq\" TO \"app\"";

TEST(MissingSequenceUsage, ProposesUsageAndNothingMore) {
  EXPECT_EQ(sequence_said(out_of_numbers({{}})), std::string("proposed: ") + kUsage);
  EXPECT_EQ(sequence_said(out_of_numbers({{}}, {"SELECT nextval($1)", "SELECT"})),
            std::string("proposed: ") + kUsage);
  // Another schema has a sequence of the same name; the statement says which table it fills.
  EXPECT_EQ(sequence_said(out_of_numbers({{.schema = "p0"}, {}})), std::string("proposed: ") + kUsage);
}

TEST(MissingSequenceUsage, RefusesWhatIsMoreThanTakingTheNextNumber) {
  const auto moved = find_playbook("missing_sequence_usage")
                         ->diagnose(out_of_numbers({{}}, {"SELECT setval('b_id_seq', 5)", "SELECT"}));
  ASSERT_TRUE(moved && *moved && (*moved)->restraint);
  EXPECT_TRUE((*moved)->restraint->reason.starts_with("setval() needs UPDATE"))
      << (*moved)->restraint->reason;
  EXPECT_EQ(sequence_said(out_of_numbers({{}}, {"SELECT setval('b_id_seq', 5)", "SELECT"})), "refused: ");
  EXPECT_EQ(sequence_said(out_of_numbers({{}}, {"SELECT last_value FROM b_id_seq", "SELECT"})), "refused: ");
  EXPECT_EQ(sequence_said(out_of_numbers({{.insert = "f"}}, {"SELECT nextval($1)", "SELECT"})),
            std::string("refused: ") + kUsage + ";");
  EXPECT_EQ(sequence_said(out_of_numbers({{.groups = "{writers}"}})),
            "refused: SET ROLE \"writers\";  -- in the application");
  EXPECT_EQ(sequence_said(out_of_numbers({{.schema = "p0"}, {}}, {"SELECT nextval($1)", "SELECT"})), "")
      << "one of two sequences";
  EXPECT_EQ(sequence_said(out_of_numbers({{.use = "t"}})), "") << "it ran in another role's name";
}

TEST(MissingSequenceUsage, IsCuredWhenTheSequenceMayBeUsed) {
  const auto before = out_of_numbers({{}});
  const auto judge = find_playbook("missing_sequence_usage")->judge;
  EXPECT_EQ(judge(before, before)->word, VerdictWord::unchanged);
  EXPECT_EQ(judge(before, out_of_numbers({{.use = "t"}}))->word, VerdictWord::cured);
}

TEST(FunctionsOfContext, ReadsNamesFromTheInnermostOut) {
  EXPECT_EQ(functions_of_context(
                "SQL statement \"SELECT 1\"\nPL/pgSQL function p1.f(integer,text) line 3 at SQL statement\n"
                "SQL function \"g\" statement 1\nPL/pgSQL function \"odd s\".\"F x\"() line 1 at PERFORM\n"
                "PL/pgSQL function inline_code_block line 1 at PERFORM"),
            (std::vector<std::string>{"f", "g", "F x", "inline_code_block"}));
  EXPECT_TRUE(functions_of_context("COPY b, line 1").empty());
  EXPECT_TRUE(functions_of_context("").empty());
}

}  // namespace
}  // namespace selfheal::healing
