#pragma once

#include <functional>

#include "assistant/conversation.h"

namespace selfheal::api {

// Who answers questions: assistant::Conversation, or a test's own. See Conversation::answer.
class Answering {
 public:
  virtual ~Answering() = default;
  virtual Task<assistant::Turn> answer(assistant::Question question, assistant::Asker asker,
                                       std::function<void(assistant::RunEvent)> show, Deadline deadline) = 0;
};

}  // namespace selfheal::api
