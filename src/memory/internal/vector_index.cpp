#include "memory/internal/vector_index.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexIDMap.h>
#include <faiss/impl/FaissException.h>
#include <faiss/impl/IDSelector.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "base/check.h"

// Of OpenMP's library; its header belongs to another compiler.
extern "C" void omp_set_num_threads(int threads);

namespace selfheal::memory::internal {

namespace {

using FaissId = faiss::Index::idx_t;
static_assert(sizeof(FaissId) == sizeof(std::int64_t));

// How far a vector's length may be from one: what float arithmetic and a file's rounding leave.
constexpr float kLengthTolerance = 1e-3F;

// FAISS wakes a team of threads even to rename ten results, and a team takes milliseconds to wake on a busy
// machine. The setting is of the calling thread alone.
void stay_on_this_thread() { omp_set_num_threads(1); }

}  // namespace

struct VectorIndex::Faiss {
  explicit Faiss(int dimension) : flat(dimension), by_id(&flat) {}
  faiss::IndexFlatIP flat;
  faiss::IndexIDMap2 by_id;
};

VectorIndex::VectorIndex(int dimension) : dimension_(dimension) {
  CHECK(dimension > 0);
  faiss_ = std::make_unique<Faiss>(dimension);
}
VectorIndex::~VectorIndex() = default;

Status VectorIndex::check(std::span<const float> vector) const {
  if (vector.size() != static_cast<std::size_t>(dimension_))
    return failure(ErrorCode::invalid_input,
                   fmt::format("index of {} dimensions: a vector has {}", dimension_, vector.size()));
  const float length = std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0F));
  if (!(std::abs(length - 1) <= kLengthTolerance))  // also when it is no number
    return failure(ErrorCode::invalid_input, "index: a vector is not of length one");
  return {};
}

Status VectorIndex::add(std::span<const std::int64_t> ids, std::span<const float> vectors) {
  const auto dimension = static_cast<std::size_t>(dimension_);
  if (vectors.size() != ids.size() * dimension)
    return failure(ErrorCode::invalid_input, "index: not one vector for each id");
  std::unordered_set<std::int64_t> given;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || faiss_->by_id.rev_map.contains(ids[i]) || !given.insert(ids[i]).second)
      return failure(ErrorCode::invalid_input, "index: an id is known, given twice or negative");
    TRY_OK(check(vectors.subspan(i * dimension, dimension)));
  }
  if (ids.empty()) return {};
  stay_on_this_thread();
  try {
    faiss_->by_id.add_with_ids(static_cast<FaissId>(ids.size()), vectors.data(), ids.data());
  } catch (const faiss::FaissException&) {
    return failure("index: FAISS refused to add vectors");
  }
  return {};
}

Status VectorIndex::remove(std::span<const std::int64_t> ids) {
  std::vector<std::int64_t> known;
  for (const auto id : ids)
    if (faiss_->by_id.rev_map.contains(id)) known.push_back(id);
  if (known.empty()) return {};
  stay_on_this_thread();
  try {
    const faiss::IDSelectorBatch selector(known.size(), known.data());
    faiss_->by_id.remove_ids(selector);
  } catch (const faiss::FaissException&) {
    return failure("index: FAISS refused to remove vectors");
  }
  return {};
}

Result<std::vector<Neighbour>> VectorIndex::search(std::span<const float> vector, std::size_t limit) const {
  TRY_OK(check(vector));
  limit = std::min(limit, size());
  std::vector<Neighbour> found;
  if (limit == 0) return found;
  std::vector<float> cosines(limit);
  std::vector<FaissId> ids(limit, -1);
  stay_on_this_thread();
  try {
    faiss_->by_id.search(1, vector.data(), static_cast<FaissId>(limit), cosines.data(), ids.data());
  } catch (const faiss::FaissException&) {
    return failure("index: FAISS refused to search");
  }
  for (std::size_t i = 0; i < limit; ++i)
    if (ids[i] >= 0) found.push_back({ids[i], cosines[i]});
  return found;
}

std::vector<float> VectorIndex::vector_of(std::int64_t id) const {
  if (!faiss_->by_id.rev_map.contains(id)) return {};
  std::vector<float> vector(static_cast<std::size_t>(dimension_));
  faiss_->by_id.reconstruct(id, vector.data());
  return vector;
}

std::size_t VectorIndex::size() const { return static_cast<std::size_t>(faiss_->by_id.ntotal); }

}  // namespace selfheal::memory::internal
