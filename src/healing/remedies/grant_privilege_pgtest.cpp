#include "healing/remedies/grant_privilege.h"

#include <gtest/gtest.h>

#include "pg/identifier.h"
#include "support/client_session.h"
#include "support/temporary_postgres.h"

namespace selfheal::healing {
namespace {

using test::ClientSession;

constexpr const char* kSchema = R"(
CREATE ROLE "Owner 1";
CREATE ROLE "a""pp" LOGIN;
CREATE ROLE healer LOGIN;
GRANT "Owner 1" TO healer;
CREATE SCHEMA "Größe" AUTHORIZATION "Owner 1";
GRANT USAGE ON SCHEMA "Größe" TO "a""pp";
SET ROLE "Owner 1";
CREATE TABLE "Größe"."T 1" (id serial, v text);
GRANT INSERT ON "Größe"."T 1" TO "a""pp";
)";

class GrantPrivilege : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = std::make_unique<test::TemporaryPostgres>();
    const auto made = session("postgres").exec(kSchema);
    ASSERT_TRUE(made.ok) << made.message;
  }
  ClientSession session(const std::string& user) {
    return ClientSession(server_->conninfo("postgres", user));
  }

  // As acting runs them: in one transaction, as the owner; ends when a SELECT finds nothing.
  bool apply(const Remedy& remedy) {
    auto client = session("healer");
    EXPECT_TRUE(client.exec("BEGIN; SET LOCAL ROLE " + pg::quote_identifier(remedy.parts().set_role)).ok);
    for (const auto& step : remedy.steps()) {
      std::string values;
      for (const auto& param : step.params)
        values += (values.empty() ? "(" : ", ") + pg::quote_literal(param.value_or(""));
      auto answer = step.params.empty() ? client.exec(step.sql) : client.exec("PREPARE act AS " + step.sql);
      if (!step.params.empty()) answer = client.exec("EXECUTE act" + values + ")");
      EXPECT_TRUE(answer.ok) << step.sql << ": " << answer.message;
      if (!answer.ok || (step.sql.starts_with("SELECT") && answer.rows.empty())) return false;
    }
    return client.exec("COMMIT").command_tag == "COMMIT";
  }
  void undo(const Remedy& remedy) {
    auto client = session("healer");
    EXPECT_TRUE(client.exec("BEGIN").ok);
    for (const auto& step : remedy.parts().undo) EXPECT_TRUE(client.exec(step.sql).ok) << step.sql;
    EXPECT_EQ(client.exec("COMMIT").command_tag, "COMMIT");
  }
  bool passes(const char* sql) {
    auto client = session("a\"pp");
    const auto answer = client.exec(std::string("BEGIN; ") + sql + "; ROLLBACK");
    EXPECT_TRUE(answer.ok || answer.sqlstate == "42501") << answer.message;
    return answer.ok;
  }

  ExactGrant select_{.owner = "Owner 1",
                     .object = ExactGrant::Object::table,
                     .schema = "Größe",
                     .name = "T 1",
                     .privileges = {"SELECT", "DELETE"},
                     .role = "a\"pp"};
  ExactGrant usage_{.owner = "Owner 1",
                    .object = ExactGrant::Object::sequence,
                    .schema = "Größe",
                    .name = "T 1_id_seq",
                    .privileges = {"USAGE"},
                    .role = "a\"pp"};

 private:
  std::unique_ptr<test::TemporaryPostgres> server_;
};

TEST_F(GrantPrivilege, LetsTheStatementPassAndNothingElse) {
  ASSERT_FALSE(passes("DELETE FROM \"Größe\".\"T 1\" WHERE id = 1"));
  const auto remedy = grant_privilege(select_);
  EXPECT_TRUE(apply(remedy));
  EXPECT_TRUE(passes("DELETE FROM \"Größe\".\"T 1\" WHERE id = 1"));
  EXPECT_FALSE(passes("UPDATE \"Größe\".\"T 1\" SET v = ''"));
  EXPECT_FALSE(apply(remedy)) << "it is held, so the guard no longer holds";
  undo(remedy);
  EXPECT_FALSE(passes("SELECT FROM \"Größe\".\"T 1\""));
}

TEST_F(GrantPrivilege, GivesTheNextNumberButNotTheRightToMoveTheSequence) {
  ASSERT_FALSE(passes("INSERT INTO \"Größe\".\"T 1\" (v) VALUES ('x')"));
  const auto remedy = grant_privilege(usage_);
  EXPECT_TRUE(apply(remedy));
  EXPECT_TRUE(passes("INSERT INTO \"Größe\".\"T 1\" (v) VALUES ('x')"));
  EXPECT_FALSE(passes("SELECT setval('\"Größe\".\"T 1_id_seq\"', 1)"));
  undo(remedy);
  EXPECT_FALSE(passes("INSERT INTO \"Größe\".\"T 1\" (v) VALUES ('x')"));
}

TEST_F(GrantPrivilege, DoesNothingOnceTheSceneHasChanged) {
  auto admin = session("postgres");
  ASSERT_TRUE(admin.exec("ALTER TABLE \"Größe\".\"T 1\" ENABLE ROW LEVEL SECURITY").ok);
  EXPECT_FALSE(apply(grant_privilege(select_)));
  ASSERT_TRUE(admin.exec("ALTER TABLE \"Größe\".\"T 1\" DISABLE ROW LEVEL SECURITY").ok);
  ASSERT_TRUE(admin.exec("REVOKE USAGE ON SCHEMA \"Größe\" FROM \"a\"\"pp\"").ok);
  EXPECT_FALSE(apply(grant_privilege(select_)));
  EXPECT_FALSE(apply(grant_privilege(usage_)));
}

TEST_F(GrantPrivilege, NeverGrantsToPublic) {
  select_.role = "public";
  EXPECT_NE(grant_text(select_).find("TO \"public\""), std::string::npos);
  EXPECT_FALSE(apply(grant_privilege(select_))) << "no role has that name";
}

}  // namespace
}  // namespace selfheal::healing
