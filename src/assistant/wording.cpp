#include "assistant/wording.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "assistant/internal/wording_check.h"
#include "base/log.h"

namespace selfheal::assistant {
namespace {

namespace json = boost::json;

// Of one look into the store: the page waits for it.
constexpr Duration kLookTimeout = 2s;
// About what an explanation has: more is no wording of it.
constexpr int kAnswerTokens = 2000;
// English text and JSON have about four bytes a token; for servers that do not count.
constexpr std::int64_t kBytesAToken = 4;

bool is_used_up(const Spent& spent, const ConversationSettings& settings) {
  return (settings.tokens_a_day > 0 &&
          spent.prompt_tokens + spent.completion_tokens >= settings.tokens_a_day) ||
         (settings.cost_a_day > 0 && spent.cost >= settings.cost_a_day);
}

// As the server counts, else by the bytes. A useless answer cost what was asked, too; a server that did not
// answer at all costs nothing.
Usage usage_of(const Result<Answer>& answer, std::size_t asked_bytes) {
  const Usage asked{.prompt_tokens = static_cast<std::int64_t>(asked_bytes) / kBytesAToken,
                    .completion_tokens = 0};
  if (!answer) {
    const auto code = answer.error().code;
    return code == ErrorCode::unavailable || code == ErrorCode::refused ? Usage{} : asked;
  }
  if (answer->usage.prompt_tokens > 0) return answer->usage;
  return {
      .prompt_tokens = asked.prompt_tokens,
      .completion_tokens = static_cast<std::int64_t>(json::serialize(answer->json).size()) / kBytesAToken};
}

// What was kept. Checked like an answer: the store is not asked to be trusted.
std::optional<Explanation> from_cache(const Explanation& explanation, const internal::Sheet& sheet,
                                      const std::string& kept, const std::string& model) {
  if (kept.empty()) return std::nullopt;
  boost::system::error_code trouble;
  const auto value = json::parse(kept, trouble);
  if (trouble) return std::nullopt;
  auto worded = internal::put_in_words(explanation, sheet, internal::read_sentences(value));
  if (worded.kept.empty()) return std::nullopt;
  worded.explanation.worded_by = model;
  worded.explanation.is_cached = true;
  return std::move(worded.explanation);
}

Explanation with_notice(Explanation explanation, std::string notice) {
  explanation.notice = std::move(notice);
  return explanation;
}

std::string notice_for(const Error& error) {
  switch (error.code) {
    case ErrorCode::timed_out:
      return "the language model did not answer in time";
    case ErrorCode::unavailable:
      return "the language model can not be reached now";
    case ErrorCode::refused:
      return "the language model does not accept our key";
    default:
      return "the language model gave no usable answer";
  }
}

}  // namespace

Wording::Wording(Parts parts, std::string model_name, ConversationSettings settings)
    : parts_(parts), model_name_(std::move(model_name)), settings_(settings) {}

asio::awaitable<Explanation> Wording::recall(Explanation explanation, Deadline deadline) {
  const auto sheet = internal::sheet_of(explanation);
  const auto key = internal::wording_key(explanation, sheet, model_name_);
  const auto look = parts_.clock.deadline_in(std::min(kLookTimeout, parts_.clock.left(deadline)));
  const auto kept = co_await parts_.usage.wording(key, look);
  if (!kept) co_return explanation;
  auto worded = from_cache(explanation, sheet, *kept, model_name_);
  co_return worded ? *std::move(worded) : std::move(explanation);
}

asio::awaitable<void> Wording::note(Usage usage, Deadline deadline) {
  const auto cost = (static_cast<double>(usage.prompt_tokens) * settings_.price_per_million_prompt +
                     static_cast<double>(usage.completion_tokens) * settings_.price_per_million_completion) /
                    1e6;
  const Spent used{usage.prompt_tokens, usage.completion_tokens, cost};
  const auto added = co_await parts_.usage.add(parts_.clock.now(), "wording", used, deadline);
  if (!added) log::warning("what a wording cost was not noted: {}", added.error().message);
}

asio::awaitable<std::string> Wording::obstacle(Deadline deadline) {
  if (!parts_.model.is_open()) co_return "the language model can not be reached now";
  const auto spent = co_await parts_.usage.spent_today(parts_.clock.now(), deadline);
  // What was spent is not known: then nothing is.
  if (!spent) co_return "what was spent today could not be read";
  co_return is_used_up(*spent, settings_) ? "today's budget for the language model is used up" : "";
}

asio::awaitable<Explanation> Wording::word(Explanation explanation, Deadline deadline) {
  auto recalled = co_await recall(explanation, deadline);
  if (recalled.is_cached) co_return recalled;
  auto in_the_way = co_await obstacle(deadline);
  if (!in_the_way.empty()) co_return with_notice(std::move(explanation), std::move(in_the_way));

  const auto sheet = internal::sheet_of(explanation);
  auto question = internal::wording_request(explanation, sheet);
  const auto asked_bytes = internal::wording_rules().text().size() + question.text().size();
  ChatRequest request{
      .messages = {Message::system(internal::wording_rules()), Message::user(std::move(question))},
      .may_call_tools = false,
      .schema = Schema{.name = "explanation", .schema = internal::wording_schema()},
      .answer_tokens = kAnswerTokens};
  const auto answer = co_await parts_.model.chat(std::move(request), deadline);
  const auto usage = usage_of(answer, asked_bytes);
  co_await note(usage, deadline);
  if (!answer) co_return with_notice(std::move(explanation), notice_for(answer.error()));

  auto worded = internal::put_in_words(explanation, sheet, internal::read_sentences(answer->json));
  if (worded.kept.empty())
    co_return with_notice(std::move(explanation),
                          "nothing of the language model's wording was supported by the evidence");
  auto key = internal::wording_key(explanation, sheet, model_name_);
  auto text = json::serialize(internal::as_json(worded.kept));
  const auto kept = co_await parts_.usage.keep_wording(std::move(key), std::move(text), deadline);
  if (!kept) log::warning("a wording was not kept: {}", kept.error().message);
  worded.explanation.worded_by = model_name_;
  co_return std::move(worded.explanation);
}

}  // namespace selfheal::assistant
