#include "memory/internal/word_index.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace selfheal::memory::internal {

namespace {

double length_of(const Terms& terms) {
  double length = 0;
  for (const auto& [term, count] : terms) length += count;
  return length;
}

}  // namespace

void WordIndex::add(Slot slot, const Terms& terms) {
  const double length = length_of(terms);
  CHECK(lengths_.emplace(slot, length).second);
  total_length_ += length;
  for (const auto& [term, count] : terms) postings_[term].push_back({slot, count});
}

void WordIndex::remove(const std::unordered_map<Slot, Terms>& documents) {
  std::unordered_set<std::string_view> touched;
  for (const auto& [slot, terms] : documents) {
    const auto found = lengths_.find(slot);
    CHECK(found != lengths_.end());
    total_length_ -= found->second;
    lengths_.erase(found);
    for (const auto& [term, count] : terms) touched.insert(term);
  }
  for (const auto term : touched) {
    const auto list = postings_.find(std::string(term));
    CHECK(list != postings_.end());
    std::erase_if(list->second, [&](const Posting& posting) { return documents.contains(posting.slot); });
    if (list->second.empty()) postings_.erase(list);
  }
}

double WordIndex::idf(const std::string& term) const {
  const auto list = postings_.find(term);
  const auto with = list == postings_.end() ? 0.0 : static_cast<double>(list->second.size());
  return std::log1p((static_cast<double>(lengths_.size()) - with + .5) / (with + .5));
}

std::vector<Scored> WordIndex::search(const Terms& query, std::size_t limit,
                                      const std::function<bool(Slot)>& accepts) const {
  if (lengths_.empty()) return {};
  const double mean_length = total_length_ / static_cast<double>(lengths_.size());
  std::unordered_map<Slot, double> scores;
  for (const auto& [term, wanted] : query) {
    const auto list = postings_.find(term);
    if (list == postings_.end()) continue;
    const double worth = wanted * idf(term);
    for (const auto& [slot, count] : list->second) {
      const double norm = kK1 * (1 - kB + kB * lengths_.at(slot) / mean_length);
      scores[slot] += worth * count * (kK1 + 1) / (count + norm);
    }
  }
  std::vector<Scored> found;
  for (const auto& [slot, score] : scores)
    if (!accepts || accepts(slot)) found.push_back({slot, score});
  const auto better = [](const Scored& a, const Scored& b) {
    return a.score != b.score ? a.score > b.score : a.slot < b.slot;
  };
  const auto kept = std::min(limit, found.size());
  std::ranges::partial_sort(found, found.begin() + static_cast<std::ptrdiff_t>(kept), better);
  found.resize(kept);
  return found;
}

}  // namespace selfheal::memory::internal
