#include "notify/outbound.h"

#include <gtest/gtest.h>

namespace selfheal::notify {
namespace {

const OutboundOptions kStrict;

TEST(Outbound, GoesToHttpsAndThisMachineOnly) {
  for (const auto* url : {"https://hooks.slack.com/services/T/B/x", "https://example.com",
                          "http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:9/x"})
    EXPECT_TRUE(check_outbound_url(url, kStrict)) << url;
  for (const auto* url :
       {"", "example.com/x", "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "https:///x",
        "https://a:b@example.com/", "http://127.0.0.1@example.com/", "http://127.0.0.1.example.com/",
        "https://example.com/#x", "https://exa mple.com/", "https://example.com/\r\nHost: x"})
    EXPECT_FALSE(check_outbound_url(url, kStrict)) << url;
  EXPECT_TRUE(check_outbound_url("http://example.com/", {.allow_plain_http = true}));
}

TEST(Outbound, ShowsOnlyTheHost) {
  EXPECT_EQ(host_of("https://hooks.slack.com/services/T/B/secret"), "hooks.slack.com");
  EXPECT_EQ(host_of("http://127.0.0.1:81/secret"), "127.0.0.1:81");
  EXPECT_EQ(host_of("secret"), "");
}

http::Response answered(int status, std::string retry_after = {}) {
  http::Response response{.status = status};
  if (!retry_after.empty()) response.headers.add("Retry-After", std::move(retry_after));
  return response;
}

TEST(Outbound, KnowsWhatTryingLaterHelps) {
  using enum Delivery::Outcome;
  const Time now(std::chrono::seconds(784111777));  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(delivery_of(answered(204), now).outcome, delivered);
  EXPECT_EQ(delivery_of(answered(302), now).outcome, rejected);
  EXPECT_EQ(delivery_of(answered(404), now).outcome, rejected);
  EXPECT_EQ(delivery_of(answered(500), now).outcome, try_later);
  EXPECT_EQ(delivery_of(failure(ErrorCode::unavailable, "x: refused"), now).outcome, try_later);
  EXPECT_EQ(delivery_of(failure(ErrorCode::invalid_input, "x"), now).outcome, rejected);
  EXPECT_EQ(delivery_of(answered(429, "30"), now).wait, Duration(30s));
  EXPECT_EQ(delivery_of(answered(503, "Sun, 06 Nov 1994 08:50:37 GMT"), now).wait, Duration(60s));
  EXPECT_EQ(delivery_of(answered(429, "1e300"), now).wait, Duration(1h));
  EXPECT_EQ(delivery_of(answered(429, "nan"), now).wait, std::nullopt);
  EXPECT_EQ(delivery_of(answered(429, "-5"), now).wait, std::nullopt);
  EXPECT_EQ(delivery_of(answered(429, "soon"), now).wait, std::nullopt);
}

}  // namespace
}  // namespace selfheal::notify
