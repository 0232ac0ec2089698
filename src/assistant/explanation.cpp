// What happened, why, and what it is not: the first half of an explanation. The outlook and the advice stand
// in files of their own.
#include "assistant/explanation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "assistant/internal/explanation_writer.h"
#include "assistant/safe_text.h"

namespace selfheal::assistant {
namespace {

struct ExpertRow {
  Category category;
  Expert expert;
};
// In the order of Category.
constexpr std::array<ExpertRow, 11> kExperts{{
    {Category::duplicate_data,
     {"an expert for keys and sequences",
      "where the value of the key came from: the application or a sequence"}},
    {Category::connection_issue,
     {"an expert for connections and pools",
      "who holds the connections, and whether the server could be reached"}},
    {Category::lock_contention,
     {"an expert for locks", "who stands first in the queue, and whether that session is at work"}},
    {Category::permission_error,
     {"an expert for roles and rights", "which right is lacking, and whether the role was meant to have it"}},
    {Category::query_syntax,
     {"an expert for SQL", "what the statement asks for, and what the schema really has"}},
    {Category::constraint_violation,
     {"an expert for data modelling", "whether the rule or the row is wrong"}},
    {Category::resource_exhaustion,
     {"an expert for capacity", "what runs out, how fast, and what keeps it from being freed"}},
    {Category::internal_or_corruption,
     {"an expert for storage and recovery",
      "whether data is damaged, and how old the newest good backup is"}},
    {Category::application_raised,
     {"an expert for application errors", "which rule of the application spoke, and for whom"}},
    {Category::none, {"a database administrator", "whether anybody is affected at all"}},
    {Category::unknown, {"a database administrator", "what changed shortly before"}},
}};

}  // namespace

Expert expert_for(Category category) {
  const auto row = std::ranges::find(kExperts, category, &ExpertRow::category);
  return row == kExperts.end() ? kExperts.back().expert : row->expert;
}

Explanation explain(const IncidentDetails& details, Time now) {
  const auto& incident = details.incident;
  Explanation explanation{
      .expert = expert_for(incident.diagnosis ? incident.diagnosis->category : incident.error_class.category),
      .sentences = {},
      .names = internal::names_of(details),
      .fingerprint = incident.name.fingerprint,
      .notice = {}};
  internal::Writer writer(details, explanation);
  internal::tell_what_happened(writer, details);
  internal::tell_why(writer, details);
  internal::tell_what_is_ruled_out(writer, details);
  internal::tell_what_comes(writer, details, now);
  internal::tell_what_to_do(writer, details, now);
  internal::tell_how_to_prevent(writer, details);
  return explanation;
}

}  // namespace selfheal::assistant

namespace selfheal::assistant::internal {
namespace {

std::string times(const Incident& incident) {
  if (incident.events <= 1) return fmt::format("once, at {}", moment(incident.first_seen));
  return fmt::format("{} times, first at {}, last at {}", incident.events, moment(incident.first_seen),
                     moment(incident.last_seen));
}

std::string place(const Incident& incident) {
  return incident.database.empty()
             ? fmt::format("on server {}", incident.server.value())
             : fmt::format("in database {} on server {}", incident.database, incident.server.value());
}

std::string event_source(const IncidentDetails& details) {
  const auto* event = newest(details.evidence, "error_event");
  return event == nullptr ? std::string() : event->id;
}

void tell_the_error(Writer& writer, const IncidentDetails& details) {
  const auto& incident = details.incident;
  const auto source = event_source(details);
  if (!incident.trouble.empty()) {
    writer.say(Section::happened,
               fmt::format("Selfheal's watch saw it {}: {} (finding {})", place(incident), times(incident),
                           incident.trouble),
               source);
    return;
  }
  const auto& condition = incident.error_class.condition;
  const auto code = incident.sqlstate.empty() ? std::string("an error without a code")
                    : condition.empty()       ? "SQLSTATE " + incident.sqlstate
                                              : fmt::format("{} (SQLSTATE {})", condition, incident.sqlstate);
  const auto who = incident.error_class.category == Category::application_raised
                       ? "The application's own code"
                       : "PostgreSQL";
  writer.say(Section::happened,
             fmt::format("{} reported {} {}: {}", who, code, place(incident), times(incident)), source);
  if (!incident.redacted_message.empty() && incident.redacted_message != pg::kWithheld)
    writer.quote(Section::happened, fmt::format("The message: {}", safe_text(incident.redacted_message)),
                 source);
}

// In the present only while it lasts: the title of a diagnosis is.
void tell_the_title(Writer& writer, const Incident& incident) {
  const auto& diagnosis = *incident.diagnosis;
  const std::string_view then =
      incident.state == IncidentState::healed || incident.state == IncidentState::resolved ? "What it was: "
                                                                                           : "";
  switch (diagnosis.confidence) {
    case Confidence::confirmed:
      writer.say(Section::happened, fmt::format("{}{}", then, diagnosis.title));
      return;
    case Confidence::likely:
      writer.say(Section::happened, fmt::format("{}Most likely: {}", then, diagnosis.title));
      return;
    case Confidence::possible:
      writer.say(Section::happened, fmt::format("{}Possibly, not proven: {}", then, diagnosis.title));
      return;
    case Confidence::unknown:
      // The classification alone speaks here; `why` says that the cause is not known.
      return;
  }
}

// Whoever closed it said why, in words of their own.
void tell_the_resolution(Writer& writer, const IncidentDetails& details) {
  const auto& timeline = details.timeline;
  const auto last = std::ranges::find(timeline.rbegin(), timeline.rend(), "resolved", &TimelineEntry::what);
  const auto why = last == timeline.rend() ? std::string() : last->text;
  if (why.empty())
    writer.say(Section::happened, "It was closed as resolved", writer.newest_source());
  else
    writer.quote(Section::happened, fmt::format("It was closed as resolved: {}", safe_text(why)),
                 writer.newest_source());
}

// Where treating it has come to.
void tell_the_state(Writer& writer, const IncidentDetails& details) {
  const auto& incident = details.incident;
  const auto reason = incident.verdict ? incident.verdict->reason : std::string();
  switch (incident.state) {
    case IncidentState::healed:
      writer.say(Section::happened,
                 fmt::format("It is healed{}: {}",
                             incident.closed_at ? " since " + moment(*incident.closed_at) : std::string(),
                             reason.empty() ? "the trouble is gone and did not come again" : reason),
                 writer.newest_source());
      return;
    case IncidentState::failed:
      writer.say(Section::happened,
                 reason.empty() ? std::string("The remedy did not help")
                                : fmt::format("The remedy did not help: {}", reason),
                 writer.newest_source());
      return;
    case IncidentState::verifying:
      writer.say(Section::happened,
                 "A remedy was applied; whether it helped is not yet proven, and is being watched",
                 writer.newest_source());
      return;
    case IncidentState::applying:
      writer.say(Section::happened,
                 "A remedy is being applied right now; nothing is known of its effect yet");
      return;
    case IncidentState::reopened:
      writer.say(Section::happened, "It had been closed and came again", event_source(details));
      return;
    case IncidentState::resolved:
      tell_the_resolution(writer, details);
      return;
    default:
      return;
  }
}

}  // namespace

void tell_what_happened(Writer& writer, const IncidentDetails& details) {
  const bool is_over = is_closed(details.incident.state);
  if (is_over) tell_the_state(writer, details);
  if (details.incident.diagnosis) tell_the_title(writer, details.incident);
  tell_the_error(writer, details);
  if (!is_over) tell_the_state(writer, details);
}

}  // namespace selfheal::assistant::internal
