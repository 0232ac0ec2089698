#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "http/server.h"
#include "notify/slack_inbound.h"
#include "notify/slack_signature.h"

namespace selfheal::notify {
namespace {

namespace json = boost::json;

// Slack's servers press one button at a time.
constexpr std::size_t kConnections = 32;
constexpr Duration kRequest = 5s;
// Refusals are told of this often: whoever finds the address could fill the log.
constexpr Duration kTellEvery = 60s;

http::Response refusal(const http::Request& request, int status, const char* slug, const char* title) {
  return http::problem_response(request, {status, slug, title, "Only Slack has something to say here."});
}

// The one field of the form, in which JSON stands.
std::optional<json::object> payload_of(const http::Request& request) {
  // A form is written as a query is.
  const auto form = http::parse_target("/?" + request.body);
  if (!form || form->query.size() != 1 || form->query.front().first != "payload") return std::nullopt;
  boost::system::error_code error;
  auto payload = json::parse(form->query.front().second, error);
  if (error || !payload.is_object()) return std::nullopt;
  return std::move(payload.get_object());
}

}  // namespace

struct SlackListener::State {
  State(asio::any_io_executor executor, Settings settings, SlackActions& a, Clock& c)
      : actions(a),
        clock(c),
        signatures(settings.signing_secret),
        server(executor, clock,
               {.listen = {settings.listen},
                .hosts = std::move(settings.hosts),
                .limits = {.connections = kConnections, .request = kRequest}},
               http::Router(routes())) {}

  std::vector<http::Route> routes() {
    return {{.method = "POST",
             .pattern = "/slack/interactivity",
             .handler = http::Handler([this](http::Request& request) { return take(request); }),
             .body_bytes = kSlackPayload}};
  }

  asio::awaitable<http::Response> take(http::Request& request) {
    const auto genuine = signatures.check(request, clock.now());
    if (!genuine) {
      if (clock.steady_now() >= quiet_until) log::warning("{}; it was refused", genuine.error().message);
      if (clock.steady_now() >= quiet_until) quiet_until = clock.steady_now() + kTellEvery;
      co_return refusal(request, 401, "signature", "This is not signed by Slack");
    }
    const auto payload = payload_of(request);
    if (!payload) co_return refusal(request, 400, "payload", "This is no interaction");
    const auto receipt = actions.take(*payload);
    if (!receipt.answer) co_return http::Response{.status = 200};
    co_return http::json_response(json::serialize(*receipt.answer));
  }

  SlackActions& actions;
  Clock& clock;
  SlackSignatures signatures;
  Deadline::Moment quiet_until{};
  http::Server server;
};

SlackListener::SlackListener(asio::any_io_executor executor, Settings settings, SlackActions& actions,
                             Clock& clock)
    : state_(std::make_unique<State>(executor, std::move(settings), actions, clock)) {}
SlackListener::~SlackListener() = default;

Status SlackListener::listen() { return state_->server.listen(); }
std::vector<std::string> SlackListener::addresses() const { return state_->server.addresses(); }
asio::awaitable<void> SlackListener::stop(Deadline deadline) { co_await state_->server.stop(deadline); }

}  // namespace selfheal::notify
