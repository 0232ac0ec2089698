// What happens when nobody acts for ten minutes. Reckoned from figures where the evidence holds them; what no
// figure says is left to the runbook, in its own words.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "assistant/internal/explanation_writer.h"

namespace selfheal::assistant::internal {
namespace {

constexpr Duration kAhead = 10min;
// A rate over less than this is chance.
constexpr Duration kShortestSpan = 30s;
constexpr std::int64_t kFewestEvents = 3;
// An error that has not come for as long is not said to go on.
constexpr Duration kStillComing = 10min;

constexpr auto kSection = Section::if_nobody_acts;

std::string megabytes(std::int64_t bytes) { return fmt::format("{} MB", bytes / (1 << 20)); }

// Who waits at one moment; of a recording, at that of its samples.
std::set<std::int64_t> waiters(const EvidenceItem& item, std::optional<Time> at) {
  std::set<std::int64_t> found;
  for (std::size_t row = 0; row < item.rows.size(); ++row) {
    const auto pid = number_in(item, row, "waiter_pid");
    if (pid && (!at || time_in(item, row, "at") == at)) found.insert(*pid);
  }
  return found;
}

// Since when the one waits who waits for longest.
std::optional<Time> oldest_wait(const EvidenceItem& item, const std::set<std::int64_t>& of) {
  std::optional<Time> oldest;
  for (std::size_t row = 0; row < item.rows.size(); ++row) {
    const auto pid = number_in(item, row, "waiter_pid");
    const auto since = time_in(item, row, "waiting_since");
    if (pid && of.contains(*pid) && since && *since != Time{} && (!oldest || *since < *oldest))
      oldest = since;
  }
  return oldest;
}

void tell_of_growth(Writer& writer, const EvidenceItem& recorded) {
  const auto first_at = time_in(recorded, 0, "at");
  const auto last_at = time_in(recorded, recorded.rows.size() - 1, "at");
  if (!first_at || !last_at || *last_at - *first_at < 1s) return;
  const auto first = waiters(recorded, first_at).size();
  const auto last = waiters(recorded, last_at).size();
  if (last > first)
    writer.say(kSection,
               fmt::format(
                   "The queue grew from {} to {} within {}, and goes on growing as long as new requests need "
                   "the same lock",
                   first, last, length(*last_at - *first_at)),
               recorded.id);
}

// Only what the server itself said counts: a wait that the recorder saw may have ended since.
void tell_the_queue(Writer& writer, const Evidence& evidence) {
  const auto* live = newest_answer(evidence, "blocking_chain");
  if (live == nullptr) return;
  const auto waiting = waiters(*live, std::nullopt);
  if (waiting.empty()) {
    writer.say(kSection,
               "Nobody waited any more when the server was asked; whoever needs the same lock next waits "
               "again, as long as it is held",
               live->id);
    return;
  }
  const auto* recorded = newest(evidence, "flight_recorder");
  const auto since = recorded == nullptr ? std::nullopt : oldest_wait(*recorded, waiting);
  const auto who = counted(std::ssize(waiting), "session", "sessions");
  if (since)
    writer.say(
        kSection,
        fmt::format("{} waited when the server was asked, the longest for {}; in ten minutes that wait has "
                    "lasted {}, unless a timeout ends it or the session in front goes on",
                    who, length(live->taken_at - *since), length(live->taken_at - *since + kAhead)),
        recorded->id);
  else
    writer.say(
        kSection,
        fmt::format("{} waited when the server was asked, and go on waiting until a timeout ends it or the "
                    "session in front goes on",
                    who),
        live->id);
  if (recorded != nullptr) tell_of_growth(writer, *recorded);
}

void tell_the_connections(Writer& writer, const Evidence& evidence) {
  const auto* slots = newest(evidence, "connection_slots");
  if (slots == nullptr) return;
  const auto allowed = number_in(*slots, 0, "allowed");
  const auto used = number_in(*slots, 0, "used");
  if (!allowed || !used) return;
  const auto left = std::max<std::int64_t>(*allowed - *used, 0);
  writer.say(kSection,
             left == 0
                 ? std::string("No connection is left: whoever connects in the next ten minutes is refused, "
                               "until one is given back")
                 : fmt::format("{} left; when they are taken, new clients are refused",
                               counted(left, "connection is", "connections are")),
             slots->id);
}

void tell_the_dead_rows(Writer& writer, const Evidence& evidence) {
  const auto* holders = newest(evidence, "xmin_holders");
  if (holders == nullptr) return;
  if (const auto rows = number_in(*holders, 0, "dead_rows"))
    writer.say(
        kSection,
        fmt::format("{} stay, and every update and delete of the next ten minutes adds to them: tables and "
                    "their indexes grow. How fast was not measured",
                    counted(*rows, "dead row", "dead rows")),
        holders->id);
}

void tell_the_wal(Writer& writer, const Evidence& evidence) {
  const auto* slot = newest(evidence, "replication_slot");
  if (slot == nullptr || truth_in(*slot, 0, "is_active")) return;
  const auto kept = number_in(*slot, 0, "retained_bytes");
  const auto limit = number_in(*slot, 0, "keep_limit_bytes");
  const auto safe = number_in(*slot, 0, "safe_wal_bytes");
  if (safe)
    writer.say(
        kSection,
        fmt::format(
            "After {} more of WAL the slot is cut off by max_slot_wal_keep_size, and its consumer must "
            "be built anew",
            megabytes(std::max<std::int64_t>(*safe, 0))),
        slot->id);
  else if (kept && limit && *limit < 0)
    writer.say(
        kSection,
        fmt::format("The {} of WAL stay, and all that is written in the next ten minutes is kept as well; no "
                    "limit is set, so it ends when the disk is full. How much room is left was not measured",
                    megabytes(*kept)),
        slot->id);
}

void tell_the_numbers_left(Writer& writer, const Evidence& evidence) {
  const auto* limits = newest(evidence, "sequence_limits");
  if (limits == nullptr) return;
  const auto last = number_in(*limits, 0, "last_value");
  const auto increment = number_in(*limits, 0, "increment");
  auto end = number_in(*limits, 0, "sequence_end");
  const auto column_end = number_in(*limits, 0, "column_end");
  // Counting down the nearer end is the higher one.
  if (end && column_end && increment)
    end = *increment > 0 ? std::min(*end, *column_end) : std::max(*end, *column_end);
  if (!last || !end || !increment || *increment == 0) return;
  std::int64_t distance = 0;
  if (__builtin_sub_overflow(*end, *last, &distance)) return;
  const auto left = std::max<std::int64_t>(distance / *increment, 0);
  writer.say(kSection,
             left == 0
                 ? std::string("Every further insert that needs a number fails")
                 : fmt::format("{} left; after that each insert that needs one fails. How fast they are used "
                               "was not measured",
                               counted(left, "number is", "numbers are")),
             limits->id);
}

void tell_the_failing_inserts(Writer& writer, const IncidentDetails& details) {
  if (details.incident.diagnosis->playbook != "sequence_behind_table") return;
  const auto* key = newest(details.evidence, "unique_key");
  if (key == nullptr) return;
  for (std::size_t row = 0; row < key->rows.size(); ++row) {
    const auto highest = number_in(*key, row, "max_value");
    const auto last = number_in(*key, row, "last_value");
    const auto increment = number_in(*key, row, "increment");
    std::int64_t gap = 0;
    if (!highest || !last || !increment || *increment <= 0 || __builtin_sub_overflow(*highest, *last, &gap))
      continue;
    const auto failing = gap / *increment + (truth_in(*key, row, "is_called") ? 0 : 1);
    if (failing <= 0) return;
    writer.say(kSection,
               fmt::format("Up to {} fail, each taking one number, before the sequence has passed the column",
                           counted(failing, "more insert", "more inserts")),
               key->id);
    return;
  }
}

// How often it comes, when that can be told.
void tell_the_rate(Writer& writer, const IncidentDetails& details, Time now) {
  const auto& incident = details.incident;
  const auto* event = newest(details.evidence, "error_event");
  const auto source = event == nullptr ? std::string() : event->id;
  if (!incident.trouble.empty()) return;
  const auto span = incident.last_seen - incident.first_seen;
  if (now - incident.last_seen > kStillComing) {
    writer.say(kSection,
               fmt::format("It was last seen {} ago; whether it comes again is not known",
                           length(now - incident.last_seen)),
               source);
    return;
  }
  if (incident.events < kFewestEvents || span < kShortestSpan) {
    if (incident.events == 1)
      writer.say(kSection, "It was seen once so far; whether it comes again is not known", source);
    return;
  }
  const auto more =
      std::lround(static_cast<double>(incident.events - 1) * to_seconds(kAhead) / to_seconds(span));
  writer.say(kSection,
             fmt::format("It came {} times in {}; if that goes on, about {} follow in ten minutes",
                         incident.events, length(span), counted(more, "more error", "more errors")),
             source);
}

void tell_of_retries(Writer& writer, const Incident& incident) {
  const auto& diagnosis = *incident.diagnosis;
  // A finding of the watch has no statement to repeat.
  if (!incident.trouble.empty()) return;
  if (!diagnosis.retry.safe && !diagnosis.retry.why.empty())
    writer.say(kSection, fmt::format("Repeating the statement does not help: {}", diagnosis.retry.why));
}

// The remedy was carried out, or somebody closed it: figures from before say nothing about what comes.
bool tell_of_the_end(Writer& writer, const IncidentDetails& details) {
  const auto& incident = details.incident;
  switch (incident.state) {
    case IncidentState::healed:
      writer.say(kSection, "Nothing: the trouble is gone. What brought it about may bring it back",
                 writer.newest_source());
      return true;
    case IncidentState::resolved:
      writer.say(kSection,
                 "Nothing is expected: the incident was closed as resolved. If it comes again within a day, "
                 "it is opened again",
                 writer.newest_source());
      return true;
    case IncidentState::verifying:
      writer.say(kSection,
                 "Nobody needs to act now: the effect of the remedy is being watched, and what does not help "
                 "is taken back where it can be",
                 writer.newest_source());
      return true;
    default:
      return false;
  }
}

}  // namespace

void tell_what_comes(Writer& writer, const IncidentDetails& details, Time now) {
  if (tell_of_the_end(writer, details)) return;
  const auto& incident = details.incident;
  if (incident.state == IncidentState::awaiting_approval)
    writer.say(kSection, "Selfheal does nothing until a person approves the fix");
  if (incident.diagnosis && !incident.diagnosis->playbook.empty()) {
    if (incident.diagnosis->category == Category::lock_contention) tell_the_queue(writer, details.evidence);
    tell_the_connections(writer, details.evidence);
    tell_the_dead_rows(writer, details.evidence);
    tell_the_wal(writer, details.evidence);
    tell_the_numbers_left(writer, details.evidence);
    tell_the_failing_inserts(writer, details);
    tell_of_retries(writer, incident);
  }
  tell_the_rate(writer, details, now);
  writer.know(kSection, runbook_of(incident), &knowledge::Runbook::if_nobody_acts);
}

}  // namespace selfheal::assistant::internal
