#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "healing/ports.h"
#include "notify/channel.h"
#include "notify/compose.h"
#include "notify/ports.h"
#include "notify/rules.h"

namespace selfheal::notify {

// A channel of the configuration.
struct ConfiguredChannel {
  std::string name;  // "slack", "webhook": unique
  std::string kind;  // "Slack app", "Slack webhook", "webhook"
  Rules rules = {};
  std::unique_ptr<Channel> channel;  // null: it is off
  std::string off_why = {};          // a sentence: why it is off
};

// The notifier's world besides the outbox.
struct NotifierParts {
  asio::any_io_executor executor;
  Outbox& outbox;
  healing::IncidentBook& incidents;
  healing::CaseMemory& memory;
  Adviser& adviser;
  Alarm& alarm;
  Clock& clock;
  Random& random;
};

// How a channel does, since the start of the process.
struct ChannelState {
  std::string name;
  std::string kind;
  std::string destination;
  Rules rules;
  bool can_edit = false;
  std::string state;  // off, unknown (nothing was sent yet), ok, failing
  std::string why;    // of off and failing
  std::optional<Time> since;
};

// Takes letters from the outbox, one at a time a channel, and delivers them. All calls on the control thread.
class Notifier {
 public:
  Notifier(NotifierParts parts, Sender sender, std::vector<ConfiguredChannel> channels);
  ~Notifier();  // stop() first
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  void start();
  asio::awaitable<void> stop();

  // Sends a test now, whatever the rules say; what was given up for the channel is tried again when it gets
  // through. not_found; conflict: the channel is off.
  Task<Delivery> test(std::string channel, Deadline deadline);

  // In the order of the configuration. Never waits.
  std::vector<ChannelState> channels() const;
  // Tries since the start, by channel and outcome.
  std::map<std::pair<std::string, std::string>, std::int64_t> tries() const;

 private:
  struct Post;
  StatusTask announce();
  StatusTask serve(Post& post);
  Task<bool> serve_once(Post& post);
  StatusTask handle(Post& post, Letter letter);
  Task<Material> gather(Incident incident, const Letter& letter);
  StatusTask send(Post& post, Letter letter, Change change, Incident incident);
  StatusTask got_through(Post& post);
  StatusTask did_not(Post& post, const Letter& letter, const Delivery& delivery, bool is_own);
  const Post* stand_in_for(const Post& post) const;
  Post* find(const std::string& name);

  NotifierParts parts_;
  Sender sender_;
  std::vector<std::unique_ptr<Post>> posts_;
  TaskGroup tasks_;
};

// How often each channel's outbox is looked into: what happens is grouped for seconds anyway.
inline constexpr Duration kLookEvery = 500ms;
// Of one try. Chats answer within a second; a receiver that takes longer is overloaded.
inline constexpr Duration kDeliveryTimeout = 15s;
// A claim outlives its delivery and the store's part of it.
inline constexpr Duration kLease = 60s;

}  // namespace selfheal::notify
