#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>

#include "api/internal/routes.h"
#include "contract/json.h"
#include "contract/people.h"
#include "contract/session.h"
#include "support/running_api.h"
#include "support/waiting_incident.h"

namespace selfheal::api {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kRoles[] = {"nobody", "reporter", "viewer", "developer", "admin"};

// A browser: what it holds is a cookie.
class Browser {
 public:
  explicit Browser(test::RunningApi& api, std::string cookie = {}) : api_(api), cookie_(std::move(cookie)) {}

  http::Response send(std::string method, std::string target, std::string body = {}) {
    http::ClientRequest request{
        .method = std::move(method), .target = std::move(target), .headers = {}, .body = std::move(body)};
    if (!cookie_.empty()) request.headers.set("Cookie", cookie_);
    if (!origin.empty()) request.headers.set("Origin", origin);
    auto response = api_.send_tcp(request, "");
    const std::string set(response.headers.get("Set-Cookie"));
    if (!set.empty()) cookie_ = set.substr(0, set.find(';'));
    return response;
  }
  http::Response get(std::string target) { return send("GET", std::move(target)); }
  int signs_in(const std::string& url, const std::string& name = {}) {
    const json::object body{{"token", url.substr(url.find('#') + 1)}, {"name", name}};
    last = send("POST", "/api/v1/session", contract::to_text(body));
    return last.status;
  }

  http::Response last;
  std::string origin;

 private:
  test::RunningApi& api_;
  std::string cookie_;
};

json::object body_of(const http::Response& response) {
  const auto value = contract::parse_json(response.body);
  EXPECT_TRUE(value && value->is_object()) << response.status << response.body;
  return value && value->is_object() ? value->as_object() : json::object();
}

class PeopleApi : public ::testing::Test {
 protected:
  // Somebody of that role, signed in with a browser.
  Browser somebody(const std::string& role, const std::string& name) {
    const json::object wanted{{"name", name}, {"role", role}};
    const auto added = running_.post("/api/v1/people", contract::to_text(wanted));
    EXPECT_EQ(added.status, 201) << added.body;
    Browser browser(running_);
    EXPECT_EQ(browser.signs_in(std::string(body_of(added).at("url").as_string())), 200);
    return browser;
  }
  std::string path_to(const std::string& name) {
    std::int64_t id = 0;
    running_.on_thread([&] { id = running_.people.find_by_name(name)->id.value(); });
    return fmt::format("/api/v1/people/{}", id);
  }
  http::Response change(const std::string& name, const std::string& body) {
    return running_.send({.method = "PATCH", .target = path_to(name), .body = body});
  }
  // One browser or token for each role.
  http::Response ask_as(std::string_view role, const http::ClientRequest& request) {
    if (role == "nobody") return running_.send_tcp(request, "");
    if (role == "reporter") return running_.send_tcp(request, test::kIngestKey);
    return browsers_.at(std::string(role)).send(request.method, request.target, request.body);
  }

  test::RunningApi running_;
  std::map<std::string, Browser> browsers_;
};

TEST_F(PeopleApi, EveryRouteIsOpenToTheRolesThatItsPermissionNames) {
  for (const auto* role : {"viewer", "developer", "admin"})
    browsers_.emplace(role, somebody(role, std::string("a ") + role));
  for (const auto& row : route_rows()) {
    if (row.id == "sign_out" || row.id == "stream_events") continue;  // below
    auto path = std::string(row.pattern);
    for (auto at = path.find('{'); at != path.npos; at = path.find('{'))
      path.replace(at, path.find('}') - at + 1, "999");
    const http::ClientRequest request{
        .method = std::string(row.method), .target = path, .body = row.request ? "{}" : ""};
    for (const auto name : kRoles) {
      const auto role = from_word<Role>(name).value_or(Role::nobody);
      const auto response = ask_as(name, request);
      const bool refused = response.status == 401 || response.status == 403;
      // Strangers at the door are told that this does not let them in.
      const bool at_the_door = row.id == "sign_in";
      EXPECT_EQ(refused && !at_the_door, !access::may(role, row.permission))
          << row.id << " as " << name << ": " << response.status << " " << response.body;
      if (!refused || at_the_door) continue;
      EXPECT_EQ(response.status, role == Role::nobody ? 401 : 403) << row.id << " as " << name;
      EXPECT_EQ(response.content_type, "application/problem+json");
      if (role == Role::nobody) continue;
      EXPECT_EQ(std::string(body_of(response).at("needed_role").as_string()),
                to_word(access::least_role_for(row.permission)))
          << row.id;
    }
  }
}

TEST_F(PeopleApi, TheFirstStartMakesOneAdministrator) {
  const auto told = running_.post("/api/v1/people/first", "{}");
  ASSERT_EQ(told.status, 200) << told.body;
  const std::string url(body_of(told).at("url").as_string());
  EXPECT_THAT(url, HasSubstr("/sign-in#"));
  Browser browser(running_);
  EXPECT_EQ(browser.signs_in(url), 422) << "it wants a name";
  EXPECT_EQ(body_of(browser.last).at("type"), "/problems/name-needed");
  EXPECT_EQ(browser.signs_in(url, "  "), 400);
  EXPECT_EQ(browser.signs_in(url, "Ann"), 200);
  const auto session = body_of(browser.get("/api/v1/session"));
  EXPECT_EQ(session.at("name"), "Ann");
  EXPECT_EQ(session.at("role"), "admin");
  EXPECT_EQ(contract::to_text(session.at("permissions")),
            R"(["anyone","report","view","operate","administer"])");
  EXPECT_EQ(contract::to_text(session.at("administrators")), R"(["Ann"])");
  Browser late(running_);
  EXPECT_EQ(late.signs_in(url, "Eve"), 401);
  EXPECT_EQ(body_of(late.last).at("type"), "/problems/link-used");
  EXPECT_EQ(running_.post("/api/v1/people/first", "{}").status, 409);
}

TEST_F(PeopleApi, ALinkLetsOneBrowserIn) {
  const auto added = running_.post("/api/v1/people", R"({"name":"Ann","role":"developer"})");
  const std::string url(body_of(added).at("url").as_string());
  Browser browser(running_), other(running_);
  EXPECT_EQ(browser.signs_in(url), 200);
  EXPECT_THAT(std::string(browser.last.headers.get("Set-Cookie")), HasSubstr("HttpOnly; SameSite=Strict"));
  EXPECT_EQ(other.signs_in(url), 401);
  EXPECT_EQ(body_of(other.last).at("type"), "/problems/link-used");
  EXPECT_EQ(other.get("/api/v1/session").status, 401);
  const auto again = running_.post(path_to("Ann") + "/invitation", "{}");
  EXPECT_EQ(other.signs_in(std::string(body_of(again).at("url").as_string())), 200);
  EXPECT_EQ(browser.get("/api/v1/session").status, 200) << "another browser ends no session";
  EXPECT_EQ(other.send("DELETE", "/api/v1/session").status, 204);
  EXPECT_EQ(other.get("/api/v1/session").status, 401);
}

TEST_F(PeopleApi, OnTheMachineOneSignsInAsAnybody) {
  somebody("developer", "Ann");
  const auto invited = running_.post("/api/v1/session/invitations", R"({"as":"ann"})");
  ASSERT_EQ(invited.status, 200) << invited.body;
  Browser browser(running_);
  EXPECT_EQ(browser.signs_in(std::string(body_of(invited).at("url").as_string())), 200);
  EXPECT_EQ(body_of(browser.get("/api/v1/session")).at("role"), "developer");
  EXPECT_EQ(running_.post("/api/v1/session/invitations", R"({"as":"Eve"})").status, 404);
}

TEST_F(PeopleApi, WhatIsTakenAwayIsGoneAtOnce) {
  somebody("admin", "Root");
  auto ann = somebody("developer", "Ann");
  const auto pause = [&] { return ann.send("POST", "/api/v1/policies/pause", R"({"why":"a test"})").status; };
  EXPECT_EQ(pause(), 200);
  EXPECT_EQ(change("Ann", R"({"role":"viewer"})").status, 200);
  EXPECT_EQ(pause(), 403);
  EXPECT_EQ(ann.get("/api/v1/incidents").status, 200);
  EXPECT_EQ(change("Ann", R"({"disabled":true})").status, 200);
  EXPECT_EQ(ann.get("/api/v1/incidents").status, 401);
  EXPECT_EQ(running_.post(path_to("Ann") + "/invitation", "{}").status, 409);
  EXPECT_EQ(change("Ann", R"({"disabled":false})").status, 200);
  EXPECT_EQ(ann.get("/api/v1/incidents").status, 401) << "the session has ended";
}

TEST_F(PeopleApi, WhoIsDisabledHearsNoMoreEvents) {
  somebody("admin", "Root");
  const auto added = running_.post("/api/v1/people", R"({"name":"Ann","role":"viewer"})");
  Browser ann(running_);
  ASSERT_EQ(ann.signs_in(std::string(body_of(added).at("url").as_string())), 200);
  const std::string set(ann.last.headers.get("Set-Cookie"));
  running_.on_thread([&] { running_.feed().publish("incident", R"({"id":"SH-0","rev":1})"); });
  http::ClientRequest request{.target = "/api/v1/events"};
  request.headers.set("Cookie", set.substr(0, set.find(';')));
  request.headers.set("Last-Event-ID", "e-0");
  http::Client client(running_.tcp_client());
  int events = 0;
  const auto end = client.stream(request, [&](const http::SseEvent&) {
    if (++events == 1) EXPECT_EQ(change("Ann", R"({"disabled":true})").status, 200);
    running_.on_thread([&] { running_.feed().publish("incident", R"({"id":"SH-1","rev":1})"); });
    return events < 20;
  });
  EXPECT_TRUE(end.has_value());
  EXPECT_LT(events, 20) << "the server ended it";
}

TEST_F(PeopleApi, SomebodyWhoCanAdministerIsLeft) {
  auto ann = somebody("admin", "Ann");
  const auto path = path_to("Ann");
  EXPECT_EQ(change("Ann", R"({"role":"viewer"})").status, 409);
  EXPECT_EQ(change("Ann", R"({"disabled":true})").status, 409);
  const auto refused = ann.send("DELETE", path);
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("last administrator"));
  somebody("admin", "Bob");
  EXPECT_EQ(ann.send("DELETE", path).status, 204);
  EXPECT_EQ(ann.get("/api/v1/session").status, 401);
}

TEST_F(PeopleApi, RefusesWhatDoesNotFit) {
  somebody("admin", "Ann");
  for (const auto* body :
       {"{}", R"({"name":"Bob"})", R"({"name":"Bob","role":"root"})", R"({"name":"","role":"viewer"})",
        R"({"name":"token","role":"viewer"})", R"({"name":"Bob","role":"reporter"})",
        R"({"name":"B\nob","role":"viewer"})", R"({"name":"Bob","role":"viewer","slack_user":"@bob"})"})
    EXPECT_EQ(running_.post("/api/v1/people", body).status, 400) << body;
  EXPECT_EQ(running_.post("/api/v1/people", R"({"name":"Ann","role":"viewer"})").status, 409);
  EXPECT_EQ(change("Ann", R"({"role":"nobody"})").status, 400);
  EXPECT_EQ(
      running_.send({.method = "PATCH", .target = "/api/v1/people/99", .body = R"({"role":"admin"})"}).status,
      404);
  EXPECT_EQ(running_.send({.method = "PATCH", .target = "/api/v1/people/Ann", .body = "{}"}).status, 400);
  EXPECT_EQ(running_.send({.method = "DELETE", .target = "/api/v1/people/99"}).status, 404);
  EXPECT_EQ(body_of(running_.get("/api/v1/people")).at("items").as_array().size(), 1u);
}

TEST_F(PeopleApi, DoesNotGiveOnePersonsAnswersToAnother) {
  // An account of this machine may have a person's name.
  auto ann = somebody("admin", "ann");
  const auto list = [&](Browser& browser) {
    return contract::to_text(body_of(browser.get("/api/v1/chats")).at("items"));
  };
  EXPECT_EQ(ann.send("POST", "/api/v1/chats", R"({"title":"mine"})").status / 100, 2);
  EXPECT_THAT(list(ann), HasSubstr("mine"));
  EXPECT_THAT(running_.get("/api/v1/chats").body, Not(HasSubstr("mine")))
      << "the account ann is not the person ann";
}

TEST_F(PeopleApi, OtherSitesCannotUseTheCookie) {
  auto ann = somebody("admin", "Ann");
  for (const auto* origin : {"http://evil.example", "null", "http://localhost:1"}) {
    ann.origin = origin;
    EXPECT_EQ(ann.send("POST", "/api/v1/policies/pause", R"({"why":"evil"})").status, 403) << origin;
    EXPECT_EQ(ann.send("PATCH", path_to("Ann"), R"({"role":"viewer"})").status, 403) << origin;
    EXPECT_EQ(ann.send("DELETE", "/api/v1/session").status, 403) << origin;
  }
  ann.origin.clear();
  EXPECT_EQ(ann.get("/api/v1/session").status, 200);
}

TEST_F(PeopleApi, ActInTheirOwnName) {
  running_.on_thread(
      [&] { running_.book.files[IncidentNumber(142)] = test::waiting_incident(SystemClock().now()); });
  auto ann = somebody("developer", "Ann B.");
  EXPECT_EQ(
      ann.send("POST", "/api/v1/incidents/SH-142/approve", R"({"plan_id":"plan-9f2","plan_hash":"aaaa"})")
          .status,
      200);
  EXPECT_THAT(running_.clinic.heard, ElementsAre("Ann B. approves plan-9f2"));
  auto bob = somebody("viewer", "Bob");
  EXPECT_EQ(
      bob.send("POST", "/api/v1/incidents/SH-142/approve", R"({"plan_id":"plan-9f2","plan_hash":"aaaa"})")
          .status,
      403);
  EXPECT_EQ(bob.get("/api/v1/incidents/SH-142/evidence?raw=true").status, 403);
  EXPECT_EQ(running_.clinic.heard.size(), 1u);
}

TEST_F(PeopleApi, StaySignedInWhileTheStoreIsAway) {
  auto ann = somebody("admin", "Ann");
  running_.on_thread([&] { running_.people_book().down = true; });
  EXPECT_EQ(ann.get("/api/v1/session").status, 200) << "who is signed in stays so";
  EXPECT_EQ(running_.post("/api/v1/people", R"({"name":"Bob","role":"viewer"})").status, 503);
  Browser other(running_);
  EXPECT_EQ(other.signs_in("#" + std::string(64, 'a')), 503);
}

}  // namespace
}  // namespace selfheal::api
