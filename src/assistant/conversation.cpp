// Who answers: a model when there is one, else the intents.
#include "assistant/conversation.h"

#include <boost/system/system_error.hpp>

#include "assistant/internal/dialogue.h"
#include "assistant/internal/intents.h"
#include "assistant/internal/prompt.h"
#include "assistant/internal/purse.h"
#include "assistant/internal/run.h"

namespace selfheal::assistant {
namespace {

using internal::Purse;
using internal::Run;

struct ModelOrNot {
  std::string reason;  // why the model is not asked; empty when it is
  Spent spent;         // today
};

asio::awaitable<ModelOrNot> ask_the_model(const ConversationParts& parts,
                                          const ConversationSettings& settings, Deadline deadline) {
  if (parts.model == nullptr)
    co_return ModelOrNot{"No language model is configured: answered from templates.", {}};
  if (!parts.model->is_open())
    co_return ModelOrNot{"The language model cannot be reached now: answered from templates.", {}};
  const auto spent = co_await parts.usage.spent_today(parts.clock.now(), deadline);
  // What was spent is not known: then nothing more is.
  if (!spent)
    co_return ModelOrNot{"The language model's budget cannot be read now: answered from templates.", {}};
  if (Purse(parts.usage, settings, *spent).is_empty())
    co_return ModelOrNot{"Today's budget of the language model is used up: answered from templates.", {}};
  co_return ModelOrNot{"", *spent};
}

asio::awaitable<void> answer_by_templates(Run& run, std::string notice) {
  run.show(RunBegan{.run = run.question().run, .answered_by = "templates", .notice = std::move(notice)});
  co_await internal::answer_by_intents(run);
  run.show(RunDone{.suggestions = run.suggestions()});
}

asio::awaitable<void> answer_with_model(Run& run, const ConversationParts& parts,
                                        const ConversationSettings& settings, Spent spent) {
  const bool is_trimmed = internal::history_of(run.question().before).is_trimmed;
  run.show(RunBegan{
      .run = run.question().run,
      .answered_by = "model",
      .notice = is_trimmed ? "Earlier turns of this conversation did not fit and were left out." : ""});
  Purse purse(parts.usage, settings, spent);
  const auto error = co_await internal::answer_by_model(run, *parts.model, purse, settings.rounds);
  run.show(RunUsage{.tokens = purse.paid(), .cost = purse.cost()});
  if (!error) {
    run.show(RunDone{.suggestions = run.suggestions()});
    co_return;
  }
  const bool is_stopped = error->code == ErrorCode::cancelled;
  if (!run.has_spoken() && !is_stopped) {
    co_await answer_by_templates(run, error->message + ": answered from templates.");
    co_return;
  }
  run.show(RunFailed{
      .title = is_stopped ? "Stopped" : "The answer ends here", .detail = error->message, .retry_after = {}});
}

asio::awaitable<void> answer_somehow(Run& run, const ConversationParts& parts,
                                     const ConversationSettings& settings) {
  auto choice = co_await ask_the_model(parts, settings, run.deadline());
  if (choice.reason.empty())
    co_await answer_with_model(run, parts, settings, choice.spent);
  else
    co_await answer_by_templates(run, std::move(choice.reason));
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
    co_await answer_somehow(run, parts_, settings_);
  } catch (const boost::system::system_error&) {
    // Cancelled. What came is kept.
    run.show(RunFailed{.title = "Stopped", .detail = "The answer was stopped.", .retry_after = {}});
  }
  co_return run.turn();
}

}  // namespace selfheal::assistant
