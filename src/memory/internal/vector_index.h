#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"

// FAISS behind a wall: an exact scan by inner product over vectors that have ids. What FAISS does badly is
// caught here: it takes one id twice, a vector of any length and numbers that are none, pads short answers
// with the id -1, and throws.
namespace selfheal::memory::internal {

struct Neighbour {
  std::int64_t id = 0;
  float cosine = 0;
};

// Searches may run at once; a change may not run beside anything.
class VectorIndex {
 public:
  explicit VectorIndex(int dimension);
  ~VectorIndex();
  VectorIndex(const VectorIndex&) = delete;
  VectorIndex& operator=(const VectorIndex&) = delete;

  // One row of `vectors` an id. Nothing is added when an id is negative, known or given twice, or a vector is
  // not fit.
  Status add(std::span<const std::int64_t> ids, std::span<const float> vectors);
  // Moves everything behind the first of them: many at once cost what one costs. Unknown ids are passed over.
  Status remove(std::span<const std::int64_t> ids);
  // The nearest first; fewer than `limit` when there are no more.
  Result<std::vector<Neighbour>> search(std::span<const float> vector, std::size_t limit) const;
  // Empty when the id is unknown.
  std::vector<float> vector_of(std::int64_t id) const;
  std::size_t size() const;

  // Of the right dimension, all numbers finite, of length one.
  Status check(std::span<const float> vector) const;

 private:
  struct Faiss;
  int dimension_;
  std::unique_ptr<Faiss> faiss_;
};

}  // namespace selfheal::memory::internal
