#include "http/message.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "base/limits.h"
#include "http/internal/host.h"

namespace selfheal::http {
namespace {

TEST(Target, IsDecodedOnce) {
  const auto target = parse_target("/api/v1/incidents/SH%2D142/%C3%BC%20x?q=a+b%2Bc&empty=&bare&q=%2525");
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->path, "/api/v1/incidents/SH-142/ü x");
  const Fields query{{"q", "a b+c"}, {"empty", ""}, {"bare", ""}, {"q", "%25"}};
  EXPECT_EQ(target->query, query);
}

TEST(Target, OfAProxyHasAnAuthority) {
  const auto target = parse_target("http://localhost:5000/a?b=/c");
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->authority, "localhost:5000");
  EXPECT_EQ(target->path, "/a");
  EXPECT_EQ(target->query, (Fields{{"b", "/c"}}));
  EXPECT_EQ(parse_target("http://localhost")->path, "/");
  EXPECT_EQ(parse_target("http://localhost?a=/b")->path, "/");
}

TEST(Target, MayEndInASlashAndHoldReservedCharacters) {
  EXPECT_EQ(parse_target("/")->path, "/");
  EXPECT_EQ(parse_target("/a/")->path, "/a/");
  EXPECT_EQ(parse_target("/a:b@c!$&'()*+,;=-._~")->path, "/a:b@c!$&'()*+,;=-._~");
  EXPECT_EQ(parse_target("*")->path, "*");
  EXPECT_EQ(parse_target("/a?sql=select%0A1")->query[0].second, "select\n1");
}

TEST(Target, IsRefusedWhenTwoReadersCouldReadItDifferently) {
  const std::string_view refused[] = {
      "",           "a",           "a/b",          "//a/b",       "/a//b",
      "/a/../b",    "/a/%2e%2E/b", "/./a",         "/a/..",       "/a%2fb",
      "/a%5Cb",     "/a\\b",       "/a%00",        "/a?b=%00",    "/a%0Ab",
      "/a%7f",      "/a%",         "/a%4",         "/a%zz",       "/a b",
      "/a#b",       "/\xC3\xBC",   "/%FF",         "/%C0%AF",     "/%ED%A0%80",
      "/a?b=%FF",   "**",          "ftp://host/a", "http:/a",     "http://u:p@host/a",
      "http://h/#", "/a?b=%",      "example:443",  "http://h//a", "/%F4%90%80%80",
      "/a?\x01",
  };
  for (const auto text : refused) {
    const auto target = parse_target(text);
    EXPECT_FALSE(target.has_value()) << text;
    if (!target) EXPECT_EQ(target.error().code, ErrorCode::invalid_input);
  }
}

TEST(Target, HasALimitOfParameters) {
  std::string text = "/a?a=1";
  for (std::size_t i = 1; i < kHttpQueryParameters; ++i) text += "&a=1";
  EXPECT_EQ(parse_target(text)->query.size(), kHttpQueryParameters);
  EXPECT_FALSE(parse_target(text + "&a=1").has_value());
}

TEST(Host, IsANameOrAnAddressWithAnOptionalPort) {
  EXPECT_EQ(parse_host("LocalHost:5000")->name, "localhost");
  EXPECT_EQ(parse_host("LocalHost:5000")->port, 5000);
  EXPECT_FALSE(parse_host("localhost")->is_address);
  EXPECT_TRUE(parse_host("10.0.0.5")->is_address);
  EXPECT_FALSE(parse_host("10.0.0.5.example.com")->is_address);
  EXPECT_EQ(parse_host("[::1]:1")->name, "::1");
  EXPECT_TRUE(parse_host("[::1]")->is_address);
  EXPECT_EQ(parse_host("")->name, "");
  for (const auto* text : {"a b", "u@h", "h:", "h:x", "h:65536", "h:-1", "[::1", "[x]", "[10.0.0.5]",
                           "[::1]x", "::1", "h/p", "h:1:2", "é"}) {
    EXPECT_FALSE(parse_host(text).has_value()) << text;
  }
}

TEST(Headers, CompareNamesWithoutRegardToCase) {
  Headers headers;
  headers.add("Content-Type", "a");
  headers.add("content-type", "b");
  EXPECT_EQ(headers.get("CONTENT-TYPE"), "a");
  EXPECT_EQ(headers.count("Content-Type"), 2u);
  headers.set("CONTENT-type", "c");
  EXPECT_EQ(headers.count("content-type"), 1u);
  EXPECT_EQ(headers.get("content-type"), "c");
  EXPECT_EQ(headers.find("content"), nullptr);
  EXPECT_EQ(headers.get("content"), "");
}

TEST(Problem, IsAnRfc9457Document) {
  Request request{.target = "/a%20b?token=x", .path = "/a b", .request_id = "r-1"};
  const auto response = problem_response(
      request,
      {422, "does-not-fit", "It does not fit", "Look here.", 1500ms, {{"/timeout_s", "must be positive"}}});
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.headers.get("Retry-After"), "2");
  const auto expected = boost::json::parse(R"({"type":"/problems/does-not-fit","title":"It does not fit",
      "status":422,"detail":"Look here.","instance":"/a%20b","request_id":"r-1",
      "errors":[{"pointer":"/timeout_s","detail":"must be positive"}]})");
  EXPECT_EQ(boost::json::parse(response.body), expected);
}

TEST(Problem, OfAnErrorTellsWhatACallerCanDo) {
  const std::pair<ErrorCode, int> expected[] = {
      {ErrorCode::failed, 500},    {ErrorCode::invalid_input, 400}, {ErrorCode::not_found, 404},
      {ErrorCode::conflict, 409},  {ErrorCode::refused, 403},       {ErrorCode::unavailable, 503},
      {ErrorCode::timed_out, 504}, {ErrorCode::cancelled, 503},
  };
  for (const auto& [code, status] : expected) EXPECT_EQ(problem_of({code, "why"}).status, status);
  EXPECT_EQ(problem_of({ErrorCode::conflict, "why"}).detail, "why");
  EXPECT_TRUE(problem_of({ErrorCode::unavailable, "why"}).retry_after.has_value());
}

TEST(Request, FindsTheFirstQueryValue) {
  const Request request{.query = {{"a", "1"}, {"b", "2"}, {"a", "3"}}, .parameters = {{"id", "x"}}};
  EXPECT_EQ(*request.query_value("a"), "1");
  EXPECT_EQ(request.query_value("c"), nullptr);
  EXPECT_EQ(request.parameter("id"), "x");
  EXPECT_DEATH(static_cast<void>(request.parameter("name")), "value != nullptr");
}

}  // namespace
}  // namespace selfheal::http
