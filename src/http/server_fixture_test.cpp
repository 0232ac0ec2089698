#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <cstring>
#include <filesystem>
#include <future>
#include <stdexcept>
#include <thread>

#include "base/check.h"
#include "http/internal/server_fixture.h"

namespace selfheal::http {
namespace {

asio::awaitable<Response> hello(Request&) { co_return json_response(R"({"hello":"world"})"); }
asio::awaitable<Response> echo(Request& request) {
  co_return Response{.body = request.body, .content_type = "text/plain"};
}
asio::awaitable<Response> throws(Request&) {
  throw std::runtime_error("a bug");
  co_return Response{};
}
asio::awaitable<Response> never(Clock& clock) {
  while (true) co_await clock.sleep(1h);
}

std::string temporary_directory() {
  std::string path = (std::filesystem::temp_directory_path() / "selfheal-http-XXXXXX").string();
  CHECK(::mkdtemp(path.data()) != nullptr);
  return path;
}

}  // namespace

struct RunningServer::State {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  SystemClock clock;
  std::string directory = temporary_directory();
  std::string unix_path = directory + "/api.sock";
  std::string address;
  EventFeed feed{context.get_executor(), "e", 8};
  std::unique_ptr<Server> server;
  std::thread thread;
  bool stopped = false;
};

RunningServer::RunningServer(ServerOptions options, std::vector<Route> routes)
    : state_(std::make_unique<State>()) {
  auto& state = *state_;
  routes.push_back({"GET", "/hello", Handler(hello)});
  routes.push_back({"POST", "/echo", Handler(echo), 1000});
  routes.push_back({"GET", "/throws", Handler(throws)});
  routes.push_back({"GET", "/never", Handler([&clock = state.clock](Request&) { return never(clock); })});
  routes.push_back(
      {"GET", "/events", StreamHandler([&feed = state.feed](Request& request, EventStream& stream) {
         return feed.serve(request, stream);
       })});
  if (options.listen.empty()) options.unix_path = state.unix_path;
  state.server = std::make_unique<Server>(state.context.get_executor(), state.clock, options, Router(routes));
  CHECK(state.server->listen().has_value());
  const auto addresses = state.server->addresses();
  state.address = addresses.empty() ? "unix:" + state.unix_path : "http://" + addresses[0];
  state.thread = std::thread([&state] { state.context.run(); });
}

RunningServer::~RunningServer() {
  if (!state_->stopped) stop(0ms);
  state_->work.reset();
  state_->thread.join();
  state_->server.reset();
  std::filesystem::remove_all(state_->directory);
}

std::string RunningServer::address() const { return state_->address; }
const std::string& RunningServer::unix_path() const { return state_->unix_path; }
bool RunningServer::comes_to_have(std::size_t connections) {
  return becomes_true([this, connections] { return state_->server->connections() == connections; });
}

EventFeed& RunningServer::feed() { return state_->feed; }

void RunningServer::on_thread(const std::function<void()>& work) {
  std::promise<void> done;
  asio::post(state_->context, [&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

namespace {
asio::awaitable<bool> watch(Clock& clock, const std::function<bool()>& condition) {
  const auto deadline = clock.deadline_in(10s);
  while (!condition()) {
    if (clock.left(deadline) < Duration::zero()) co_return false;
    co_await clock.sleep(2ms);
  }
  co_return true;
}
}  // namespace

bool RunningServer::becomes_true(const std::function<bool()>& condition) {
  return asio::co_spawn(state_->context, watch(state_->clock, condition), asio::use_future).get();
}

std::size_t RunningServer::connections() {
  std::size_t count = 0;
  on_thread([&] { count = state_->server->connections(); });
  return count;
}

Duration RunningServer::stop(Duration patience) {
  const auto began = state_->clock.steady_now();
  asio::co_spawn(state_->context, state_->server->stop(state_->clock.deadline_in(patience)), asio::use_future)
      .get();
  state_->stopped = true;
  return std::chrono::duration_cast<Duration>(state_->clock.steady_now() - began);
}

RawClient::RawClient(const RunningServer& server) {
  const auto address = server.address();
  if (address.starts_with("unix:")) {
    sockaddr_un path{.sun_family = AF_UNIX};
    std::strncpy(path.sun_path, server.unix_path().c_str(), sizeof path.sun_path - 1);
    descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(::connect(descriptor_, reinterpret_cast<sockaddr*>(&path), sizeof path) == 0);
  } else {
    sockaddr_in in{
        .sin_family = AF_INET,
        .sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))))};
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(::connect(descriptor_, reinterpret_cast<sockaddr*>(&in), sizeof in) == 0);
  }
  const timeval patience{.tv_sec = 10};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

RawClient::~RawClient() { ::close(descriptor_); }

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server may have closed already; what it answered is still to be read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void RawClient::send_bytewise(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) send(bytes.substr(i, 1));
}

void RawClient::finish_sending() { ::shutdown(descriptor_, SHUT_WR); }

bool RawClient::read_more() {
  char buffer[4096];
  const auto got = ::recv(descriptor_, buffer, sizeof buffer, 0);
  if (got > 0) received_.append(buffer, static_cast<std::size_t>(got));
  return got > 0;
}

std::string RawClient::until(std::string_view text) {
  auto at = received_.find(text);
  while (at == received_.npos) {
    if (!read_more()) return {};
    at = received_.find(text);
  }
  auto part = received_.substr(0, at + text.size());
  received_.erase(0, at + text.size());
  return part;
}

std::string RawClient::response(bool with_body) {
  auto head = until("\r\n\r\n");
  const auto at = head.find("Content-Length: ");
  if (at == head.npos || !with_body) return head;
  const auto length = static_cast<std::size_t>(std::stoul(head.substr(at + 16)));
  while (received_.size() < length) {
    if (!read_more()) return {};
  }
  head += received_.substr(0, length);
  received_.erase(0, length);
  return head;
}

std::string RawClient::rest() {
  while (read_more()) continue;
  return std::exchange(received_, {});
}

}  // namespace selfheal::http
