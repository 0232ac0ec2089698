#include "assistant/internal/purse.h"

#include "base/log.h"

namespace selfheal::assistant::internal {

bool Purse::is_empty() const {
  const auto tokens =
      spent_.prompt_tokens + spent_.completion_tokens + paid_.prompt_tokens + paid_.completion_tokens;
  return (settings_.tokens_a_day > 0 && tokens >= settings_.tokens_a_day) ||
         (settings_.cost_a_day > 0 && spent_.cost + cost() >= settings_.cost_a_day);
}

asio::awaitable<void> Purse::pay(Usage usage, Time now, Deadline deadline) {
  paid_.prompt_tokens += usage.prompt_tokens;
  paid_.completion_tokens += usage.completion_tokens;
  const Spent more{.prompt_tokens = usage.prompt_tokens,
                   .completion_tokens = usage.completion_tokens,
                   .cost = cost_of(usage)};
  const auto kept = co_await book_.add(now, "chat", more, deadline);
  if (!kept) log::warning("the language model's usage was not written down: {}", kept.error().message);
}

double Purse::cost_of(const Usage& usage) const {
  return (static_cast<double>(usage.prompt_tokens) * settings_.price_per_million_prompt +
          static_cast<double>(usage.completion_tokens) * settings_.price_per_million_completion) /
         1e6;
}

}  // namespace selfheal::assistant::internal
