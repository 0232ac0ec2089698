#include "assistant/internal/transfer.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "assistant/internal/answer_reader.h"
#include "assistant/internal/request_body.h"
#include "http/client.h"

namespace selfheal::assistant::internal {
namespace {

using Show = std::function<void(std::string text)>;

Error error_of(const Error& error) {
  // libcurl's words and the address, nothing that the server said.
  return {error.code, "language model: " + error.message};
}

// Of a transfer that brought no answer, or an answer that is none: may come out well next time.
Outcome failed(Error error) {
  const bool retry = error.code != ErrorCode::cancelled;
  return {.error = std::move(error), .may_retry = retry};
}

Outcome refused(Refusal refusal, const Settings& settings) {
  Outcome outcome{.error = error_of(refusal, settings)};
  outcome.may_retry = may_retry(refusal);
  outcome.refusal = std::move(refusal);
  return outcome;
}

http::Client client_of(const Call& call) {
  http::ClientOptions options{.address = call.endpoint.address};
  if (call.endpoint.bearer) options.token = call.settings.api_key;
  options.connect_timeout = std::min(call.settings.connect_timeout, call.timeout);
  options.timeout = call.on_text ? call.settings.idle : call.timeout;
  options.longest_stream = call.timeout;
  // Of a chat: the JSON around the text is a multiple of it, with short pieces and escapes.
  options.body_bytes = call.limit * (call.embeddings ? 1 : 4);
  return http::Client(std::move(options));
}

Outcome read_body(const Call& call, const http::Response& response) {
  if (call.embeddings) {
    auto vectors = embeddings_of(response.body, call.embeddings);
    if (!vectors) return failed(vectors.error());
    return {.vectors = *std::move(vectors)};
  }
  AnswerMaker maker(call.limit);
  const auto taken = maker.take_body(response.body);
  if (maker.refusal()) return refused(*maker.refusal(), call.settings);
  if (!taken) return failed(taken.error());
  auto answer = std::move(maker).finish();
  if (!answer) return failed(answer.error());
  return {.answer = *std::move(answer)};
}

struct Stream {
  AnswerMaker maker;
  const Show& show;
  std::optional<Error> error = {};
  bool shown = false;

  bool take(const http::SseEvent& event) {
    const auto more = maker.take_event(event.data);
    if (!more) error = more.error();
    if (auto text = maker.take_new_text(); !text.empty()) {
      shown = true;
      show(std::move(text));
    }
    return more && *more;
  }
  Outcome finish(const Call& call, const Result<http::Response>& response) && {
    Outcome outcome;
    if (maker.refusal()) {
      outcome = refused(*maker.refusal(), call.settings);
    } else if (error || !response) {
      outcome = failed(error ? *error : error_of(response.error()));
    } else {
      auto answer = std::move(maker).finish();
      outcome = answer ? Outcome{.answer = *std::move(answer)} : failed(answer.error());
    }
    outcome.shown = shown;
    return outcome;
  }
};

Outcome transfer(const Call& call, const std::stop_token& stop, const Show& show) {
  http::ClientRequest request{.method = "POST",
                              .target = call.endpoint.target,
                              .headers = call.endpoint.headers,
                              .body = call.body,
                              .stop = stop};
  auto client = client_of(call);
  Stream stream{.maker = AnswerMaker(call.limit), .show = show};
  const auto response =
      call.on_text
          ? client.stream(request, [&stream](const http::SseEvent& event) { return stream.take(event); })
          : client.send(request);
  if (!response && !call.on_text) return failed(error_of(response.error()));
  if (response && response->status != 200) return refused(refusal_of(*response, call.now), call.settings);
  const bool streamed =
      call.on_text && (!response || response->content_type.starts_with("text/event-stream"));
  auto outcome = streamed ? std::move(stream).finish(call, response) : read_body(call, *response);
  if (outcome.answer) {
    outcome.answer->request_id = request_id_of(*response);
    // A server that does not stream was asked to: the whole answer is one piece.
    if (call.on_text && !streamed) show(outcome.answer->text.text());
  }
  return outcome;
}

// Clears the slot and counts down however the coroutine ends.
struct UnderWay {
  UnderWay(int& all, asio::cancellation_slot its) : count(all), slot(its) { ++count; }
  ~UnderWay() {
    --count;
    slot.clear();
  }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  int& count;
  asio::cancellation_slot slot;
};

}  // namespace

asio::awaitable<Outcome> Transfers::run(Call call) {
  if (call.body.size() > kRequestBytes)
    co_return Outcome{.error = Error{ErrorCode::invalid_input, "language model: the request is too long"}};
  if (under_way_ >= limit_)
    co_return Outcome{.error = Error{ErrorCode::unavailable, "language model: too many calls are under way"}};
  const auto home = co_await asio::this_coro::executor;
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  std::stop_source stop;
  auto slot = cancellation.slot();
  if (slot.is_connected()) slot.assign([stop](asio::cancellation_type) mutable { stop.request_stop(); });
  const UnderWay under_way(under_way_, slot);
  // The pieces are posted before the outcome is, so they arrive before it.
  const Show show = [&home, on_text = call.on_text](std::string text) {
    asio::post(home, [on_text, text = std::move(text)] { on_text(text); });
  };
  auto work = [&call, &stop, &show] { return transfer(call, stop.get_token(), show); };
  auto outcome = co_await on_worker(workers_, work);
  if (stop.stop_requested()) outcome.may_retry = false;
  co_return outcome;
}

}  // namespace selfheal::assistant::internal
