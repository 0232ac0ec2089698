#include "api/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "api/internal/routes.h"
#include "contract/json.h"
#include "support/running_api.h"
#include "support/waiting_incident.h"

namespace selfheal::api {
namespace {

using test::RunningApi;

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

json::object body_of(const http::Response& response) {
  const auto value = contract::parse_json(response.body);
  EXPECT_TRUE(value && value->is_object()) << response.body;
  return value && value->is_object() ? value->as_object() : json::object();
}

Time now() { return SystemClock().now(); }

struct WithIncident : testing::Test {
  WithIncident() { running.book.files[IncidentNumber(142)] = test::waiting_incident(now()); }
  RunningApi running;
};

TEST_F(WithIncident, ShowsAnIncidentWithAllThatBelongsToIt) {
  const auto response = running.get("/api/v1/incidents/SH-142");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("ETag"), "\"5\"");
  const auto body = body_of(response);
  EXPECT_EQ(body.at("id"), "SH-142");
  EXPECT_EQ(body.at("state"), "awaiting_approval");
  EXPECT_EQ(body.at("category"), "LOCK_CONTENTION");
  EXPECT_EQ(body.at("severity"), "high");
  EXPECT_EQ(body.at("confidence"), "confirmed");
  EXPECT_EQ(body.at("auto_fixable"), true);
  EXPECT_EQ(body.at("remedy").at("plan_id"), "plan-9f2");
  EXPECT_TRUE(body.at("verdict").is_null());
  const auto& nodes = body.at("blocking").at("nodes").as_array();
  ASSERT_EQ(nodes.size(), 3u);
  EXPECT_EQ(nodes[1].at("pid"), 4121);
  EXPECT_EQ(nodes[1].at("root"), true);
  EXPECT_EQ(nodes[0].at("root"), false);
}

TEST_F(WithIncident, HidesCellsUnlessRawRowsAreAskedFor) {
  const auto shown = running.get("/api/v1/incidents/142/evidence");
  EXPECT_EQ(shown.status, 200);
  EXPECT_THAT(shown.body, Not(HasSubstr("ann@example.com")));
  EXPECT_THAT(shown.body, HasSubstr("UPDATE invoice SET paid = true WHERE email = ?"));
  EXPECT_THAT(shown.body, HasSubstr("‹left out›"));
  EXPECT_THAT(shown.body, HasSubstr("\"row_count\":2"));
  EXPECT_THAT(running.get("/api/v1/incidents/142/evidence?raw=true").body, HasSubstr("ann@example.com"));
  EXPECT_EQ(running.get("/api/v1/incidents/142/evidence?raw=yes").status, 400);
}

TEST_F(WithIncident, FiltersLists) {
  const auto response = running.get(
      "/api/v1/"
      "incidents?state=open&state=awaiting_approval&category=LOCK_CONTENTION&severity=high&server=acme/prod&"
      "since=2026-01-01T00:00:00Z&limit=7&cursor=before-900");
  EXPECT_EQ(response.status, 200) << response.body;
  ASSERT_TRUE(running.book.asked.has_value());
  EXPECT_THAT(running.book.asked->states, ElementsAre(IncidentState::open, IncidentState::awaiting_approval));
  EXPECT_EQ(running.book.asked->category, Category::lock_contention);
  EXPECT_EQ(running.book.asked->severity, Severity::high);
  EXPECT_EQ(running.book.asked->server, ServerId("acme/prod"));
  EXPECT_EQ(running.book.asked->limit, 7);
  EXPECT_EQ(running.book.asked->before, IncidentNumber(900));
}

TEST_F(WithIncident, RefusesFiltersThatDoNotFit) {
  for (const auto* query : {"state=closed", "category=lock", "severity=HIGH", "since=today", "limit=0",
                            "limit=201", "cursor=12", "colour=red", "limit=1&limit=2"}) {
    const auto response = running.get(std::string("/api/v1/incidents?") + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_EQ(response.content_type, "application/problem+json");
  }
  EXPECT_EQ(running.get("/api/v1/incidents/SH-1x").status, 400);
  EXPECT_EQ(running.get("/api/v1/incidents/SH-143").status, 404);
}

TEST_F(WithIncident, GivesPages) {
  for (int number = 1; number <= 5; ++number)
    running.book.files[IncidentNumber(number)].incident.number = IncidentNumber(number);
  std::vector<std::string> seen;
  std::string target = "/api/v1/incidents?limit=2";
  while (!target.empty()) {
    const auto body = body_of(running.get(target));
    for (const auto& item : body.at("items").as_array()) seen.emplace_back(item.at("id").as_string());
    const auto* next = body.at("next_cursor").if_string();
    target = next ? "/api/v1/incidents?limit=2&cursor=" + std::string(*next) : "";
  }
  EXPECT_THAT(seen, ElementsAre("SH-142", "SH-5", "SH-4", "SH-3", "SH-2", "SH-1"));
}

TEST_F(WithIncident, PagesOfOtherOrdersSkipWhatWasSeen) {
  running.book.files[IncidentNumber(143)] = test::waiting_incident(now());
  const auto first = body_of(running.get("/api/v1/incidents?limit=1&order=events&q=invoice"));
  EXPECT_EQ(running.book.asked->order, IncidentOrder::events);
  EXPECT_EQ(running.book.asked->text, "invoice");
  const std::string cursor(first.at("next_cursor").as_string());
  EXPECT_EQ(running.get("/api/v1/incidents?limit=1&order=events&cursor=" + cursor).status, 200);
  EXPECT_EQ(running.book.asked->skip, 1);
  EXPECT_FALSE(running.book.asked->before);
}

TEST_F(WithIncident, TellsItsHistory) {
  running.book.seen = {
      {.first_seen = now(), .last_seen = now(), .count = 37, .message = "m", .statement = ""}};
  const auto body = body_of(running.get("/api/v1/incidents/SH-142/history"));
  EXPECT_EQ(body.at("occurrences").as_array().size(), 1u);
  EXPECT_FALSE(body.at("moments").as_array().empty());
  EXPECT_EQ(running.get("/api/v1/incidents/SH-9/history").status, 404);
}

TEST_F(WithIncident, SaysUntilWhenItIsWatched) {
  auto& file = running.book.files[IncidentNumber(142)];
  EXPECT_TRUE(body_of(running.get("/api/v1/incidents/142")).at("watched_until").is_null());
  file.incident.state = IncidentState::verifying;
  file.incident.relieved_at = *parse_time("2026-11-25T14:00:00Z");
  file.treatments = {{.playbook = "idle_in_transaction_blocker"}};
  running.administration.stored.front().values["idle_in_transaction_blocker.watch_for_s"] = 7;
  EXPECT_EQ(body_of(running.get("/api/v1/incidents/142")).at("watched_until"), "2026-11-25T14:00:07.000Z");
}

TEST_F(WithIncident, IsLookedAtAgainWithoutActing) {
  const auto body = body_of(running.post("/api/v1/incidents/142/reconsider", ""));
  EXPECT_EQ(body.at("outcome"), "watched");
  ASSERT_EQ(running.clinic.heard.size(), 1u);
  EXPECT_THAT(running.clinic.heard.front(), HasSubstr("asks for a remedy"));
}

TEST_F(WithIncident, IsTakenByAPerson) {
  EXPECT_EQ(running.post("/api/v1/incidents/142/take", "").status, 200);
  ASSERT_EQ(running.clinic.heard.size(), 1u);
  EXPECT_THAT(running.clinic.heard.front(), HasSubstr("is on it"));
}

TEST_F(WithIncident, ApprovesThePlanThatWasShown) {
  const auto response =
      running.post("/api/v1/incidents/SH-142/approve", R"({"plan_id":"plan-9f2","plan_hash":"aaaa"})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(body_of(response).at("outcome"), "treated");
  EXPECT_THAT(running.clinic.heard, ElementsAre("ann approves plan-9f2"));
}

TEST_F(WithIncident, RefusesAStalePlan) {
  const auto approve = [&](const char* body) {
    return running.post("/api/v1/incidents/SH-142/approve", body);
  };
  const auto other = approve(R"({"plan_id":"plan-9f2","plan_hash":"bbbb"})");
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(body_of(other).at("type"), "/problems/plan-stale");
  running.on_thread([&] { running.book.files[IncidentNumber(142)].incident.plan->expires_at = now() - 1s; });
  EXPECT_EQ(approve(R"({"plan_id":"plan-9f2","plan_hash":"aaaa"})").status, 409);
  running.on_thread([&] { running.book.files[IncidentNumber(142)].incident.plan.reset(); });
  EXPECT_EQ(approve(R"({"plan_id":"plan-9f2","plan_hash":"aaaa"})").status, 409);
  EXPECT_THAT(running.clinic.heard, IsEmpty());
}

TEST_F(WithIncident, SaysWhatHealingAnswers) {
  const std::string body = R"({"plan_id":"plan-9f2","plan_hash":"aaaa"})";
  running.clinic.refusal = Error{ErrorCode::conflict, "another treatment is under way"};
  EXPECT_EQ(running.post("/api/v1/incidents/SH-142/approve", body).status, 409);
  running.clinic.refusal = Error{ErrorCode::refused, "actions are paused"};
  const auto refused = running.post("/api/v1/incidents/SH-142/approve", body);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("actions are paused"));
}

TEST_F(WithIncident, ChangesTheStateOnlyOfTheRevisionThatWasSeen) {
  http::Headers old;
  old.set("If-Match", "\"4\"");
  EXPECT_EQ(running.post("/api/v1/incidents/SH-142/mute", R"({"why":"noise"})", old).status, 412);
  EXPECT_EQ(
      running.post("/api/v1/incidents/SH-142/approve", R"({"plan_id":"plan-9f2","plan_hash":"aaaa"})", old)
          .status,
      412);
  EXPECT_THAT(running.clinic.heard, IsEmpty());
  http::Headers current;
  current.set("If-Match", "\"5\"");
  const auto muted = running.post("/api/v1/incidents/SH-142/mute", R"({"why":"noise"})", current);
  EXPECT_EQ(muted.status, 200);
  EXPECT_EQ(body_of(muted).at("state"), "muted");
  EXPECT_EQ(running.post("/api/v1/incidents/SH-142/resolve", R"({"why":"done"})").status, 200);
  EXPECT_EQ(running.post("/api/v1/incidents/SH-142/refuse", R"({"why":"no"})").status, 200);
  EXPECT_THAT(running.clinic.heard, ElementsAre("ann muted: noise", "ann resolved: done", "ann refused: no"));
}

TEST_F(WithIncident, WantsAReason) {
  for (const auto* body :
       {"", "{}", R"({"why":""})", R"({"why":5})", R"({"why":"a","until":"b"})", "[]", "{"})
    EXPECT_EQ(running.post("/api/v1/incidents/SH-142/mute", body).status, 400) << body;
  EXPECT_EQ(running
                .send({.method = "POST",
                       .target = "/api/v1/incidents/SH-142/mute",
                       .body = R"({"why":"a"})",
                       .content_type = "text/plain"})
                .status,
            415);
  EXPECT_THAT(running.clinic.heard, IsEmpty());
}

TEST_F(WithIncident, ShowsTheTimeline) {
  const auto body = body_of(running.get("/api/v1/incidents/SH-142/timeline"));
  ASSERT_EQ(body.at("items").as_array().size(), 1u);
  EXPECT_EQ(body.at("items").at(0).at("what"), "filed");
}

TEST_F(WithIncident, SaysWhenTheStoreIsDown) {
  running.on_thread([&] { running.book.down = true; });
  const auto list = running.get("/api/v1/incidents");
  EXPECT_EQ(list.status, 503);
  EXPECT_EQ(list.headers.get("Retry-After"), "5");
  const auto ready = running.get("/api/v1/health/ready");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(body_of(ready).at("store"), false);
  EXPECT_EQ(running.get("/api/v1/health").status, 200);
  EXPECT_THAT(running.get("/metrics").body, HasSubstr("selfheal_store_up 0"));
}

TEST(Api, TellsWhoItIs) {
  RunningApi running;
  EXPECT_EQ(body_of(running.get("/api/v1/version")).at("version"), "0.1.0");
  EXPECT_EQ(body_of(running.get("/api/v1/health")).at("status"), "ok");
}

TEST(Api, WatchesServersAndLeavesThem) {
  RunningApi running;
  const auto added =
      running.post("/api/v1/databases", R"({"name":"acme/prod","url":"postgresql://a:secret@b/c"})");
  EXPECT_EQ(added.status, 201) << added.body;
  EXPECT_THAT(added.body, Not(HasSubstr("secret")));
  EXPECT_EQ(body_of(running.get("/api/v1/databases/acme/prod")).at("state"), "connecting");
  EXPECT_EQ(body_of(running.get("/api/v1/databases")).at("items").as_array().size(), 1u);
  EXPECT_EQ(running.post("/api/v1/databases", R"({"name":"x","url":"mysql://"})").status, 400);
  EXPECT_EQ(running.post("/api/v1/databases", R"({"name":"x"})").status, 400);
  // Nothing is known of who waits until it is connected: that is no empty graph.
  EXPECT_EQ(running.get("/api/v1/locks/acme/prod").status, 503);
  EXPECT_EQ(running.get("/api/v1/locks/nowhere").status, 404);
  EXPECT_EQ(running.send({.method = "DELETE", .target = "/api/v1/databases/acme/prod"}).status, 204);
  EXPECT_EQ(running.send({.method = "DELETE", .target = "/api/v1/databases/acme/prod"}).status, 404);
  EXPECT_THAT(running.administration.actors, ElementsAre("ann", "ann"));
}

TEST(Api, ExaminesAServerBeforeItIsWatched) {
  RunningApi running;
  const auto body = body_of(
      running.post("/api/v1/database-checks", R"({"name":"main","url":"postgresql://selfheal@db/shop"})"));
  EXPECT_EQ(body.at("can_connect"), true);
  EXPECT_EQ(body.at("checks").at(0).at("fix"), "GRANT pg_signal_backend TO selfheal;");
  EXPECT_TRUE(running.administration.watched.empty()) << "nothing is kept";
  EXPECT_EQ(running.post("/api/v1/database-checks", R"({"name":"main","url":"mysql://db"})").status, 400);
}

TEST(Api, SetsPoliciesOfTheVersionThatWasSeen) {
  RunningApi running;
  const auto put = [&](const char* body, const char* version) {
    http::Headers headers;
    headers.set("If-Match", version);
    return running.send({.method = "PUT", .target = "/api/v1/policies", .headers = headers, .body = body});
  };
  const auto set = put(
      R"({"default_mode":"auto","modes":{"terminate_session":"suggest"},"values":{"idle_in_transaction_blocker.watch_for_s":5}})",
      "\"0\"");
  EXPECT_EQ(set.status, 200) << set.body;
  EXPECT_EQ(set.headers.get("ETag"), "\"1\"");
  EXPECT_EQ(put("{}", "\"0\"").status, 412);
  for (const auto* body :
       {R"({"default_mode":"yes"})", R"({"modes":{"drop_table":"auto"}})",
        R"({"modes":{"terminate_session":"automatic"}})", R"({"values":{"a.b":1}})",
        R"({"values":{"idle_in_transaction_blocker.watch_for_s":-1}})", R"({"server":"nobody"})"})
    EXPECT_EQ(put(body, "*").status, 400) << body;
  const auto list = body_of(running.get("/api/v1/policies"));
  EXPECT_EQ(list.at("items").at(0).at("modes").at("terminate_session"), "suggest");
  EXPECT_FALSE(list.at("actions").as_array().empty());
  EXPECT_FALSE(list.at("thresholds").as_array().empty());
}

TEST(Api, PausesAndResumes) {
  RunningApi running;
  EXPECT_EQ(running.post("/api/v1/policies/pause", R"({})").status, 400);
  EXPECT_EQ(running.post("/api/v1/policies/pause", R"({"why":"migration"})").status, 200);
  EXPECT_THAT(running.get("/metrics").body, HasSubstr("selfheal_actions_paused 1"));
  const auto resumed = running.post("/api/v1/policies/resume", "");
  EXPECT_EQ(body_of(resumed).at("items").at(0).at("paused"), false);
}

TEST(Api, ShowsTheAuditTrail) {
  RunningApi running;
  for (int i = 3; i >= 1; --i)
    running.book.records.push_back({.sequence = i, .entry = {.actor = "ann", .what = "pause"}});
  const auto page = body_of(running.get("/api/v1/audit?limit=2"));
  EXPECT_EQ(page.at("items").at(0).at("sequence"), 3);
  EXPECT_EQ(page.at("next_cursor"), "before-2");
  EXPECT_EQ(body_of(running.get("/api/v1/audit/verify")).at("intact"), true);
}

TEST(Api, CountsRequestsAndTargets) {
  RunningApi running;
  running.administration.watched = {{.name = ServerId("a"), .state = "up"},
                                    {.name = ServerId("b"), .state = "down"}};
  running.get("/api/v1/version");
  const auto text = running.get("/metrics").body;
  EXPECT_THAT(
      text, HasSubstr(R"(selfheal_http_requests_total{code="200",method="GET",route="/api/v1/version"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(selfheal_target_up{target="a"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(selfheal_target_up{target="b"} 0)"));
}

TEST(Api, StreamsEvents) {
  RunningApi running;
  http::Client client(running.unix_client());
  running.on_thread([&] { running.feed().publish("incident", R"({"id":"SH-1","rev":1})"); });
  running.on_thread([&] { running.feed().publish("treatment", R"({"id":2})"); });
  http::ClientRequest request{.target = "/api/v1/events"};
  request.headers.set("Last-Event-ID", "e-1");
  std::vector<std::string> seen;
  const auto end = client.stream(request, [&](const http::SseEvent& event) {
    seen.push_back(event.id + " " + event.event + " " + event.data);
    return false;
  });
  EXPECT_TRUE(end.has_value());
  EXPECT_THAT(seen, ElementsAre(R"(e-2 treatment {"id":2})"));
}

}  // namespace
}  // namespace selfheal::api
