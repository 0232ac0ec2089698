#include "notify/slack_signature.h"

#include <gtest/gtest.h>

namespace selfheal::notify {
namespace {

const Time kNow(std::chrono::seconds(1'531'420'618));
const Secret kSecret("8f742231b10e8888abcd99yyyzzz85a5");

struct Signed {
  std::string timestamp = "1531420618";
  std::string signature = {};  // empty: the right one
  std::string body = "payload=%7B%7D";
  std::string signed_body = {};  // empty: the body
  Secret secret = kSecret;
  std::string signed_timestamp = {};  // empty: the timestamp
};

http::Request request_of(const Signed& from) {
  http::Request request{.method = "POST", .body = from.body};
  const auto& body = from.signed_body.empty() ? from.body : from.signed_body;
  const auto& timestamp = from.signed_timestamp.empty() ? from.timestamp : from.signed_timestamp;
  request.headers.add("X-Slack-Request-Timestamp", from.timestamp);
  request.headers.add("X-Slack-Signature", from.signature.empty()
                                               ? slack_signature(from.secret, timestamp, body)
                                               : from.signature);
  return request;
}

Status check(const http::Request& request, Time now = kNow) {
  return SlackSignatures(kSecret).check(request, now);
}

std::string upper(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// The example of Slack's own documentation.
TEST(SlackSignature, IsTheOneOfSlacksDocumentation) {
  EXPECT_EQ(
      slack_signature(
          kSecret, "1531420618",
          "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
          "channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
          "response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%"
          "2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"),
      "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
}

TEST(SlackSignature, LetsAGenuineRequestThroughOnce) {
  SlackSignatures signatures(kSecret);
  EXPECT_TRUE(signatures.check(request_of({}), kNow));
  EXPECT_EQ(signatures.check(request_of({}), kNow).error().message, "Slack request: it came before");
  EXPECT_TRUE(signatures.check(request_of({.body = "payload=%7B%20%7D"}), kNow));
  // Still remembered while its timestamp is still good.
  EXPECT_FALSE(signatures.check(request_of({}), kNow + 5min));
  EXPECT_TRUE(check(request_of({}), kNow + 5min));
}

http::Request with_headers(std::vector<std::pair<std::string, std::string>> headers) {
  http::Request request{.method = "POST", .body = "payload=%7B%7D"};
  for (auto& [name, value] : headers) request.headers.add(name, value);
  return request;
}

TEST(SlackSignature, RefusesTwentyKindsOfBadOnes) {
  const auto right = slack_signature(kSecret, "1531420618", "payload=%7B%7D");
  const auto time = std::string("1531420618");
  const std::pair<const char*, http::Request> kBad[] = {
      {"old by five minutes and a second", request_of({.timestamp = "1531420317"})},
      {"ahead by five minutes and a second", request_of({.timestamp = "1531420919"})},
      {"of an hour ago", request_of({.timestamp = "1531417018"})},
      {"another secret", request_of({.secret = Secret("8f742231b10e8888abcd99yyyzzz85a6")})},
      {"no secret", request_of({.secret = Secret("")})},
      {"another body", request_of({.signed_body = "payload=%7B%22a%22%7D"})},
      {"a body with one more byte", request_of({.body = "payload=%7B%7D ", .signed_body = "payload=%7B%7D"})},
      {"another timestamp was signed", request_of({.signed_timestamp = "1531420617"})},
      {"cut by a digit", request_of({.signature = right.substr(0, right.size() - 1)})},
      {"longer by a digit", request_of({.signature = right + "0"})},
      {"one digit wrong", request_of({.signature = right.substr(0, 66) + (right[66] == '0' ? "1" : "0")})},
      {"of version 1", request_of({.signature = "v1=" + right.substr(3)})},
      {"without a version", request_of({.signature = right.substr(3)})},
      {"in capitals", request_of({.signature = "v0=" + upper(right.substr(3))})},
      {"nothing but the version", request_of({.signature = "v0="})},
      {"no signature", with_headers({{"X-Slack-Request-Timestamp", time}})},
      {"an empty signature", with_headers({{"X-Slack-Request-Timestamp", time}, {"X-Slack-Signature", ""}})},
      {"no timestamp", with_headers({{"X-Slack-Signature", right}})},
      {"two signatures", with_headers({{"X-Slack-Request-Timestamp", time},
                                       {"X-Slack-Signature", right},
                                       {"x-slack-signature", right}})},
      {"two timestamps", with_headers({{"X-Slack-Request-Timestamp", time},
                                       {"X-Slack-Request-Timestamp", time},
                                       {"X-Slack-Signature", right}})},
      {"a timestamp that is no number", request_of({.timestamp = "now"})},
      {"a timestamp with a sign", request_of({.timestamp = "+1531420618"})},
      {"a timestamp with a fraction", request_of({.timestamp = "1531420618.0"})},
      {"a timestamp beyond all time", request_of({.timestamp = "99999999999999999999"})},
      {"a timestamp of before 1970", request_of({.timestamp = "-5"})},
  };
  for (const auto& [what, request] : kBad) {
    const auto answer = check(request);
    ASSERT_FALSE(answer) << what;
    EXPECT_EQ(answer.error().code, ErrorCode::refused) << what;
    EXPECT_FALSE(answer.error().message.contains(right)) << what;
  }
}

TEST(SlackSignature, LetsNothingThroughWithoutASecret) {
  const auto request = request_of({.secret = Secret("")});
  EXPECT_FALSE(SlackSignatures(Secret("")).check(request, kNow));
}

TEST(SlackSignature, StopsAtMorePressesThanPeopleMake) {
  SlackSignatures signatures(kSecret);
  for (std::size_t i = 0; i < kSlackSignatures; ++i)
    ASSERT_TRUE(signatures.check(request_of({.body = "payload=" + std::to_string(i)}), kNow));
  EXPECT_FALSE(signatures.check(request_of({}), kNow));
  // After ten minutes the first are forgotten.
  const auto later = request_of({.timestamp = "1531421219"});
  EXPECT_TRUE(signatures.check(later, kNow + 601s));
}

}  // namespace
}  // namespace selfheal::notify
