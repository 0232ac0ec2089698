#include "api/authenticate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/internal/routes.h"
#include "base/random.h"
#include "support/running_api.h"

namespace selfheal::api {
namespace {

using test::kIngestKey;
using test::kToken;
using test::RunningApi;

using ::testing::HasSubstr;

Credentials credentials() {
  return {.token_sha256 = sha256_hex("token"),
          .ingest_sha256 = sha256_hex("key"),
          .members = {{1000, "ann"}, {0, "root"}},
          .token_file = "state/api.token"};
}

http::Request by(const char* authorization) {
  http::Request request;
  if (authorization) request.headers.set("Authorization", authorization);
  return request;
}

http::Request by_peer(uid_t uid) {
  http::Request request;
  request.peer = {.unix_socket = true, .uid = uid};
  return request;
}

TEST(Authenticate, KnowsTokens) {
  EXPECT_EQ(authenticate(by("Bearer token"), credentials()).role, Role::admin);
  EXPECT_EQ(authenticate(by("bearer token"), credentials()).role, Role::admin);
  EXPECT_EQ(authenticate(by("Bearer key"), credentials()).role, Role::reporter);
  for (const auto* wrong :
       {"Bearer", "Bearer ", "Bearer tokens", "Bearer  token", "Basic token", "token", ""}) {
    const auto caller = authenticate(by(wrong), credentials());
    EXPECT_EQ(caller.role, Role::nobody) << wrong;
    EXPECT_TRUE(caller.presented) << wrong;
  }
  EXPECT_EQ(authenticate(by(nullptr), credentials()).role, Role::nobody);
  EXPECT_FALSE(authenticate(by(nullptr), credentials()).presented);
}

TEST(Authenticate, RefusesEveryTokenWhereThereIsNone) {
  const Credentials none;
  EXPECT_EQ(authenticate(by("Bearer "), none).role, Role::nobody);
  EXPECT_EQ(authenticate(by("Bearer token"), none).role, Role::nobody);
}

TEST(Authenticate, RefusesTwoTokens) {
  auto request = by("Bearer token");
  request.headers.add("Authorization", "Bearer token");
  EXPECT_EQ(authenticate(request, credentials()).role, Role::nobody);
}

TEST(Authenticate, KnowsMembersOnTheUnixSocketOnly) {
  EXPECT_EQ(authenticate(by_peer(1000), credentials()).name, "ann");
  EXPECT_EQ(authenticate(by_peer(1001), credentials()).role, Role::nobody);
  http::Request tcp;
  tcp.peer = {.unix_socket = false, .uid = 1000};
  EXPECT_EQ(authenticate(tcp, credentials()).role, Role::nobody);
  auto limited = by_peer(1000);
  limited.headers.set("Authorization", "Bearer key");
  EXPECT_EQ(authenticate(limited, credentials()).role, Role::reporter);
}

TEST(Authenticate, GuardsEveryRouteOnTcp) {
  RunningApi running;
  for (const auto& row : route_rows()) {
    auto path = std::string(row.pattern);
    for (auto at = path.find('{'); at != path.npos; at = path.find('{'))
      path.replace(at, path.find('}') - at + 1, "1");
    const http::ClientRequest request{
        .method = std::string(row.method), .target = path, .body = row.request ? "{}" : ""};
    const bool open = row.permission == Permission::anyone;
    for (const std::string_view token : {"", "wrong"}) {
      const auto stranger = running.send_tcp(request, token);
      EXPECT_EQ(stranger.status == 401, !open) << row.id << " " << stranger.status;
    }
    const auto reporter = running.send_tcp(request, kIngestKey);
    EXPECT_EQ(reporter.status == 403, !open && row.permission != Permission::report)
        << row.id << " " << reporter.status;
  }
  EXPECT_EQ(running.send_tcp({.target = "/api/v1/incidents"}, kToken).status, 200);
}

TEST(Authenticate, TellsStrangersWhereTheTokenIs) {
  RunningApi running;
  const auto refused = running.send_tcp({.target = "/api/v1/incidents"}, "");
  EXPECT_EQ(refused.headers.get("WWW-Authenticate"), "Bearer realm=\"selfheal\"");
  EXPECT_THAT(refused.body, HasSubstr("selfheal config path"));
  EXPECT_THAT(refused.body, HasSubstr("state/api.token"));
  const auto wrong = running.send_tcp({.target = "/api/v1/incidents"}, "wrong");
  EXPECT_THAT(std::string(wrong.headers.get("WWW-Authenticate")), HasSubstr("invalid_token"));
}

}  // namespace
}  // namespace selfheal::api
