#include "ui/pages.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "support/loop.h"

namespace selfheal::ui {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Asset kAssets[] = {
    {"/assets/a-1.js", "h1", "identity", "gzipped", "brotlied"},
    {"/favicon.svg", "h2", "<svg/>", {}, {}},
    {"/index.html", "h3", "<script nonce=\"__CSP_NONCE__\"></script><meta nonce=\"__CSP_NONCE__\">", {}, {}},
};

Task<http::Response> ended(const http::Handler& handler, http::Request& request) {
  co_return co_await handler(request);
}

http::Response get(const std::string& path, http::Headers headers = {},
                   PagesOptions options = {.assets = kAssets}) {
  http::Request request{.method = "GET", .path = path, .headers = std::move(headers)};
  const auto routes = page_routes(std::move(options));
  test::Loop loop;
  auto answer = loop.run(ended(std::get<http::Handler>(routes.back().handler), request));
  EXPECT_TRUE(answer);
  return answer ? *std::move(answer) : http::Response{.status = 0};
}

http::Headers with(const std::string& name, const std::string& value) {
  http::Headers headers;
  headers.set(name, value);
  return headers;
}

TEST(Pages, EveryAddressOfAPageGetsTheDocumentWithANonceOfItsOwn) {
  const auto first = get("/"), second = get("/incidents/SH-1");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(first.body, Not(HasSubstr("__CSP_NONCE__")));
  EXPECT_NE(first.body, second.body);
  std::smatch nonce;
  ASSERT_TRUE(std::regex_search(first.body, nonce, std::regex("nonce=\"([^\"]+)\"")));
  EXPECT_THAT(std::string(first.headers.get("Content-Security-Policy")),
              HasSubstr("script-src 'self' 'nonce-" + nonce[1].str() + "'"));
  EXPECT_EQ(first.headers.get("Cache-Control"), "no-store");
}

TEST(Pages, WhatAProgramAsksForIsNeverAPage) {
  for (const auto* path : {"/api/v1/nothing", "/assets/gone.js", "/mcp"}) {
    const auto answer = get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.content_type, "application/problem+json") << path;
  }
}

TEST(Pages, AFileComesInTheBestFormTheBrowserTakes) {
  EXPECT_EQ(get("/assets/a-1.js", with("Accept-Encoding", "gzip, deflate, br")).body, "brotlied");
  EXPECT_EQ(get("/assets/a-1.js", with("Accept-Encoding", "gzip, br;q=0")).body, "gzipped");
  const auto plain = get("/assets/a-1.js");
  EXPECT_EQ(plain.body, "identity");
  EXPECT_THAT(std::string(plain.headers.get("Cache-Control")), HasSubstr("immutable"));
  EXPECT_EQ(plain.headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(get("/favicon.svg").headers.get("Cache-Control"), "no-cache");
}

TEST(Pages, AFileTheBrowserHasIsNotSentAgain) {
  const auto answer = get("/favicon.svg", with("If-None-Match", "\"h2\""));
  EXPECT_EQ(answer.status, 304);
  EXPECT_EQ(answer.body, "");
}

TEST(Pages, WithoutPagesTheAddressSaysSo) {
  const auto answer = get("/", {}, {.assets = {}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("SELFHEAL_UI=off"));
}

TEST(Pages, ADirectoryIsReadWithEachRequestAndNeverLeft) {
  std::string name = "/tmp/selfheal-pages-XXXXXX";
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  const std::filesystem::path directory = name;
  const PagesOptions options{.assets = {}, .directory = directory / "dist"};
  std::filesystem::create_directories(options.directory);
  std::ofstream(options.directory / "a.css") << "one";
  EXPECT_EQ(get("/a.css", {}, options).body, "one");
  std::ofstream(options.directory / "a.css") << "two";
  EXPECT_EQ(get("/a.css", {}, options).body, "two");
  std::ofstream(directory / "secret") << "no";
  std::filesystem::create_symlink("../secret", options.directory / "link.txt");
  EXPECT_THAT(get("/link.txt", {}, options).body, Not(HasSubstr("no\n")));
  EXPECT_NE(get("/link.txt", {}, options).body, "no");
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace selfheal::ui
