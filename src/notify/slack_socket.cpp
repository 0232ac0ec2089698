#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <deque>

#include "base/log.h"
#include "http/web_socket.h"
#include "notify/slack_inbound.h"

namespace selfheal::notify {
namespace {

namespace json = boost::json;

constexpr Duration kConnect = 10s;
// Slack pings every few seconds; a line that is silent for so long is dead.
constexpr Duration kSilence = 60s;
// A conversation that lasted so long went well: the next pause is a short one again.
constexpr Duration kWentWell = 30s;
// What Slack delivers twice (a line broke before our answer) comes within seconds.
constexpr std::size_t kEnvelopes = 1000;

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

struct SlackSocket::State {
  explicit State(Parts p) : parts(p), tasks(p.executor) {}

  StatusTask keep_open();
  StatusTask converse();
  StatusTask listen(http::WebSocket& socket);
  // What to answer an envelope with.
  std::string answer_of(const json::object& envelope, const std::string& id);
  bool is_new(const std::string& id);
  Duration pause_after(const Status& ended);

  Parts parts;
  TaskGroup tasks;
  SlackInboundState shown{.way = "Socket Mode", .state = "connecting"};
  std::deque<std::string> envelopes;
  int failures = 0;
  bool refreshes = false;  // Slack asked to connect anew
  bool refused = false;    // the token is not taken
};

bool SlackSocket::State::is_new(const std::string& id) {
  if (std::ranges::find(envelopes, id) != envelopes.end()) return false;
  envelopes.push_back(id);
  if (envelopes.size() > kEnvelopes) envelopes.pop_front();
  return true;
}

std::string SlackSocket::State::answer_of(const json::object& envelope, const std::string& id) {
  json::object answer{{"envelope_id", id}};
  const auto* payload = envelope.if_contains("payload");
  const bool is_press = text_of(envelope, "type") == "interactive" && payload && payload->is_object();
  if (is_press && is_new(id)) {
    auto receipt = parts.actions.take(payload->get_object());
    if (receipt.answer) answer["payload"] = *std::move(receipt.answer);
  }
  return json::serialize(answer);
}

StatusTask SlackSocket::State::listen(http::WebSocket& socket) {
  while (true) {
    CO_TRY(const auto text, co_await socket.receive());
    boost::system::error_code error;
    const auto parsed = json::parse(text, error);
    if (error || !parsed.is_object()) continue;  // nothing that could be answered
    const auto& message = parsed.get_object();
    const auto type = text_of(message, "type");
    if (type == "hello") {
      if (shown.state != "ok") log::info("Slack: connected (Socket Mode)");
      shown = {.way = shown.way, .state = "ok"};
    } else if (type == "disconnect") {
      refreshes = text_of(message, "reason") != "link_disabled";
      co_return failure(ErrorCode::unavailable, refreshes ? "Slack asked to connect anew"
                                                          : "Socket Mode is switched off on the app's page");
    }
    const auto id = text_of(message, "envelope_id");
    if (id.empty() || id.size() > 100) continue;
    auto answer = answer_of(message, id);
    CO_TRY_OK(co_await socket.send(std::move(answer)));
  }
}

StatusTask SlackSocket::State::converse() {
  const auto url = co_await parts.client.open_socket(parts.clock.deadline_in(kConnect));
  refused = !url && !url.error().may_retry;
  if (!url) co_return failure(ErrorCode::unavailable, "apps.connections.open: " + url.error().explanation());
  http::WebSocketOptions options{
      .url = url->reveal_to_client(), .message_bytes = kSlackPayload, .silence = kSilence};
  CO_TRY(auto socket, co_await http::WebSocket::connect(std::move(options), kConnect));
  auto ended = co_await listen(*socket);
  co_return ended;
}

Duration SlackSocket::State::pause_after(const Status& ended) {
  if (std::exchange(refreshes, false)) return Duration::zero();
  ++failures;
  const auto why = ended ? std::string("the conversation ended") : ended.error().message;
  // Once, not with each try.
  if (shown.state != "failing") log::warning("Slack: no presses come in: {}", why);
  shown = {.way = shown.way, .state = "failing", .why = why};
  if (refused) return kSlackPauseRefused;
  const auto longest = std::min<Duration>(kSlackPause, 1s * (1 << std::min(failures - 1, 6)));
  // Chance takes up to half: all installations lose Slack in the same second.
  return longest / 2 + Duration(static_cast<std::int64_t>(parts.random.below(longest.count() / 2 + 1)));
}

StatusTask SlackSocket::State::keep_open() {
  while (true) {
    const auto began = parts.clock.steady_now();
    const auto ended = co_await converse();
    if (!ended && ended.error().code == ErrorCode::cancelled) co_return Status{};
    if (parts.clock.steady_now() - began > kWentWell) failures = 0;
    const bool goes_on = co_await parts.clock.sleep(pause_after(ended));
    if (!goes_on) co_return Status{};
  }
}

SlackSocket::SlackSocket(Parts parts) : state_(std::make_unique<State>(parts)) {}
SlackSocket::~SlackSocket() = default;

void SlackSocket::start() { state_->tasks.spawn("Slack's Socket Mode", state_->keep_open()); }
asio::awaitable<void> SlackSocket::stop() { co_await state_->tasks.stop(); }
const SlackInboundState& SlackSocket::state() const { return state_->shown; }

}  // namespace selfheal::notify
