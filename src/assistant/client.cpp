#include "assistant/client.h"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "assistant/circuit_breaker.h"
#include "assistant/internal/answer_reader.h"
#include "assistant/internal/endpoint.h"
#include "assistant/internal/json_schema.h"
#include "assistant/internal/request_body.h"
#include "assistant/internal/transfer.h"
#include "base/log.h"

namespace selfheal::assistant {

using internal::Dialect;
using internal::Outcome;

namespace {

// 256 texts of 1536 numbers are 8 MiB of JSON.
constexpr std::size_t kEmbeddingTexts = 256;
constexpr std::size_t kEmbeddingBytes = 16u << 20;

// A step back in the dialect that the refusal calls for; false when it calls for none.
bool step_back(Dialect& dialect, const internal::Refusal& refusal) {
  if (refusal.status != 400 && refusal.status != 422) return false;
  if (!dialect.max_completion_tokens && names(refusal, "max_tokens"))
    return dialect.max_completion_tokens = true;
  if (dialect.stream_options && names(refusal, "stream_options")) {
    dialect.stream_options = false;
    return true;
  }
  const bool about_json =
      names(refusal, "response_format") || names(refusal, "json_schema") || names(refusal, "json_object");
  if (!about_json || dialect.json == Dialect::Json::prompt) return false;
  dialect.json = dialect.json == Dialect::Json::schema ? Dialect::Json::object : Dialect::Json::prompt;
  return true;
}

boost::json::value schema_of(const ChatRequest& request) {
  boost::system::error_code failed;
  return boost::json::parse(request.schema->schema.text(), failed);
}

Status take_json(Answer& answer, const boost::json::value& schema) {
  if (!answer.refusal.empty()) return failure(ErrorCode::invalid_input, "language model: it declines");
  if (answer.finish == Finish::length)
    return failure(ErrorCode::invalid_input, "language model: the answer reached its token limit");
  answer.json = internal::extract_json(answer.text.text());
  return internal::validate(answer.json, schema);
}

}  // namespace

struct Client::State {
  State(const Settings& s, Clock& c, Random& r) : settings(s), clock(c), random(r) {}

  Task<Answer> ask(const ChatRequest& request, Deadline deadline);
  asio::awaitable<Outcome> try_until(internal::Call call, Deadline deadline);
  asio::awaitable<Outcome> try_once(const internal::Call& call, Deadline deadline);
  void learn(const Outcome& outcome);

  const Settings settings;
  Clock& clock;
  Random& random;
  CircuitBreaker breaker{clock};
  Dialect dialect;
  internal::Transfers transfers{settings.calls};
};

Client::Client(const Settings& settings, Clock& clock, Random& random)
    : state_(std::make_unique<State>(settings, clock, random)) {}
Client::~Client() = default;

bool Client::is_open() const { return !state_->breaker.is_open(); }
int Client::under_way() const { return state_->transfers.under_way(); }

void Client::State::learn(const Outcome& outcome) {
  const bool was_open = breaker.is_open();
  const auto& refusal = outcome.refusal;
  if (outcome.error && outcome.error->code == ErrorCode::cancelled) return;
  if (refusal && internal::is_quota(*refusal))
    breaker.quota_exhausted();
  else if (outcome.may_retry)
    breaker.failed();
  else
    breaker.succeeded();  // also a refusal: the server answers
  if (!was_open && breaker.is_open())
    log::warning("{}: not asked for a while", outcome.error ? outcome.error->message : "language model");
}

asio::awaitable<Outcome> Client::State::try_once(const internal::Call& call, Deadline deadline) {
  if (!breaker.lets_through()) {
    co_return Outcome{.error = Error{ErrorCode::unavailable, "language model: not asked, it failed lately"}};
  }
  auto timed = call;
  timed.now = clock.now();
  timed.timeout = std::min(settings.timeout, clock.left(deadline));
  if (timed.timeout < 1ms)
    co_return Outcome{.error = Error{ErrorCode::timed_out, "language model: no time is left"}};
  auto outcome = co_await transfers.run(timed);
  learn(outcome);
  co_return outcome;
}

asio::awaitable<Outcome> Client::State::try_until(internal::Call call, Deadline deadline) {
  for (int repetition = 0;; ++repetition) {
    auto outcome = co_await try_once(call, deadline);
    if (!outcome.may_retry || outcome.shown || repetition >= settings.retries || breaker.is_open())
      co_return outcome;
    const auto wanted = outcome.refusal ? outcome.refusal->retry_after : std::nullopt;
    const auto delay = internal::retry_delay(repetition + 1, wanted, random);
    if (delay >= clock.left(deadline)) co_return outcome;
    const bool slept = co_await clock.sleep(delay);
    if (!slept) co_return Outcome{.error = Error{ErrorCode::cancelled, "language model: cancelled"}};
  }
}

Task<Answer> Client::State::ask(const ChatRequest& request, Deadline deadline) {
  CO_TRY(const auto endpoint, internal::endpoint_of(settings, "chat/completions", settings.model));
  for (;;) {
    internal::Call call{.settings = settings, .endpoint = endpoint, .on_text = request.on_text};
    call.body = chat_body(request, settings, dialect);
    call.limit = settings.answer_bytes;
    auto outcome = co_await try_until(call, deadline);
    if (outcome.answer) co_return *std::move(outcome.answer);
    // Ends: each step is taken once.
    if (outcome.refusal && step_back(dialect, *outcome.refusal)) continue;
    co_return std::unexpected(*std::move(outcome.error));
  }
}

Task<Answer> Client::chat(ChatRequest request, Deadline deadline) {
  if (!request.schema) {
    auto answer = co_await state_->ask(request, deadline);
    co_return answer;
  }
  request.on_text = nullptr;
  const auto schema = schema_of(request);
  CO_TRY(auto first, co_await state_->ask(request, deadline));
  if (take_json(first, schema)) co_return first;
  request.messages.push_back(Message::assistant(first));
  request.messages.push_back(
      Message::user(OurText("That is not valid by the JSON Schema. Answer again, with one JSON object that "
                            "is, and nothing else.")));
  CO_TRY(auto second, co_await state_->ask(request, deadline));
  CO_TRY_OK(take_json(second, schema));
  second.usage.prompt_tokens += first.usage.prompt_tokens;
  second.usage.completion_tokens += first.usage.completion_tokens;
  co_return second;
}

Task<std::vector<std::vector<float>>> Client::embed(std::vector<OutgoingText> texts, Deadline deadline) {
  if (texts.size() > kEmbeddingTexts)
    co_return failure(ErrorCode::invalid_input, "language model: too many texts to embed at once");
  if (texts.empty()) co_return std::vector<std::vector<float>>{};
  auto& state = *state_;
  CO_TRY(const auto endpoint,
         internal::endpoint_of(state.settings, "embeddings", state.settings.embedding_model));
  internal::Call call{.settings = state.settings, .endpoint = endpoint};
  call.body = internal::embeddings_body(texts, state.settings);
  call.limit = kEmbeddingBytes;
  call.embeddings = texts.size();
  auto outcome = co_await state.try_until(call, deadline);
  if (outcome.error) co_return std::unexpected(*std::move(outcome.error));
  co_return std::move(outcome.vectors);
}

}  // namespace selfheal::assistant
