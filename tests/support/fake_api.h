#pragma once

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "http/server.h"

namespace selfheal::test {

// A server on a unix socket that answers what a test wrote down, and keeps what it was asked.
class FakeApi {
 public:
  struct Asked {
    std::string line;  // "POST /api/v1/errors"
    std::string body;
    std::string content_type;
    std::string if_match;
    std::string authorization;
  };
  struct Event {
    std::string id, name, data;
  };

  FakeApi() {
    http::ServerOptions options;
    options.unix_path = directory_ + "/api.sock";
    server_ =
        std::make_unique<http::Server>(context_.get_executor(), clock_, options, http::Router(routes()));
    CHECK(server_->listen().has_value());
    thread_ = std::thread([this] { context_.run(); });
  }
  ~FakeApi() {
    asio::co_spawn(context_, server_->stop(clock_.deadline_in(1s)), asio::use_future).get();
    work_.reset();
    thread_.join();
    server_.reset();
    std::filesystem::remove_all(directory_);
  }
  FakeApi(const FakeApi&) = delete;
  FakeApi& operator=(const FakeApi&) = delete;

  std::string address() const { return "unix:" + directory_ + "/api.sock"; }
  // `line` is "GET /api/v1/incidents?limit=5". Several answers come one after the other, the last one for
  // ever.
  void answers(const std::string& line, std::string body, int status = 200,
               std::string type = "application/json") {
    const std::lock_guard lock(mutex_);
    answers_[line].push_back(
        {.status = status, .headers = {}, .body = std::move(body), .content_type = std::move(type)});
  }
  void refuses(const std::string& line, int status, const std::string& slug, const std::string& detail) {
    answers(line,
            R"({"type":"/problems/)" + slug + R"(","title":"T","status":)" + std::to_string(status) +
                R"(,"detail":")" + detail + R"("})",
            status, "application/problem+json");
  }
  // What the stream sends before it ends.
  void sends(std::vector<Event> events) {
    const std::lock_guard lock(mutex_);
    events_ = std::move(events);
  }
  // A stream of a message then does not end by itself.
  void hangs() { hangs_ = true; }
  std::vector<Asked> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  static std::string temporary_directory() {
    auto path = (std::filesystem::temp_directory_path() / "selfheal-api-XXXXXX").string();
    CHECK(::mkdtemp(path.data()) != nullptr);
    return path;
  }
  static asio::awaitable<http::Response> answer(FakeApi& self, http::Request& request) {
    co_return self.next(request);
  }
  // A message of a chat is answered as was written down, or else as a stream.
  static asio::awaitable<http::Response> message(FakeApi& self, http::Request& request,
                                                 http::EventStream& stream) {
    const bool is_written = self.has(request.method + " " + request.target);
    auto plain = self.next(request);
    if (is_written) co_return plain;
    auto told = co_await FakeApi::stream(self, stream);
    if (!self.hangs_) co_return told;
    asio::steady_timer never(self.context_, asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::use_awaitable);
    co_return told;
  }
  static asio::awaitable<http::Response> stream(FakeApi& self, http::EventStream& stream) {
    const auto events = self.take_events();
    if (!co_await stream.open()) co_return http::Response{};
    for (const auto& event : events) {
      const bool taken = co_await stream.send(event.id, event.name, event.data);
      if (!taken) break;
    }
    co_return http::Response{};
  }
  std::vector<http::Route> routes() {
    std::vector<http::Route> routes;
    for (const auto* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
      routes.push_back({method, "/{path...}",
                        http::Handler([this](http::Request& request) { return answer(*this, request); }),
                        8u << 20});
    }
    routes.push_back({"POST", "/api/v1/chats/{id}/messages",
                      http::StreamHandler([this](http::Request& request, http::EventStream& to) {
                        return message(*this, request, to);
                      })});
    routes.push_back(
        {"GET", "/api/v1/events",
         http::StreamHandler([this](http::Request&, http::EventStream& to) { return stream(*this, to); })});
    return routes;
  }
  std::vector<Event> take_events() {
    const std::lock_guard lock(mutex_);
    return std::exchange(events_, {});
  }
  bool has(const std::string& line) {
    const std::lock_guard lock(mutex_);
    return answers_.contains(line);
  }
  http::Response next(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    const auto line = request.method + " " + request.target;
    asked_.push_back({line, request.body, std::string(request.headers.get("Content-Type")),
                      std::string(request.headers.get("If-Match")),
                      std::string(request.headers.get("Authorization"))});
    const auto at = answers_.find(line);
    if (at == answers_.end()) return http::problem_response(request, {404, "not-found", "T", "no " + line});
    auto response = at->second.front();
    if (at->second.size() > 1) at->second.pop_front();
    return response;
  }

  SystemClock clock_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::string directory_ = temporary_directory();
  mutable std::mutex mutex_;  // between the test's thread and the server's
  std::map<std::string, std::deque<http::Response>> answers_;
  std::vector<Event> events_;
  std::atomic<bool> hangs_ = false;
  std::vector<Asked> asked_;
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
};

}  // namespace selfheal::test
