// Reads what Slack says was pressed. Everything in it may have been written by an attacker.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <charconv>

#include "notify/slack_actions.h"
#include "notify/slack_modals.h"

namespace selfheal::notify {
namespace {

namespace json = boost::json;

std::unexpected<Error> unfit(const char* what) {
  return failure(ErrorCode::invalid_input, fmt::format("Slack interaction: {} does not fit", what));
}

const json::value* member_of(const json::value* value, std::string_view name) {
  return value && value->is_object() ? value->get_object().if_contains(name) : nullptr;
}

std::string_view text_at(const json::value* value, std::string_view name) {
  const auto* found = member_of(value, name);
  return found && found->is_string() ? std::string_view(found->get_string()) : std::string_view();
}

// Slack's ids: a letter that says what it is, then capitals and digits.
bool is_id(std::string_view text, std::string_view kinds) {
  return text.size() >= 3 && text.size() <= 30 && kinds.contains(text.front()) &&
         std::ranges::all_of(text, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

bool is_ticket(std::string_view text) {
  return !text.empty() && text.size() <= 200 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
}

// A plan's hash and number are hexadecimal, or words with dashes.
bool is_plan(std::string_view text) { return is_ticket(text) && text.size() <= 80; }

std::optional<IncidentNumber> incident_of(std::string_view text) {
  if (!text.starts_with("SH-")) return std::nullopt;
  text.remove_prefix(3);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number <= 0 || text.size() > 18)
    return std::nullopt;
  return IncidentNumber(number);
}

std::optional<SlackMute> mute_of(std::string_view word) {
  if (word == "1h") return SlackMute{.lasts = 1h};
  if (word == "8h") return SlackMute{.lasts = 8h};
  if (word == "worse") return SlackMute{.until_worse = true};
  if (word == "100") return SlackMute{.events_an_hour = 100};
  return std::nullopt;
}

// "SH-142:rest" as a button's value holds it.
Status take_value(SlackPress& press, std::string_view value) {
  const auto colon = std::min(value.find(':'), value.size());
  const auto incident = incident_of(value.substr(0, colon));
  if (!incident) return unfit("the value");
  press.incident = *incident;
  const auto rest = colon < value.size() ? value.substr(colon + 1) : std::string_view();
  if (press.what == SlackPress::What::take) return rest.empty() ? Status{} : unfit("the value");
  if (press.what == SlackPress::What::review) {
    if (!is_plan(rest)) return unfit("the plan");
    press.plan_hash = rest;
    return {};
  }
  const auto mute = mute_of(rest);
  if (!mute) return unfit("the mute");
  press.mute = *mute;
  return {};
}

Result<SlackPress> button_of(const json::value& payload) {
  SlackPress press;
  const auto* actions = member_of(&payload, "actions");
  if (!actions || !actions->is_array() || actions->get_array().size() != 1) return unfit("the action");
  const auto* action = &actions->get_array().front();
  const auto name = text_at(action, "action_id");
  auto value = text_at(action, "value");
  if (name == "fix.review") {
    press.what = SlackPress::What::review;
  } else if (name == "incident.take") {
    press.what = SlackPress::What::take;
  } else if (name == "incident.mute") {
    press.what = SlackPress::What::mute;
    value = text_at(member_of(action, "selected_option"), "value");
  } else {
    return failure(ErrorCode::not_found, "Slack interaction: a button of nobody's");
  }
  TRY_OK(take_value(press, value));
  const auto channel = text_at(member_of(&payload, "channel"), "id");
  if (!is_id(channel, "CDG")) return unfit("the channel");
  press.channel = channel;
  const auto trigger = text_at(&payload, "trigger_id");
  if (!is_ticket(trigger)) return unfit("the trigger");
  press.trigger = trigger;
  return press;
}

std::string confirmed_in(const json::value* view) {
  const auto* values = member_of(member_of(view, "state"), "values");
  const auto* box = member_of(member_of(values, kSlackConfirmBlock), kSlackConfirmAction);
  const auto* chosen = member_of(box, "selected_options");
  if (!chosen || !chosen->is_array() || chosen->get_array().size() != 1) return {};
  return std::string(text_at(&chosen->get_array().front(), "value"));
}

Result<SlackPress> submission_of(const json::value& payload) {
  const auto* view = member_of(&payload, "view");
  if (text_at(view, "callback_id") != kSlackApply)
    return failure(ErrorCode::not_found, "Slack interaction: a modal of nobody's");
  SlackPress press{.what = SlackPress::What::approve};
  const auto id = text_at(view, "id");
  if (!is_id(id, "V")) return unfit("the view");
  press.view = id;
  boost::system::error_code error;
  const auto text = text_at(view, "private_metadata");
  const auto metadata = json::parse(text.size() <= 3000 ? text : "", error);
  if (error) return unfit("the metadata");
  const auto incident = incident_of(text_at(&metadata, "incident"));
  const auto plan_id = text_at(&metadata, "plan_id");
  const auto plan_hash = text_at(&metadata, "plan_hash");
  const auto channel = text_at(&metadata, "channel");
  if (!incident || !is_plan(plan_id) || !is_plan(plan_hash) || !is_id(channel, "CDG"))
    return unfit("the metadata");
  press.incident = *incident;
  press.plan_id = plan_id;
  press.plan_hash = plan_hash;
  press.channel = channel;
  press.confirmed = confirmed_in(view);
  return press;
}

}  // namespace

Result<SlackPress> slack_press_of(const json::object& object) {
  const json::value payload(object);
  const auto type = text_at(&payload, "type");
  auto press = type == "block_actions" ? button_of(payload)
               : type == "view_submission"
                   ? submission_of(payload)
                   : Result<SlackPress>(failure(ErrorCode::not_found, "Slack interaction: of another kind"));
  if (!press) return press;
  const auto member = text_at(member_of(&payload, "user"), "id");
  if (!is_id(member, "UW")) return unfit("the member");
  press->member = member;
  return press;
}

}  // namespace selfheal::notify
