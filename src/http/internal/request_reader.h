#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "http/message.h"

namespace selfheal::http {

struct ReaderLimits {
  std::size_t head_bytes;
  // How large the body of this request may be. Called once its head is known.
  std::function<std::size_t(const Request&)> body_bytes;
};

// Reads one request from bytes cut anywhere, and answers alike however they are cut. Beast parses; this
// decides what we accept beyond its grammar: one reading of each request, whoever stands in front of us.
class RequestReader {
 public:
  // `limits` outlives the reader.
  explicit RequestReader(const ReaderLimits& limits);
  ~RequestReader();
  RequestReader(RequestReader&&) noexcept;
  RequestReader& operator=(RequestReader&&) noexcept;

  enum class State { head, body, complete, failed };

  // `bytes` is everything received and not yet taken. Returns how many it took; the rest must be offered
  // again with what follows. More is needed while the state is `head` or `body` afterwards.
  std::size_t feed(std::string_view bytes);
  State state() const;
  // The client waits for "100 Continue" before it sends the body. True once at most.
  bool take_expectation();

  // When complete. Peer is not filled, request_id is.
  Request& request();
  int version() const;  // 10 or 11
  bool keep_alive() const;
  // When failed: what to answer before closing.
  const Problem& problem() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace selfheal::http
