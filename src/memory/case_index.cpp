#include "memory/case_index.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <ranges>
#include <set>
#include <shared_mutex>
#include <tuple>
#include <unordered_map>

#include "base/check.h"
#include "memory/internal/tokens.h"
#include "memory/internal/vector_index.h"
#include "memory/internal/word_index.h"

namespace selfheal::memory {

namespace {

using internal::Scored;
using internal::Slot;
using internal::Terms;

// Reciprocal rank fusion (Cormack, Clarke and Buettcher, 2009): a place counts 1/(k + place). From 5 to 60
// results change little.
constexpr double kFusion = 20;
// Cases of each list that are fused. What both lists place behind this many is nobody's answer.
constexpr std::size_t kDepth = 200;
constexpr std::size_t kSharedWords = 8;
// The same SQLSTATE counts like this place in a list of its own: it lifts a case that words and meaning place
// well above its neighbours, and no case above one that both place first.
constexpr int kPlaceOfCode = 10;

// A row's id in FAISS holds its case's slot and its place there.
constexpr auto kRowsPerSlot = static_cast<std::int64_t>(kRowsOfCase);
std::int64_t id_of(Slot slot, std::size_t row) {
  return slot * kRowsPerSlot + static_cast<std::int64_t>(row);
}
Slot slot_of(std::int64_t id) { return static_cast<Slot>(id / kRowsPerSlot); }

std::string cut(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return std::string(text.substr(0, bytes));
}

// A case in the list of meanings.
struct Near {
  Slot slot = 0;
  double cosine = 0;  // of its closest row
  RowKind closest = RowKind::error;
  double own = 0;  // of its error: cases that share a runbook are equally close by it
};

}  // namespace

struct CaseIndex::State {
  State(std::string name, int dimension)
      : embedder(std::move(name)), dimension(dimension), vectors(dimension) {}

  struct Entry {
    CaseDocument document;  // without vectors: those are FAISS's
    Terms terms;
  };

  const std::string embedder;
  const int dimension;
  mutable std::shared_mutex mutex;  // of everything below
  std::map<std::string, Slot, std::less<>> slots;
  std::unordered_map<Slot, Entry> entries;
  std::vector<Slot> free;
  Slot next = 0;
  std::size_t rows = 0;
  internal::WordIndex words;
  internal::VectorIndex vectors;

  Status check(const std::vector<CaseDocument>& cases, const std::set<Slot>& former) const;
  void drop(const std::set<Slot>& gone);
  Slot take_slot();
  void add(std::vector<CaseDocument> cases);
  std::vector<Scored> by_words(const Query& query, const Terms& stems) const;
  Result<std::vector<Near>> by_meaning(const Query& query) const;
  double cosine_of_errors(Slot slot, const Vector& vector) const;
  std::function<bool(Slot)> filter(const Query& query) const;
  std::vector<std::string> shared_words(Slot slot, const std::vector<std::string>& asked) const;
};

namespace {

// Small words say nothing; others count by stem.
void add_term(internal::Stemmer& stemmer, const std::string& word, Terms& terms) {
  if (!internal::is_small_word(word)) terms[stemmer.stem(word)] += 1;
}

void add_terms(internal::Stemmer& stemmer, std::string_view text, Terms& terms) {
  for (const auto& word : internal::words_of(text)) add_term(stemmer, word, terms);
}

Terms terms_of(internal::Stemmer& stemmer, const std::vector<Row>& rows) {
  Terms terms;
  for (const auto& row : rows) add_terms(stemmer, row.text, terms);
  return terms;
}

}  // namespace

Status CaseIndex::State::check(const std::vector<CaseDocument>& cases, const std::set<Slot>& former) const {
  std::size_t total = rows;
  for (const auto slot : former) total -= entries.at(slot).document.rows.size();
  for (const auto& one : cases) {
    if (one.key.empty() || one.rows.empty() || one.rows.size() > kRowsOfCase)
      return failure(ErrorCode::invalid_input, "index: a case has no key, no text or too many texts");
    total += one.rows.size();
    for (const auto& row : one.rows)
      if (!row.vector.empty()) TRY_OK(vectors.check(row.vector));
  }
  if (total > kRowsOfIndex) return failure(ErrorCode::invalid_input, "index: it would have too many texts");
  return {};
}

void CaseIndex::State::drop(const std::set<Slot>& gone) {
  std::unordered_map<Slot, Terms> terms;
  std::vector<std::int64_t> ids;
  for (const auto slot : gone) {
    auto entry = entries.extract(slot);
    const auto count = entry.mapped().document.rows.size();
    for (std::size_t row = 0; row < count; ++row) ids.push_back(id_of(slot, row));
    rows -= count;
    slots.erase(entry.mapped().document.key);
    terms.emplace(slot, std::move(entry.mapped().terms));
    free.push_back(slot);
  }
  words.remove(terms);
  CHECK(vectors.remove(ids).has_value());
}

Slot CaseIndex::State::take_slot() {
  if (free.empty()) return next++;
  const auto slot = free.back();
  free.pop_back();
  return slot;
}

void CaseIndex::State::add(std::vector<CaseDocument> cases) {
  internal::Stemmer stemmer;
  std::vector<std::int64_t> ids;
  std::vector<float> all;
  for (auto& one : cases) {
    const auto slot = take_slot();
    for (std::size_t row = 0; row < one.rows.size(); ++row) {
      auto& [kind, text, vector] = one.rows[row];
      text = cut(text, kRowBytes);
      if (vector.empty()) continue;
      ids.push_back(id_of(slot, row));
      all.insert(all.end(), vector.begin(), vector.end());
      vector = {};
    }
    rows += one.rows.size();
    slots.emplace(one.key, slot);
    auto terms = terms_of(stemmer, one.rows);
    words.add(slot, terms);
    entries.emplace(slot, Entry{std::move(one), std::move(terms)});
  }
  CHECK(vectors.add(ids, all).has_value());
}

std::function<bool(Slot)> CaseIndex::State::filter(const Query& query) const {
  if (!query.accepts) return {};
  return [this, &query](Slot slot) { return query.accepts(entries.at(slot).document.key); };
}

std::vector<Scored> CaseIndex::State::by_words(const Query& query, const Terms& stems) const {
  if (query.method == Method::meaning) return {};
  return words.search(stems, kDepth, filter(query));
}

double CaseIndex::State::cosine_of_errors(Slot slot, const Vector& vector) const {
  const auto& rows_of_case = entries.at(slot).document.rows;
  double best = 0;
  for (std::size_t row = 0; row < rows_of_case.size(); ++row) {
    if (rows_of_case[row].kind != RowKind::error) continue;
    const auto own = vectors.vector_of(id_of(slot, row));
    best = std::max(best, std::inner_product(own.begin(), own.end(), vector.begin(), 0.0));
  }
  return best;
}

// The best row of each case. How many rows make kDepth cases shows only when they are there, so more are
// asked for until they do.
Result<std::vector<Near>> CaseIndex::State::by_meaning(const Query& query) const {
  std::vector<Near> found;
  if (query.method == Method::words || query.vector.empty()) return found;
  const auto accepts = filter(query);
  for (std::size_t limit = 2 * kDepth;; limit *= 4) {
    found.clear();
    std::set<Slot> seen;
    TRY(const auto neighbours, vectors.search(query.vector, limit));
    for (const auto& [id, cosine] : neighbours) {
      const auto slot = slot_of(id);
      if (!seen.insert(slot).second || (accepts && !accepts(slot))) continue;
      const auto row = static_cast<std::size_t>(id % kRowsPerSlot);
      found.push_back({.slot = slot, .cosine = cosine, .closest = entries.at(slot).document.rows[row].kind});
    }
    if (found.size() >= kDepth || limit >= vectors.size()) break;
  }
  for (auto& one : found) one.own = cosine_of_errors(one.slot, query.vector);
  std::ranges::sort(found, [](const Near& a, const Near& b) {
    return std::tie(b.cosine, b.own, a.slot) < std::tie(a.cosine, a.own, b.slot);
  });
  if (found.size() > kDepth) found.resize(kDepth);
  return found;
}

std::vector<std::string> CaseIndex::State::shared_words(Slot slot,
                                                        const std::vector<std::string>& asked) const {
  const auto& terms = entries.at(slot).terms;
  internal::Stemmer stemmer;
  std::set<std::string> seen;
  std::vector<std::pair<double, std::string>> shared;
  for (const auto& word : asked) {
    const auto stem = stemmer.stem(word);
    if (!internal::is_small_word(word) && terms.contains(stem) && seen.insert(stem).second)
      shared.emplace_back(words.idf(stem), word);
  }
  std::ranges::sort(shared, std::ranges::greater());
  std::vector<std::string> best;
  for (auto& [idf, word] : shared)
    if (best.size() < kSharedWords) best.push_back(std::move(word));
  return best;
}

CaseIndex::CaseIndex(std::string embedder, int dimension)
    : state_(std::make_unique<State>(std::move(embedder), dimension)) {}
CaseIndex::~CaseIndex() = default;

Status CaseIndex::put(std::vector<CaseDocument> cases) {
  // Of two with one key the later one counts.
  std::set<std::string> keys;
  std::vector<CaseDocument> latest;
  for (auto& one : cases | std::views::reverse)
    if (keys.insert(one.key).second) latest.push_back(std::move(one));
  const std::unique_lock lock(state_->mutex);
  std::set<Slot> former;
  for (const auto& one : latest)
    if (const auto known = state_->slots.find(one.key); known != state_->slots.end())
      former.insert(known->second);
  TRY_OK(state_->check(latest, former));
  state_->drop(former);
  state_->add(std::move(latest));
  return {};
}

void CaseIndex::remove(const std::vector<std::string>& keys) {
  const std::unique_lock lock(state_->mutex);
  std::set<Slot> gone;
  for (const auto& key : keys)
    if (const auto known = state_->slots.find(key); known != state_->slots.end()) gone.insert(known->second);
  state_->drop(gone);
}

namespace {

struct Fused {
  double score = 0;
  std::optional<int> words_rank;
  std::optional<int> meaning_rank;
  double cosine = 0;
  RowKind closest = RowKind::error;
};

double of_place(int place) { return 1 / (kFusion + place); }

}  // namespace

Result<std::vector<Hit>> CaseIndex::search(const Query& query) const {
  const auto asked = internal::words_of(std::string_view(query.text).substr(0, kQueryBytes));
  internal::Stemmer stemmer;
  Terms stems;
  for (const auto& word : asked) add_term(stemmer, word, stems);

  const std::shared_lock lock(state_->mutex);
  std::map<Slot, Fused> fused;
  int place = 0;
  for (const auto& [slot, score] : state_->by_words(query, stems)) {
    fused[slot].words_rank = ++place;
    fused[slot].score += of_place(place);
  }
  TRY(const auto meaning, state_->by_meaning(query));
  place = 0;
  for (const auto& near : meaning) {
    auto& one = fused[near.slot];
    one.meaning_rank = ++place;
    one.score += of_place(place);
    one.cosine = near.cosine;
    one.closest = near.closest;
  }
  for (auto& [slot, one] : fused)
    if (!query.sqlstate.empty() && state_->entries.at(slot).document.sqlstate == query.sqlstate)
      one.score += of_place(kPlaceOfCode);
  std::vector<std::pair<Slot, Fused>> ranked(fused.begin(), fused.end());
  std::ranges::sort(ranked, [](const auto& a, const auto& b) {
    return a.second.score != b.second.score ? a.second.score > b.second.score : a.first < b.first;
  });
  if (ranked.size() > std::min(query.limit, kHits)) ranked.resize(std::min(query.limit, kHits));
  std::vector<Hit> hits;
  for (const auto& [slot, one] : ranked)
    hits.push_back({.key = state_->entries.at(slot).document.key,
                    .score = one.score,
                    .words_rank = one.words_rank,
                    .meaning_rank = one.meaning_rank,
                    .cosine = one.cosine,
                    .closest = one.closest,
                    .shared_words = state_->shared_words(slot, asked)});
  return hits;
}

const std::string& CaseIndex::embedder() const { return state_->embedder; }
int CaseIndex::dimension() const { return state_->dimension; }

std::size_t CaseIndex::cases() const {
  const std::shared_lock lock(state_->mutex);
  return state_->entries.size();
}

std::size_t CaseIndex::rows() const {
  const std::shared_lock lock(state_->mutex);
  return state_->rows;
}

std::vector<CaseDocument> CaseIndex::documents() const {
  const std::shared_lock lock(state_->mutex);
  std::vector<CaseDocument> documents;
  for (const auto& [key, slot] : state_->slots) {
    documents.push_back(state_->entries.at(slot).document);
    auto& rows = documents.back().rows;
    for (std::size_t row = 0; row < rows.size(); ++row)
      rows[row].vector = state_->vectors.vector_of(id_of(slot, row));
  }
  return documents;
}

}  // namespace selfheal::memory
