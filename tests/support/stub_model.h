#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"

namespace selfheal::test {

// A language model's server that says, request by request, the bytes it was told to; the last ones again when
// there are no more. It can cut an answer anywhere and hang.
class StubModel {
 public:
  struct Reply {
    std::string bytes;   // of the whole HTTP response
    bool hangs = false;  // after them; until the client leaves
  };

  explicit StubModel(std::vector<Reply> replies) : replies_(std::move(replies)) {
    CHECK(::mkdtemp(directory_.data()) != nullptr);
    sockaddr_un address{.sun_family = AF_UNIX};
    std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    CHECK(::listen(listener_, 16) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~StubModel() {
    ended_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    std::filesystem::remove_all(directory_);
  }
  StubModel(const StubModel&) = delete;
  StubModel& operator=(const StubModel&) = delete;

  std::string url() const { return "unix:" + path(); }
  // Heads and bodies as they came.
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  // Hanging answers that the client has not left yet.
  int hanging() const { return hanging_; }

  static Reply json(std::string body, int status = 200, std::string headers = "") {
    return {"HTTP/1.1 " + std::to_string(status) +
            " X\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\nConnection: close\r\n" + headers + "\r\n" + body};
  }
  static Reply events(std::string stream) {
    return {"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + stream};
  }

 private:
  std::string path() const { return directory_ + "/model.sock"; }

  void serve() {
    for (std::size_t number = 0; !ended_; ++number) {
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      take_request(client);
      answer(client, replies_.at(std::min(number, replies_.size() - 1)));
      ::close(client);
    }
  }
  void take_request(int client) {
    std::string request;
    char buffer[4096];
    std::size_t whole = std::string::npos;
    while (request.size() < whole) {
      const auto got = ::recv(client, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      request.append(buffer, static_cast<std::size_t>(got));
      const auto head = request.find("\r\n\r\n");
      const auto length = request.find("Content-Length: ");
      if (head != request.npos && length < head) whole = head + 4 + std::stoul(request.substr(length + 16));
    }
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
  }
  void answer(int client, const Reply& reply) {
    ::send(client, reply.bytes.data(), reply.bytes.size(), MSG_NOSIGNAL);
    if (!reply.hangs) return;
    ++hanging_;
    pollfd watched{.fd = client, .events = POLLRDHUP};
    while (!ended_ && ::poll(&watched, 1, 20) == 0) continue;
    --hanging_;
  }

  std::vector<Reply> replies_;
  std::string directory_ = (std::filesystem::temp_directory_path() / "selfheal-model-XXXXXX").string();
  int listener_ = -1;
  std::atomic<bool> ended_{false};
  std::atomic<int> hanging_{0};
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace selfheal::test
