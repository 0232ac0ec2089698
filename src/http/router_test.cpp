#include "http/router.h"

#include <gtest/gtest.h>

namespace selfheal::http {
namespace {

asio::awaitable<Response> nothing(Request&) { co_return empty_response(); }
asio::awaitable<Response> no_events(Request&, EventStream&) { co_return empty_response(); }

Router routes(std::vector<std::pair<std::string, std::string>> list) {
  std::vector<Route> table;
  for (auto& [method, pattern] : list) table.push_back({method, pattern, Handler(nothing)});
  return Router(std::move(table));
}

const Router& sample() {
  static const Router router = routes({{"GET", "/"},
                                       {"GET", "/api/v1/incidents"},
                                       {"GET", "/api/v1/incidents/{id}"},
                                       {"DELETE", "/api/v1/incidents/{id}"},
                                       {"POST", "/api/v1/incidents/{id}/approve"},
                                       {"POST", "/api/v1/incidents/search"},
                                       {"GET", "/api/{rest...}"},
                                       {"GET", "/assets/{file...}"}});
  return router;
}

TEST(Router, LetsTheMostSpecificPatternDecide) {
  struct Case {
    std::string_view method, path, pattern;
    Fields parameters;
  };
  const Case cases[] = {
      {"GET", "/", "/", {}},
      {"GET", "/api/v1/incidents", "/api/v1/incidents", {}},
      {"GET", "/api/v1/incidents/SH-142", "/api/v1/incidents/{id}", {{"id", "SH-142"}}},
      {"HEAD", "/api/v1/incidents/SH-142", "/api/v1/incidents/{id}", {{"id", "SH-142"}}},
      {"POST", "/api/v1/incidents/search", "/api/v1/incidents/search", {}},
      {"POST", "/api/v1/incidents/7/approve", "/api/v1/incidents/{id}/approve", {{"id", "7"}}},
      {"GET", "/api/v2/x/y", "/api/{rest...}", {{"rest", "v2/x/y"}}},
      {"GET", "/assets/a/b.js", "/assets/{file...}", {{"file", "a/b.js"}}},
  };
  for (const auto& expected : cases) {
    const auto match = sample().match(expected.method, expected.path);
    ASSERT_NE(match.route, nullptr) << expected.path;
    EXPECT_EQ(match.route->pattern, expected.pattern);
    EXPECT_EQ(match.parameters, expected.parameters) << expected.path;
  }
}

TEST(Router, KnowsNoOtherPath) {
  for (const auto path : {"/assets", "/assets/", "/other", "", "*", "/api"}) {
    const auto match = sample().match("GET", path);
    EXPECT_EQ(match.route, nullptr) << path;
    EXPECT_EQ(match.allow, "") << path;
  }
}

TEST(Router, TellsTheMethodsOfAPath) {
  EXPECT_EQ(sample().match("PUT", "/api/v1/incidents/7").allow, "DELETE, GET, HEAD, OPTIONS");
  EXPECT_EQ(sample().match("PUT", "/api/v1/incidents/7").route, nullptr);
  // The word wins over {id} though {id} has GET: a path means one thing, whatever the method.
  EXPECT_EQ(sample().match("GET", "/api/v1/incidents/search").allow, "OPTIONS, POST");
  EXPECT_EQ(sample().match("HEAD", "/api/v1/incidents/search").route, nullptr);
  EXPECT_EQ(sample().match("get", "/").route, nullptr);
}

TEST(Router, AnswersWhatHasNoRoute) {
  const Request lost{.method = "GET", .target = "/other", .path = "/other"};
  EXPECT_EQ(Router::answer_without_route(lost, sample().match("GET", "/other")).status, 404);
  const Request wrong{.method = "PUT", .target = "/", .path = "/"};
  const auto refused = Router::answer_without_route(wrong, sample().match("PUT", "/"));
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.headers.get("Allow"), "GET, HEAD, OPTIONS");
  const Request asked{.method = "OPTIONS", .target = "/", .path = "/"};
  const auto told = Router::answer_without_route(asked, sample().match("OPTIONS", "/"));
  EXPECT_EQ(told.status, 204);
  EXPECT_EQ(told.headers.get("Allow"), "GET, HEAD, OPTIONS");
  const Request server{.method = "OPTIONS", .target = "*", .path = "*"};
  EXPECT_EQ(Router::answer_without_route(server, sample().match("OPTIONS", "*")).status, 204);
}

TEST(Router, TellsHandlersFromStreams) {
  const Router router({{"GET", "/a", Handler(nothing)}, {"GET", "/b", StreamHandler(no_events)}});
  EXPECT_TRUE(std::holds_alternative<Handler>(router.match("GET", "/a").route->handler));
  EXPECT_TRUE(std::holds_alternative<StreamHandler>(router.match("GET", "/b").route->handler));
}

TEST(RouterDeathTest, RefusesATableThatIsWrong) {
  EXPECT_DEATH(routes({{"GET", "a"}}), "starts_with");
  EXPECT_DEATH(routes({{"GET", "/a//b"}}), "empty");
  EXPECT_DEATH(routes({{"GET", "/{}"}}), "name_of");
  EXPECT_DEATH(routes({{"GET", "/{rest...}/b"}}), "Kind::one");
  EXPECT_DEATH(routes({{"GET", "/a"}, {"GET", "/a"}}), "home.routes.end");
  EXPECT_DEATH(routes({{"GET", "/a/{id}"}, {"POST", "/a/{name}"}}), "same_shape");
}

}  // namespace
}  // namespace selfheal::http
