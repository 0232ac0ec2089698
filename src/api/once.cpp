#include "api/internal/once.h"

#include <fmt/format.h>

namespace selfheal::api {
namespace {

// A key that a client would make: a UUID, a hash.
constexpr std::size_t kIdempotencyKeyBytes = 200;

}  // namespace

Reserved::~Reserved() {
  if (!finished_) book_.abandon(key_);
}

void Reserved::finish(const http::Response& response) {
  if (response.status >= 500) return;
  book_.finish(key_, response);
  finished_ = true;
}

Once once(const Call& call) {
  const auto* client_key = call.request.headers.find("Idempotency-Key");
  // An answer to a stranger may hold a cookie, and strangers are not told apart.
  if (!client_key || call.request.method != "POST" || call.caller.role == Role::nobody) return {};
  if (client_key->empty() || client_key->size() > kIdempotencyKeyBytes)
    return {.answer = problem(call, {400, "idempotency-key", "This Idempotency-Key cannot be used",
                                     fmt::format("It has 1 to {} bytes.", kIdempotencyKeyBytes)})};
  auto& book = call.context.idempotency;
  auto key = fmt::format("{} {} {}", call.caller.key(), call.request.target, *client_key);
  auto lookup = book.begin(key, sha256_hex(call.request.body), call.context.parts.clock.now());
  switch (lookup.found) {
    case Idempotency::Found::in_flight:
      return {.answer = problem(
                  call, {409, "still-answering", "The first request with this key is not answered yet",
                         "Wait for its answer, or repeat this one a little later.", 1s})};
    case Idempotency::Found::other_body:
      return {.answer = problem(call, {422, "key-used", "This Idempotency-Key was used for another request",
                                       "A key stands for one request; use another for this one."})};
    case Idempotency::Found::nothing:
      return {.reserved = std::make_unique<Reserved>(book, std::move(key))};
    case Idempotency::Found::answer:
      break;
  }
  lookup.answer->headers.set("Idempotent-Replayed", "true");
  return {.answer = std::move(lookup.answer), .is_kept = true};
}

}  // namespace selfheal::api
