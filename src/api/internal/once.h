#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/internal/context.h"

namespace selfheal::api {

// Holds an Idempotency-Key for the first request that came with it. Gives it free again when the handler ends
// without an answer, however that comes.
class Reserved {
 public:
  Reserved(Idempotency& book, std::string key) : book_(book), key_(std::move(key)) {}
  ~Reserved();
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;
  // An answer of 5xx may be different next time, and is not kept.
  void finish(const http::Response& response);

 private:
  Idempotency& book_;
  std::string key_;
  bool finished_ = false;
};

// What the request's Idempotency-Key says of it.
struct Once {
  std::optional<http::Response> answer;  // what to answer without doing anything
  bool is_kept = false;                  // the answer is the first one's
  std::unique_ptr<Reserved> reserved;    // else: tell it the answer; null without a key
};
Once once(const Call& call);

}  // namespace selfheal::api
