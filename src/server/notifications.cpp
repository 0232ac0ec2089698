// Wires what tells people outside: channels, outbox, heartbeat, and the ends of mutes.
#include "server/notifications.h"

#include <fmt/format.h>

#include "assistant/explanation.h"
#include "base/log.h"
#include "healing/name.h"
#include "notify/slack_channel.h"
#include "notify/webhook.h"

namespace selfheal::server {
namespace {

constexpr Duration kStoreTimeout = 5s;
// How late a mute may end; people count in hours.
constexpr Duration kMutesEvery = 10s;
// A message is read on a phone.
constexpr std::size_t kRecommendations = 5;

std::string pages_of(const Config& config) {
  auto url = config.notify.base_url.empty() ? "http://" + config.listen : config.notify.base_url;
  while (url.ends_with('/')) url.pop_back();
  return url;
}

notify::Sender sender_of(const Config& config) {
  const auto pages = pages_of(config);
  const auto& chat = config.notify.chat_url;
  return {.tenant = config.tenant, .pages = pages, .chat = chat.empty() ? pages + "/chat" : chat};
}

notify::OutboundOptions outbound_of(const Config& config) {
  return {.allow_plain_http = config.notify.allow_http};
}

notify::Rules rules_of(const Config& config, const std::string& min_severity) {
  const auto own = from_word<Severity>(min_severity);
  return {.min_severity = own.value_or(config.notify.min_severity),
          .group_wait = config.notify.group_wait,
          .repeat_after = config.notify.repeat_after};
}

// Of a channel whose configuration is one URL.
ChannelOutlook outlook_of(const Config& config, std::string name, std::string kind, const Secret& secret,
                          const std::string& variable) {
  ChannelOutlook outlook{.name = std::move(name), .kind = std::move(kind)};
  const auto& url = secret.reveal_to_client();
  if (url.empty()) {
    outlook.off_why = variable + " is not set";
  } else if (is_example_value(url)) {
    outlook.off_why = variable + " is still the example value";
    outlook.is_mistake = true;
  } else if (const auto fits = notify::check_outbound_url(url, outbound_of(config)); !fits) {
    outlook.off_why = fmt::format("{}: {}", variable, fits.error().message);
    outlook.is_mistake = true;
  } else {
    outlook.destination = notify::host_of(url);
  }
  return outlook;
}

std::string slack_app_mistake(const NotifyConfig& notify) {
  const auto& token = notify.slack_bot_token.reveal_to_client();
  if (is_example_value(token)) return "SLACK_BOT_TOKEN is still the example value";
  if (!token.starts_with("xoxb-")) return "SLACK_BOT_TOKEN must begin with xoxb-";
  if (notify.slack_channel.empty()) return "SLACK_CHANNEL is not set";
  const auto& app_token = notify.slack_app_token.reveal_to_client();
  if (!app_token.empty() && !app_token.starts_with("xapp-")) return "SLACK_APP_TOKEN must begin with xapp-";
  const bool listens = app_token.empty() && !notify.slack_listen.empty();
  if (listens && notify.slack_signing_secret.empty()) return "SLACK_SIGNING_SECRET is not set";
  return {};
}

// With a bot token Slack is an app; the webhook is then not used, or everything would be told twice.
ChannelOutlook slack_outlook(const Config& config) {
  const auto& notify = config.notify;
  if (notify.slack_bot_token.empty())
    return outlook_of(config, "slack", "Slack webhook", notify.slack_webhook, "SLACK_WEBHOOK");
  ChannelOutlook outlook{.name = "slack",
                         .kind = "Slack app",
                         .destination = notify.slack_channel,
                         .off_why = slack_app_mistake(notify)};
  outlook.is_mistake = !outlook.off_why.empty();
  return outlook;
}

ChannelOutlook webhook_outlook(const Config& config) {
  return outlook_of(config, "webhook", "Webhook", config.notify.webhook_url, "SELFHEAL_NOTIFY_WEBHOOK_URL");
}

notify::ConfiguredChannel configured(ChannelOutlook outlook, notify::Rules rules) {
  return {.name = std::move(outlook.name),
          .kind = std::move(outlook.kind),
          .rules = rules,
          .channel = nullptr,
          .off_why = std::move(outlook.off_why)};
}

std::unique_ptr<notify::SlackClient> slack_client_of(const Config& config, notify::Outbound& outbound,
                                                     Clock& clock) {
  const auto& notify = config.notify;
  if (notify.slack_bot_token.empty() || !slack_outlook(config).off_why.empty()) return nullptr;
  return std::make_unique<notify::SlackClient>(notify::SlackApiSettings{.base_url = notify.slack_api,
                                                                        .bot_token = notify.slack_bot_token,
                                                                        .app_token = notify.slack_app_token},
                                               outbound, clock);
}

// In the order in which one stands in for another.
std::vector<notify::ConfiguredChannel> channels_of(const Config& config, notify::Outbound& outbound,
                                                   Clock& clock, notify::SlackClient* slack) {
  std::vector<notify::ConfiguredChannel> channels;
  channels.push_back(configured(slack_outlook(config), rules_of(config, config.notify.slack_min_severity)));
  if (slack)
    channels.back().channel = notify::make_slack_app({.channel = config.notify.slack_channel,
                                                      .broadcast = config.notify.slack_broadcast,
                                                      .buttons = slack_way_in(config) != SlackWayIn::none},
                                                     *slack);
  else if (channels.back().off_why.empty())
    channels.back().channel = notify::make_slack_webhook(config.notify.slack_webhook, outbound, clock);
  channels.push_back(
      configured(webhook_outlook(config), rules_of(config, config.notify.webhook_min_severity)));
  if (channels.back().off_why.empty())
    channels.back().channel =
        notify::make_webhook({.url = config.notify.webhook_url,
                              .key = config.notify.webhook_key,
                              .source = fmt::format("{}/tenants/{}", pages_of(config), config.tenant)},
                             outbound, clock);
  return channels;
}

// What a person can do, as the incident's page says it.
class AdviceOfExplanation final : public notify::Adviser {
 public:
  AdviceOfExplanation(store::Reader& reader, const Clock& clock) : reader_(reader), clock_(clock) {}

  Task<std::vector<pg::RedactedText>> advise(IncidentNumber incident, Deadline deadline) override {
    CO_TRY(auto detail, co_await reader_.incident(incident, deadline));
    const auto explanation = assistant::explain({.incident = std::move(detail.incident),
                                                 .timeline = std::move(detail.timeline),
                                                 .evidence = std::move(detail.evidence),
                                                 .treatments = std::move(detail.treatments)},
                                                clock_.now());
    std::vector<pg::RedactedText> advice;
    for (const auto& sentence : explanation.sentences)
      if (sentence.section == assistant::Section::what_to_do && advice.size() < kRecommendations)
        advice.push_back(sentence.text);
    co_return advice;
  }

 private:
  store::Reader& reader_;
  const Clock& clock_;
};

// A channel that does not work is an incident like any other, of the server that is ourselves.
class AlarmAsIncident final : public notify::Alarm {
 public:
  explicit AlarmAsIncident(const NotificationsOptions& options)
      : store_(options.store), sites_(options.sites), announcer_(options.announcer), clock_(options.clock) {}

  StatusTask channel_fails(std::string channel, std::string why, Deadline deadline) override {
    const auto now = clock_.now();
    ErrorEvent event{.server = ServerId(std::string(notify::kOwnServer)),
                     .intake = Intake::watch,
                     .key = {.at = now, .session_id = "notify " + channel},
                     .trouble = std::string(notify::kOwnTrouble),
                     .message = fmt::format("notifications to {} do not get through: {}", channel, why),
                     .database = channel};
    auto sighting = healing::sighting_of_trouble(std::move(event));
    sighting.first_seen = sighting.last_seen = now;
    sighting.keys = {sighting.exemplar.key};
    const auto server = sighting.exemplar.server;
    std::vector<Sighting> sightings{std::move(sighting)};
    CO_TRY(const auto news, co_await store_.incidents().file(server, std::move(sightings), deadline));
    // There is nothing to diagnose: the sentence says it all.
    for (const auto& filed : news) announcer_.changed(filed.incident);
    co_return Status{};
  }

  StatusTask channel_works(std::string channel, Deadline deadline) override {
    CO_TRY(const auto open, co_await store_.incidents().unfinished(deadline));
    for (const auto& incident : open) {
      if (!notify::is_about_channel(incident, channel)) continue;
      auto closed =
          co_await sites_.healer().set_state(incident.server, incident.number, IncidentState::resolved,
                                             "selfheal", "notifications get through again");
      // Somebody looks at it right now, or has closed it.
      if (!closed && closed.error().code != ErrorCode::conflict) co_return std::unexpected(closed.error());
    }
    co_return Status{};
  }

 private:
  store::Store& store_;
  Sites& sites_;
  healing::Announcer& announcer_;
  Clock& clock_;
};

}  // namespace

struct Notifications::State {
  explicit State(NotificationsOptions o)
      : options(o),
        outbound(outbound_of(options.config)),
        adviser(options.store.reader(), options.clock),
        alarm(options),
        slack(slack_client_of(options.config, outbound, options.clock)),
        notifier({.executor = options.control,
                  .outbox = options.store.outbox(),
                  .incidents = options.store.incidents(),
                  .memory = options.store.memory(),
                  .adviser = adviser,
                  .alarm = alarm,
                  .clock = options.clock,
                  .random = options.random},
                 sender_of(options.config),
                 channels_of(options.config, outbound, options.clock, slack.get())),
        tasks(options.control) {
    const auto& url = options.config.notify.heartbeat_url;
    if (!url.empty()) heartbeat.emplace(url, outbound, options.clock, [this] { return ailment(); });
  }

  // Why whoever waits for the heartbeat should hear nothing.
  std::string ailment() const {
    if (!options.store.reachable()) return "our own store cannot be reached";
    for (const auto* site : options.sites.all()) {
      const auto status = site->status();
      if (status.state == watch::LinkState::up && !status.can_observe)
        return site->options().name.value() + " is up, but cannot be observed";
    }
    return {};
  }

  StatusTask end_mutes() {
    while (co_await options.clock.sleep(kMutesEvery)) {
      const auto ended = co_await end_mutes_once();
      if (!ended && ended.error().code == ErrorCode::cancelled) break;
      if (!ended && ended.error().code != ErrorCode::unavailable)
        log::warning("the end of mutes: {}", ended.error().message);
    }
    co_return Status{};
  }

  StatusTask end_mutes_once() {
    auto& mutes = options.store.mutes();
    CO_TRY(const auto all, co_await mutes.all(options.clock.deadline_in(kStoreTimeout)));
    for (const auto& mute : all) {
      const auto why = notify::end_of(mute, options.clock.now());
      if (!why) continue;
      const auto ended = co_await options.sites.healer().set_state(mute.server, mute.incident,
                                                                   IncidentState::open, "selfheal", *why);
      if (!ended && ended.error().code != ErrorCode::not_found) co_return std::unexpected(ended.error());
      CO_TRY_OK(co_await mutes.remove(mute.incident, options.clock.deadline_in(kStoreTimeout)));
    }
    co_return Status{};
  }

  NotificationsOptions options;
  notify::Outbound outbound;
  AdviceOfExplanation adviser;
  AlarmAsIncident alarm;
  std::unique_ptr<notify::SlackClient> slack;  // null: a webhook, or nothing
  notify::Notifier notifier;
  std::optional<notify::Heartbeat> heartbeat;
  TaskGroup tasks;
};

Notifications::Notifications(NotificationsOptions options) : state_(std::make_unique<State>(options)) {}
Notifications::~Notifications() = default;

void Notifications::start() {
  state_->notifier.start();
  state_->tasks.spawn("the ends of mutes", state_->end_mutes());
  if (state_->heartbeat) state_->tasks.spawn("the heartbeat", state_->heartbeat->beat());
}

asio::awaitable<void> Notifications::stop() {
  co_await state_->notifier.stop();
  co_await state_->tasks.stop();
}

notify::Notifier& Notifications::notifier() { return state_->notifier; }
notify::SlackClient* Notifications::slack() { return state_->slack.get(); }

std::optional<notify::Heartbeat::State> Notifications::heartbeat() const {
  if (!state_->heartbeat) return std::nullopt;
  return state_->heartbeat->state();
}

SlackWayIn slack_way_in(const Config& config) {
  const auto& notify = config.notify;
  if (notify.slack_bot_token.empty() || !slack_outlook(config).off_why.empty()) return SlackWayIn::none;
  if (!notify.slack_app_token.empty()) return SlackWayIn::socket_mode;
  return notify.slack_listen.empty() ? SlackWayIn::none : SlackWayIn::http;
}

std::vector<ChannelOutlook> channels_in(const Config& config) {
  return {slack_outlook(config), webhook_outlook(config)};
}

bool is_example_value(std::string_view value) {
  for (const std::string_view example :
       {"/xxx/yyy/zzz", "T00000000/B00000000", "/YOUR/", "your-key-here", "your-webhook", "<", "…"})
    if (value.contains(example)) return true;
  return false;
}

}  // namespace selfheal::server
