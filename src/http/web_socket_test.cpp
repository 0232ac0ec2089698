#include "http/web_socket.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket.hpp>

#include "support/loop.h"

namespace selfheal::http {
namespace {

namespace beast = boost::beast;
using tcp = asio::ip::tcp;
constexpr auto kWaiting = asio::as_tuple(asio::use_awaitable);

// Another's end of the conversation: answers each message with itself until told "end".
class Echo {
 public:
  explicit Echo(test::Loop& loop)
      : acceptor_(loop.context(), tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        tasks_(loop.context().get_executor()) {
    tasks_.spawn("echo", serve());
  }
  std::string url() const {
    return "ws://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/link/?ticket=1";
  }
  TaskGroup& tasks() { return tasks_; }
  bool is_open = false;

 private:
  StatusTask serve() {
    auto [refused, socket] = co_await acceptor_.async_accept(kWaiting);
    if (refused) co_return Status{};
    beast::websocket::stream<beast::tcp_stream> stream(std::move(socket));
    auto [failed] = co_await stream.async_accept(kWaiting);
    is_open = !failed;
    while (!failed) {
      beast::flat_buffer buffer;
      const auto [broken, bytes] = co_await stream.async_read(buffer, kWaiting);
      if (broken) break;
      auto text = beast::buffers_to_string(buffer.data());
      if (text == "end") {
        co_await stream.async_close(beast::websocket::close_code::normal, kWaiting);
        break;
      }
      if (text == "long") text.assign(5000, 'x');
      const auto [unsent, sent] = co_await stream.async_write(asio::buffer(text), kWaiting);
      if (unsent) break;
    }
    co_return Status{};
  }

  tcp::acceptor acceptor_;
  TaskGroup tasks_;
};

asio::awaitable<Status> stopped(TaskGroup& tasks) {
  co_await tasks.stop();
  co_return Status{};
}

Task<std::vector<std::string>> converse(std::string url, std::vector<std::string> messages) {
  CO_TRY(auto socket, co_await WebSocket::connect({.url = url, .message_bytes = 1000}, 5s));
  std::vector<std::string> answers;
  for (auto& message : messages) {
    CO_TRY_OK(co_await socket->send(message));
    CO_TRY(auto answer, co_await socket->receive());
    answers.push_back(std::move(answer));
  }
  co_return answers;
}

TEST(WebSocket, CarriesMessagesBothWays) {
  test::Loop loop;
  Echo echo(loop);
  const auto answers = loop.run(converse(echo.url(), {"one", "zwei ä"}));
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(*answers, (std::vector<std::string>{"one", "zwei ä"}));
  ASSERT_TRUE(loop.run(stopped(echo.tasks())));
}

TEST(WebSocket, SaysWhenTheOtherSideEnds) {
  test::Loop loop;
  Echo echo(loop);
  const auto answers = loop.run(converse(echo.url(), {"end"}));
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, ErrorCode::unavailable);
  ASSERT_TRUE(loop.run(stopped(echo.tasks())));
}

TEST(WebSocket, RefusesAMessageThatIsTooLong) {
  test::Loop loop;
  Echo echo(loop);
  const auto answers = loop.run(converse(echo.url(), {"long"}));
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, ErrorCode::invalid_input);
  ASSERT_TRUE(loop.run(stopped(echo.tasks())));
}

TEST(WebSocket, SaysThatNobodyAnswersWithoutTheTicket) {
  test::Loop loop;
  const auto answers = loop.run(converse("ws://127.0.0.1:1/secret?ticket=5", {}));
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, ErrorCode::unavailable);
  EXPECT_FALSE(answers.error().message.contains("secret")) << answers.error().message;
}

Task<std::string> wait_for_word(std::string url) {
  CO_TRY(auto socket, co_await WebSocket::connect({.url = url}, 5s));
  auto answer = co_await socket->receive();
  co_return answer;
}

// Comes to its end while the conversation goes on.
StatusTask listen_to(std::string url, bool& ended) {
  struct Note {
    bool& ended;
    ~Note() { ended = true; }
  };
  const Note note{ended};
  auto answer = co_await wait_for_word(url);
  if (!answer) co_return std::unexpected(answer.error());
  co_return Status{};
}

TEST(WebSocket, CanBeCancelledWhileItWaits) {
  test::Loop loop;
  Echo echo(loop);
  TaskGroup tasks(loop.context().get_executor());
  bool ended = false;
  tasks.spawn("listener", listen_to(echo.url(), ended));
  loop.finish([&echo] { return echo.is_open; });
  const auto start = loop.now();
  ASSERT_TRUE(loop.run(stopped(tasks)));
  EXPECT_TRUE(ended);
  EXPECT_LT(loop.since(start), 2s);
  ASSERT_TRUE(loop.run(stopped(echo.tasks())));
}

TEST(WebSocket, TakesOnlyAddressesThatNobodyListensTo) {
  EXPECT_TRUE(check_web_socket_url("wss://wss-primary.slack.com/link/?ticket=1&app_id=2"));
  EXPECT_TRUE(check_web_socket_url("ws://127.0.0.1:4000/link"));
  for (const auto* url :
       {"ws://example.com/", "http://127.0.0.1/", "wss://a:b@example.com/", "wss:///x", "",
        "ws://127.0.0.1.example.com/", "wss://example.com/#x", "ws://localhost@example.com/"})
    EXPECT_FALSE(check_web_socket_url(url)) << url;
}

}  // namespace
}  // namespace selfheal::http
