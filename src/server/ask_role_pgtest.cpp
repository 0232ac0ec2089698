#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "pg/connection.h"
#include "pg/transaction.h"
#include "server/doctor.h"
#include "support/client_session.h"
#include "support/loop.h"
#include "support/read_only_lists.h"
#include "support/temporary_postgres.h"

// The role for SQL of people, made with nothing but what doctor prints, and then alone: without the gate.
namespace selfheal::server {
namespace {

using test::ClientSession;
using test::TemporaryPostgres;

std::vector<test::ListedStatement> attacks() {
  std::vector<test::ListedStatement> rows;
  for (const auto* list : test::kAttackLists)
    std::ranges::move(test::listed_statements(list), std::back_inserter(rows));
  return rows;
}

// What no statement of tenant 1 may show, in rows and in error messages.
constexpr const char* kSecrets[] = {"canary_key", "canary_hash", "canary_tenant"};
constexpr const char* kPlantSecrets =
    "UPDATE tenants SET api_key = 'canary_key_' || id; UPDATE users SET password_hash = 'canary_hash_' || id;"
    "UPDATE orders SET status = 'canary_tenant' WHERE tenant_id <> 1;"
    "UPDATE events SET message = 'canary_tenant' WHERE tenant_id <> 1; REFRESH MATERIALIZED VIEW mv_orders;";

class AskRole : public ::testing::Test {
 protected:
  AskRole()
      : server_({.settings = {{"shared_preload_libraries", "pg_stat_statements"},
                              {"max_prepared_transactions", "5"}}}),
        admin_(server_.conninfo()) {
    must(test::read_only_text("readonly_fixture.sql") + test::read_only_text("readonly_more_fixture.sql") +
         kPlantSecrets);
  }
  void must(const std::string& sql) {
    const auto answer = admin_.exec(sql);
    ASSERT_TRUE(answer.ok) << answer.message << "\n" << sql.substr(0, 2000);
  }
  pg::ConnectionTarget target(const std::string& user) const {
    return {.conninfo_without_password = server_.conninfo("postgres", user)};
  }
  std::vector<Examined> asked(std::optional<pg::ConnectionTarget> ask = std::nullopt) {
    const auto all =
        examine("shop", {.observe = target("postgres"), .act = std::nullopt, .ask = std::move(ask)}, clock_);
    std::vector<Examined> checks;
    for (const auto& check : all.checks)
      if (check.name.starts_with("ask")) checks.push_back(check);
    return checks;
  }
  // Does what doctor prints until it prints nothing new; what only a person knows is filled in.
  void follow_advice() {
    for (int round = 0; round < 3; ++round)
      for (const auto& check : asked(round == 0 ? std::nullopt : std::optional(target("selfheal_ask")))) {
        auto fix = check.fix;
        for (const auto& [from, to] :
             {std::pair<std::string, std::string>{"(…)", "(tenant_id = 1)"}, {"'…'", "'a password'"}})
          for (auto at = fix.find(from); at != std::string::npos; at = fix.find(from))
            fix.replace(at, from.size(), to);
        if (!fix.empty()) must(fix + "\n");
      }
    must("ALTER ROLE selfheal_ask SET app.tenant_id = '1'");
  }
  static std::string finding_of(const std::vector<Examined>& checks, const std::string& name) {
    for (const auto& check : checks)
      if (check.name == name) return check.finding == Finding::problem ? check.fix : "";
    return "";
  }

  // Every row of every table and sequence.
  std::string state() {
    std::string sums;
    const auto names = admin_.exec(
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = "
        "c.relnamespace "
        "WHERE c.relkind IN ('r', 'm', 'S') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> "
        "'information_schema' "
        "ORDER BY 1");
    for (const auto& row : names.rows)
      sums += *row[0] + " " +
              admin_
                  .exec("SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM " +
                        *row[0] + " t")
                  .value() +
              "\n";
    return sums;
  }

  struct Outcome {
    bool ran = false;
    std::string said;  // all values, or the error
  };
  // As the gate's session sends it: one statement of the extended protocol in BEGIN READ ONLY … ROLLBACK.
  Outcome send(const std::string& sql) { return *loop_.run(send_raw(sql)); }

  Task<Outcome> send_raw(std::string sql) {
    pg::ConnectOptions options{.name = "shop",
                               .conninfo = server_.conninfo("postgres", "selfheal_ask"),
                               .settings = {{"statement_timeout", "300ms"}}};
    const auto deadline = clock_.deadline_in(30s);
    CO_TRY(const auto connection, co_await pg::Connection::connect(std::move(options), deadline));
    CO_TRY(const auto transaction,
           co_await pg::Transaction::begin(*connection, {.read_only = true}, deadline));
    const auto rows =
        co_await connection->query(sql, {}, deadline, {.rows = 10'000, .bytes = 5u << 20, .cut = true});
    const auto& error = connection->last_error();
    Outcome outcome{.ran = rows.has_value()};
    if (!rows) outcome.said = error.message + error.detail + error.hint + error.context;
    if (!rows) co_return outcome;
    for (const auto& row : rows->rows)
      for (const auto& cell : row) outcome.said += cell.value_or("") + "\n";
    for (const auto& notice : rows->notices) outcome.said += notice.message;
    co_return outcome;
  }

  TemporaryPostgres server_;
  ClientSession admin_;
  SystemClock clock_;
  test::Loop loop_;
};

TEST_F(AskRole, MadeWithDoctorsStatementsItNeedsNoMore) {
  follow_advice();
  for (const auto& check : asked(target("selfheal_ask"))) {
    EXPECT_NE(check.finding, Finding::problem) << check.name << ": " << check.detail << " | " << check.fix;
    EXPECT_TRUE(check.fix.empty()) << check.name << ": " << check.fix;
  }
}

TEST_F(AskRole, WithoutOneDoctorSaysWhoRunsTheSqlOfPeople) {
  const auto checks = asked();
  ASSERT_GE(checks.size(), 2u);
  EXPECT_TRUE(checks[0].detail.contains("observing role"));
  EXPECT_TRUE(checks[1].fix.starts_with("CREATE ROLE \"selfheal_ask\" LOGIN")) << checks[1].fix;
  for (const auto& check : checks) EXPECT_NE(check.finding, Finding::problem) << check.name;
}

TEST_F(AskRole, AnythingTooStrongIsNamedWithTheStatementThatEndsIt) {
  follow_advice();
  must(
      "CREATE ROLE clerk NOLOGIN; GRANT INSERT ON hj TO clerk; CREATE TABLE mine (id int); CREATE TABLE "
      "everybodys (id int);"
      "GRANT clerk, pg_monitor, pg_write_all_data TO selfheal_ask; ALTER TABLE mine OWNER TO selfheal_ask;"
      "GRANT UPDATE (id) ON everybodys TO PUBLIC; GRANT SELECT ON tenants, events_p1, v_orders TO "
      "selfheal_ask;"
      "CREATE FUNCTION late() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION late() TO "
      "clerk;"
      "GRANT CREATE ON SCHEMA public TO selfheal_ask; ALTER ROLE selfheal_ask CONNECTION LIMIT -1;"
      "ALTER ROLE selfheal_ask CREATEDB; ALTER ROLE selfheal_ask SET statement_timeout = 0");
  const auto checks = asked(target("selfheal_ask"));
  const std::map<std::string, std::vector<std::string>> expected{
      {"ask role", {"NOCREATEDB"}},
      {"ask limit", {"CONNECTION LIMIT 2"}},
      {"ask member", {"REVOKE pg_monitor, pg_write_all_data FROM \"selfheal_ask\""}},
      {"ask writes",
       {"REVOKE clerk FROM selfheal_ask;", "ALTER TABLE public.mine OWNER TO",
        "ON public.everybodys FROM PUBLIC;"}},
      {"ask limits", {"SET statement_timeout = '5s'"}},
      {"ask tables", {"REVOKE SELECT ON public.tenants"}},
      {"ask rows",
       {"REVOKE SELECT ON events_p1", "ALTER VIEW public.v_orders SET (security_invoker = true)"}},
      {"ask functions", {"public.late() FROM clerk"}},
      {"ask schemas", {"REVOKE CREATE ON SCHEMA public FROM selfheal_ask"}}};
  for (const auto& [name, parts] : expected)
    for (const auto& part : parts)
      EXPECT_TRUE(finding_of(checks, name).contains(part)) << name << ": " << finding_of(checks, name);
  must("ALTER ROLE selfheal_ask SUPERUSER");
  EXPECT_TRUE(finding_of(asked(target("selfheal_ask")), "ask role").contains("NOSUPERUSER"));
}

TEST_F(AskRole, AloneItChangesNoRowAndShowsNothingOfOthers) {
  follow_advice();
  ASSERT_TRUE(send("SELECT count(*) FROM orders").ran);
  const auto before = state();
  std::string ran;
  const auto rows = attacks();
  for (const auto& [id, category, expected, sql] : rows) {
    const auto outcome = send(sql);
    for (const auto* secret : kSecrets)
      EXPECT_FALSE(outcome.said.contains(secret)) << id << " " << sql.substr(0, 200);
    if (outcome.ran) ran += id + " " + sql.substr(0, 100) + "\n";
  }
  EXPECT_EQ(state(), before);
  RecordProperty("ran", ran);
  if (std::getenv("SELFHEAL_PRINT")) std::cout << ran;
}

}  // namespace
}  // namespace selfheal::server
