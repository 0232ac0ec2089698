#include <algorithm>
#include <charconv>
#include <map>

#include "api/internal/handlers.h"
#include "api/internal/views.h"
#include "base/limits.h"
#include "healing/evidence/error_event.h"

// How an incident came and went.
namespace selfheal::api {
namespace {

using contract::to_json;

std::optional<std::int64_t> number_in(const std::optional<std::string>& cell) {
  std::int64_t value = 0;
  if (!cell) return std::nullopt;
  const auto read = std::from_chars(cell->data(), cell->data() + cell->size(), value);
  return read.ec == std::errc() ? std::optional(value) : std::nullopt;
}

std::vector<contract::WaitingCount> waiting_in(const Evidence& evidence) {
  std::map<Time, std::int64_t> most;
  for (const auto& item : evidence.items) {
    if (item.probe != "waiting_sessions" || item.columns.size() < 2) continue;
    for (const auto& row : item.rows) {
      const auto at = parse_time(row.front().value_or(""));
      const auto waiting = number_in(row.back());
      if (at && waiting) most[*at] = std::max(most[*at], *waiting);
    }
  }
  std::vector<contract::WaitingCount> counts;
  for (const auto& [at, waiting] : most) counts.push_back({.at = at, .sessions = waiting});
  return counts;
}

// The recorder's last minute says something of an incident that lives, or that ended within it.
bool is_recent(const Incident& incident, Time now) {
  return !incident.closed_at || now - *incident.closed_at < kRecorderSpan;
}

}  // namespace

contract::IncidentHistory history_of(Evidence evidence, std::vector<Occurrence> occurrences,
                                     const Recording* live, Time now) {
  if (live != nullptr) {
    // Behind the last round, and so with that round's subject.
    evidence.items.push_back(healing::recording_item(*live, now));
    evidence.items.push_back(healing::waiting_item(*live, now));
  }
  contract::IncidentHistory history{.moments = blocking_moments(evidence), .waiting = waiting_in(evidence)};
  for (auto& seen : occurrences)
    history.occurrences.push_back({.first_seen = seen.first_seen,
                                   .last_seen = seen.last_seen,
                                   .count = seen.count,
                                   .message = std::move(seen.message),
                                   .statement = std::move(seen.statement)});
  std::ranges::reverse(history.occurrences);
  return history;
}

Task<http::Response> show_history(Call call) {
  CO_TRY(const auto number, incident_number(call.request.parameter("id")));
  auto& parts = call.context.parts;
  CO_TRY(auto file, co_await parts.book.incident_file(number, call.deadline));
  CO_TRY(auto occurrences, co_await parts.book.occurrences(number, call.deadline));
  const auto now = parts.clock.now();
  std::optional<Recording> live;
  if (is_recent(file.incident, now)) live = parts.administration.recorded(file.incident.server);
  const auto view =
      history_of(std::move(file.evidence), std::move(occurrences), live ? &*live : nullptr, now);
  co_return answer(to_json(view));
}

}  // namespace selfheal::api
