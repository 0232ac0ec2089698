#include "api/internal/telling.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace selfheal::api {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

double milliseconds(Duration duration) { return to_seconds(duration) * 1000; }

std::optional<int> whole_seconds(const std::optional<Duration>& duration) {
  if (!duration) return std::nullopt;
  return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(*duration).count());
}

}  // namespace

Told told(assistant::RunEvent event, const std::string& chat) {
  using namespace assistant;
  return std::visit(
      Overloaded{
          [&](RunBegan& e) -> Told {
            return contract::ChatRun{std::move(e.run), chat, std::move(e.answered_by), std::move(e.notice)};
          },
          [](ToolBegan& e) -> Told {
            return contract::ChatToolCall{std::move(e.id), std::move(e.name), std::move(e.title),
                                          std::move(e.sql)};
          },
          [](ToolEnded& e) -> Told {
            return contract::ChatToolResult{.id = std::move(e.id),
                                            .rows = e.rows,
                                            .ms = milliseconds(e.took),
                                            .truncated = e.is_cut,
                                            .problem = std::move(e.problem),
                                            .value = std::move(e.value)};
          },
          [](Token& e) -> Told { return contract::ChatToken{std::move(e.text), e.is_proven}; },
          [](Citation& e) -> Told { return contract::ChatCitation{std::move(e.evidence_id)}; },
          [](RunUsage& e) -> Told {
            return contract::ChatUsage{e.tokens.prompt_tokens, e.tokens.completion_tokens, e.cost};
          },
          [](RunFailed& e) -> Told {
            return contract::ChatError{std::move(e.title), std::move(e.detail), whole_seconds(e.retry_after)};
          },
          [](RunDone& e) -> Told { return contract::ChatDone{.suggestions = std::move(e.suggestions)}; },
      },
      event);
}

std::string name_of(const Told& event) {
  return std::visit(Overloaded{
                        [](const contract::ChatRun&) { return "run"; },
                        [](const contract::ChatToolCall&) { return "tool_call"; },
                        [](const contract::ChatToolResult&) { return "tool_result"; },
                        [](const contract::ChatToken&) { return "token"; },
                        [](const contract::ChatCitation&) { return "citation"; },
                        [](const contract::ChatUsage&) { return "usage"; },
                        [](const contract::ChatError&) { return "error"; },
                        [](const contract::ChatDone&) { return "done"; },
                    },
                    event);
}

std::string data_of(const Told& event) {
  return std::visit([](const auto& e) { return contract::to_text(contract::to_json(e)); }, event);
}

void add(contract::ChatAnswer& answer, const Told& event) {
  std::visit(Overloaded{
                 [&](const contract::ChatRun& e) {
                   answer.run = e.run;
                   answer.answered_by = e.answered_by;
                   answer.notice = e.notice;
                 },
                 [&](const contract::ChatToolCall& e) { answer.tool_calls.push_back(e); },
                 [&](const contract::ChatToolResult& e) { answer.tool_results.push_back(e); },
                 [&](const contract::ChatToken& e) {
                   answer.text += e.text;
                   answer.tokens.push_back(e);
                 },
                 [&](const contract::ChatCitation& e) { answer.citations.push_back(e); },
                 [&](const contract::ChatUsage& e) { answer.usage = e; },
                 [&](const contract::ChatError& e) { answer.error = e; },
                 [&](const contract::ChatDone& e) {
                   answer.suggestions = e.suggestions;
                   answer.stopped = e.stopped;
                 },
             },
             event);
}

std::vector<Told> events_of(const contract::ChatAnswer& answer) {
  std::vector<Told> events{contract::ChatRun{answer.run, answer.chat, answer.answered_by, answer.notice}};
  for (const auto& call : answer.tool_calls) {
    events.emplace_back(call);
    for (const auto& result : answer.tool_results)
      if (result.id == call.id) events.emplace_back(result);
  }
  events.insert(events.end(), answer.tokens.begin(), answer.tokens.end());
  events.insert(events.end(), answer.citations.begin(), answer.citations.end());
  if (answer.usage) events.emplace_back(*answer.usage);
  if (answer.error) events.emplace_back(*answer.error);
  events.emplace_back(contract::ChatDone{answer.suggestions, answer.stopped});
  return events;
}

struct Outbox::Bell {
  explicit Bell(asio::any_io_executor executor) : timer(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;  // never expires; cancelling it wakes deliver()
};

Outbox::Outbox(asio::any_io_executor executor) : bell_(std::make_unique<Bell>(executor)) {}
Outbox::~Outbox() = default;

bool Outbox::put(const Told& event) {
  auto data = data_of(event);
  if (bytes_ + data.size() > kOutboxBytes) return false;
  bytes_ += data.size();
  waiting_.push_back({name_of(event), std::move(data)});
  bell_->timer.cancel();
  return true;
}

void Outbox::close() {
  is_closed_ = true;
  bell_->timer.cancel();
}

asio::awaitable<bool> Outbox::deliver(http::EventStream& stream) {
  while (true) {
    if (waiting_.empty() && is_closed_) co_return true;
    if (waiting_.empty()) {
      co_await bell_->timer.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_ -= next.data.size();
    const bool sent = co_await stream.send("", std::move(next.event), std::move(next.data));
    if (!sent) co_return false;
  }
}

}  // namespace selfheal::api
