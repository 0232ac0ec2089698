#include "notify/outbound.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <stop_token>

#include "base/worker.h"
#include "http/client.h"

namespace selfheal::notify {
namespace {

// Receivers answer with a word; Slack's longest answers (a message echoed) are a few KiB.
constexpr std::size_t kAnswerBytes = 64u << 10;
// A receiver that wants to be left alone for longer is tried once an hour all the same.
constexpr Duration kLongestWait = 1h;

struct Address {
  std::string origin;  // "https://host:port"
  std::string target;  // path and query
  std::string host;
};

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

std::unexpected<Error> unfit(const char* why) {
  return failure(ErrorCode::invalid_input, fmt::format("the URL {}", why));
}

Result<Address> address_of(const std::string& url, const OutboundOptions& options) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return unfit("is none, such as https://example.com/hook");
  const auto& uri = *parsed;
  if (uri.scheme() != "https" && uri.scheme() != "http") return unfit("must begin with https://");
  if (uri.has_userinfo()) return unfit("must not hold a name or a password");
  if (uri.has_fragment()) return unfit("must not hold a fragment (#)");
  const std::string host(uri.encoded_host());
  if (host.empty()) return unfit("must name a host");
  if (uri.scheme() == "http" && !options.allow_plain_http && !is_this_machine(host))
    return unfit("must begin with https:// unless it names this machine (notify.allow_http)");
  const auto origin =
      fmt::format("{}://{}", std::string_view(uri.scheme()), std::string_view(uri.encoded_authority()));
  std::string target(uri.encoded_target());
  // Boost.URL 1.81 reads 127.0.0.1 and a path out of "http://127.0.0.1.example.com": what it took apart must
  // be what was written.
  const bool starts_well = target.empty() || target.starts_with('/') || target.starts_with('?');
  if (!starts_well || origin + target != url) return unfit("is none, such as https://example.com/hook");
  if (!target.starts_with('/')) target.insert(0, "/");
  return Address{origin, std::move(target), host};
}

// Without the address, which http::Client puts in front and which may hold a secret path.
Error safe_error(const Error& error, const std::string& host) {
  const auto colon = error.message.rfind(": ");
  const auto why = colon == std::string::npos ? error.message : error.message.substr(colon + 2);
  return {error.code, fmt::format("{}: {}", host, why)};
}

std::optional<Duration> retry_after_of(const http::Headers& headers, Time now) {
  const std::string text(headers.get("Retry-After"));
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  // Also refuses NaN.
  if (error == std::errc{} && end == text.data() + text.size() && seconds >= 0)
    return Duration(static_cast<std::int64_t>(std::min(seconds, to_seconds(kLongestWait)) * 1e6));
  // RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
  tm moment{};
  const char* rest = text.empty() ? nullptr : ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &moment);
  if (!rest || *rest != '\0') return std::nullopt;
  const Time wanted(std::chrono::seconds(::timegm(&moment)));
  return std::clamp(Duration(wanted - now), Duration::zero(), kLongestWait);
}

// Takes the slot back however the coroutine ends.
struct Listening {
  explicit Listening(asio::cancellation_slot its) : slot(its) {}
  ~Listening() { slot.clear(); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  asio::cancellation_slot slot;
};

}  // namespace

struct Outbound::State {
  explicit State(OutboundOptions o) : options(o), workers(o.calls) {}
  OutboundOptions options;
  WorkerPool workers;
};

Outbound::Outbound(OutboundOptions options) : state_(std::make_unique<State>(options)) {}
Outbound::~Outbound() = default;

Status check_outbound_url(const std::string& url, const OutboundOptions& options) {
  const auto address = address_of(url, options);
  if (!address) return std::unexpected(address.error());
  return {};
}

std::string host_of(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  return parsed ? std::string(parsed->encoded_host_and_port()) : std::string();
}

Task<http::Response> Outbound::send(OutboundRequest request, Deadline deadline, const Clock& clock) {
  CO_TRY(const auto address, address_of(request.url.reveal_to_client(), state_->options));
  const auto left = clock.left(deadline);
  if (left < 1ms) co_return failure(ErrorCode::timed_out, address.host + ": no time is left");
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  std::stop_source stop;
  auto slot = cancellation.slot();
  if (slot.is_connected()) slot.assign([stop](asio::cancellation_type) mutable { stop.request_stop(); });
  const Listening listening(slot);
  auto work = [&request, &address, &stop, left] {
    http::Client client({.address = address.origin,
                         .token = request.bearer,
                         .connect_timeout = std::min(left, kConnectTimeout),
                         .timeout = left,
                         .body_bytes = kAnswerBytes});
    return client.send({.method = request.method,
                        .target = address.target,
                        .headers = request.headers,
                        .body = request.body,
                        .content_type = request.content_type,
                        .stop = stop.get_token()});
  };
  auto answer = co_await on_worker(state_->workers, work);
  if (!answer) co_return std::unexpected(safe_error(answer.error(), address.host));
  co_return answer;
}

Delivery delivery_of(const Result<http::Response>& answer, Time now) {
  using enum Delivery::Outcome;
  if (!answer) {
    const bool hopeless = answer.error().code == ErrorCode::invalid_input;
    return {.outcome = hopeless ? rejected : try_later, .answer = answer.error().message};
  }
  const int status = answer->status;
  Delivery delivery{.answer = fmt::format("HTTP {}", status)};
  if (status >= 200 && status < 300) return delivery;
  const bool passing = status == 408 || status == 425 || status == 429 || status >= 500;
  delivery.outcome = passing ? try_later : rejected;
  if (passing) delivery.wait = retry_after_of(answer->headers, now);
  return delivery;
}

}  // namespace selfheal::notify
