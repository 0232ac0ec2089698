#pragma once

#include <span>
#include <string>

#include "assistant/chat.h"
#include "assistant/settings.h"

namespace selfheal::assistant::internal {

// What this server was found to understand. It begins with the newest form and steps back when a server
// refuses it; it never steps forward again.
struct Dialect {
  enum class Json { schema, object, prompt };
  Json json = Json::schema;
  bool max_completion_tokens = false;  // else max_tokens, which reasoning models refuse
  bool stream_options = true;
};

// Longer requests are refused before they are sent: no model reads that much.
inline constexpr std::size_t kRequestBytes = 4u << 20;

// The body of a chat completion.
std::string chat_body(const ChatRequest& request, const Settings& settings, const Dialect& dialect);
std::string embeddings_body(std::span<const OutgoingText> texts, const Settings& settings);

}  // namespace selfheal::assistant::internal
