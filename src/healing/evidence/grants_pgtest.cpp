// The probes of columns and privileges, asked of a real server as selfheal asks: read-only, by a role that
// may look and nothing else.
#include <gtest/gtest.h>

#include <algorithm>

#include "healing/evidence/relation_columns.h"
#include "healing/evidence/sequence_grants.h"
#include "healing/evidence/table_grants.h"
#include "pg/identifier.h"
#include "support/client_session.h"
#include "support/temporary_postgres.h"

namespace selfheal::healing {
namespace {

constexpr const char* kSchema = R"(
CREATE ROLE probe LOGIN;
GRANT pg_monitor TO probe;
CREATE ROLE owner1;
CREATE ROLE readers;
CREATE ROLE app LOGIN NOINHERIT;
GRANT readers TO app;
CREATE SCHEMA "P ""1" AUTHORIZATION owner1;
GRANT USAGE ON SCHEMA "P ""1" TO app;
SET search_path = "P ""1";
SET ROLE owner1;
CREATE TABLE a (id int, email text);
CREATE VIEW seen AS SELECT * FROM a;
GRANT SELECT, INSERT ON a, seen TO app;
CREATE TABLE b (id serial, email text, secret text);
GRANT INSERT ON b TO app;
GRANT SELECT (id, email) ON b TO app;
GRANT DELETE ON b TO readers;
CREATE TABLE c (id int);
GRANT SELECT ON c TO app;
CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER DEFAULT PRIVILEGES IN SCHEMA "P ""1" GRANT UPDATE ON TABLES TO app;
RESET ROLE;
)";
// In a transaction of its own, as a migration is.
constexpr const char* kMigration = R"(ALTER TABLE "P ""1".a RENAME COLUMN email TO mail)";

class GrantProbes : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<test::TemporaryPostgres>();
    auto admin = session("postgres");
    ASSERT_TRUE(admin.exec(kSchema).ok);
    ASSERT_TRUE(admin.exec(kMigration).ok);
  }
  static void TearDownTestSuite() { server_.reset(); }
  static test::ClientSession session(const std::string& user) {
    return test::ClientSession(server_->conninfo("postgres", user));
  }

  static Evidence evidence(const std::string& name, const ProbeParameters& parameters) {
    const auto& asked = probe(name);
    std::string values;
    for (const auto& parameter : asked.parameters())
      values += (values.empty() ? "(" : ", ") + pg::quote_literal(parameters.at(parameter));
    values += ")";
    auto client = session("probe");
    EXPECT_TRUE(client.exec("SET TimeZone = 'UTC'; BEGIN READ ONLY").ok);
    const auto prepared = client.exec("PREPARE asked AS " + asked.sql().text());
    EXPECT_TRUE(prepared.ok) << name << ": " << prepared.message;
    const auto answer = client.exec("EXECUTE asked" + values);
    EXPECT_TRUE(answer.ok) << name << ": " << answer.message;
    EXPECT_TRUE(client.exec("ROLLBACK; CREATE TEMP TABLE shape AS EXECUTE asked" + values).ok);
    EvidenceItem item{.id = "E1", .probe = name, .status = ProbeStatus::answered, .rows = answer.rows};
    const auto columns = client.exec(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'shape'::regclass AND attnum > 0 ORDER BY attnum");
    for (const auto& row : columns.rows) item.columns.push_back(*row[0]);
    return {.items = {item}};
  }

 private:
  static std::unique_ptr<test::TemporaryPostgres> server_;
};
std::unique_ptr<test::TemporaryPostgres> GrantProbes::server_;

TEST_F(GrantProbes, TableGrantsTellEachRightAndItsNeighbours) {
  const auto rows = table_grants(
      evidence("table_grants", {{"table", "b"}, {"user", "app"}, {"functions", "{f,inline_code_block}"}}));
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 5u);
  const auto right = [&](const char* privilege) {
    return *std::ranges::find(*rows, privilege, &TableGrant::privilege);
  };
  const auto select = right("SELECT");
  EXPECT_EQ(select.schema, "P \"1");
  EXPECT_EQ(select.owner, "owner1");
  EXPECT_TRUE(select.may_use_schema);
  EXPECT_FALSE(select.is_held);
  EXPECT_TRUE(select.is_held_on_columns);
  EXPECT_EQ(select.neighbours, 3) << "the view counts for reading";
  EXPECT_EQ(select.granted, 3);
  EXPECT_EQ(select.newer_granted, 1);
  EXPECT_EQ(select.definer_functions, std::vector<std::string>{"f"});
  EXPECT_TRUE(select.default_creators.empty());
  EXPECT_TRUE(right("INSERT").is_held);
  EXPECT_EQ(right("INSERT").neighbours, 2);
  EXPECT_EQ(right("DELETE").not_inherited_from, std::vector<std::string>{"readers"});
  EXPECT_EQ(right("UPDATE").default_creators, std::vector<std::string>{"owner1"});
}

TEST_F(GrantProbes, ARoleThatDoesNotExistHasNoRows) {
  const auto rows =
      table_grants(evidence("table_grants", {{"table", "b"}, {"user", "nobody'; --"}, {"functions", "{}"}}));
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_TRUE(rows->empty());
}

TEST_F(GrantProbes, SequenceGrantsTellWhichColumnIsFed) {
  const auto rows = sequence_grants(
      evidence("sequence_grants", {{"sequence", "b_id_seq"}, {"user", "app"}, {"functions", "{}"}}));
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 1u);
  const auto& row = rows->front();
  EXPECT_EQ(row.table, "b");
  EXPECT_EQ(row.column, "id");
  EXPECT_TRUE(row.feeds_default);
  EXPECT_TRUE(row.may_insert);
  EXPECT_FALSE(row.may_use || row.may_update || row.may_select);
}

TEST_F(GrantProbes, RelationColumnsTellWhatChangedAfterTheTableWasMade) {
  const auto rows =
      relation_columns(evidence("relation_columns", {{"relations", R"({"\"P \"\"1\".\"a\"","\"c\""})"}}));
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 3u);
  EXPECT_EQ((*rows)[0].column, "id");
  EXPECT_FALSE((*rows)[0].is_changed);
  EXPECT_EQ((*rows)[1].column, "mail");
  EXPECT_TRUE((*rows)[1].is_changed);
  EXPECT_TRUE((*rows)[1].changed_at) << "track_commit_timestamp is on here";
  EXPECT_EQ((*rows)[2].table, "c");
}

}  // namespace
}  // namespace selfheal::healing
