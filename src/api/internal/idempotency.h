#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>

#include "base/time.h"
#include "http/message.h"

namespace selfheal::api {

// Answers of requests that came with an Idempotency-Key, so that a repeated request gets the same answer and
// does nothing a second time (draft-ietf-httpapi-idempotency-key-header-07). In memory: after a restart a
// repeated request is carried out again.
class Idempotency {
 public:
  enum class Found {
    nothing,     // go on; call finish or abandon
    in_flight,   // the first request is still being answered
    other_body,  // the key was used for something else
    answer,
  };
  struct Lookup {
    Found found = Found::nothing;
    std::optional<http::Response> answer = {};
  };

  // `key` names caller, route and the client's key; `body_hash` what was asked.
  Lookup begin(const std::string& key, const std::string& body_hash, Time now);
  void finish(const std::string& key, const http::Response& response);
  // The request failed in a way that a repeat may heal: it may run again.
  void abandon(const std::string& key);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string body_hash;
    Time at{};
    std::optional<http::Response> answer;
    std::list<std::string>::iterator age;  // its place in ages_
  };
  void make_room(Time now);
  void drop(std::map<std::string, Entry>::iterator entry);

  std::map<std::string, Entry> entries_;
  std::list<std::string> ages_;  // keys, oldest first
  std::size_t bytes_ = 0;        // of the answers
};

// A client repeats within minutes; a day covers one that was switched off over night.
inline constexpr Duration kIdempotencyKept = 24h;
inline constexpr std::size_t kIdempotencyKeys = 1000;
inline constexpr std::size_t kIdempotencyBytes = 16u << 20;

}  // namespace selfheal::api
