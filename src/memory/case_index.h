#pragma once

#include <boost/describe/enum.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "memory/embedder.h"

// What one tenant's memory is searched in: the words of every case (BM25 over Snowball's stems) and the
// meaning of every text (FAISS, an exact scan), fused by the ranks that a case has in the two.
namespace selfheal::memory {

// Longer texts are cut: a redacted field has at most this many bytes (kFieldBytes), a runbook fewer.
inline constexpr std::size_t kRowBytes = 8u << 10;
// Texts of one case: its error, its knowledge, and the newest notes of people.
inline constexpr std::size_t kRowsOfCase = 16;
// Texts of one index. 200,000 are 200 MB and 11 ms a search; cases are told apart by fingerprint, and a
// database that has a tenth of this many is a sick one.
inline constexpr std::size_t kRowsOfIndex = 200'000;
// A question longer than this is a log, and its first words say what it is.
inline constexpr std::size_t kQueryBytes = 4u << 10;
inline constexpr std::size_t kHits = 100;

enum class RowKind { error, knowledge, note };
BOOST_DESCRIBE_ENUM(RowKind, error, knowledge, note)

// One text about a case. Redacted: the index's file holds it as it is.
struct Row {
  RowKind kind = RowKind::error;
  std::string text;
  Vector vector = {};  // of the index's embedder; empty is found by words alone
};

// `key` is the caller's: cases that are the same trouble (one fingerprint) share one, because hits are ranked
// by key, and a hundred incidents of one trouble would leave no place for another.
struct CaseDocument {
  std::string key;
  std::string sqlstate;  // empty when it has none
  std::vector<Row> rows;
};

// What is used of the two; the measurements compare them, the product fuses.
enum class Method { fused, words, meaning };

struct Query {
  std::string text;
  Vector vector = {};  // of the index's embedder; empty goes by words alone
  std::string sqlstate =
      {};  // when not empty, that a case has this code counts like a good place in a third list
  std::size_t limit = 10;
  // Which cases may be hits; all when empty. Called under the index's lock: it must not call the index.
  std::function<bool(std::string_view key)> accepts = {};
  Method method = Method::fused;
};

struct Hit {
  std::string key;
  double score = 0;  // only to be compared with scores of the same search
  // Its places in the two lists, from 1; absent when it stands in one only.
  std::optional<int> words_rank;
  std::optional<int> meaning_rank;
  double cosine = 0;                 // of the best row; 0 without a meaning_rank
  RowKind closest = RowKind::error;  // the row that was closest in meaning
  std::vector<std::string>
      shared_words;  // of the query, as written there in lower case; the most telling first
};

// Any thread; searches run at once, a change waits for them. A search takes some milliseconds of CPU in a
// large index and a change of it tens: call both on a worker.
class CaseIndex {
 public:
  // `dimension` is the embedder's, `embedder` its id.
  CaseIndex(std::string embedder, int dimension);
  ~CaseIndex();
  CaseIndex(const CaseIndex&) = delete;
  CaseIndex& operator=(const CaseIndex&) = delete;

  // Adds these cases; one whose key is known replaces the former, of two with one key the later counts. All
  // or nothing: invalid_input when a key is empty, a case has no or too many rows, the index would have too
  // many, or a vector has another dimension, another length than one, or a number that is none. Many at once
  // cost little more than one.
  Status put(std::vector<CaseDocument> cases);
  // Keys that are not known are passed over.
  void remove(const std::vector<std::string>& keys);

  // The best first. invalid_input when the vector is not one of this index's.
  Result<std::vector<Hit>> search(const Query& query) const;

  const std::string& embedder() const;
  int dimension() const;
  std::size_t cases() const;
  std::size_t rows() const;
  // Every case, sorted by key.
  std::vector<CaseDocument> documents() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::memory
