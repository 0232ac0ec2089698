// A question and its answer, told while it comes to be.
#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "api/internal/chats.h"
#include "api/internal/handlers.h"
#include "api/internal/once.h"
#include "api/internal/telling.h"
#include "base/log.h"

namespace selfheal::api {
namespace {

using assistant::Turn;
using contract::ChatAnswer;

// After the answer there must be time to keep it.
constexpr Duration kTimeToKeep = 1s;

struct Asked {
  assistant::Chat chat;  // with the turns before
  Aim aim;
  std::string text;
};

// Either what was asked, or the answer that refuses it.
using Prepared = std::variant<Asked, http::Response>;

bool wants_document(const http::Request& request) {
  const auto accept = request.headers.get("Accept");
  return accept.contains("application/json") && !accept.contains("text/event-stream");
}

assistant::Asker asker_of(const Call& call) {
  return {.name = call.caller.name,
          .may_view = may(call.caller, Permission::view),
          .may_operate = may(call.caller, Permission::operate)};
}

std::string title_of(const std::string& question) { return question.substr(0, question.find('\n')); }

// The caller's chat of that id, begun now when it is a name of the caller's own.
Task<assistant::Chat> chat_of(Call call, std::string id, Aim aim, std::string title) {
  auto& chats = call.context.parts.assistance.chats;
  auto found = co_await chats.find(id, call.caller.key(), kTurnsBefore, call.deadline);
  if (found || found.error().code != ErrorCode::not_found || is_made_by_us(id) || !is_chat_id(id))
    co_return found;
  const assistant::Chat chat{.id = std::move(id),
                             .title = std::move(title),
                             .owner = call.caller.key(),
                             .about = aim.about,
                             .server = std::move(aim.server),
                             .at = call.context.parts.clock.now(),
                             .turns = {}};
  CO_TRY_OK(co_await chats.put(chat, call.deadline));
  co_return chat;
}

Task<Prepared> prepare(Call call) {
  auto body = body_of<contract::ChatMessage>(call);
  if (!body) co_return Prepared(std::move(body).error());
  if (body->text.empty()) co_return Prepared(misfit(call, {{"/text", "must not be empty"}}));
  if (body->text.size() > assistant::kQuestionBytes)
    co_return Prepared(
        misfit(call, {{"/text", fmt::format("must have at most {} bytes", assistant::kQuestionBytes)}}));
  CO_TRY(auto aim, co_await aim_of(call, std::move(body->server), std::move(body->about)));
  auto id = call.request.parameter("id");
  CO_TRY(auto chat, co_await chat_of(call, std::move(id), aim, title_of(body->text)));
  if (!aim.about) aim.about = chat.about;
  if (!aim.server) aim.server = chat.server;
  co_return Prepared(Asked{std::move(chat), std::move(aim), std::move(body->text)});
}

// Closes however the answer ends, so that the one who delivers ends, too.
class Closing {
 public:
  explicit Closing(Outbox& outbox) : outbox_(outbox) {}
  ~Closing() { outbox_.close(); }
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;

 private:
  Outbox& outbox_;
};

// What is told while one question is answered.
class Teller {
 public:
  Teller(Runs::Run& run, Outbox& outbox, const std::string& chat) : run_(run), outbox_(outbox) {
    answer_.run = run.id();
    answer_.chat = chat;
  }
  void tell(Told event) {
    // That it was stopped is no trouble; `done` says it.
    if (run_.is_stopped() && std::holds_alternative<contract::ChatError>(event)) return;
    if (auto* done = std::get_if<contract::ChatDone>(&event)) done->stopped = run_.is_stopped();
    is_done_ = is_done_ || std::holds_alternative<contract::ChatDone>(event);
    add(answer_, event);
    // Who does not read has left, or is about to be closed.
    if (!outbox_.put(event)) run_.stop();
  }
  // The last event, unless it was told.
  void finish() {
    if (!is_done_) tell(contract::ChatDone{});
  }
  const ChatAnswer& answer() const { return answer_; }

 private:
  Runs::Run& run_;
  Outbox& outbox_;
  ChatAnswer answer_;
  bool is_done_ = false;
};

// Errors only: a stop of the run must not wait for an exception that nobody sees.
Task<Turn> answered(Call call, assistant::Question question, Teller& teller, Deadline deadline) {
  try {
    auto asker = asker_of(call);
    std::function<void(assistant::RunEvent)> show = [&teller](assistant::RunEvent event) {
      teller.tell(told(std::move(event), teller.answer().chat));
    };
    auto turn = co_await call.context.parts.assistance.answering.answer(std::move(question), std::move(asker),
                                                                        std::move(show), deadline);
    co_return turn;
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) co_return failure(ErrorCode::cancelled, "stopped");
    log::error("chat: {}", error.what());
    co_return failure("the answer failed; the server's log tells more");
  } catch (const std::exception& error) {
    log::error("chat: {}", error.what());
    co_return failure("the answer failed; the server's log tells more");
  }
}

// To its end, or until somebody stops it. The turn to keep.
asio::awaitable<std::optional<Turn>> answered_or_stopped(Call call, assistant::Question question,
                                                         Teller& teller, Runs::Run& run, Outbox& outbox,
                                                         Deadline deadline) {
  using namespace asio::experimental::awaitable_operators;
  const Closing closing(outbox);
  auto ended = co_await (answered(call, std::move(question), teller, deadline) || run.stopped());
  auto* result = std::get_if<0>(&ended);
  if (result && !*result && !run.is_stopped())
    teller.tell(contract::ChatError{"The question was not answered", result->error().message, {}});
  teller.finish();
  if (result && *result) co_return **std::move(result);
  const auto& text = teller.answer().text;
  if (text.empty()) co_return std::nullopt;
  co_return Turn{.role = "assistant", .text = text, .at = call.context.parts.clock.now()};
}

// Ends the run when nobody listens any more.
asio::awaitable<bool> delivered(Outbox& outbox, http::EventStream* stream, Runs::Run& run) {
  if (stream == nullptr) co_return true;
  const bool all = co_await outbox.deliver(*stream);
  if (!all) run.stop();
  co_return all;
}

http::Response too_many(const Call& call) {
  return problem(call, {429, "too-many-answers", "Too many questions are being answered",
                        fmt::format("At most {} at once. Try again in a moment.", kRunsAtOnce), 2s});
}

Task<ChatAnswer> run_question(Call call, Asked asked, Runs::Run& run, http::EventStream* stream) {
  using namespace asio::experimental::awaitable_operators;
  const auto executor = co_await asio::this_coro::executor;
  auto& parts = call.context.parts;
  auto& chats = parts.assistance.chats;
  std::vector<Turn> said{{.role = "user", .text = asked.text, .tools_json = {}, .at = parts.clock.now()}};
  CO_TRY_OK(co_await chats.append(asked.chat.id, call.caller.key(), std::move(said), call.deadline));
  Outbox outbox(executor);
  Teller teller(run, outbox, asked.chat.id);
  assistant::Question question{.run = run.id(),
                               .text = std::move(asked.text),
                               .before = std::move(asked.chat.turns),
                               .server = std::move(asked.aim.server),
                               .about = asked.aim.about};
  const auto limit = stream ? kRunTimeout : parts.clock.left(call.deadline) - kTimeToKeep;
  const auto deadline = parts.clock.deadline_in(limit);
  auto both = co_await (answered_or_stopped(call, std::move(question), teller, run, outbox, deadline) &&
                        delivered(outbox, stream, run));
  if (auto& turn = std::get<0>(both)) {
    std::vector<Turn> turns{*std::move(turn)};
    const auto soon = parts.clock.deadline_in(kStoreTimeout);
    const auto kept = co_await chats.append(asked.chat.id, call.caller.key(), std::move(turns), soon);
    if (!kept) log::warning("chat: an answer was not kept: {}", kept.error().message);
  }
  co_return teller.answer();
}

// What was answered to the same request before.
Task<http::Response> again(Call call, http::Response kept, http::EventStream& stream) {
  const auto parsed = contract::from_text<ChatAnswer>(kept.body, contract::Reading::lenient);
  if (kept.status != 200 || wants_document(call.request) || !parsed.problems.empty()) co_return kept;
  const auto events = events_of(parsed.value);
  for (const auto& event : events) {
    auto name = name_of(event);
    auto data = data_of(event);
    const bool sent = co_await stream.send("", std::move(name), std::move(data));
    if (!sent) break;
  }
  co_return kept;
}

}  // namespace

Task<http::Response> ask(Call call, http::EventStream& stream) {
  auto key = once(call);
  if (key.is_kept) {
    auto kept = *std::move(key.answer);
    auto repeated = co_await again(call, std::move(kept), stream);
    co_return repeated;
  }
  if (key.answer) co_return *std::move(key.answer);
  CO_TRY(auto prepared, co_await prepare(call));
  if (auto* refused = std::get_if<http::Response>(&prepared)) co_return std::move(*refused);
  const auto executor = co_await asio::this_coro::executor;
  const auto run = call.context.runs.begin(call.caller.key(), executor);
  if (!run) co_return too_many(call);
  const bool as_document = wants_document(call.request);
  if (!as_document) {
    // From here on there is no limit of the server's on how long it takes.
    const bool opened = co_await stream.open();
    if (!opened) co_return http::Response{};
  }
  auto* listener = as_document ? nullptr : &stream;
  auto& asked = std::get<Asked>(prepared);
  auto told = co_await run_question(call, std::move(asked), *run, listener);
  if (!told && !as_document) {
    const auto error = http::problem_of(told.error());
    for (const Told& event :
         {Told(contract::ChatError{error.title, error.detail, {}}), Told(contract::ChatDone{})}) {
      auto name = name_of(event);
      auto data = data_of(event);
      const bool sent = co_await stream.send("", std::move(name), std::move(data));
      if (!sent) break;
    }
    co_return http::problem_response(call.request, error);
  }
  CO_TRY(const auto document, std::move(told));
  auto response = answer(contract::to_json(document));
  if (key.reserved) key.reserved->finish(response);
  co_return response;
}

}  // namespace selfheal::api
