#pragma once

#include <string>

#include "assistant/client.h"
#include "assistant/conversation.h"
#include "assistant/explanation.h"
#include "assistant/ports.h"
#include "base/clock.h"

// An explanation in a language model's words. The model is shown the sentences of the templates with slots in
// place of numbers and names, so nothing of an incident's values leaves; and what it answers is shown only
// where each word of it stands in the sentence that it words anew (docs/decisions/0011-wording.md).
namespace selfheal::assistant {

class Wording {
 public:
  struct Parts {
    UsageBook& usage;
    Client& model;
    Clock& clock;
  };
  // `model_name` is shown as the author. The parts outlive it.
  Wording(Parts parts, std::string model_name, ConversationSettings settings);

  // In words that a model found before for the same fingerprint and evidence shape, else unchanged. Asks no
  // model. Never fails: without the cache it is the templates' text.
  asio::awaitable<Explanation> recall(Explanation explanation, Deadline deadline);
  // The same, and asks the model when nothing was kept and the day's budget allows it. Never fails: whatever
  // goes wrong, the templates' text comes back with a notice.
  asio::awaitable<Explanation> word(Explanation explanation, Deadline deadline);

 private:
  asio::awaitable<void> note(Usage usage, Deadline deadline);
  // Why the model is not to be asked now; empty when it is.
  asio::awaitable<std::string> obstacle(Deadline deadline);

  Parts parts_;
  std::string model_name_;
  ConversationSettings settings_;
};

}  // namespace selfheal::assistant
