#pragma once

#include <string>
#include <string_view>

#include "assistant/settings.h"
#include "base/result.h"
#include "http/message.h"

namespace selfheal::assistant::internal {

struct Endpoint {
  std::string address;  // "https://host:port"
  std::string target;
  http::Headers headers;
  bool bearer = true;  // else the key goes in `api-key`, as Azure wants it
};

// `operation` is "chat/completions" or "embeddings". invalid_input without a word of the URL, which may hold
// a password.
Result<Endpoint> endpoint_of(const Settings& settings, std::string_view operation, std::string_view model);

}  // namespace selfheal::assistant::internal
