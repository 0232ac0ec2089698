#include "memory/internal/likeness.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace selfheal::memory::internal {
namespace {

// One word in common is chance; so is a cosine below this between two sentences of PostgreSQL's.
constexpr std::size_t kTellingWords = 2;
constexpr double kTellingCosine = 0.6;
constexpr std::ptrdiff_t kWordsShown = 6;

// The parts of a family between bars that are not escaped, with escapes taken off.
std::vector<std::string> parts_of(std::string_view family) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < family.size(); ++i) {
    if (family[i] == '|')
      parts.emplace_back();
    else if (family[i] == '\\' && i + 1 < family.size())
      parts.back() += family[++i];
    else
      parts.back() += family[i];
  }
  return parts;
}

std::string code_in_words(const RememberedCase& past) {
  return past.condition.empty() ? past.sqlstate : fmt::format("{} ({})", past.sqlstate, past.condition);
}

}  // namespace

std::vector<std::string> objects_of(std::string_view family) {
  auto parts = parts_of(family);
  std::vector<std::string> objects;
  // The first two are the version of the grammar and the code.
  for (std::size_t i = 2; i < parts.size(); ++i) {
    auto& part = parts[i];
    if (const auto sign = part.find('='); sign != std::string::npos) part[sign] = ' ';
    objects.push_back(std::move(part));
  }
  return objects;
}

std::vector<std::string> shared_facts(const Asked& asked, const RememberedCase& past) {
  if (!asked.name.fingerprint.empty() && asked.name.fingerprint == past.fingerprint)
    return {"The same trouble: code, objects and statement are the same."};
  const auto theirs = objects_of(past.family);
  if (!asked.name.family.empty() && asked.name.family == past.family)
    return {theirs.empty() ? "The same kind of error, by another statement."
                           : fmt::format("The same kind of error about the same objects ({}), by another "
                                         "statement.",
                                         fmt::join(theirs, ", "))};
  std::vector<std::string> why;
  if (!asked.sqlstate.empty() && asked.sqlstate == past.sqlstate)
    why.push_back(fmt::format("The same SQLSTATE {}.", code_in_words(past)));
  for (const auto& object : objects_of(asked.name.family))
    if (std::ranges::find(theirs, object) != theirs.end())
      why.push_back(fmt::format("About the same {}.", object));
  if (!asked.cause.empty() && asked.cause == past.cause)
    why.push_back(fmt::format("The same cause: {}.", past.cause));
  return why;
}

bool is_close(const Hit& hit) { return hit.cosine >= kTellingCosine; }

std::vector<std::string> shared_words(const Hit& hit) {
  std::vector<std::string> why;
  const auto& words = hit.shared_words;
  if (words.size() >= kTellingWords) {
    const auto shown = words | std::views::take(kWordsShown);
    why.push_back(fmt::format("Similar words: {}.", fmt::join(shown, ", ")));
  }
  if (is_close(hit)) why.push_back(fmt::format("Close in meaning ({:.2f}).", hit.cosine));
  return why;
}

Recalled recalled_of(RememberedCase past, IncidentNumber asked, Time now, Duration half_life) {
  Recalled recalled;
  recalled.records = healing::records_of(past.outcomes, now, half_life);
  recalled.experience = healing::experience_in_words(past.outcomes, now, half_life);
  recalled.incident = past.incident;
  for (const auto& outcome : past.outcomes) {
    if (outcome.note.empty() || recalled.notes.size() == kNotesShown) continue;
    recalled.notes.push_back(outcome.note);
  }
  recalled.trust = !recalled.records.empty() ? Trust::verified
                   : !recalled.notes.empty() ? Trust::resolved
                                             : Trust::seen;
  const auto told = std::ranges::find_if(past.outcomes, [&](const healing::PastCase& outcome) {
    return outcome.incident != asked && (outcome.verdict != VerdictWord::unknown || !outcome.note.empty());
  });
  if (told != past.outcomes.end()) recalled.incident = told->incident;
  recalled.past = std::move(past);
  return recalled;
}

Recalled recalled_of(const knowledge::Runbook& runbook) {
  Recalled recalled;
  recalled.runbook = &runbook;
  recalled.trust = Trust::written;
  return recalled;
}

}  // namespace selfheal::memory::internal
