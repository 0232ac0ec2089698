#pragma once

#include <optional>
#include <string>

#include "assistant/settings.h"
#include "base/clock.h"
#include "base/random.h"
#include "http/message.h"

// What a server's refusal means: whether asking again can help, and when.
namespace selfheal::assistant::internal {

struct Refusal {
  int status = 0;  // 0: an error inside a stream
  // As the server gave them: to look into, never to show.
  std::string message;
  std::string type;
  std::string code;
  std::string param;
  std::optional<Duration> retry_after = {};
  std::string request_id = {};
};

// `now` is for a Retry-After that names a moment.
Refusal refusal_of(const http::Response& response, Time now);
// Of {"error": …}, an object or a text.
Refusal refusal_of(std::string_view body);

bool is_quota(const Refusal& refusal);
bool may_retry(const Refusal& refusal);
// Whether it complains about that parameter of the request.
bool names(const Refusal& refusal, std::string_view parameter);
// How long to wait before try `number` (1 is the first repetition): 0.5 s doubling to 8 s with jitter, never
// below what the server asked for.
Duration retry_delay(int number, std::optional<Duration> retry_after, Random& random);
// For people: status and the server's type and code when they are plain words, with its request id; nothing
// else of what it said, which may quote the key or the question.
Error error_of(const Refusal& refusal, const Settings& settings);
// The server's id of a request when it is safe to log: short, plain, and not the key.
std::string request_id_of(const http::Response& response);

}  // namespace selfheal::assistant::internal
