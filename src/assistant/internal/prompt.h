#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assistant/chat.h"
#include "assistant/internal/claims.h"
#include "assistant/internal/run.h"

// What a model is told before it answers.
namespace selfheal::assistant::internal {

// The rules, then how the servers are now and what happened lately. Fills `given` with what of it may be
// cited, and makes the run know those citations.
asio::awaitable<OutgoingText> system_text(Run& run, Given& given);

// A person's words without what their own values could be: literals, values of DETAIL, statements' constants,
// secrets.
OutgoingText redacted_question(std::string_view text);

struct History {
  std::vector<Message> messages;
  bool is_trimmed = false;  // older turns did not fit
};
// The newest turns that fit; what was answered as the model itself had said it, without cells.
History history_of(const std::vector<Turn>& turns);

}  // namespace selfheal::assistant::internal
