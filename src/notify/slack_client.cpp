#include "notify/slack_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace selfheal::notify {
namespace {

namespace json = boost::json;

// Channels whose turn is remembered; an installation writes to a handful.
constexpr std::size_t kTurns = 100;
// A person answers for a missing right within minutes, not seconds.
constexpr std::string_view kUnknownWord = "unknown_error";

struct Meaning {
  std::string_view word;
  bool may_retry;
  std::string_view advice;
};

// Words of Slack's documentation whose remedy we know, sorted.
constexpr std::array kMeanings{
    Meaning{"account_inactive", false,
            "The token belongs to a removed user or workspace: install the app again."},
    Meaning{"action_prohibited", false, "An administrator of the workspace forbids it."},
    Meaning{"already_reacted", false, "It was done before."},
    Meaning{"cant_update_message", false, "The message is not the app's own."},
    Meaning{"channel_is_archived", false, "The channel is archived: name another (notify.slack.channel)."},
    Meaning{"channel_not_found", false,
            "The app does not see the channel: check notify.slack.channel and invite the app with /invite."},
    Meaning{"edit_window_closed", false, "The workspace does not let messages of that age be edited."},
    Meaning{"expired_trigger_id", false, "The press came too long ago: press again."},
    Meaning{"fatal_error", true, "Slack has trouble of its own."},
    Meaning{"http_408", true, "Slack took too long."},
    Meaning{"http_429", true, "Slack asks to slow down."},
    Meaning{"http_500", true, "Slack has trouble of its own."},
    Meaning{"http_502", true, "Slack has trouble of its own."},
    Meaning{"http_503", true, "Slack has trouble of its own."},
    Meaning{"http_504", true, "Slack has trouble of its own."},
    Meaning{"internal_error", true, "Slack has trouble of its own."},
    Meaning{"invalid_auth", false, "Slack does not know the token: copy it again from the app's page."},
    Meaning{"invalid_blocks", false, "Slack does not take the message: please report this."},
    Meaning{"invalid_payload", false, "Slack does not take the message: please report this."},
    Meaning{"invalid_token", false, "Slack does not know the webhook: create it anew on the app's page."},
    Meaning{"message_not_found", false, "The message was deleted."},
    Meaning{"missing_scope", false,
            "The app lacks a right: give it the scopes of docs/slack.md and install it again."},
    Meaning{"msg_blocks_too_long", false, "The message is too long: please report this."},
    Meaning{"msg_too_long", false, "The message is too long: please report this."},
    Meaning{"no_service", false, "The webhook was removed: create it anew on the app's page."},
    Meaning{"not_allowed_token_type", false,
            "That is another kind of token: a bot token begins with xoxb-, an app-level token with xapp-."},
    Meaning{"not_authed", false, "No token was sent."},
    Meaning{"not_in_channel", false, "The app is not in the channel: invite it with /invite."},
    Meaning{"not_json", true, "Something other than Slack answered: a proxy, or the wrong address."},
    Meaning{"org_login_required", true, "The workspace is being moved."},
    Meaning{"posting_to_channel_denied", false, "An administrator restricts who posts there."},
    Meaning{"ratelimited", true, "Slack asks to slow down."},
    Meaning{"request_timeout", true, "Slack took too long."},
    Meaning{"restricted_action", false, "An administrator restricts who posts there."},
    Meaning{"rollup_error", true, "Slack has trouble of its own."},
    Meaning{"service_unavailable", true, "Slack has trouble of its own."},
    Meaning{"team_access_not_granted", false, "The token is not for this workspace."},
    Meaning{"team_added_to_org", true, "The workspace is being moved."},
    Meaning{"token_expired", false, "The token has expired: copy a new one from the app's page."},
    Meaning{"token_revoked", false, "The token was revoked: install the app again."},
    Meaning{"unreachable", true, "Slack cannot be reached from here."},
};

const Meaning* meaning_of(std::string_view word) {
  const auto found = std::ranges::lower_bound(kMeanings, word, {}, &Meaning::word);
  return found != kMeanings.end() && found->word == word ? &*found : nullptr;
}

// A word of Slack's, and nothing longer: what answers may not be Slack.
std::string safe_word(std::string_view word) {
  const bool fits = !word.empty() && word.size() <= 40 && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  return std::string(fits ? word : kUnknownWord);
}

SlackFailure failure_of(std::string word, std::optional<Duration> wait = {}) {
  const auto* meaning = meaning_of(word);
  return {.word = std::move(word), .may_retry = meaning && meaning->may_retry, .wait = wait};
}

SlackFailure unreachable(const Error& error) {
  return {
      .word = "unreachable", .may_retry = error.code != ErrorCode::invalid_input, .detail = error.message};
}

SlackFailure failure_of_status(const http::Response& response, Time now) {
  auto failure = failure_of(fmt::format("http_{}", response.status));
  failure.may_retry = failure.may_retry || response.status >= 500;
  failure.wait = delivery_of(response, now).wait;
  // A limit without a time: Slack's own examples wait half a minute.
  if (response.status == 429) {
    failure.word = "ratelimited";
    if (!failure.wait) failure.wait = 30s;
  }
  return failure;
}

SlackAnswer answer_of(const http::Response& response, Time now) {
  if (response.status != 200) return std::unexpected(failure_of_status(response, now));
  boost::system::error_code error;
  auto parsed = json::parse(response.body, error);
  if (error || !parsed.is_object()) return std::unexpected(failure_of("not_json"));
  auto& body = parsed.get_object();
  const auto* ok = body.if_contains("ok");
  if (ok && ok->is_bool() && ok->get_bool()) return std::move(body);
  const auto* word = body.if_contains("error");
  return std::unexpected(
      failure_of(safe_word(word && word->is_string() ? std::string_view(word->get_string()) : ""),
                 delivery_of(response, now).wait));
}

}  // namespace

std::string SlackFailure::explanation() const {
  const auto* meaning = meaning_of(word);
  auto text = detail.empty() ? word : fmt::format("{} ({})", word, detail);
  if (meaning) text += fmt::format(": {}", meaning->advice);
  return text;
}

Delivery delivery_of(const SlackFailure& failure) {
  return {.outcome = failure.may_retry ? Delivery::Outcome::try_later : Delivery::Outcome::rejected,
          .answer = failure.explanation(),
          .wait = failure.may_retry ? failure.wait : std::nullopt};
}

SlackFailure slack_failure_of_webhook(const http::Response& response) {
  // "no_service" and its like come with 403, 404, 410; their word says more than the number.
  const auto word = safe_word(response.body);
  if (response.status < 500 && response.status != 429 && meaning_of(word)) return failure_of(word);
  return failure_of_status(response, Time{});
}

SlackClient::SlackClient(SlackApiSettings settings, Outbound& outbound, Clock& clock)
    : settings_(std::move(settings)), outbound_(outbound), clock_(clock) {
  while (settings_.base_url.ends_with('/')) settings_.base_url.pop_back();
}

asio::awaitable<SlackAnswer> SlackClient::send(std::string method, Secret token, std::string body,
                                               Deadline deadline) {
  if (const auto closed = closed_.find(method); closed != closed_.end()) {
    const auto left = std::chrono::duration_cast<Duration>(closed->second - clock_.steady_now());
    if (left > Duration::zero()) co_return std::unexpected(failure_of("ratelimited", left));
    closed_.erase(closed);
  }
  OutboundRequest request{.url = Secret(settings_.base_url + "/" + method),
                          .bearer = std::move(token),
                          .body = std::move(body),
                          .content_type = "application/json; charset=utf-8"};
  const auto response = co_await outbound_.send(std::move(request), deadline, clock_);
  if (!response) co_return std::unexpected(unreachable(response.error()));
  auto answer = answer_of(*response, clock_.now());
  if (!answer && answer.error().word == "ratelimited" && answer.error().wait)
    closed_.insert_or_assign(method, clock_.steady_now() + *answer.error().wait);
  co_return answer;
}

asio::awaitable<bool> SlackClient::take_turn(const std::string& channel, Deadline deadline) {
  const auto now = clock_.steady_now();
  std::erase_if(next_turn_, [now](const auto& turn) { return turn.second <= now; });
  auto turn = now;
  if (const auto next = next_turn_.find(channel); next != next_turn_.end()) turn = next->second;
  if (turn >= deadline.moment() || next_turn_.size() >= kTurns) co_return false;
  next_turn_.insert_or_assign(channel, turn + kSlackTurn);
  if (turn <= now) co_return true;
  const bool slept = co_await clock_.sleep(std::chrono::duration_cast<Duration>(turn - now));
  co_return slept;
}

asio::awaitable<SlackAnswer> SlackClient::call(std::string method, json::object arguments,
                                               Deadline deadline) {
  const auto* channel = arguments.if_contains("channel");
  if (channel && method.starts_with("chat.")) {
    const auto name = std::string(channel->is_string() ? std::string_view(channel->get_string()) : "");
    const bool mine = co_await take_turn(name, deadline);
    if (!mine) co_return std::unexpected(failure_of("ratelimited", kSlackTurn));
  }
  auto body = json::serialize(arguments);
  auto answer = co_await send(std::move(method), settings_.bot_token, std::move(body), deadline);
  co_return answer;
}

asio::awaitable<std::expected<Secret, SlackFailure>> SlackClient::open_socket(Deadline deadline) {
  const auto answer = co_await send("apps.connections.open", settings_.app_token, "{}", deadline);
  if (!answer) co_return std::unexpected(answer.error());
  const auto* url = answer->if_contains("url");
  if (!url || !url->is_string()) co_return std::unexpected(failure_of("not_json"));
  co_return Secret(std::string(url->get_string()));
}

}  // namespace selfheal::notify
