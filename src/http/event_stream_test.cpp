#include "http/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/internal/response_text.h"
#include "http/internal/server_fixture.h"

namespace selfheal::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string subscribe(std::string_view extra = "") {
  return "GET /events HTTP/1.1\r\nHost: localhost\r\n" + std::string(extra) + "\r\n";
}

void publish(RunningServer& server, int first, int last, const std::string& data = "{}") {
  server.on_thread([&] {
    for (int i = first; i <= last; ++i) server.feed().publish("incident", data);
  });
}

TEST(EventText, IsReadAsOneEvent) {
  EXPECT_EQ(event_text("e-1", "incident", "{}"), "id: e-1\nevent: incident\ndata: {}\n\n");
  EXPECT_EQ(event_text("", "", "a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n");
  EXPECT_EQ(event_text("", "", ""), "data: \n\n");
  EXPECT_DEATH(event_text("", "a\nb", ""), "has_line_break");
}

TEST(EventStream, OpensAtOnceAndTellsWhatHappens) {
  RunningServer server;
  RawClient client(server);
  client.send(subscribe());
  const auto head = client.response();
  EXPECT_THAT(head, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(head, HasSubstr("X-Accel-Buffering: no\r\n"));
  EXPECT_THAT(head, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_EQ(client.until("\n\n\r\n"), "d\r\nretry: 2000\n\n\r\n");
  publish(server, 1, 1);
  EXPECT_EQ(client.until("\n\n\r\n"), "22\r\nid: e-1\nevent: incident\ndata: {}\n\n\r\n");
}

TEST(EventStream, ResumesAfterTheLastEventSeen) {
  RunningServer server;
  publish(server, 1, 3);
  RawClient client(server);
  client.send(subscribe("Last-Event-ID: e-1\r\n"));
  client.until("retry: 2000\n\n\r\n");
  EXPECT_THAT(client.until("\n\n\r\n"), HasSubstr("id: e-2\n"));
  EXPECT_THAT(client.until("\n\n\r\n"), HasSubstr("id: e-3\n"));
  RawClient page(server);
  page.send("GET /events?last_event_id=e-2 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  page.until("retry: 2000\n\n\r\n");
  EXPECT_THAT(page.until("\n\n\r\n"), HasSubstr("id: e-3\n"));
}

TEST(EventStream, TellsToResetWhatCannotBeResumed) {
  RunningServer server;
  publish(server, 1, 20);  // the ring keeps 13 to 20
  const std::pair<std::string, std::string> cases[] = {
      {"e-12", "id: e-13\nevent: incident"}, {"e-11", "id: e-20\nevent: reset"},
      {"e-21", "id: e-20\nevent: reset"},    {"d-15", "id: e-20\nevent: reset"},
      {"e-x", "id: e-20\nevent: reset"},     {"e-", "id: e-20\nevent: reset"},
      {"e-15x", "id: e-20\nevent: reset"},   {"e--1", "id: e-20\nevent: reset"},
  };
  for (const auto& [id, expected] : cases) {
    RawClient client(server);
    client.send(subscribe("Last-Event-ID: " + id + "\r\n"));
    client.until("retry: 2000\n\n\r\n");
    EXPECT_THAT(client.until("\n\n\r\n"), HasSubstr(expected)) << id;
  }
}

TEST(EventStream, PingsWhileNothingHappens) {
  RunningServer server({.limits = {.ping = 20ms}});
  RawClient client(server);
  client.send(subscribe());
  client.until("retry: 2000\n\n\r\n");
  EXPECT_EQ(client.until("\n\n\r\n"), "8\r\n: ping\n\n\r\n");
  EXPECT_EQ(client.until("\n\n\r\n"), "8\r\n: ping\n\n\r\n");
}

TEST(EventStream, NoticesThatTheClientHasGone) {
  RunningServer server({.limits = {.ping = 20ms}});
  {
    RawClient client(server);
    client.send(subscribe());
    client.until("retry: 2000\n\n\r\n");
    EXPECT_TRUE(server.becomes_true([&] { return server.feed().subscribers() == 1; }));
  }
  EXPECT_TRUE(server.becomes_true([&] { return server.feed().subscribers() == 0; }));
}

TEST(EventStream, DropsAReaderThatIsTooSlow) {
  RunningServer server({.limits = {.write = 50ms}});
  RawClient client(server);
  client.send(subscribe());
  client.until("retry: 2000\n\n\r\n");
  publish(server, 1, 4, std::string(1u << 20, 'x'));
  EXPECT_TRUE(server.becomes_true([&] { return server.feed().subscribers() == 0; }));
  EXPECT_LT(client.rest().size(), 4u << 20);
}

TEST(EventStream, DropsAReaderThatTheRingOvertook) {
  RunningServer server;
  RawClient client(server);
  client.send(subscribe());
  client.until("retry: 2000\n\n\r\n");
  publish(server, 1, 9);  // in one go: the subscriber had no chance to take the first
  EXPECT_EQ(client.until("0\r\n\r\n"), "0\r\n\r\n");
  // The connection itself is well.
  client.send(subscribe("Last-Event-ID: e-1\r\n"));
  EXPECT_THAT(client.until("e-2\n"), HasSubstr("retry: 2000"));
}

TEST(EventStream, EndsWellWhenTheServerStops) {
  RunningServer server;
  RawClient client(server);
  client.send(subscribe());
  client.until("retry: 2000\n\n\r\n");
  EXPECT_LT(server.stop(20s), 10s);
  EXPECT_EQ(client.rest(), "0\r\n\r\n");
}

asio::awaitable<Response> refuses(Request& request, EventStream&) {
  co_return problem_response(request, {403, "not-yours", "Not yours"});
}
asio::awaitable<Response> counts(Request&, EventStream& stream) {
  for (const char* number : {"1", "2"}) {
    const bool sent = co_await stream.send("", "", number);
    if (!sent) break;
  }
  co_return Response{};
}

TEST(EventStream, MayBeRefusedAndMayEnd) {
  RunningServer server(
      {}, {{"GET", "/refuses", StreamHandler(refuses)}, {"GET", "/counts", StreamHandler(counts)}});
  RawClient client(server);
  client.send("GET /refuses HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 403 "));
  client.send("GET /counts HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.until("\r\n\r\n");
  EXPECT_EQ(client.until("0\r\n\r\n"),
            "d\r\nretry: 2000\n\n\r\n9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n");
  RawClient old(server);
  old.send("GET /counts HTTP/1.0\r\n\r\n");
  const auto answer = old.rest();
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nretry: 2000\n\ndata: 1\n\ndata: 2\n\n"));
}

}  // namespace
}  // namespace selfheal::http
