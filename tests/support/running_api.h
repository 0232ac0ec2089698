#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "api/api.h"
#include "api/assistant_world.h"
#include "base/check.h"
#include "http/client.h"
#include "http/server.h"
#include "support/fake_api_ports.h"
#include "support/fake_chats.h"
#include "support/fake_people.h"
#include "support/fake_recollection.h"

namespace selfheal::test {

inline constexpr std::string_view kToken = "the-token";
inline constexpr std::string_view kIngestKey = "the-ingest-key";

// The API over fakes, behind a real server on a thread of its own, on a unix socket and on TCP.
class RunningApi {
 public:
  RunningApi() {
    http::ServerOptions options{.listen = {"127.0.0.1:0"}, .unix_path = directory_ + "/api.sock"};
    options.before = api_.before();
    server_ = std::make_unique<http::Server>(context_.get_executor(), clock_, std::move(options),
                                             http::Router(api_.routes()));
    CHECK(server_->listen().has_value());
    thread_ = std::thread([this] { context_.run(); });
  }
  ~RunningApi() {
    asio::co_spawn(context_, server_->stop(clock_.deadline_in(0ms)), asio::use_future).get();
    work_.reset();
    thread_.join();
    server_.reset();
    std::filesystem::remove_all(directory_);
  }
  RunningApi(const RunningApi&) = delete;
  RunningApi& operator=(const RunningApi&) = delete;

  // Before the first request, or on the server's thread.
  FakeBook book;
  FakeAdministration administration;
  FakeClinic clinic{book};
  FakeConsole console;
  FakeRecollection recollection;
  FakeChats chats;
  FakeAnswering answering;

  // One request on the unix socket, as this account, which is the member "ann".
  http::Response send(const http::ClientRequest& request) { return send_by(unix_client(), request); }
  http::Response get(std::string target) { return send({.target = std::move(target)}); }
  http::Response post(std::string target, std::string body, http::Headers headers = {}) {
    return send({.method = "POST",
                 .target = std::move(target),
                 .headers = std::move(headers),
                 .body = std::move(body)});
  }
  // One request on TCP with this token; empty: none.
  http::Response send_tcp(const http::ClientRequest& request, std::string_view token) {
    auto client = tcp_client();
    if (!token.empty()) client.token = Secret(std::string(token));
    return send_by(std::move(client), request);
  }
  http::ClientOptions tcp_client() const {
    return {.address = "http://" + server_->addresses().at(0), .timeout = 10s};
  }
  http::ClientOptions unix_client() const {
    return {.address = "unix:" + directory_ + "/api.sock", .timeout = 10s};
  }

  void on_thread(const std::function<void()>& work) {
    std::promise<void> done;
    asio::post(context_, [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  http::EventFeed& feed() { return feed_; }
  api::Api& api() { return api_; }

 private:
  static http::Response send_by(http::ClientOptions options, const http::ClientRequest& request) {
    auto response = http::Client(std::move(options)).send(request);
    EXPECT_TRUE(response.has_value());
    return response ? *std::move(response) : http::Response{.status = 0};
  }
  static std::string temporary_directory() {
    std::string path = (std::filesystem::temp_directory_path() / "selfheal-api-XXXXXX").string();
    CHECK(::mkdtemp(path.data()) != nullptr);
    return path;
  }
  static api::Options options() {
    return {.credentials = {.token_sha256 = sha256_hex(kToken),
                            .ingest_sha256 = sha256_hex(kIngestKey),
                            .members = {{::getuid(), "ann"}},
                            .token_file = "state/api.token"},
            .version = "0.1.0"};
  }

  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  SystemClock clock_;
  SeededRandom random_{1};
  Pulse pulse_{clock_};
  http::EventFeed feed_{context_.get_executor(), "e", 8};
  api::AssistantWorld world_{{book, administration, clinic, console, recollection}};
  FakePeople people_book_{clock_};

 public:
  // What may be changed before the first request, or on the server's thread.
  FakePeople& people_book() { return people_book_; }
  access::People people{people_book_, clock_, context_.get_executor()};

 private:
  api::Api api_{{.book = book,
                 .administration = administration,
                 .clinic = clinic,
                 .console = console,
                 .recollection = recollection,
                 .feed = feed_,
                 .clock = clock_,
                 .people = people,
                 .assistance = {world_, chats, answering},
                 .random = random_,
                 .pulse = pulse_},
                options()};
  std::string directory_ = temporary_directory();
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
};

}  // namespace selfheal::test
