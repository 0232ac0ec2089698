#include "healing/experience.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace selfheal::healing {
namespace {

// Of the outcomes that say something: one failure against no success is not worth nothing, and one success
// is not worth everything.
constexpr double kDoubt = 0.5;

struct Tally {
  ActionRecord record;
  double helped = 0;
  double tried = 0;
};

std::string times(int count) {
  if (count == 1) return "once";
  return count == 2 ? "twice" : fmt::format("{} times", count);
}

}  // namespace

std::vector<ActionRecord> records_of(const std::vector<PastCase>& past, Time now, Duration half_life) {
  std::map<std::string, Tally> tallies;
  for (const auto& one : past) {
    if (one.ending != Ending::treated || one.action.empty() || one.verdict == VerdictWord::unknown) continue;
    const auto age = std::max(now - one.at, Duration(0));
    const auto weight = std::exp2(-static_cast<double>(age.count()) / static_cast<double>(half_life.count()));
    auto& tally = tallies[one.action];
    ++tally.record.tried;
    tally.tried += weight;
    if (one.verdict != VerdictWord::cured) continue;
    ++tally.record.helped;
    tally.helped += weight;
  }
  std::vector<ActionRecord> records;
  for (auto& [action, tally] : tallies) {
    tally.record.action = action;
    tally.record.worth = tally.helped / (tally.tried + kDoubt);
    records.push_back(std::move(tally.record));
  }
  std::ranges::sort(records, [](const ActionRecord& a, const ActionRecord& b) {
    return a.worth != b.worth ? a.worth > b.worth : a.action < b.action;
  });
  return records;
}

std::string experience_in_words(const std::vector<PastCase>& past, Time now, Duration half_life) {
  std::vector<std::string> parts;
  for (const auto& record : records_of(past, now, half_life))
    parts.push_back(fmt::format("{} helped {} of {} times", record.action, record.helped, record.tried));
  const auto ended = [&](Ending how) {
    return static_cast<int>(std::ranges::count(past, how, &PastCase::ending));
  };
  if (const int count = ended(Ending::by_person); count > 0)
    parts.push_back(fmt::format("a person corrected it {}", times(count)));
  if (const int count = ended(Ending::by_itself); count > 0)
    parts.push_back(fmt::format("it went away by itself {}", times(count)));
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace selfheal::healing
