#include "http/client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/thread.h"
#include "http/internal/server_fixture.h"

namespace selfheal::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

asio::awaitable<Response> show(Request& request) {
  Response response{
      .status = 201,
      .body = request.method + " " + std::string(request.headers.get("Authorization")) + " " + request.body,
      .content_type = "text/plain"};
  response.headers.set("Location", "/elsewhere");
  co_return response;
}
asio::awaitable<Response> moved(Request&) {
  auto response = empty_response(302);
  response.headers.set("Location", "http://127.0.0.1:1/");
  co_return response;
}

std::vector<Route> routes() {
  return {{"GET", "/show", Handler(show)},
          {"POST", "/show", Handler(show)},
          {"PUT", "/show", Handler(show)},
          {"DELETE", "/show", Handler(show)},
          {"GET", "/moved", Handler(moved)}};
}

TEST(Client, SpeaksOverUnixSocketsAndTcp) {
  for (const bool tcp : {false, true}) {
    RunningServer server(tcp ? ServerOptions{.listen = {"127.0.0.1:0"}} : ServerOptions{}, routes());
    Client client({.address = server.address(), .token = Secret("key")});
    for (const std::string method : {"GET", "POST", "PUT", "DELETE"}) {
      const std::string body = method == "GET" ? "" : "text";
      const auto response = client.send({.method = method, .target = "/show?a=b", .body = body});
      ASSERT_TRUE(response.has_value()) << response.error().message;
      EXPECT_EQ(response->status, 201);
      EXPECT_EQ(response->body, fmt::format("{} Bearer key {}", method, body));
      EXPECT_EQ(response->headers.get("location"), "/elsewhere");
      EXPECT_EQ(response->content_type, "text/plain");
    }
    EXPECT_EQ(server.connections(), 1u);
  }
}

TEST(Client, SendsAnEmptyPostAndAHead) {
  RunningServer server({}, routes());
  Client client({.address = server.address()});
  EXPECT_EQ(client.send({.method = "POST", .target = "/show"})->body, "POST  ");
  const auto head = client.send({.method = "HEAD", .target = "/hello"});
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->body, "");
}

TEST(Client, FollowsNoRedirect) {
  RunningServer server({}, routes());
  Client client({.address = server.address()});
  EXPECT_EQ(client.send({.target = "/moved"})->status, 302);
}

TEST(Client, TellsWhyThereIsNoAnswer) {
  Client nobody({.address = "unix:/nowhere/api.sock"});
  const auto refused = nobody.send({.target = "/hello?secret=1"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("GET unix:/nowhere/api.sock/hello: "));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("secret")));
  RunningServer server;
  Client impatient({.address = server.address(), .timeout = 50ms});
  const auto late = impatient.send({.target = "/never"});
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::timed_out);
}

TEST(Client, EndsAtOnceWhenToldToStop) {
  RunningServer server;
  Client client({.address = server.address()});
  std::stop_source stop;
  const SystemClock clock;
  auto began = clock.steady_now();
  Thread stopper("stopper", 1u << 20, [&] {
    server.comes_to_have(1);
    began = clock.steady_now();
    stop.request_stop();
  });
  const auto stopped = client.send({.target = "/never", .stop = stop.get_token()});
  stopper.join();
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
  EXPECT_LT(clock.steady_now() - began, 500ms);
  EXPECT_EQ(client.send({.target = "/hello"})->status, 200);
}

TEST(Client, RefusesWhatItCannotSendOrHold) {
  RunningServer server;
  Client client({.address = server.address(), .body_bytes = 16});
  const auto long_answer = client.send({.target = "/hello"});
  ASSERT_FALSE(long_answer.has_value());
  EXPECT_THAT(long_answer.error().message, HasSubstr("exceeds 16 bytes"));
  for (const auto* target : {"", "hello", "/a b", "/a\r\nX: y", "/a#b"}) {
    EXPECT_EQ(client.send({.target = target}).error().code, ErrorCode::invalid_input) << target;
  }
  ClientRequest smuggling{.target = "/hello"};
  smuggling.headers.add("X", "a\r\nY: b");
  EXPECT_EQ(client.send(smuggling).error().code, ErrorCode::invalid_input);
  Client broken_key({.address = server.address(), .token = Secret("a\r\nb")});
  EXPECT_EQ(broken_key.send({.target = "/hello"}).error().code, ErrorCode::invalid_input);
  Client wrong({.address = "ftp://127.0.0.1"});
  EXPECT_EQ(wrong.send({.target = "/hello"}).error().code, ErrorCode::invalid_input);
}

TEST(Client, ReadsEventsUntilItHasEnough) {
  RunningServer server;
  server.on_thread([&] {
    for (int i = 0; i < 3; ++i) server.feed().publish("incident", "{\"n\":" + std::to_string(i) + "}");
  });
  Client client({.address = server.address()});
  ClientRequest request{.target = "/events"};
  request.headers.set("Last-Event-ID", "e-1");
  std::vector<std::string> seen;
  const auto ended = client.stream(request, [&seen](const SseEvent& event) {
    seen.push_back(event.id + " " + event.event + " " + event.data);
    return seen.size() < 2;
  });
  ASSERT_TRUE(ended.has_value()) << ended.error().message;
  EXPECT_EQ(ended->status, 200);
  EXPECT_THAT(seen, ::testing::ElementsAre("e-2 incident {\"n\":1}", "e-3 incident {\"n\":2}"));
}

TEST(Client, GetsARefusalInsteadOfEvents) {
  RunningServer server;
  Client client({.address = server.address()});
  const auto answer = client.stream({.target = "/nowhere"}, [](const SseEvent&) { return true; });
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 404);
  EXPECT_THAT(answer->body, HasSubstr("no-such-resource"));
}

TEST(Client, EncodesWhatIsReserved) {
  EXPECT_EQ(percent_encoded("a b/c?d=é"), "a%20b%2Fc%3Fd%3D%C3%A9");
  EXPECT_EQ(percent_encoded("AZaz09-._~"), "AZaz09-._~");
}

}  // namespace
}  // namespace selfheal::http
