#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/task.h"
#include "model/incident.h"
#include "notify/notice.h"

// What notify needs of the rest, bound to one tenant. All calls on the control thread, each limited by its
// Deadline.
namespace selfheal::notify {

// What a channel knows of an incident.
struct Told {
  Time at{};
  Change change = Change::opened;
  IncidentState state = IncidentState::open;
  Severity severity = Severity::medium;
  std::string plan_hash;
  std::int64_t rev = 0;
  std::int64_t entry = 0;  // the last entry of the timeline
};

// What one channel was told of one incident, and what it is still to be told.
struct Letter {
  std::string channel;
  IncidentNumber incident;
  std::int64_t changes = 0;  // of the incident, when the letter was claimed
  bool is_waiting = false;
  std::optional<Time> due_at;
  std::optional<Time> remind_at;
  int attempts = 0;  // to deliver what is waiting, this one included
  std::optional<Time> failing_since;
  std::optional<Time> parked_at;
  std::string last_answer;
  std::optional<Told> told;
  std::string receipt;
  std::string instead_of;
};

struct NumberedEntry {
  std::int64_t number = 0;
  TimelineEntry entry;
};

// One try to deliver, for people.
struct DeliveryRecord {
  std::int64_t number = 0;  // given by the store
  std::string channel;
  std::optional<IncidentNumber> incident;  // absent: a test
  Time at{};
  std::string change;
  std::string outcome;
  std::string answer;
  int attempt = 1;
  Duration took{};
  std::string notice;
};

struct DeliveryFilter {
  std::string channel;  // empty: any
  std::optional<IncidentNumber> incident;
  std::string outcome;  // empty: any
  std::optional<std::int64_t> before;
  int limit = 50;
};

struct DeliveryPage {
  std::vector<DeliveryRecord> items;  // newest first
  std::optional<std::int64_t> next;
};

struct Backlog {
  std::int64_t waiting = 0;
  std::int64_t parked = 0;
  std::optional<Time> oldest_waiting;
  std::optional<DeliveryRecord> last;
  std::optional<Time> last_delivered;
};

// What waits to be told. Letters are written by the store, in the transaction that changes the incident.
class Outbox {
 public:
  virtual ~Outbox() = default;
  // From now on letters are written for these, in the order in which one stands in for another. What waits
  // for others is let go.
  virtual StatusTask set_channels(std::vector<std::string> names, Deadline deadline) = 0;
  // Letters whose time has come, oldest first, lent until now + `lease`: who dies in between loses none. What
  // is new becomes due after `wait`.
  struct Claim {
    std::string channel;
    Duration wait{};
    Duration lease{};
    int limit = 1;
  };
  virtual Task<std::vector<Letter>> claim(Claim claim, Deadline deadline) = 0;
  // Ends a claim. What changed since the claim makes it wait again, whatever the letter says.
  virtual StatusTask settle(Letter letter, std::optional<DeliveryRecord> record, Deadline deadline) = 0;
  virtual StatusTask record(DeliveryRecord record, Deadline deadline) = 0;
  // `channel` is told of the incident at once, whatever its rules say, because of `instead_of`.
  virtual StatusTask tell_instead(std::string channel, IncidentNumber incident, std::string instead_of,
                                  Deadline deadline) = 0;
  // What was given up for the channel is tried again.
  virtual StatusTask unpark(std::string channel, Deadline deadline) = 0;
  virtual Task<std::vector<NumberedEntry>> timeline_after(IncidentNumber incident, std::int64_t entry,
                                                          Deadline deadline) = 0;
  virtual Task<DeliveryPage> deliveries(DeliveryFilter filter, Deadline deadline) = 0;
  virtual Task<std::vector<Letter>> parked(Deadline deadline) = 0;
  virtual Task<Backlog> backlog(std::string channel, Deadline deadline) = 0;
};

// How a mute ends. Each does, at `ends_at` at the latest.
struct Mute {
  IncidentNumber incident;
  ServerId server;
  Time at{};
  Time ends_at{};
  std::optional<std::int64_t> events_an_hour;  // more end it
  std::int64_t events_last_hour = 0;           // read only
};

// What somebody who mutes says about its end.
struct MuteTerms {
  Duration lasts = 1h;  // unless one of the others is said
  // More than twice as many events in an hour as in the one before it was muted, and more than ten.
  bool until_worse = false;
  std::optional<std::int64_t> events_an_hour;
};
// A mute that waits for something else ends after so long all the same: nobody remembers it any more.
inline constexpr Duration kLongestMute = 720h;
// "for 1 h", "until it gets worse", "until there are more than 100 events in an hour".
std::string in_words(const MuteTerms& terms);

class Mutes {
 public:
  virtual ~Mutes() = default;
  // Replaces an earlier one. The incident itself is muted by healing, afterwards.
  virtual StatusTask put(IncidentNumber incident, MuteTerms terms, Deadline deadline) = 0;
  // Of muted incidents. One that was muted without saying until when ends an hour after it was found.
  virtual Task<std::vector<Mute>> all(Deadline deadline) = 0;
  virtual StatusTask remove(IncidentNumber incident, Deadline deadline) = 0;
};

// What a person can do about an incident, in the order to try it; redacted.
class Adviser {
 public:
  virtual ~Adviser() = default;
  virtual Task<std::vector<pg::RedactedText>> advise(IncidentNumber incident, Deadline deadline) = 0;
};

// The finding under which a channel that does not work is an incident of its own: of the server that is
// ourselves, in the "database" that is the channel.
inline constexpr std::string_view kOwnTrouble = "notifications_failing";
inline constexpr std::string_view kOwnServer = "selfheal";

inline bool is_about_channel(const Incident& incident, std::string_view channel) {
  return incident.trouble == kOwnTrouble && incident.database == channel;
}

// Raises and ends that incident.
class Alarm {
 public:
  virtual ~Alarm() = default;
  virtual StatusTask channel_fails(std::string channel, std::string why, Deadline deadline) = 0;
  virtual StatusTask channel_works(std::string channel, Deadline deadline) = 0;
};

}  // namespace selfheal::notify
