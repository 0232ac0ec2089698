#pragma once

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/check.h"
#include "http/server.h"
#include "support/loop.h"

namespace selfheal::test {

// Slack's Web API on loopback, on the test's own loop: records what is asked of it and answers what it was
// told to, else that all is well.
class FakeSlack {
 public:
  struct Call {
    std::string method;
    boost::json::object body;
    std::string authorization;
  };

  explicit FakeSlack(Loop& loop)
      : loop_(loop),
        server_(loop.context().get_executor(), clock_, {.listen = {"127.0.0.1:0"}}, http::Router(routes())) {
    CHECK(server_.listen().has_value());
  }
  ~FakeSlack() { CHECK(loop_.run(stopped())); }
  FakeSlack(const FakeSlack&) = delete;
  FakeSlack& operator=(const FakeSlack&) = delete;

  std::string url() const { return "http://" + server_.addresses().at(0) + "/api"; }
  std::string webhook() const { return "http://" + server_.addresses().at(0) + "/api/hook"; }
  void answer(const std::string& method, http::Response response) {
    answers_[method].push_back(std::move(response));
  }
  void answer_error(const std::string& method, const std::string& word) {
    answer(method,
           http::json_response(boost::json::serialize(boost::json::object{{"ok", false}, {"error", word}})));
  }
  int count(std::string_view method) const {
    return static_cast<int>(std::ranges::count(calls, method, &Call::method));
  }
  const Call& last(std::string_view method) const {
    const auto found = std::find_if(calls.rbegin(), calls.rend(),
                                    [method](const Call& call) { return call.method == method; });
    CHECK(found != calls.rend());
    return *found;
  }

  std::vector<Call> calls;

 private:
  std::vector<http::Route> routes() {
    return {{.method = "POST",
             .pattern = "/api/{method}",
             .handler = http::Handler([this](http::Request& request) { return take(request); })}};
  }

  asio::awaitable<http::Response> take(http::Request& request) {
    const auto method = request.parameter("method");
    boost::system::error_code error;
    auto body = boost::json::parse(request.body, error);
    calls.push_back({.method = method,
                     .body = body.is_object() ? body.get_object() : boost::json::object(),
                     .authorization = std::string(request.headers.get("Authorization"))});
    auto& waiting = answers_[method];
    if (!waiting.empty()) {
      auto answer = std::move(waiting.front());
      waiting.pop_front();
      co_return answer;
    }
    co_return http::json_response(R"({"ok":true,"channel":"C024BE91L","ts":"1503435956.000247"})");
  }

  StatusTask stopped() {
    co_await server_.stop(clock_.deadline_in(0ms));
    co_return Status{};
  }

  Loop& loop_;
  SystemClock clock_;
  std::map<std::string, std::deque<http::Response>> answers_;
  http::Server server_;
};

}  // namespace selfheal::test
