#pragma once

#include <optional>

#include "model/incident.h"
#include "notify/ports.h"

// When is something worth telling? Pure functions over what a channel knows and how the incident stands.
namespace selfheal::notify {

struct Rules {
  Severity min_severity = Severity::medium;  // of incidents that the channel hears of at all
  // What happens within this time is told as one: a diagnosis follows its error within seconds.
  Duration group_wait = 10s;
  // A reminder while it is still open; zero: none.
  Duration repeat_after = 4h;
};

// An incident that heals and comes back every minute is told at most this often where messages cannot be
// edited.
inline constexpr Duration kSettleDown = 10min;
// New counts alone are not worth more requests than this: chats limit edits, and nobody reads faster.
inline constexpr Duration kEditEvery = 1min;

struct Situation {
  const Incident& incident;
  const std::optional<Told>& told;
  bool can_edit = false;
  bool stands_in = false;  // for a channel that does not work: then severity does not count
  bool remind = false;     // the time of the reminder has come
};

struct Decision {
  std::optional<Change> change;         // nothing: there is nothing to tell
  std::optional<Time> not_before = {};  // with a change: it is worth telling, but later
};

Decision decide(const Situation& situation, const Rules& rules, Time now);

// After telling: when to remind of it, if it stays as it is.
std::optional<Time> next_reminder(const Incident& incident, const Rules& rules, Time now);

// Of the diagnosis when there is one, else of the code.
Severity severity_of(const Incident& incident);
Category category_of(const Incident& incident);

// How long to wait before try number `attempt` + 1: 1 s doubling to an hour, of which chance takes up to
// half, never less than what the receiver asked for.
Duration retry_delay(int attempt, std::optional<Duration> wanted, double chance);
// What did not get through for so long is given up, and shown.
inline constexpr Duration kGiveUpAfter = 24h;
// So many tries in a row, a quarter of a minute, and the next channel is told instead.
inline constexpr int kTriesBeforeNext = 4;

// Why a mute ends now; nothing while it lasts.
std::optional<std::string> end_of(const Mute& mute, Time now);

}  // namespace selfheal::notify
