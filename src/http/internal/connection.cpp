#include "http/internal/connection.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include "base/log.h"
#include "base/random.h"
#include "http/internal/gate.h"
#include "http/internal/response_text.h"

namespace selfheal::http {
namespace {

using Moment = Deadline::Moment;
constexpr auto kWaiting = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 16u << 10;
// After an error a client may still be sending. Closing at once would make the kernel discard our answer
// (RST), so we read on for this long, and not more than this.
constexpr Duration kLinger = 2s;
constexpr std::size_t kLingerBytes = 4u << 20;
// Reconnecting sooner gains nobody anything; later, a page looks dead.
constexpr std::string_view kOpening = "retry: 2000\n\n";
constexpr std::string_view kPing = ": ping\n\n";

const Problem kTooSlow{408, "request-timeout", "The request came too slowly", "It was not complete in time."};
const Problem kHandlerTooSlow{503, "answer-timeout", "The answer took too long", "It was given up.", 5s};
const Problem kStopping{503, "stopping", "The server is stopping", "Try again in a moment.", 5s};
const Problem kBroken{500, "internal-error", "Something is wrong in Selfheal",
                      "The server's log tells more under this request's id."};

std::string what_of(std::exception_ptr exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an unknown exception";
  }
}

bool is_cancellation(std::exception_ptr exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

struct Connection::Impl final : EventStream {
  enum class Phase { idle, reading, handling, streaming, writing, lingering, closed };

  Impl(Service& s, int descriptor, Peer p) : service(s), socket(s.executor), peer(std::move(p)) {
    boost::system::error_code error;
    socket.assign(asio::generic::stream_protocol(AF_UNSPEC, 0), descriptor, error);
    if (!error) return;
    ::close(descriptor);
    close();
  }

  void enter(Phase next, Duration limit) {
    if (phase == Phase::closed) return;
    phase = next;
    overdue = false;
    overdue_at = service.clock.steady_now() + limit;
  }
  const ServerLimits& limits() const { return service.options.limits; }
  bool streaming() const { return phase == Phase::streaming; }

  asio::awaitable<void> serve_requests();
  asio::awaitable<bool> read_request(RequestReader& reader);
  asio::awaitable<bool> read_some();
  asio::awaitable<bool> answer(RequestReader& reader);
  asio::awaitable<Response> respond(Request& request);
  asio::awaitable<Response> run_guarded(Request& request);
  asio::awaitable<bool> refuse(Request& request, const Problem& problem);
  asio::awaitable<bool> write(std::string text);
  asio::awaitable<void> linger();
  asio::awaitable<bool> open() override;
  asio::awaitable<bool> send(std::string id, std::string event, std::string data) override;
  asio::awaitable<bool> write_to_stream(std::string text);
  void ping();
  bool client_has_gone();
  void close();
  void cancel_handler();

  Service& service;
  asio::generic::stream_protocol::socket socket;
  Peer peer;
  Phase phase = Phase::idle;
  Moment overdue_at = Moment::max();
  std::string received;  // not yet taken by a reader; at most a head and kReadBytes
  bool overdue = false;  // the step under way was cancelled because of its deadline
  // The request being handled.
  Request* current = nullptr;
  Framing framing;
  asio::cancellation_signal handler_signal;
  bool handler_runs = false;
  // Its event stream.
  bool stream_opened = false;
  bool stream_writes = false;
  Moment last_write;
  std::string unsent;  // the rest of a ping that the kernel took only a part of
};

// --- reading
// --------------------------------------------------------------------------------------------------------

asio::awaitable<void> Connection::Impl::serve_requests() {
  bool first = true;
  while (phase != Phase::closed) {
    RequestReader reader(service.reader_limits);
    // Who connects has something to say; only later requests may be a long time coming.
    enter(Phase::idle, std::exchange(first, false) ? limits().request : limits().idle);
    const bool complete = co_await read_request(reader);
    if (!complete) break;
    const bool again = co_await answer(reader);
    if (!again) break;
  }
  co_await linger();
}

// True when the request is complete. Otherwise what there was to say has been said.
asio::awaitable<bool> Connection::Impl::read_request(RequestReader& reader) {
  while (true) {
    const auto taken = reader.feed(received);
    received.erase(0, taken);
    const bool begun = taken > 0 || !received.empty();
    if (begun && phase == Phase::idle) enter(Phase::reading, limits().request);
    if (reader.state() == RequestReader::State::complete) co_return true;
    if (reader.state() == RequestReader::State::failed) {
      co_await refuse(reader.request(), reader.problem());
      co_return false;
    }
    if (service.stopping && phase == Phase::idle) co_return false;
    if (reader.take_expectation()) {
      const bool sent = co_await write("HTTP/1.1 100 Continue\r\n\r\n");
      if (!sent) co_return false;
    }
    const bool more = co_await read_some();
    if (!more && overdue && phase == Phase::reading) co_await refuse(reader.request(), kTooSlow);
    if (!more) co_return false;
  }
}

asio::awaitable<bool> Connection::Impl::read_some() {
  const auto size = received.size();
  received.resize(size + kReadBytes);
  auto room = asio::buffer(received.data() + size, kReadBytes);
  auto result = co_await socket.async_read_some(room, kWaiting);
  received.resize(size + std::get<1>(result));
  co_return !std::get<0>(result);
}

asio::awaitable<void> Connection::Impl::linger() {
  if (service.stopping) close();  // nobody's time to wait
  if (phase == Phase::closed) co_return;
  enter(Phase::lingering, kLinger);
  boost::system::error_code ignored;
  socket.shutdown(asio::socket_base::shutdown_send, ignored);
  for (std::size_t total = 0; total < kLingerBytes; total += received.size()) {
    received.clear();
    const bool more = co_await read_some();
    if (!more) break;
  }
  close();
}

// --- answering
// ------------------------------------------------------------------------------------------------------

// True when another request may follow.
asio::awaitable<bool> Connection::Impl::answer(RequestReader& reader) {
  auto& request = reader.request();
  request.peer = peer;
  current = &request;
  framing = {.version = reader.version(),
             .close = !reader.keep_alive() || service.stopping,
             .head_only = request.method == "HEAD"};
  stream_opened = false;
  const auto began = service.clock.steady_now();
  enter(Phase::handling, limits().request);
  auto response = co_await run_guarded(request);
  const auto took = std::chrono::duration<double, std::milli>(service.clock.steady_now() - began).count();
  log::debug("http: {} {} {} in {:.1f} ms ({})", request.method, request.pattern, response.status, took,
             request.request_id);
  framing.close = framing.close || service.stopping;
  bool sent = true;
  if (stream_opened) {
    if (phase != Phase::closed && framing.version >= 11) sent = co_await write_to_stream("0\r\n\r\n");
    framing.close = framing.close || framing.version < 11;
  } else {
    framing.now = service.clock.now();
    sent = co_await write(response_text(request, response, framing));
  }
  current = nullptr;
  co_return sent && !framing.close && phase != Phase::closed;
}

// Runs the handler so that it can be cancelled alone, and turns what it throws into an answer.
asio::awaitable<Response> Connection::Impl::run_guarded(Request& request) {
  handler_runs = true;
  auto work = respond(request);
  auto token = asio::bind_cancellation_slot(handler_signal.slot(), kWaiting);
  auto result = co_await asio::co_spawn(service.executor, std::move(work), std::move(token));
  handler_runs = false;
  const auto exception = std::get<0>(result);
  if (!exception) co_return std::get<1>(std::move(result));
  if (is_cancellation(exception)) co_return problem_response(request, overdue ? kHandlerTooSlow : kStopping);
  log::error("http: {} {} ({}): {}", request.method, request.pattern, request.request_id, what_of(exception));
  co_return problem_response(request, kBroken);
}

asio::awaitable<Response> Connection::Impl::respond(Request& request) {
  if (const auto objection = objection_of_gate(request, service.options)) {
    co_return problem_response(request, *objection);
  }
  if (service.options.before) {
    auto early = co_await service.options.before(request);
    if (early) co_return std::move(*early);
  }
  auto match = service.router.match(request.method, request.path);
  if (!match.route) co_return Router::answer_without_route(request, match);
  request.pattern = match.route->pattern;
  request.parameters = std::move(match.parameters);
  if (const auto* handler = std::get_if<Handler>(&match.route->handler)) {
    auto response = co_await (*handler)(request);
    co_return response;
  }
  // A stream has no end, so its HEAD tells what is known without beginning it.
  if (framing.head_only) co_return Response{.content_type = "text/event-stream"};
  const auto& stream_handler = std::get<StreamHandler>(match.route->handler);
  auto response = co_await stream_handler(request, *this);
  co_return response;
}

asio::awaitable<bool> Connection::Impl::refuse(Request& request, const Problem& problem) {
  if (request.request_id.empty()) request.request_id = random_token().substr(0, 24);
  framing = {.close = true, .head_only = request.method == "HEAD", .now = service.clock.now()};
  auto text = response_text(request, problem_response(request, problem), framing);
  log::debug("http: {} {} ({})", problem.status, problem.slug, request.request_id);
  const bool sent = co_await write(std::move(text));
  co_return sent;
}

// --- writing
// --------------------------------------------------------------------------------------------------------

asio::awaitable<bool> Connection::Impl::write(std::string text) {
  const auto before = phase;
  const auto before_overdue_at = overdue_at;
  enter(Phase::writing, limits().write);
  auto buffer = asio::buffer(text);
  auto result = co_await asio::async_write(socket, buffer, kWaiting);
  if (phase != Phase::closed) {
    phase = before;
    overdue_at = before_overdue_at;
  }
  co_return !std::get<0>(result);
}

asio::awaitable<bool> Connection::Impl::open() {
  if (stream_opened) co_return phase == Phase::streaming;
  Response head{.content_type = "text/event-stream"};
  head.headers.set("Cache-Control", "no-store");
  head.headers.set("X-Accel-Buffering", "no");
  framing.streaming = true;
  framing.close = framing.close || framing.version < 11;
  framing.now = service.clock.now();
  stream_opened = true;
  enter(Phase::streaming, limits().write);
  auto text = response_text(*current, head, framing) + chunk_text(kOpening, framing.version);
  const bool sent = co_await write_to_stream(std::move(text));
  co_return sent;
}

asio::awaitable<bool> Connection::Impl::send(std::string id, std::string event, std::string data) {
  const bool opened = co_await open();
  if (!opened) co_return false;
  auto text = chunk_text(event_text(id, event, data), framing.version);
  const bool sent = co_await write_to_stream(std::move(text));
  co_return sent;
}

asio::awaitable<bool> Connection::Impl::write_to_stream(std::string text) {
  text.insert(0, std::exchange(unsent, {}));
  stream_writes = true;
  enter(Phase::streaming, limits().write);
  auto buffer = asio::buffer(text);
  auto result = co_await asio::async_write(socket, buffer, kWaiting);
  stream_writes = false;
  last_write = service.clock.steady_now();
  if (phase != Phase::closed) overdue_at = Moment::max();
  co_return !std::get<0>(result) && phase == Phase::streaming;
}

// Goes past the coroutine: the handler may be waiting for something to tell. A full socket needs no ping.
void Connection::Impl::ping() {
  last_write = service.clock.steady_now();
  auto text = std::exchange(unsent, {}) + chunk_text(kPing, framing.version);
  const auto sent = ::send(socket.native_handle(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent > 0) unsent = text.substr(static_cast<std::size_t>(sent));
}

bool Connection::Impl::client_has_gone() {
  char byte = 0;
  const auto got = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

// --- ending
// ---------------------------------------------------------------------------------------------------------

void Connection::Impl::close() {
  phase = Phase::closed;
  overdue_at = Moment::max();
  boost::system::error_code ignored;
  socket.close(ignored);
}

void Connection::Impl::cancel_handler() {
  if (handler_runs) handler_signal.emit(asio::cancellation_type::terminal);
}

Connection::Connection(Service& service, int descriptor, Peer peer)
    : impl_(std::make_unique<Impl>(service, descriptor, std::move(peer))) {}
Connection::~Connection() = default;

StatusTask Connection::serve() {
  co_await impl_->serve_requests();
  co_return Status{};
}

void Connection::look_after(Deadline::Moment now) {
  using Phase = Impl::Phase;
  auto& me = *impl_;
  if (me.phase == Phase::closed) return;
  if (me.streaming() && !me.stream_writes) {
    if (me.client_has_gone()) return abort();
    if (now - me.last_write >= me.limits().ping) me.ping();
  }
  if (now < me.overdue_at) return;
  me.overdue = true;
  me.overdue_at = Deadline::Moment::max();
  if (me.phase == Phase::handling) return me.cancel_handler();
  boost::system::error_code ignored;
  // The reader still has to say 408; everything else ends without a word.
  if (me.phase == Phase::reading)
    me.socket.cancel(ignored);
  else
    abort();
}

void Connection::wind_down() {
  if (impl_->phase == Impl::Phase::idle) return impl_->close();
  if (impl_->streaming()) impl_->cancel_handler();
}

void Connection::abort() {
  impl_->close();
  impl_->cancel_handler();  // last: the coroutine that owns us may end inside
}

}  // namespace selfheal::http
