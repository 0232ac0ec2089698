#include "http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <fstream>

#include "base/log.h"
#include "base/thread.h"
#include "http/internal/listener.h"
#include "http/internal/server_fixture.h"

namespace selfheal::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kHello = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";

ServerOptions on_tcp() { return {.listen = {"127.0.0.1:0"}}; }

asio::awaitable<Response> who(Request& request) {
  co_return Response{.body = std::to_string(request.peer.uid) + " " + std::to_string(request.peer.pid) + " " +
                             request.peer.address,
                     .content_type = "text/plain"};
}

TEST(Server, AnswersRequestAfterRequestOnOneConnection) {
  RunningServer server;
  RawClient client(server);
  for (int i = 0; i < 3; ++i) {
    client.send(kHello);
    const auto response = client.response();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(response, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(response, ::testing::EndsWith("\r\n\r\n{\"hello\":\"world\"}"));
  }
  EXPECT_EQ(server.connections(), 1u);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  RunningServer server;
  RawClient client(server);
  std::string all;
  for (int i = 0; i < 50; ++i) {
    const auto body = std::to_string(i);
    all += "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }
  client.send(all);
  for (int i = 0; i < 50; ++i)
    EXPECT_THAT(client.response(), ::testing::EndsWith("\r\n\r\n" + std::to_string(i)));
}

TEST(Server, ReadsRequestsThatArriveByteByByte) {
  RunningServer server(on_tcp());
  RawClient client(server);
  client.send_bytewise(kHello);
  EXPECT_THAT(client.response(), HasSubstr("200 OK"));
  client.send_bytewise(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=y\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Trailer: t\r\n\r\n");
  EXPECT_THAT(client.response(), ::testing::EndsWith("\r\n\r\nabcdefg"));
}

TEST(Server, EndsTheConnectionWhenTheClientWantsThat) {
  RunningServer server;
  RawClient polite(server);
  polite.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(polite.rest(), HasSubstr("Connection: close\r\n"));
  RawClient old(server);
  old.send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_THAT(old.rest(), HasSubstr("{\"hello\":\"world\"}"));
  RawClient old_but_patient(server);
  old_but_patient.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(old_but_patient.response(), HasSubstr("Connection: keep-alive\r\n"));
  RawClient half(server);
  half.send(kHello);
  half.finish_sending();
  EXPECT_THAT(half.rest(), HasSubstr("{\"hello\":\"world\"}"));
}

TEST(Server, SaysContinueToWhoWaitsForIt) {
  RunningServer server;
  RawClient client(server);
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.response(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_THAT(client.response(), ::testing::EndsWith("ok"));
  client.send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 413 "));
}

struct Refusal {
  std::string request;
  std::string status;
  std::string slug;
};

TEST(Server, AnswersMalformedRequestsWithAProblemAndCloses) {
  const std::string host = "Host: localhost\r\n";
  const std::string post = "POST /echo HTTP/1.1\r\n" + host;
  const std::string large(kHttpHeadBytes, 'x');
  const std::string malformed = "malformed-request";
  const Refusal refusals[] = {
      {"\x16\x03\x01", "400", malformed},
      {"\r\n\r\n\r\n", "400", malformed},
      {"GET /hello HTTP/1.1\n", "400", malformed},
      {"GET  /hello HTTP/1.1\r\n" + host + "\r\n", "400", malformed},
      {"GET /hello\r\n" + host + "\r\n", "400", malformed},
      {"GET /hello HTTP/2.0\r\n" + host + "\r\n", "505", "http-version-unknown"},
      {"GET /hello HTTP/1.1\r\n\r\n", "400", malformed},
      {"GET /hello HTTP/1.1\r\n" + host + host + "\r\n", "400", malformed},
      {"GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n", "400", malformed},
      {"GET /hello HTTP/1.1\r\nHost: u@localhost\r\n\r\n", "400", malformed},
      {"GET /a/../hello HTTP/1.1\r\n" + host + "\r\n", "400", malformed},
      {"GET /hello%00 HTTP/1.1\r\n" + host + "\r\n", "400", malformed},
      {"GET * HTTP/1.1\r\n" + host + "\r\n", "400", malformed},
      {"GET /hello HTTP/1.1\r\n" + host + "Bad Name: x\r\n\r\n", "400", malformed},
      {"GET /hello HTTP/1.1\r\n" + host + "X: " + large + "\r\n\r\n", "431", "head-too-large"},
      {"GET /" + large, "431", "head-too-large"},
      {post + "Content-Length: 1001\r\n\r\n", "413", "body-too-large"},
      {post + "Content-Length: 99999999999999999999\r\n\r\n", "400", malformed},
      {post + "Content-Length: -1\r\n\r\n", "400", malformed},
      {post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "400", malformed},
      {post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400", malformed},
      {post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", "400", malformed},
      {post + "Transfer-Encoding: gzip, chunked\r\n\r\n", "501", "transfer-coding-unknown"},
      {post + "Transfer-Encoding: xchunked\r\n\r\n", "501", "transfer-coding-unknown"},
      {"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400", malformed},
      {post + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", "413", "body-too-large"},
      {post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "400", malformed},
      {post + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "400", malformed},
      {post + "Transfer-Encoding: chunked\r\n\r\n1;" + large, "400", malformed},
      {post + "Expect: a-miracle\r\nContent-Length: 1\r\n\r\n", "417", "expectation-failed"},
  };
  RunningServer server;
  for (const auto& refusal : refusals) {
    RawClient client(server);
    client.send(refusal.request);
    const auto answer = client.response();
    client.finish_sending();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + refusal.status + " ")) << refusal.request;
    EXPECT_THAT(answer, HasSubstr("/problems/" + refusal.slug + "\"")) << refusal.request;
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    EXPECT_EQ(client.rest(), "");
  }
}

TEST(Server, AnswersALargeBodyThatIsStillBeingSent) {
  RunningServer server(on_tcp());
  RawClient client(server);
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n");
  client.send(std::string(3000000, 'x'));
  EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 413 "));
}

TEST(Server, AnswersWhoSendsTooSlowly) {
  RunningServer server({.limits = {.request = 50ms}});
  RawClient head(server);
  head.send("GET /hello HTTP/1.1\r\nHo");
  EXPECT_THAT(head.rest(), StartsWith("HTTP/1.1 408 "));
  RawClient body(server);
  body.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n12");
  EXPECT_THAT(body.rest(), StartsWith("HTTP/1.1 408 "));
  RawClient silent(server);
  EXPECT_EQ(silent.rest(), "");
}

TEST(Server, EndsIdleConnections) {
  RunningServer server({.limits = {.idle = 50ms}});
  RawClient client(server);
  client.send(kHello);
  EXPECT_THAT(client.response(), HasSubstr("200 OK"));
  EXPECT_EQ(client.rest(), "");
  EXPECT_TRUE(server.comes_to_have(0));
}

TEST(Server, GivesUpOnAHandlerThatTakesTooLong) {
  RunningServer server({.limits = {.request = 50ms}});
  RawClient client(server);
  client.send("GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto answer = client.response();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("answer-timeout"));
  client.send(kHello);
  EXPECT_THAT(client.response(), HasSubstr("200 OK"));
}

TEST(Server, SurvivesAHandlerWithABug) {
  RunningServer server;
  RawClient client(server);
  {
    const log::ExpectErrors expected;
    client.send("GET /throws HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: r-1\r\n\r\n");
    const auto answer = client.response();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(answer, Not(HasSubstr("a bug")));
    ASSERT_EQ(expected.lines().size(), 1u);
    EXPECT_THAT(expected.lines()[0], HasSubstr("http: GET /throws (r-1): a bug"));
  }
  client.send(kHello);
  EXPECT_THAT(client.response(), HasSubstr("200 OK"));
}

TEST(Server, AnswersHeadOptionsAndWrongMethods) {
  RunningServer server;
  RawClient client(server);
  client.send("HEAD /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(client.response(false), HasSubstr("Content-Length: 17\r\n"));
  client.send("HEAD /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(client.response(false), HasSubstr("Content-Type: text/event-stream\r\n"));
  client.send("DELETE /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  auto answer = client.response();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD, OPTIONS\r\n"));
  client.send("OPTIONS /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  answer = client.response();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD, OPTIONS\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Content-Length")));
  client.send("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 404 "));
}

TEST(Server, PutsSafetyIntoEveryResponse) {
  RunningServer server;
  RawClient client(server);
  client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: from.client-1\r\n\r\n");
  auto answer = client.response();
  EXPECT_THAT(answer, HasSubstr("X-Request-Id: from.client-1\r\n"));
  EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Security-Policy: "));
  EXPECT_THAT(answer, Not(HasSubstr("Cache-Control")));
  client.send("GET /api/v1/x HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: has spaces\r\n\r\n");
  answer = client.response();
  EXPECT_THAT(answer, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(answer, HasSubstr("X-Request-Id: "));
  EXPECT_THAT(answer, Not(HasSubstr("has spaces")));
}

TEST(Server, AnswersOnlyToItsNames) {
  RunningServer server({.listen = {"127.0.0.1:0"}, .hosts = {"ops.example.com"}});
  const std::pair<std::string, std::string> cases[] = {
      {"localhost:5000", "200"}, {"127.0.0.1:5000", "200"}, {"[::1]", "200"}, {"OPS.example.com", "200"},
      {"evil.example", "421"},   {"localhost.evil", "421"}, {"", "421"},      {"1.2.3.4.evil.example", "421"},
  };
  for (const auto& [host, status] : cases) {
    RawClient client(server);
    client.send("GET /hello HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 " + status + " ")) << host;
    // What an absolute target says outranks Host.
    if (host.empty() || host.starts_with("1.2.3.4.")) continue;  // not URLs in Boost's eyes
    client.send("GET http://" + host + "/hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 " + status + " ")) << host;
  }
}

TEST(Server, TakesUnsafeMethodsOnlyFromItsOwnPages) {
  RunningServer server({.listen = {"127.0.0.1:0"}, .origins = {"https://ops.example.com"}});
  const std::pair<std::string, std::string> cases[] = {
      {"http://localhost:5000", "200"},   {"https://localhost:5000", "200"},
      {"https://ops.example.com", "200"}, {"http://evil.example", "403"},
      {"http://localhost:5001", "403"},   {"null", "403"},
      {"http://ops.example.com", "403"},  {"", "403"},
  };
  for (const auto& [origin, status] : cases) {
    RawClient client(server);
    client.send("POST /echo HTTP/1.1\r\nHost: localhost:5000\r\nOrigin: " + origin +
                "\r\nContent-Length: 0\r\n\r\n");
    EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 " + status + " ")) << origin;
    client.send("GET /hello HTTP/1.1\r\nHost: localhost:5000\r\nOrigin: " + origin + "\r\n\r\n");
    EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 200 ")) << origin;
  }
}

asio::awaitable<std::optional<Response>> only_with_a_key(Request& request) {
  if (request.headers.get("Authorization") != "Bearer key")
    co_return problem_response(request, {401, "no-key", "Key"});
  request.principal = std::string("somebody");
  co_return std::nullopt;
}
asio::awaitable<Response> whoami(Request& request) {
  co_return Response{.body = std::any_cast<std::string>(request.principal), .content_type = "text/plain"};
}

TEST(Server, AsksTheHookBeforeTheRoute) {
  RunningServer server({.before = only_with_a_key}, {{"GET", "/whoami", Handler(whoami)}});
  RawClient client(server);
  client.send("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(client.response(), StartsWith("HTTP/1.1 401 "));
  client.send("GET /whoami HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer key\r\n\r\n");
  EXPECT_THAT(client.response(), ::testing::EndsWith("\r\n\r\nsomebody"));
}

TEST(Server, KnowsWhoIsAtTheOtherEndOfAUnixSocket) {
  RunningServer server({}, {{"GET", "/who", Handler(who)}});
  RawClient client(server);
  client.send("GET /who HTTP/1.1\r\nHost: anything.example\r\n\r\n");
  const auto expected = std::to_string(::getuid()) + " " + std::to_string(::getpid()) + " unix";
  EXPECT_THAT(client.response(), ::testing::EndsWith("\r\n\r\n" + expected));
}

TEST(Server, AnswersOneConnectionTooManyWith503) {
  RunningServer server({.limits = {.connections = 1}});
  RawClient first(server);
  first.send(kHello);
  EXPECT_THAT(first.response(), HasSubstr("200 OK"));
  RawClient second(server);
  EXPECT_THAT(second.rest(), HasSubstr("too-many-connections"));
}

asio::awaitable<Response> large(Request&) {
  co_return Response{.body = std::string(8u << 20, 'x'), .content_type = "text/plain"};
}

TEST(Server, DropsAClientThatDoesNotReadItsAnswer) {
  RunningServer server({.limits = {.write = 50ms}}, {{"GET", "/large", Handler(large)}});
  RawClient client(server);
  client.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.until("\r\n\r\n");
  EXPECT_TRUE(server.comes_to_have(0));
  EXPECT_LT(client.rest().size(), 8u << 20);
}

// A handler that waits until the test lets it go on. Touched on the server's thread only.
struct Gate {
  bool open = false;
  bool entered = false;
  SystemClock clock;

  Route route() {
    return {"GET", "/gate", Handler([this](Request&) { return pass(); })};
  }
  asio::awaitable<Response> pass() {
    entered = true;
    while (!open) co_await clock.sleep(1ms);
    co_return Response{.body = "finished", .content_type = "text/plain"};
  }
};

TEST(Server, LetsRequestsFinishWhenItStops) {
  Gate gate;
  RunningServer server({}, {gate.route()});
  RawClient idle(server);
  RawClient busy(server);
  busy.send("GET /gate HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(server.becomes_true([&] { return gate.entered; }));
  ASSERT_TRUE(server.comes_to_have(2));
  std::string answer;
  Thread reader("reader", 1u << 20, [&] {
    EXPECT_EQ(idle.rest(), "");  // closed by stop() while the other is still being served
    server.on_thread([&] { gate.open = true; });
    answer = busy.rest();
  });
  EXPECT_LT(server.stop(20s), 10s);
  reader.join();
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, ::testing::EndsWith("finished"));
}

TEST(Server, CancelsWhatDoesNotFinishWhenItStops) {
  Gate gate;
  RunningServer server({}, {gate.route()});
  RawClient client(server);
  client.send("GET /gate HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(server.becomes_true([&] { return gate.entered; }));
  EXPECT_LT(server.stop(50ms), 5s);
  EXPECT_EQ(client.rest(), "");
}

// --- listening
// ------------------------------------------------------------------------------------------------------

struct Directory {
  Directory() { EXPECT_NE(::mkdtemp(path.data()), nullptr); }
  ~Directory() {
    ::unlink(socket().c_str());
    ::rmdir(path.c_str());
  }
  std::string socket() const { return path + "/api.sock"; }
  std::string path = "/tmp/selfheal-listen-XXXXXX";
};

TEST(Listener, SaysWhatToDoWhenThePortIsTaken) {
  const auto first = Listener::on_tcp("127.0.0.1:0");
  ASSERT_TRUE(first.has_value());
  const auto address = first->address();
  const auto second = Listener::on_tcp(address);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().message,
            "port " + address.substr(address.find(':') + 1) + " is in use: choose another with --listen");
}

TEST(Listener, ListensOnIPv6) {
  const auto listener = Listener::on_tcp("[::1]:0");
  if (!listener) GTEST_SKIP() << listener.error().message;
  EXPECT_THAT(listener->address(), StartsWith("[::1]:"));
}

TEST(Listener, RefusesWhatIsNoAddress) {
  for (const auto* text : {"", "5000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000",
                           "example.com:80", "::1:5000", "u@127.0.0.1:1"}) {
    const auto listener = Listener::on_tcp(text);
    ASSERT_FALSE(listener.has_value()) << text;
    EXPECT_EQ(listener.error().code, ErrorCode::invalid_input) << text;
  }
  EXPECT_FALSE(Listener::on_tcp("192.0.2.1:0").has_value());
}

TEST(Listener, ReplacesOnlyAStaleSocketFile) {
  const Directory directory;
  const auto path = directory.socket();
  {
    const auto first = Listener::on_unix(path, 0660);
    ASSERT_TRUE(first.has_value());
    struct stat file{};
    ASSERT_EQ(::lstat(path.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 07777, 0660u);
    const auto second = Listener::on_unix(path, 0660);
    ASSERT_FALSE(second.has_value());
    EXPECT_THAT(second.error().message, HasSubstr("another server answers there"));
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0) << "the file outlived its listener";
  // A socket that was bound by a process which is gone.
  const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX};
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(stale, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(stale);
  EXPECT_TRUE(Listener::on_unix(path, 0600).has_value());
  std::ofstream(path) << "a file of somebody";
  const auto refused = Listener::on_unix(path, 0600);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("no socket"));
  EXPECT_EQ(::access(path.c_str(), F_OK), 0);
}

TEST(Listener, RefusesAPathThatDoesNotFit) {
  EXPECT_FALSE(Listener::on_unix("/tmp/" + std::string(200, 'x'), 0600).has_value());
  EXPECT_FALSE(Listener::on_unix("/nowhere/at/all", 0600).has_value());
}

TEST(Server, KeepsNothingBoundWhenItCannotBindAll) {
  const auto taken = Listener::on_tcp("127.0.0.1:0");
  ASSERT_TRUE(taken.has_value());
  const Directory directory;
  asio::io_context context;
  SystemClock clock;
  Server server(context.get_executor(), clock,
                {.listen = {"127.0.0.1:0", taken->address()}, .unix_path = directory.socket()}, Router({}));
  EXPECT_FALSE(server.listen().has_value());
  EXPECT_TRUE(server.addresses().empty());
  EXPECT_NE(::access(directory.socket().c_str(), F_OK), 0);
}

}  // namespace
}  // namespace selfheal::http
