#include "api/sessions.h"

#include <gmock/gmock.h>

#include "contract/json.h"
#include "contract/session.h"
#include "support/running_api.h"

namespace selfheal::api {
namespace {

using test::kIngestKey;
using test::kToken;
using test::RunningApi;

const Caller kAnn{Role::admin, "ann"};
constexpr Time kNow{};

TEST(Sessions, EndWhenUnusedOrOld) {
  Sessions sessions;
  const auto token = sessions.open(kAnn, kNow);
  EXPECT_EQ(sessions.find(token, kNow + 29min).name, "ann");
  EXPECT_EQ(sessions.find(token, kNow + 58min).name, "ann") << "use keeps it";
  EXPECT_EQ(sessions.find(token, kNow + 89min).role, Role::nobody);
  const auto busy = sessions.open(kAnn, kNow);
  for (auto at = kNow; at <= kNow + kSessionLasts; at += 20min)
    EXPECT_EQ(sessions.find(busy, at).role, Role::admin);
  EXPECT_EQ(sessions.find(busy, kNow + kSessionLasts + 1min).role, Role::nobody);
}

TEST(Sessions, AreBounded) {
  Sessions sessions;
  const auto first = sessions.open(kAnn, kNow);
  for (std::size_t i = 0; i < kSessions; ++i) sessions.open(kAnn, kNow + 1s);
  EXPECT_EQ(sessions.size(), kSessions);
  EXPECT_EQ(sessions.find(first, kNow + 2s).role, Role::nobody) << "the one unused for longest went";
}

TEST(Sessions, AnInvitationAdmitsOnceAndNotForLong) {
  Sessions sessions;
  const auto token = sessions.invite(kAnn, kNow);
  EXPECT_EQ(sessions.admit(token, kNow).value_or(Caller{}).name, "ann");
  EXPECT_FALSE(sessions.admit(token, kNow));
  EXPECT_FALSE(sessions.admit(sessions.invite(kAnn, kNow), kNow + kInvitationLasts + 1s));
  EXPECT_FALSE(sessions.admit("", kNow));
}

class SignIn : public ::testing::Test {
 protected:
  http::Response sign_in(std::string_view token) {
    http::ClientRequest request{.method = "POST",
                                .target = "/api/v1/session",
                                .headers = {},
                                .body = R"({"token":")" + std::string(token) + R"("})"};
    request.headers.set("Content-Type", "application/json");
    return api_.send_tcp(request, "");
  }
  static std::string cookie_in(const http::Response& response) {
    const auto set = std::string(response.headers.get("Set-Cookie"));
    return set.substr(0, set.find(';'));
  }
  http::Response get_with(const std::string& cookie, std::string target) {
    http::ClientRequest request{.target = std::move(target)};
    request.headers.set("Cookie", cookie);
    return api_.send_tcp(request, "");
  }
  RunningApi api_;
};

TEST_F(SignIn, OpensTheDoorForABrowserAndSigningOutClosesIt) {
  const auto response = sign_in(kToken);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_THAT(std::string(response.headers.get("Set-Cookie")),
              testing::HasSubstr("HttpOnly; SameSite=Strict"));
  const auto cookie = cookie_in(response);
  EXPECT_EQ(get_with(cookie, "/api/v1/incidents").status, 200);
  EXPECT_EQ(get_with("other=1; " + cookie, "/api/v1/session").status, 200);
  http::ClientRequest out{.method = "DELETE", .target = "/api/v1/session"};
  out.headers.set("Cookie", cookie);
  EXPECT_EQ(api_.send_tcp(out, "").status, 204);
  EXPECT_EQ(get_with(cookie, "/api/v1/incidents").status, 401);
}

TEST_F(SignIn, RefusesWhatIsNotRight) {
  for (const auto token : {std::string_view("wrong"), std::string_view(""), kIngestKey}) {
    const auto response = sign_in(token);
    EXPECT_EQ(response.status, 401) << token;
    EXPECT_FALSE(response.headers.contains("Set-Cookie"));
  }
  EXPECT_EQ(get_with("selfheal_session=", "/api/v1/incidents").status, 401);
  EXPECT_EQ(get_with("selfheal_session=guess", "/api/v1/incidents").status, 401);
}

TEST_F(SignIn, AnInvitationLetsOneBrowserIn) {
  const auto invited = api_.post("/api/v1/session/invitations", "{}");
  ASSERT_EQ(invited.status, 200) << invited.body;
  const auto url =
      contract::from_text<contract::Invitation>(invited.body, contract::Reading::strict).value.url;
  const auto token = url.substr(url.find('#') + 1);
  const auto response = sign_in(token);
  ASSERT_EQ(response.status, 200);
  EXPECT_THAT(get_with(cookie_in(response), "/api/v1/session").body, testing::HasSubstr("\"ann\""));
  EXPECT_EQ(sign_in(token).status, 401);
}

TEST_F(SignIn, StrangersMayNotInvite) {
  EXPECT_EQ(api_.send_tcp({.method = "POST", .target = "/api/v1/session/invitations"}, "").status, 401);
  EXPECT_EQ(api_.send_tcp({.method = "POST", .target = "/api/v1/session/invitations"}, kIngestKey).status,
            403);
}

}  // namespace
}  // namespace selfheal::api
