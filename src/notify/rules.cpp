#include "notify/rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace selfheal::notify {
namespace {

constexpr Duration kFirstRetry = 1s;
constexpr Duration kLongestRetry = 1h;

// What is new to a channel that knows nothing of the incident.
std::optional<Change> first_news(IncidentState state) {
  switch (state) {
    case IncidentState::awaiting_approval:
      return Change::needs_approval;
    case IncidentState::healed:
      return Change::healed;
    case IncidentState::failed:
      return Change::failed;
    case IncidentState::resolved:  // it went before anybody heard of it, or was merged into another
    case IncidentState::muted:
      return std::nullopt;
    default:
      return Change::opened;
  }
}

// What is new about the state; nothing when it is on its way between two states worth telling.
std::optional<Change> news_of(const Told& told, IncidentState state) {
  if (state == told.state) return std::nullopt;
  switch (state) {
    case IncidentState::awaiting_approval:
      return Change::needs_approval;
    case IncidentState::healed:
      return Change::healed;
    case IncidentState::failed:
      return Change::failed;
    case IncidentState::resolved:
      return Change::resolved;
    case IncidentState::muted:
      return Change::muted;
    default:
      break;
  }
  if (told.state == IncidentState::muted) return Change::unmuted;
  if (is_closed(told.state)) return Change::reopened;
  return state == IncidentState::refused ? std::optional(Change::refused) : std::nullopt;
}

// Not worth a message of its own where the one before it cannot be changed.
bool needs_edit(Change change) {
  return change == Change::updated || change == Change::refused || change == Change::muted;
}

}  // namespace

Severity severity_of(const Incident& incident) {
  return incident.diagnosis ? incident.diagnosis->severity : incident.error_class.severity;
}

Category category_of(const Incident& incident) {
  return incident.diagnosis ? incident.diagnosis->category : incident.error_class.category;
}

Decision decide(const Situation& situation, const Rules& rules, Time now) {
  const auto& incident = situation.incident;
  const auto severity = severity_of(incident);
  if (!situation.told) {
    if (severity < rules.min_severity && !situation.stands_in) return {};
    return {.change = first_news(incident.state)};
  }
  const auto& told = *situation.told;
  if (const auto news = news_of(told, incident.state)) {
    if (needs_edit(*news) && !situation.can_edit) return {};
    const auto settled = told.at + kSettleDown;
    if (*news == Change::reopened && !situation.can_edit && now < settled)
      return {.change = news, .not_before = settled};
    return {.change = news};
  }
  if (severity > told.severity) return {.change = Change::updated};
  if (situation.remind && !is_closed(incident.state) && incident.state != IncidentState::muted)
    return {.change = Change::reminder};
  if (incident.rev == told.rev || !situation.can_edit) return {};
  // A muted one is counted on, and nobody is told.
  if (incident.state == IncidentState::muted) return {};
  const bool only_counts =
      incident.state == told.state && (incident.plan ? incident.plan->plan_hash : "") == told.plan_hash;
  if (only_counts && now < told.at + kEditEvery)
    return {.change = Change::updated, .not_before = told.at + kEditEvery};
  return {.change = Change::updated};
}

std::optional<Time> next_reminder(const Incident& incident, const Rules& rules, Time now) {
  const bool quiet = is_closed(incident.state) || incident.state == IncidentState::muted ||
                     incident.state == IncidentState::refused;
  if (quiet || rules.repeat_after == Duration::zero()) return std::nullopt;
  return now + rules.repeat_after;
}

Duration retry_delay(int attempt, std::optional<Duration> wanted, double chance) {
  const int doublings = std::clamp(attempt - 1, 0, 20);
  const auto longest = std::min(kFirstRetry * (std::int64_t{1} << doublings), kLongestRetry);
  const auto jittered =
      Duration(static_cast<std::int64_t>(static_cast<double>(longest.count()) * (1 - chance / 2)));
  return std::max(jittered, wanted.value_or(Duration::zero()));
}

std::string in_words(const MuteTerms& terms) {
  if (terms.events_an_hour)
    return fmt::format("until there are more than {} events in an hour", *terms.events_an_hour);
  if (terms.until_worse) return "until it gets worse";
  if (terms.lasts % 1h == Duration::zero()) return fmt::format("for {} h", terms.lasts / Duration(1h));
  return fmt::format("for {} min", std::max<std::int64_t>(1, terms.lasts / Duration(1min)));
}

std::optional<std::string> end_of(const Mute& mute, Time now) {
  if (mute.events_an_hour && mute.events_last_hour > *mute.events_an_hour)
    return fmt::format("the mute ended: {} events in an hour, more than {}", mute.events_last_hour,
                       *mute.events_an_hour);
  if (now >= mute.ends_at) return "the mute ended: its time is over";
  return std::nullopt;
}

}  // namespace selfheal::notify
