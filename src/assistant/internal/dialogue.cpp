#include "assistant/internal/dialogue.h"

#include <algorithm>

#include "assistant/internal/prompt.h"
#include "assistant/internal/speaker.h"

namespace selfheal::assistant::internal {
namespace {

// More in one turn is no plan but a flood.
constexpr std::size_t kCallsARound = 4;
// Of one tool's result; a longer one is asked for in parts.
constexpr std::size_t kResultBytes = 24u << 10;
// Of all a model is sent: about 30,000 tokens, which models of today hold.
constexpr std::size_t kContextBytes = 120u << 10;

std::vector<Tool> tools_for(const Asker& asker) {
  std::vector<Tool> allowed;
  for (const auto& row : tools())
    if (row.right == Right::view || asker.may_operate)
      allowed.push_back({.name = row.name, .description = row.description, .parameters = row.parameters});
  return allowed;
}

std::size_t bytes_of(const std::vector<Message>& messages) {
  std::size_t bytes = 0;
  for (const auto& message : messages) bytes += message.text().size();
  return bytes;
}

asio::awaitable<OutgoingText> result_of(Run& run, Given& given, const ToolCall call) {
  const auto arguments = call.arguments();
  if (!arguments) co_return OutgoingText("the arguments are no JSON object");
  if (tool_named(call.name()) == nullptr) co_return OutgoingText("there is no such tool");
  const auto result = co_await run.call(call.name(), *arguments);
  if (result.for_model.text().size() > kResultBytes)
    co_return OutgoingText("the result is too long to be shown to you: ask for less");
  given.add(result.for_model.text(), result.citations);
  co_return result.for_model;
}

asio::awaitable<void> run_calls(Run& run, Given& given, const Answer& answer,
                                std::vector<Message>& messages) {
  messages.push_back(Message::assistant(answer));
  for (std::size_t i = 0; i < answer.calls.size(); ++i) {
    OutgoingText text("too many calls at once");
    if (i < kCallsARound) text = co_await result_of(run, given, answer.calls[i]);
    messages.push_back(Message::result(answer.calls[i], std::move(text)));
  }
}

// Four bytes a token, as English text has: for what is sent, before the server has counted it.
std::int64_t estimated(std::size_t bytes) { return static_cast<std::int64_t>(bytes / 4); }

// What is still to be paid of an answer when `prompt` was paid before it was asked for.
Usage rest_of(const Answer& answer, std::int64_t prompt) {
  const auto said = answer.usage.completion_tokens;
  return {.prompt_tokens = std::max<std::int64_t>(0, answer.usage.prompt_tokens - prompt),
          .completion_tokens = said > 0 ? said : estimated(answer.text.text().size())};
}

std::optional<Error> shortcoming(const Answer& answer, const Run& run) {
  if (answer.finish == Finish::content_filter)
    return Error{ErrorCode::failed, "language model: its server withheld the answer"};
  if (answer.finish == Finish::length)
    return Error{ErrorCode::failed, "language model: the answer was cut at its limit"};
  if (!run.has_spoken()) return Error{ErrorCode::failed, "language model: it said nothing"};
  return std::nullopt;
}

asio::awaitable<std::vector<Message>> first_messages(Run& run, Given& given) {
  std::vector<Message> messages;
  auto system = co_await system_text(run, given);
  messages.push_back(Message::system(std::move(system)));
  auto history = history_of(run.question().before);
  messages.insert(messages.end(), history.messages.begin(), history.messages.end());
  const auto question = redacted_question(run.question().text);
  given.add_question(question.text());
  messages.push_back(Message::user(question));
  co_return messages;
}

}  // namespace

asio::awaitable<std::optional<Error>> answer_by_model(Run& run, Client& model, Purse& purse, int rounds) {
  Given given;
  auto messages = co_await first_messages(run, given);
  Speaker speaker(run, given);
  for (int round = 1; round <= rounds; ++round) {
    const auto bytes = bytes_of(messages);
    const bool is_last = round == rounds || bytes > kContextBytes || purse.is_empty();
    co_await purse.pay({.prompt_tokens = estimated(bytes)}, run.now(), run.deadline());
    ChatRequest request{.messages = messages,
                        .tools = tools_for(run.asker()),
                        .may_call_tools = !is_last,
                        .on_text = [&speaker](std::string_view piece) { speaker.hear(piece); }};
    const auto answer = co_await model.chat(std::move(request), run.deadline());
    speaker.end();
    run.note("said", speaker.said());
    if (!answer) co_return answer.error();
    co_await purse.pay(rest_of(*answer, estimated(bytes)), run.now(), run.deadline());
    if (answer->calls.empty() || is_last) {
      if (!run.has_spoken() && !answer->refusal.empty()) speaker.hear(answer->refusal.text());
      speaker.end();
      co_return shortcoming(*answer, run);
    }
    co_await run_calls(run, given, *answer, messages);
  }
  co_return std::nullopt;
}

}  // namespace selfheal::assistant::internal
