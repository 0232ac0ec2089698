#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

// BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) over weighted terms.
namespace selfheal::memory::internal {

using Slot = std::uint32_t;

struct Scored {
  Slot slot = 0;
  double score = 0;
};

// How often each term stands in a document; a term in a part that counts more counts more.
using Terms = std::map<std::string, float>;

// Not for several threads at once while it changes.
class WordIndex {
 public:
  // The usual ones: k1 damps repetition, b how far length is held against a document.
  static constexpr double kK1 = 1.2;
  static constexpr double kB = .75;

  // `slot` is not in use.
  void add(Slot slot, const Terms& terms);
  // Slots with the terms they were added with. Many at once touch each term's list once.
  void remove(const std::unordered_map<Slot, Terms>& documents);

  // What one occurrence of the term is worth: ln(1 + (N - n + .5) / (n + .5)) of N documents, n with the
  // term.
  double idf(const std::string& term) const;
  // The best `limit` by score, those of equal score by slot; only documents that share a term and that are
  // accepted.
  std::vector<Scored> search(const Terms& query, std::size_t limit,
                             const std::function<bool(Slot)>& accepts) const;
  std::size_t size() const { return lengths_.size(); }

 private:
  struct Posting {
    Slot slot = 0;
    float count = 0;
  };
  std::unordered_map<std::string, std::vector<Posting>> postings_;
  std::unordered_map<Slot, double> lengths_;
  double total_length_ = 0;
};

}  // namespace selfheal::memory::internal
