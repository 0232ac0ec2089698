#include "api/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "api/internal/context.h"
#include "api/internal/cookies.h"
#include "api/internal/handlers.h"
#include "api/internal/once.h"
#include "api/internal/routes.h"

namespace selfheal::api {
namespace {

// A look at who there is must not hold up a page for long: the store may be away.
constexpr Duration kLookTimeout = 1s;

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

asio::awaitable<http::Response> answered_once(const RouteRow& row, Call call) {
  auto key = once(call);
  if (key.answer) co_return *std::move(key.answer);
  auto response = co_await answered(row, call);
  if (key.reserved) key.reserved->finish(response);
  co_return response;
}

// The one place where permissions are enforced.
std::optional<http::Response> forbidden(const RouteRow& row, const Context& context,
                                        const http::Request& request) {
  const auto& caller = caller_of(request);
  if (may(caller, row.permission)) return std::nullopt;
  return refusal(request, caller, row.permission, context.options.credentials);
}

// Sees to it that every answer is counted, whatever it is.
void count(const RouteRow& row, Context& context, Deadline::Moment began, int status) {
  const auto took = std::chrono::duration_cast<Duration>(context.parts.clock.steady_now() - began);
  context.metrics.count_request(row.pattern, row.method, status, took);
}

Duration timeout_of(const RouteRow& row) {
  if (row.timeout > Duration::zero()) return row.timeout;
  return row.permission == Permission::operate ? kDecisionTimeout : kStoreTimeout;
}

asio::awaitable<http::Response> serve(const RouteRow& row, Context& context, http::Request& request) {
  if (auto refused = forbidden(row, context, request)) co_return *std::move(refused);
  const auto deadline = context.parts.clock.deadline_in(timeout_of(row));
  const auto began = context.parts.clock.steady_now();
  auto response = co_await answered_once(row, Call{context, request, caller_of(request), deadline});
  count(row, context, began, response.status);
  co_return response;
}

// Until the client goes, or the person may look no longer.
asio::awaitable<http::Response> feed(const RouteRow& row, Context& context, http::Request& request,
                                     http::EventStream& events) {
  using asio::experimental::awaitable_operators::operator||;
  const auto person = caller_of(request).person;
  if (!person) {
    auto response = co_await context.parts.feed.serve(request, events);
    co_return response;
  }
  auto ended = co_await (context.parts.feed.serve(request, events) ||
                         context.parts.people.lost(*person, row.permission));
  auto* response = std::get_if<http::Response>(&ended);
  co_return response ? std::move(*response) : http::empty_response();
}

asio::awaitable<http::Response> stream(const RouteRow& row, Context& context, http::Request& request,
                                       http::EventStream& events) {
  if (auto refused = forbidden(row, context, request)) co_return *std::move(refused);
  if (!row.tell) {
    auto response = co_await feed(row, context, request, events);
    co_return response;
  }
  const auto began = context.parts.clock.steady_now();
  const Call call{context, request, caller_of(request), context.parts.clock.deadline_in(timeout_of(row))};
  if (auto refused = unknown_query(call, row)) co_return *std::move(refused);
  auto result = co_await row.tell(call, events);
  auto response =
      result ? *std::move(result) : http::problem_response(request, http::problem_of(result.error()));
  count(row, context, began, response.status);
  co_return response;
}

// Whose cookie it is: their role is that of now, whatever it was when they signed in.
asio::awaitable<Caller> caller_with(Context& context, std::string cookie) {
  auto& people = context.parts.people;
  co_await people.keep(cookie, context.parts.clock.deadline_in(kLookTimeout));
  if (const auto* person = people.signed_in(cookie))
    co_return Caller{.role = person->rights(), .name = person->name, .person = person->id};
  co_return context.sessions.find(cookie, context.parts.clock.now());
}

asio::awaitable<std::optional<http::Response>> identify(Context& context, http::Request& request) {
  auto caller = authenticate(request, context.options.credentials);
  const std::string cookie(cookie_of(request, kSessionCookie));
  if (caller.role == Role::nobody && !caller.presented && !cookie.empty())
    caller = co_await caller_with(context, cookie);
  request.principal = std::move(caller);
  co_return std::nullopt;
}

}  // namespace

struct Api::State {
  State(Parts parts, Options options) : context{.parts = parts, .options = std::move(options)} {}
  Context context;
};

Api::Api(Parts parts, Options options) : state_(std::make_unique<State>(parts, std::move(options))) {
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
  return [&context = state_->context](http::Request& request) { return identify(context, request); };
}

std::optional<std::string> Api::first_administrator_url() {
  const auto link = state_->context.parts.people.invite_first();
  if (!link) return std::nullopt;
  return sign_in_page(state_->context.options, link->token);
}

const std::string& Api::description() const { return state_->context.description; }

}  // namespace selfheal::api
