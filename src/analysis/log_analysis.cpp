#include "analysis/log_analysis.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "analysis/internal/event_names.h"
#include "tail/log_tail.h"

namespace selfheal::analysis {
namespace {

// PostgreSQL has thirteen words for levels; a log that holds more is damaged, and may hold any number.
constexpr std::size_t kLevels = 20;

}  // namespace

struct LogAnalysis::State {
  explicit State(const Clock* clock) : stopwatch(clock), names(clock) {}

  const Clock* stopwatch;
  EventNames names;
  Families families;
  LogSummary summary;
  // Beside the summary's map, because most records have the level of the one before.
  std::string level;
  std::int64_t of_level = 0;
  std::chrono::nanoseconds naming{};

  void count_level(const std::string& word);
  void end_of_level();
  void add_event(const ErrorEvent& event);
  void add_notable(const ErrorEvent& event);
};

LogAnalysis::LogAnalysis(const Clock* stopwatch) : state_(std::make_unique<State>(stopwatch)) {}
LogAnalysis::~LogAnalysis() = default;

void LogAnalysis::State::count_level(const std::string& word) {
  if (word != level) {
    end_of_level();
    level = word;
  }
  ++of_level;
}

void LogAnalysis::State::end_of_level() {
  if (of_level == 0) return;
  const bool known = summary.levels.contains(level) || summary.levels.size() < kLevels;
  summary.levels[known ? level : "other"] += std::exchange(of_level, 0);
}

void LogAnalysis::State::add_event(const ErrorEvent& event) {
  const auto start = stopwatch ? stopwatch->steady_now() : Deadline::Moment{};
  const auto named = names.name(event);
  ++summary.events;
  ++summary.categories[named.message->error_class.category];
  summary.activity.add(event.key.at);
  families.add(named.message->family, named.message->error_class, event, named.fingerprint);
  if (stopwatch) naming += stopwatch->steady_now() - start;
}

void LogAnalysis::State::add_notable(const ErrorEvent& event) {
  const auto* row = find_notable(event.message);
  if (!row) return;
  auto& notables = summary.notables;
  auto found = std::ranges::find(notables, row->name, [](const Notable& n) { return n.row->name; });
  if (found == notables.end())
    found = notables.insert(notables.end(), Notable{.row = row, .first = event.key.at, .last = event.key.at});
  ++found->count;
  found->first = std::min(found->first, event.key.at);
  found->last = std::max(found->last, event.key.at);
  found->activity.add(event.key.at);
  found->example = event;
}

void LogAnalysis::saw(Time at) {
  auto& summary = state_->summary;
  summary.first = std::min(summary.first.value_or(at), at);
  summary.last = std::max(summary.last.value_or(at), at);
}

void LogAnalysis::add(const ErrorEvent& event) {
  ++state_->summary.records;
  state_->count_level(event.level);
  saw(event.key.at);
  if (tail::is_event(event))
    state_->add_event(event);
  else
    state_->add_notable(event);
}

void LogAnalysis::add_routine(std::int64_t count) {
  if (count == 0) return;
  state_->summary.records += count;
  state_->summary.levels["LOG"] += count;
}

LogSummary LogAnalysis::take() {
  auto& state = *state_;
  auto& summary = state.summary;
  state.end_of_level();
  summary.families_replaced = state.families.replaced();
  summary.families = state.families.take();
  summary.parses = state.names.parses();
  summary.naming = std::chrono::duration_cast<Duration>(state.naming);
  summary.sql = std::chrono::duration_cast<Duration>(state.names.sql_time());
  std::ranges::sort(summary.notables, {}, &Notable::row);
  return std::exchange(summary, {});
}

}  // namespace selfheal::analysis
