#pragma once

#include "api/answering.h"

namespace selfheal::server {

// Questions of the API go to the conversation. On the control thread.
class AnsweringOverConversation final : public api::Answering {
 public:
  // The conversation outlives it.
  explicit AnsweringOverConversation(assistant::Conversation& conversation) : conversation_(conversation) {}
  Task<assistant::Turn> answer(assistant::Question question, assistant::Asker asker,
                               std::function<void(assistant::RunEvent)> show, Deadline deadline) override {
    return conversation_.answer(std::move(question), std::move(asker), std::move(show), deadline);
  }

 private:
  assistant::Conversation& conversation_;
};

}  // namespace selfheal::server
