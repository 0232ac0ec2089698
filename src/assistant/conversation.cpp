// Who answers: a model when there is one, else the intents.
#include "assistant/conversation.h"

#include <boost/system/system_error.hpp>

#include "assistant/internal/intents.h"
#include "assistant/internal/run.h"

namespace selfheal::assistant {
namespace {

using internal::Run;

asio::awaitable<void> answer_by_templates(Run& run, std::string notice) {
  run.show(RunBegan{.run = run.question().run, .answered_by = "templates", .notice = std::move(notice)});
  co_await internal::answer_by_intents(run);
}

}  // namespace

Conversation::Conversation(ConversationParts parts, ConversationSettings settings)
    : parts_(parts), settings_(settings) {}

Task<Turn> Conversation::answer(Question question, Asker asker, std::function<void(RunEvent)> show,
                                Deadline deadline) {
  if (question.text.find_first_not_of(" \t\r\n") == std::string::npos)
    co_return failure(ErrorCode::invalid_input, "the question is empty");
  if (question.text.size() > kQuestionBytes)
    co_return failure(ErrorCode::invalid_input, "the question is longer than 16 KiB");
  if (!asker.may_view && !asker.may_operate)
    co_return failure(ErrorCode::refused, "your account lacks the right that asking needs: view");
  Run run({.world = parts_.world,
           .clock = parts_.clock,
           .question = question,
           .asker = asker,
           .show = show,
           .deadline = deadline});
  try {
    co_await answer_by_templates(run, "");
    run.show(RunDone{.suggestions = run.suggestions()});
  } catch (const boost::system::system_error&) {
    // Cancelled. What came is kept.
    run.show(RunFailed{.title = "Stopped", .detail = "The answer was stopped.", .retry_after = {}});
  }
  co_return run.turn();
}

}  // namespace selfheal::assistant
