#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/random.h"
#include "notify/heartbeat.h"
#include "notify/notifier.h"
#include "notify/slack_client.h"
#include "server/config.h"
#include "server/sites.h"
#include "store/store.h"

namespace selfheal::server {

struct NotificationsOptions {
  asio::any_io_executor control;
  Clock& clock;
  Random& random;
  const Config& config;
  store::Store& store;
  Sites& sites;
  healing::Announcer& announcer;
};

// Telling people outside, wired: the channels of the configuration, the notifier, the heartbeat, and the ends
// of mutes. On the control thread.
class Notifications {
 public:
  explicit Notifications(NotificationsOptions options);
  ~Notifications();  // stop() first

  void start();
  asio::awaitable<void> stop();

  notify::Notifier& notifier();
  // Null: Slack is reached by a webhook, or not at all. Lives as long as this.
  notify::SlackClient* slack();
  // Absent: none is configured.
  std::optional<notify::Heartbeat::State> heartbeat() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One line of `selfheal doctor`: a channel as the configuration has it, without trying it.
struct ChannelOutlook {
  std::string name;
  std::string kind;
  std::string destination;
  std::string off_why;      // empty: it is on
  bool is_mistake = false;  // off, although somebody wants it
};
std::vector<ChannelOutlook> channels_in(const Config& config);

// By which way presses of buttons in Slack come in; `none`: its messages have links instead.
enum class SlackWayIn { none, socket_mode, http };
SlackWayIn slack_way_in(const Config& config);

// Whether a value is still the one of an example: ".../xxx/yyy/zzz", "your-key-here".
bool is_example_value(std::string_view value);

}  // namespace selfheal::server
