#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "healing/incidents/incident_rules.h"
#include "healing/name.h"
#include "healing/taxonomy/taxonomy.h"
#include "support/client_session.h"
#include "support/memory_intake.h"
#include "support/tail_runner.h"
#include "support/temporary_postgres.h"

// What becomes of real errors on their way through the log.
namespace selfheal {
namespace {

using test::ClientSession;
using test::MemoryIntake;
using test::TailRunner;
using test::TemporaryPostgres;

class Codes : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(tail_.turn_until([&] { return intake_.stored.has_value(); }));
    ClientSession(server_.conninfo()).exec("DO $$ BEGIN RAISE EXCEPTION 'the first'; END $$");
    ASSERT_NE(wait_for("the first"), nullptr);
  }
  // By the words of the message, which each error of these tests has for itself.
  const Sighting* seen(const std::string& message) const {
    for (const auto& batch : intake_.batches)
      for (const auto& sighting : batch.sightings)
        if (sighting.exemplar.message == message) return &sighting;
    return nullptr;
  }
  const Sighting* wait_for(const std::string& message) {
    EXPECT_TRUE(tail_.turn_until([&] { return seen(message) != nullptr; })) << message;
    return seen(message);
  }

  TemporaryPostgres server_{{.settings = {{"log_error_verbosity", "default"}}}};
  MemoryIntake intake_;
  TailRunner tail_{{.server = ServerId("s"),
                    .log_directory = server_.log_directory(),
                    .name = [names = healing::LogNames()](
                                ErrorEvent event) mutable { return names.sighting_of(std::move(event)); }},
                   intake_};
};

std::set<std::string> installed_codes() {
  std::set<std::string> codes;
  std::ifstream file("/usr/share/postgresql/15/errcodes.txt");
  for (std::string line; std::getline(file, line);)
    if (line.contains(" ERRCODE_") && line[0] != '#') codes.insert(line.substr(0, 5));
  codes.erase("00000");  // RAISE takes it for no code
  return codes;
}

TEST_F(Codes, AreClassifiedEachFromTheLog) {
  const auto codes = installed_codes();
  ASSERT_GE(codes.size(), 260u);
  ClientSession session(server_.conninfo());
  int refused = 0;
  for (const auto& code : codes) {
    const auto sql =
        fmt::format("DO $$ BEGIN RAISE EXCEPTION 'code {0}' USING ERRCODE = '{0}'; END $$", code);
    const auto answer = session.exec(sql);
    refused += answer.sqlstate == code ? 0 : 1;
  }
  session.exec("SELECT 1/0");
  ASSERT_NE(wait_for("division by zero"), nullptr);
  EXPECT_EQ(refused, 0) << "codes that RAISE cannot raise";
  for (const auto& code : codes) {
    const auto* sighting = seen("code " + code);
    ASSERT_NE(sighting, nullptr) << code;
    const auto& event = sighting->exemplar;
    EXPECT_EQ(event.sqlstate, code);
    EXPECT_EQ(sighting->name.family, "v1|" + code + "|raised=inline_code_block");
    EXPECT_FALSE(sighting->error_class.auto_fixable) << code;
    EXPECT_EQ(to_word(sighting->error_class.category), "application_raised") << code;
    // As the server itself raises it.
    const auto* row = healing::find_code(code);
    const auto own = healing::classify({.sqlstate = code});
    ASSERT_NE(row, nullptr) << code;
    EXPECT_EQ(to_word(own.category), to_word(row->category)) << code;
    EXPECT_EQ(own.condition, row->condition) << code;
  }
}

TEST_F(Codes, NameTheErrorThatAFailedTransactionHides) {
  ClientSession other(server_.conninfo());
  ClientSession session(server_.conninfo());
  session.exec("BEGIN");
  other.exec("BEGIN");
  session.exec("SELECT 1/0");
  other.exec("SELECT 'x'::int");
  EXPECT_EQ(session.exec("SELECT 2").sqlstate, "25P02");
  EXPECT_EQ(other.exec("SELECT 3").sqlstate, "25P02");
  EXPECT_EQ(session.exec("SELECT count(*) FROM pg_class").sqlstate, "25P02");
  session.exec("ROLLBACK");
  session.exec("DO $$ BEGIN RAISE EXCEPTION 'the last'; END $$");
  ASSERT_NE(wait_for("the last"), nullptr);
  std::map<std::string, std::int64_t> counts;
  for (const auto& batch : intake_.batches)
    for (const auto& sighting : batch.sightings)
      if (sighting.exemplar.sqlstate == "25P02") {
        EXPECT_EQ(sighting.name.family, "v1|25P02");
        EXPECT_EQ(to_word(sighting.error_class.severity), "low");
        EXPECT_FALSE(sighting.error_class.auto_fixable);
        counts[sighting.error_class.why] += sighting.count();
      }
  EXPECT_EQ(counts, (std::map<std::string, std::int64_t>{
                        {"a symptom of 22012, which its session reported before", 2},
                        {"a symptom of 22P02, which its session reported before", 1}}));
}

TEST_F(Codes, OfAutovacuumThatGivesWayOpenNoIncident) {
  ClientSession session(server_.conninfo());
  // A vacuum that takes long enough to meet a lock.
  session.exec(
      "CREATE TABLE busy (n int) WITH (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1, "
      "autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0)");
  session.exec("INSERT INTO busy SELECT generate_series(1, 100000)");
  session.exec("DELETE FROM busy");
  const auto at_work = [&] {
    return session.exec("SELECT 1 FROM pg_stat_progress_vacuum WHERE relid = 'busy'::regclass").value() ==
           "1";
  };
  ASSERT_TRUE(test::wait_until(at_work, 30s));
  session.exec("LOCK TABLE busy IN ACCESS EXCLUSIVE MODE");
  session.exec("ALTER TABLE busy ADD m int");
  const auto* sighting = wait_for("canceling autovacuum task");
  ASSERT_NE(sighting, nullptr);
  EXPECT_EQ(sighting->exemplar.sqlstate, "57014");
  EXPECT_EQ(sighting->name.family, "v1|57014|backend=autovacuum worker");
  EXPECT_EQ(healing::filing_of(*sighting, nullptr, {}), healing::Filing::not_an_incident);
}

TEST_F(Codes, OfTheServersOwnProcessesAreKindsOfTheirOwn) {
  ClientSession session(server_.conninfo());
  session.exec(
      "CREATE TABLE broken (n int) WITH (autovacuum_analyze_threshold = 1, autovacuum_analyze_scale_factor = "
      "0)");
  session.exec(
      "CREATE FUNCTION part(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN "
      "IF $1 = 1 AND current_setting('application_name') <> 'an application' THEN RETURN 1 / ($1 - 1); END "
      "IF; RETURN $1; "
      "END $$");
  session.exec("SET application_name = 'an application'");
  session.exec("CREATE INDEX ON broken (part(n))");
  session.exec("INSERT INTO broken SELECT 1 FROM generate_series(1, 100)");
  session.exec("SELECT pg_stat_force_next_flush()");
  const auto* sighting = wait_for("division by zero");
  ASSERT_NE(sighting, nullptr);
  EXPECT_EQ(sighting->exemplar.backend_type, "autovacuum worker");
  EXPECT_EQ(sighting->name.family, "v1|22012|backend=autovacuum worker");
  EXPECT_FALSE(sighting->error_class.auto_fixable);
  EXPECT_EQ(healing::filing_of(*sighting, nullptr, {}), healing::Filing::first);
}

}  // namespace
}  // namespace selfheal
