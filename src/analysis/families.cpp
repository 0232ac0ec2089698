#include "analysis/families.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace selfheal::analysis {
namespace {

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

// Cut between two characters of UTF-8, which is what the texts of an event are.
void cut(std::string& text) {
  if (text.size() <= kExampleBytes) return;
  auto end = kExampleBytes;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  text.resize(end);
}

ErrorEvent example_of(const ErrorEvent& event) {
  auto example = event;
  for (auto* text : {&example.message, &example.detail, &example.hint, &example.context, &example.statement,
                     &example.internal_query})
    cut(*text);
  return example;
}

}  // namespace

struct Families::State {
  std::size_t kept;
  std::vector<Family> families;
  // Beside the families, so that the search for the rarest one reads little memory.
  std::vector<std::int64_t> counts;
  std::vector<std::unordered_set<std::uint64_t>> fingerprints;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> places;
  std::int64_t replaced = 0;

  std::size_t place_of(std::string_view name, const ErrorClass& error_class, const ErrorEvent& event);
  std::size_t free_place();
};

Families::Families(std::size_t kept) : state_(std::make_unique<State>()) { state_->kept = kept; }
Families::~Families() = default;

std::size_t Families::State::free_place() {
  if (families.size() < kept) {
    families.emplace_back();
    counts.push_back(0);
    fingerprints.emplace_back();
    return families.size() - 1;
  }
  const auto rarest = static_cast<std::size_t>(std::ranges::min_element(counts) - counts.begin());
  places.erase(places.find(families[rarest].name));
  fingerprints[rarest].clear();
  ++replaced;
  return rarest;
}

std::size_t Families::State::place_of(std::string_view name, const ErrorClass& error_class,
                                      const ErrorEvent& event) {
  if (const auto found = places.find(name); found != places.end()) return found->second;
  const auto place = free_place();
  families[place] = Family{.name = std::string(name),
                           .error_class = error_class,
                           .surplus = counts[place],
                           .first = event.key.at,
                           .last = event.key.at,
                           .example = example_of(event)};
  places.emplace(name, place);
  return place;
}

void Families::add(std::string_view name, const ErrorClass& error_class, const ErrorEvent& event,
                   std::uint64_t fingerprint) {
  const auto place = state_->place_of(name, error_class, event);
  ++state_->counts[place];
  auto& family = state_->families[place];
  family.first = std::min(family.first, event.key.at);
  family.last = std::max(family.last, event.key.at);
  family.activity.add(event.key.at);
  auto& seen = state_->fingerprints[place];
  if (seen.size() < kCountedStatements) seen.insert(fingerprint);
}

std::int64_t Families::replaced() const { return state_->replaced; }

std::vector<Family> Families::take() {
  auto families = std::move(state_->families);
  for (std::size_t i = 0; i < families.size(); ++i) {
    families[i].count = state_->counts[i];
    families[i].statements = state_->fingerprints[i].size();
  }
  const auto kept = state_->kept;
  *state_ = State{.kept = kept};
  std::ranges::sort(families, [](const Family& a, const Family& b) {
    return a.count != b.count ? a.count > b.count : a.name < b.name;
  });
  return families;
}

}  // namespace selfheal::analysis
