#include <gmock/gmock.h>

#include "api/internal/health_views.h"
#include "support/cases.h"
#include "support/running_api.h"

namespace selfheal::api {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

EvidenceItem statements(const char* is_created, const char* is_loaded, const char* sees,
                        const std::vector<std::string>& queries) {
  std::vector<std::vector<test::Cell>> rows;
  for (const auto& query : queries)
    rows.push_back(
        {is_created, is_loaded, sees, "shop", query, "-7", "3", "1500", "500", "900", "42", "90", "10"});
  if (rows.empty())
    rows.push_back({is_created, is_loaded, sees, std::nullopt, std::nullopt, std::nullopt, std::nullopt,
                    std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt});
  return test::answered("statements",
                        {"is_created", "is_loaded", "sees", "database", "query", "id", "calls", "total_ms",
                         "mean_ms", "most_ms", "rows", "hit", "read"},
                        std::move(rows));
}

TEST(SlowStatements, AreShownWithoutValues) {
  const auto view = statements_in(
      statements("t", "t", "t", {"ALTER ROLE x PASSWORD 'secret'", "SELECT * FROM t WHERE id = 4711"}),
      "observer");
  ASSERT_EQ(view.items.size(), 2u);
  EXPECT_THAT(view.items[0].query, Not(HasSubstr("secret")));
  EXPECT_THAT(view.items[1].query, Not(HasSubstr("4711")));
  EXPECT_EQ(view.items[1].mean_ms, 500);
  EXPECT_EQ(view.items[1].hit_percent, 90);
  EXPECT_EQ(view.why, "");
}

TEST(SlowStatements, SayWhatIsMissingAndWhatToRun) {
  EXPECT_THAT(statements_in(statements("f", "f", "t", {}), "o").remedy,
              HasSubstr("shared_preload_libraries"));
  EXPECT_EQ(statements_in(statements("f", "t", "t", {}), "o").remedy, "CREATE EXTENSION pg_stat_statements;");
  const auto blind = statements_in(statements("t", "t", "f", {"SELECT 1"}), "the role");
  EXPECT_EQ(blind.remedy, "GRANT pg_monitor TO \"the role\";");
  EXPECT_EQ(blind.items.size(), 1u) << "what may be seen is shown";
}

TEST(Tables, AreReadWithGapsAsGaps) {
  const auto view = tables_in(
      "orders",
      test::answered(
          "table_list", {"schema", "name", "kind", "size", "rows", "dead", "vacuumed", "analyzed"},
          {{"public", "t", "r", "8192", "-1", "0", std::nullopt, "2026-11-25 03:00:00+00"},
           {"public", "v", "v", std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt}}));
  ASSERT_EQ(view.items.size(), 2u);
  EXPECT_EQ(view.items[0].kind, "table");
  EXPECT_EQ(view.items[0].size_bytes, 8192);
  EXPECT_EQ(view.items[0].vacuumed, std::nullopt);
  EXPECT_EQ(view.items[0].analyzed, test::kNow);
  EXPECT_EQ(view.items[1].kind, "view");
  EXPECT_EQ(view.items[1].size_bytes, std::nullopt);
  EXPECT_FALSE(view.is_cut);
}

TEST(OwnHealth, IsAsBadAsItsWorstPart) {
  const ServerState well{.name = ServerId("a"), .state = "up", .sees_all_sessions = true};
  const StoreHealth store{.size_bytes = 1 << 20, .size_cap_bytes = 2 << 20};
  EXPECT_EQ(own_health({well}, store, 1ms, {}).state, "ok");
  EXPECT_EQ(own_health({well}, store, 2s, {}).state, "warn") << "somebody keeps the control thread";
  EXPECT_EQ(own_health({well}, StoreHealth{.size_bytes = 3, .size_cap_bytes = 2}, 1ms, {}).state, "warn");
  EXPECT_EQ(own_health({well}, failure(ErrorCode::unavailable, "gone"), 1ms, {}).state, "critical");
  EXPECT_EQ(own_health({well}, store, 1ms, {{"log.a", "Log of a", "unknown", "not found"}}).state, "unknown");
  auto down = well;
  down.state = "down";
  EXPECT_EQ(own_health({well, down}, store, 1ms, {}).state, "critical");
  auto blind = well;
  blind.sees_all_sessions = false;
  EXPECT_EQ(own_health({blind}, store, 1ms, {}).state, "warn");
}

TEST(OwnHealth, TellsOfAChannelThatFailsOrGaveUp) {
  const auto state_of = [](const char* state, Result<notify::Backlog> backlog) {
    return part_of({.name = "slack", .state = state}, backlog).state;
  };
  EXPECT_EQ(state_of("ok", notify::Backlog{}), "ok");
  EXPECT_EQ(state_of("off", failure("gone")), "ok") << "nobody wants to be told by it";
  EXPECT_EQ(state_of("failing", notify::Backlog{}), "warn");
  EXPECT_EQ(state_of("ok", notify::Backlog{.parked = 1}), "warn");
  EXPECT_EQ(state_of("ok", failure(ErrorCode::unavailable, "gone")), "unknown");
}

TEST(HealthHistory, RefusesWhatItCannotShow) {
  test::RunningApi running;
  running.administration.watched = {{.name = ServerId("acme/prod"), .state = "up"}};
  const std::string server = "acme/prod";
  const auto status = [&](const std::string& query) {
    return running.get("/api/v1/health/history/" + server + "?" + query).status;
  };
  EXPECT_EQ(running.get("/api/v1/health/history/nobody?measure=sessions.active").status, 404);
  EXPECT_EQ(status(""), 400) << "no measure";
  EXPECT_EQ(status("measure=sessions.actve"), 400);
  EXPECT_EQ(status("measure=sessions.active&from=yesterday"), 400);
  EXPECT_EQ(status("measure=sessions.active&step=1"), 400);
  EXPECT_EQ(status("measure=sessions.active&step=5&from=2026-11-25T00:00:00Z&to=2026-11-25T03:00:00Z"), 400)
      << "too many points";
  EXPECT_EQ(status("measure=sessions.active&from=2026-11-25T03:00:00Z&to=2026-11-25T00:00:00Z"), 400);
  EXPECT_EQ(status("measure=sessions.active&from=2001-11-25T03:00:00Z"), 400) << "longer than it is kept";
  EXPECT_EQ(status("measure=sessions.active"), 503) << "no history is kept in this test";
}

TEST(Checks, OfAServerThatIsNotWatchedAreNotFound) {
  test::RunningApi running;
  for (const auto* path : {"checks", "statements", "tables", "table", "health/databases"})
    EXPECT_EQ(running.get(std::string("/api/v1/") + path + "/nobody").status, 404) << path;
  EXPECT_EQ(running.get("/api/v1/health/self").status, 200);
}

}  // namespace
}  // namespace selfheal::api
