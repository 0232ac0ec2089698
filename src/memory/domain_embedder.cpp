// Our own embedding: the weighted mean of the words' learned vectors without what all sentences share, beside
// the words as they stand, hashed. A word weighs the square root of its idf.
#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <span>
#include <unordered_map>

#include "base/check.h"
#include "memory/case_index.h"
#include "memory/internal/tokens.h"
#include "memory/internal/word_table.h"

namespace selfheal::memory {

namespace {

constexpr std::size_t kDimension = 256;
// Shares of the squared length; from .5 to .8 they do alike.
constexpr float kLearnedShare = .65F;
constexpr float kHashedShare = 1 - kLearnedShare;
// The idf of a word that the documentation does not have: as of one that stands there once.
constexpr float kUnknownIdf = 11;

// FNV-1a: the same on every machine and in every version, because vectors are kept in files.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash ^ (hash >> 32);
}

float length_of(std::span<const float> part) {
  return std::sqrt(std::inner_product(part.begin(), part.end(), part.begin(), 0.0F));
}

// False, and nothing is changed, when the part has no direction.
bool scale_to(std::span<float> part, float length) {
  const float is = length_of(part);
  if (!(is > 1e-6F)) return false;
  for (float& value : part) value *= length / is;
  return true;
}

}  // namespace

struct DomainEmbedder::Table {
  const internal::WordTable& words = internal::word_table();
  // By stem, for forms that the documentation does not have: the mean of those it has.
  struct Stem {
    std::vector<float> vector;
    float idf = 0;
  };
  std::unordered_map<std::string, Stem> stems;
  // The version of this file's rules, and which table they stand on.
  const std::string id =
      fmt::format("selfheal-domain-1-{:016x}", hash_of(embedded::memory_word_vectors().front().text));

  Table() {
    internal::Stemmer stemmer;
    std::unordered_map<std::string, int> forms;
    for (const auto& [word, entry] : words.words) {
      const auto stem = stemmer.stem(std::string(word));
      auto& sum = stems[stem];
      sum.vector.resize(words.dimension);
      for (std::size_t i = 0; i < words.dimension; ++i)
        sum.vector[i] += words.scale * static_cast<float>(entry.vector[i]);
      sum.idf += entry.idf;
      ++forms[stem];
    }
    for (auto& [stem, sum] : stems) {
      const auto count = static_cast<float>(forms[stem]);
      for (float& value : sum.vector) value /= count;
      sum.idf /= count;
    }
  }

  // Adds the word's vector to the mean, and gives what the word weighs.
  float add_meaning(const std::string& word, const std::string& stem, std::span<float> mean) const {
    if (const auto found = words.words.find(word); found != words.words.end()) {
      const auto& [idf, vector] = found->second;
      const float weight = std::sqrt(idf);
      for (std::size_t i = 0; i < mean.size(); ++i)
        mean[i] += weight * words.scale * static_cast<float>(vector[i]);
      return weight;
    }
    const auto known = stems.find(stem);
    const float weight = std::sqrt(known == stems.end() ? kUnknownIdf : known->second.idf);
    if (known != stems.end())
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += weight * known->second.vector[i];
    return weight;
  }

  void remove_shared_direction(std::span<float> mean) const {
    const float along = std::inner_product(mean.begin(), mean.end(), words.component.begin(), 0.0F);
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] -= along * words.component[i];
  }
};

DomainEmbedder::DomainEmbedder() : table_(std::make_unique<const Table>()) {
  CHECK(table_->words.dimension < kDimension);
}
DomainEmbedder::~DomainEmbedder() = default;

std::string DomainEmbedder::id() const { return table_->id; }
int DomainEmbedder::dimension() const { return kDimension; }

Vector DomainEmbedder::vector_of(std::string_view text) const {
  Vector vector(kDimension);
  const auto learned = std::span(vector).first(table_->words.dimension);
  const auto hashed = std::span(vector).subspan(table_->words.dimension);
  internal::Stemmer stemmer;
  for (const auto& word : internal::words_of(text.substr(0, kRowBytes))) {
    if (internal::is_small_word(word)) continue;
    const auto stem = stemmer.stem(word);
    const float weight = table_->add_meaning(word, stem, learned);
    const auto hash = hash_of(stem);
    hashed[hash % hashed.size()] += (hash >> 63) != 0 ? weight : -weight;
  }
  table_->remove_shared_direction(learned);
  const bool has_meaning = scale_to(learned, std::sqrt(kLearnedShare));
  if (!scale_to(hashed, std::sqrt(kHashedShare)) && !has_meaning) return {};
  scale_to(vector, 1);
  return vector;
}

Task<std::vector<Vector>> DomainEmbedder::embed(std::vector<pg::RedactedText> texts, Deadline /*deadline*/) {
  if (texts.size() > kEmbeddedTexts)
    co_return failure(ErrorCode::invalid_input, "embedding: too many texts at once");
  std::vector<Vector> vectors;
  for (const auto& text : texts) vectors.push_back(vector_of(text.text()));
  co_return vectors;
}

}  // namespace selfheal::memory
