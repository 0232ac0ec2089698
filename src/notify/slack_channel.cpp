#include "notify/slack_channel.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "notify/slack_blocks.h"

namespace selfheal::notify {
namespace {

namespace json = boost::json;

// Of a thread that could not be written to for a while; all of it is on the incident's page.
constexpr std::size_t kOwed = 20;

class SlackWebhook final : public Channel {
 public:
  SlackWebhook(Secret url, Outbound& outbound, const Clock& clock)
      : url_(std::move(url)), outbound_(outbound), clock_(clock) {}

  bool can_edit() const override { return false; }
  std::string destination() const override { return host_of(url_.reveal_to_client()); }

  asio::awaitable<Delivery> deliver(Notice notice, std::string receipt, Deadline deadline) override {
    const auto fired = fired_of(receipt);
    const auto message = slack_message_of(notice, SlackWay::webhook, fired);
    OutboundRequest request{.url = url_, .body = json::serialize(message.payload)};
    const auto answer = co_await outbound_.send(std::move(request), deadline, clock_);
    auto delivery = delivery_of(answer, clock_.now());
    if (answer && delivery.outcome != Delivery::Outcome::delivered) {
      const auto wait = delivery.wait;
      delivery = delivery_of(slack_failure_of_webhook(*answer));
      if (delivery.outcome == Delivery::Outcome::try_later && wait) delivery.wait = wait;
    }
    if (delivery.outcome == Delivery::Outcome::delivered && notice.change != Change::test)
      delivery.receipt = json::serialize(json::object{{"fired", message.fired}});
    co_return delivery;
  }

 private:
  static std::string fired_of(const std::string& receipt) {
    boost::system::error_code error;
    const auto parsed = json::parse(receipt, error);
    const auto* fired = error || !parsed.is_object() ? nullptr : parsed.get_object().if_contains("fired");
    return fired && fired->is_string() ? std::string(fired->get_string()) : std::string();
  }

  Secret url_;
  Outbound& outbound_;
  const Clock& clock_;
};

// What an app's channel remembers of an incident's message.
struct Receipt {
  std::string channel;  // the id that Slack gave back: names can change
  std::string message;  // its ts
  std::string fired;
  bool ticked = false;
  std::vector<SlackEntry> owed;  // to the thread
};

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

Receipt receipt_of(const std::string& text) {
  boost::system::error_code error;
  const auto parsed = json::parse(text, error);
  if (error || !parsed.is_object()) return {};
  const auto& object = parsed.get_object();
  Receipt receipt{.channel = text_of(object, "channel"),
                  .message = text_of(object, "ts"),
                  .fired = text_of(object, "fired")};
  const auto* ticked = object.if_contains("ticked");
  receipt.ticked = ticked && ticked->is_bool() && ticked->get_bool();
  const auto* owed = object.if_contains("owed");
  if (!owed || !owed->is_array()) return receipt;
  for (const auto& entry : owed->get_array())
    if (entry.is_object())
      receipt.owed.push_back({text_of(entry.get_object(), "at"), text_of(entry.get_object(), "what"),
                              text_of(entry.get_object(), "text")});
  return receipt;
}

std::string text_of(const Receipt& receipt) {
  json::array owed;
  for (const auto& entry : receipt.owed)
    owed.push_back(json::object{{"at", entry.at}, {"what", entry.what}, {"text", entry.text}});
  return json::serialize(json::object{{"channel", receipt.channel},
                                      {"ts", receipt.message},
                                      {"fired", receipt.fired},
                                      {"ticked", receipt.ticked},
                                      {"owed", std::move(owed)}});
}

class SlackApp final : public Channel {
 public:
  SlackApp(SlackAppSettings settings, SlackClient& client)
      : settings_(std::move(settings)), client_(client) {}

  bool can_edit() const override { return true; }
  std::string destination() const override { return settings_.channel; }

  asio::awaitable<Delivery> deliver(Notice notice, std::string text, Deadline deadline) override {
    auto receipt = receipt_of(text);
    const bool known = !receipt.message.empty();
    auto message =
        slack_message_of(notice, settings_.buttons ? SlackWay::app : SlackWay::webhook, receipt.fired);
    receipt.fired = message.fired;
    auto answer = co_await write(std::move(message.payload), notice, receipt, deadline);
    if (!answer) co_return delivery_of(answer.error());
    if (notice.change == Change::test) co_return Delivery{.answer = "ok"};
    // From here on the message stands. What else fails must not make it be written a second time.
    if (known)
      for (auto& entry : slack_entries_of(notice)) receipt.owed.push_back(std::move(entry));
    co_await follow_up(notice, receipt, deadline);
    co_return Delivery{.answer = known ? "edited" : "written", .receipt = text_of(receipt)};
  }

 private:
  asio::awaitable<SlackAnswer> write(json::object payload, const Notice& notice, Receipt& receipt,
                                     Deadline deadline) {
    payload["metadata"] = json::object{
        {"event_type", "selfheal_incident"},
        {"event_payload", json::object{{"id", notice.incident}, {"rev", notice.rev}, {"notice", notice.id}}}};
    if (!receipt.message.empty() && notice.change != Change::test) {
      auto edit = payload;
      edit["channel"] = receipt.channel;
      edit["ts"] = receipt.message;
      auto edited = co_await client_.call("chat.update", std::move(edit), deadline);
      if (edited || !is_gone(edited.error().word)) co_return edited;
      // Somebody deleted it, or it is too old to edit: it is told again.
      receipt = {.fired = receipt.fired};
    }
    payload["channel"] = settings_.channel;
    auto written = co_await client_.call("chat.postMessage", std::move(payload), deadline);
    if (!written) co_return written;
    receipt.channel = text_of(*written, "channel");
    receipt.message = text_of(*written, "ts");
    co_return written;
  }

  static bool is_gone(std::string_view word) {
    return word == "message_not_found" || word == "cant_update_message" || word == "edit_window_closed" ||
           word == "channel_not_found";
  }

  // The thread and the tick. What does not get through is owed until the next time.
  asio::awaitable<void> follow_up(const Notice& notice, Receipt& receipt, Deadline deadline) {
    const bool loud = notice.change == Change::reopened || notice.change == Change::failed;
    if (!receipt.owed.empty()) {
      auto reply = slack_thread_message(receipt.owed);
      reply["channel"] = receipt.channel;
      reply["thread_ts"] = receipt.message;
      if (loud && settings_.broadcast) reply["reply_broadcast"] = true;
      const auto answer = co_await client_.call("chat.postMessage", std::move(reply), deadline);
      if (answer) receipt.owed.clear();
      while (receipt.owed.size() > kOwed) receipt.owed.erase(receipt.owed.begin());
    }
    const bool healed = notice.state == IncidentState::healed;
    if (healed == receipt.ticked) co_return;
    json::object tick{
        {"channel", receipt.channel}, {"timestamp", receipt.message}, {"name", "white_check_mark"}};
    const auto answer =
        co_await client_.call(healed ? "reactions.add" : "reactions.remove", std::move(tick), deadline);
    if (answer || !answer.error().may_retry) receipt.ticked = healed;
  }

  SlackAppSettings settings_;
  SlackClient& client_;
};

}  // namespace

std::unique_ptr<Channel> make_slack_webhook(Secret url, Outbound& outbound, const Clock& clock) {
  return std::make_unique<SlackWebhook>(std::move(url), outbound, clock);
}

std::unique_ptr<Channel> make_slack_app(SlackAppSettings settings, SlackClient& client) {
  return std::make_unique<SlackApp>(std::move(settings), client);
}

}  // namespace selfheal::notify
