#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "assistant/chat.h"
#include "assistant/internal/endpoint.h"
#include "assistant/internal/refusal.h"
#include "base/task.h"
#include "base/worker.h"

// One try of a call, blocking on a thread of its own.
namespace selfheal::assistant::internal {

struct Call {
  const Settings& settings;  // outlives the call
  Endpoint endpoint;
  std::string body = {};
  std::size_t limit = 0;                               // bytes of the answer
  std::size_t embeddings = 0;                          // how many are asked for; 0: a chat
  std::function<void(std::string_view)> on_text = {};  // on the caller's thread; streams when there is one
  Duration timeout{};
  Time now{};
};

struct Outcome {
  std::optional<Answer> answer = {};
  std::vector<std::vector<float>> vectors = {};
  std::optional<Error> error = {};      // when there is neither
  std::optional<Refusal> refusal = {};  // when the server said no
  bool may_retry = false;
  bool shown = false;  // on_text was called
};

class Transfers {
 public:
  explicit Transfers(int limit) : limit_(limit), workers_(limit) {}

  // Comes back on the caller's thread; cancelling it ends the transfer. unavailable when all threads are
  // busy.
  asio::awaitable<Outcome> run(Call call);
  int under_way() const { return under_way_; }

 private:
  int limit_;
  int under_way_ = 0;
  WorkerPool workers_;
};

}  // namespace selfheal::assistant::internal
