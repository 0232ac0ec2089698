#include "api/api.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/internal/context.h"
#include "api/internal/routes.h"

namespace selfheal::api {
namespace {

// A key that a client would make: a UUID, a hash.
constexpr std::size_t kIdempotencyKeyBytes = 200;

const Caller& caller_of(const http::Request& request) {
  static const Caller nobody;
  const auto* caller = std::any_cast<Caller>(&request.principal);
  return caller ? *caller : nobody;
}

// A misspelt filter would silently show too much.
std::optional<http::Response> unknown_query(const Call& call, const RouteRow& row) {
  for (const auto& [name, value] : call.request.query) {
    const auto known = std::ranges::find(row.query, std::string_view(name), &QueryRow::name);
    const auto times = std::ranges::count(call.request.query, name, &http::Fields::value_type::first);
    if (known != row.query.end() && (known->repeats || times == 1)) continue;
    std::vector<std::string_view> names;
    for (const auto& query : row.query) names.push_back(query.name);
    return problem(
        call, {400, "unknown-parameter", "This resource has no such parameter",
               names.empty()
                   ? "It takes no parameters."
                   : fmt::format("It takes {}, each once{}.", fmt::join(names, ", "),
                                 std::ranges::any_of(row.query, &QueryRow::repeats) ? " but state" : "")});
  }
  return std::nullopt;
}

Task<http::Response> handled(const RouteRow& row, Call call) {
  if (auto refused = unknown_query(call, row)) co_return *std::move(refused);
  auto answer = co_await row.handle(call);
  co_return answer;
}

asio::awaitable<http::Response> answered(const RouteRow& row, Call call) {
  auto result = co_await handled(row, call);
  if (result) co_return *std::move(result);
  co_return http::problem_response(call.request, http::problem_of(result.error()));
}

// Gives the key free again when the handler ends without an answer, however that comes.
class Reserved {
 public:
  Reserved(Idempotency& book, std::string key) : book_(book), key_(std::move(key)) {}
  ~Reserved() {
    if (!finished_) book_.abandon(key_);
  }
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;

  // An answer of 5xx may be different next time, and is not kept.
  void finish(const http::Response& response) {
    if (response.status >= 500) return;
    book_.finish(key_, response);
    finished_ = true;
  }

 private:
  Idempotency& book_;
  std::string key_;
  bool finished_ = false;
};

http::Response replayed(const Call& call, Idempotency::Lookup lookup) {
  switch (lookup.found) {
    case Idempotency::Found::in_flight:
      return problem(call, {409, "still-answering", "The first request with this key is not answered yet",
                            "Wait for its answer, or repeat this one a little later.", 1s});
    case Idempotency::Found::other_body:
      return problem(call, {422, "key-used", "This Idempotency-Key was used for another request",
                            "A key stands for one request; use another for this one."});
    case Idempotency::Found::nothing:
    case Idempotency::Found::answer:
      break;
  }
  lookup.answer->headers.set("Idempotent-Replayed", "true");
  return *std::move(lookup.answer);
}

asio::awaitable<http::Response> answered_once(const RouteRow& row, Call call) {
  const auto* client_key = call.request.headers.find("Idempotency-Key");
  if (!client_key || row.method != "POST") {
    auto plain = co_await answered(row, call);
    co_return plain;
  }
  if (client_key->empty() || client_key->size() > kIdempotencyKeyBytes)
    co_return problem(call, {400, "idempotency-key", "This Idempotency-Key cannot be used",
                             fmt::format("It has 1 to {} bytes.", kIdempotencyKeyBytes)});
  auto& book = call.context.idempotency;
  auto key = fmt::format("{} {} {}", call.caller.name, call.request.target, *client_key);
  auto lookup = book.begin(key, sha256_hex(call.request.body), call.context.parts.clock.now());
  if (lookup.found != Idempotency::Found::nothing) co_return replayed(call, std::move(lookup));
  Reserved reserved(book, std::move(key));
  auto response = co_await answered(row, call);
  reserved.finish(response);
  co_return response;
}

// The one place where permissions are enforced.
std::optional<http::Response> forbidden(const RouteRow& row, const Context& context,
                                        const http::Request& request) {
  const auto& caller = caller_of(request);
  if (may(caller, row.permission)) return std::nullopt;
  return refusal(request, caller, context.options.credentials);
}

asio::awaitable<http::Response> serve(const RouteRow& row, Context& context, http::Request& request) {
  if (auto refused = forbidden(row, context, request)) co_return *std::move(refused);
  auto& clock = context.parts.clock;
  const auto deadline =
      clock.deadline_in(row.permission == Permission::operate ? kDecisionTimeout : kStoreTimeout);
  const auto began = clock.steady_now();
  auto response = co_await answered_once(row, Call{context, request, caller_of(request), deadline});
  const auto took = std::chrono::duration_cast<Duration>(clock.steady_now() - began);
  context.metrics.count_request(row.pattern, row.method, response.status, took);
  co_return response;
}

asio::awaitable<http::Response> stream(const RouteRow& row, Context& context, http::Request& request,
                                       http::EventStream& events) {
  if (auto refused = forbidden(row, context, request)) co_return *std::move(refused);
  auto response = co_await context.parts.feed.serve(request, events);
  co_return response;
}

asio::awaitable<std::optional<http::Response>> identify(const Credentials& credentials,
                                                        http::Request& request) {
  request.principal = authenticate(request, credentials);
  co_return std::nullopt;
}

}  // namespace

struct Api::State {
  Context context;
};

Api::Api(Parts parts, Options options)
    : state_(std::make_unique<State>(Context{.parts = parts, .options = std::move(options)})) {
  state_->context.description = describe_routes(route_rows(), state_->context.options.version);
}

Api::~Api() = default;

std::vector<http::Route> Api::routes() {
  std::vector<http::Route> routes;
  auto& context = state_->context;
  for (const auto& row : route_rows()) {
    http::Route route{.method = std::string(row.method), .pattern = std::string(row.pattern), .handler = {}};
    if (row.body_bytes > 0) route.body_bytes = row.body_bytes;
    if (row.handle)
      route.handler =
          http::Handler([&row, &context](http::Request& request) { return serve(row, context, request); });
    else
      route.handler =
          http::StreamHandler([&row, &context](http::Request& request, http::EventStream& events) {
            return stream(row, context, request, events);
          });
    routes.push_back(std::move(route));
  }
  return routes;
}

std::function<asio::awaitable<std::optional<http::Response>>(http::Request&)> Api::before() {
  return [&credentials = state_->context.options.credentials](http::Request& request) {
    return identify(credentials, request);
  };
}

const std::string& Api::description() const { return state_->context.description; }

}  // namespace selfheal::api
