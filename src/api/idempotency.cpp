#include "api/internal/idempotency.h"

namespace selfheal::api {

Idempotency::Lookup Idempotency::begin(const std::string& key, const std::string& body_hash, Time now) {
  make_room(now);
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    ages_.push_back(key);
    entries_.emplace(key,
                     Entry{.body_hash = body_hash, .at = now, .answer = {}, .age = std::prev(ages_.end())});
    return {};
  }
  const auto& entry = found->second;
  if (entry.body_hash != body_hash) return {.found = Found::other_body};
  if (!entry.answer) return {.found = Found::in_flight};
  return {.found = Found::answer, .answer = entry.answer};
}

void Idempotency::finish(const std::string& key, const http::Response& response) {
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return;  // made room for others meanwhile
  bytes_ += response.body.size();
  entry->second.answer = response;
}

void Idempotency::abandon(const std::string& key) {
  if (const auto entry = entries_.find(key); entry != entries_.end()) drop(entry);
}

void Idempotency::make_room(Time now) {
  while (!ages_.empty()) {
    const auto oldest = entries_.find(ages_.front());
    const bool full = entries_.size() >= kIdempotencyKeys || bytes_ > kIdempotencyBytes;
    if (!full && now - oldest->second.at <= kIdempotencyKept) return;
    drop(oldest);
  }
}

void Idempotency::drop(std::map<std::string, Entry>::iterator entry) {
  if (entry->second.answer) bytes_ -= entry->second.answer->body.size();
  ages_.erase(entry->second.age);
  entries_.erase(entry);
}

}  // namespace selfheal::api
