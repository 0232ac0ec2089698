// FAISS's exact scan beside a loop written by hand, which goes as fast as the memory gives data.
// tests/prove/retrieval compares the two.
#include <benchmark/benchmark.h>
#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "memory/internal/vector_index.h"

namespace selfheal::memory::internal {
namespace {

constexpr std::size_t kDimension = 256;
constexpr std::size_t kNearest = 10;

std::vector<float> unit_vectors(std::size_t count) {
  SeededRandom random(20260526);
  std::vector<float> all(count * kDimension);
  for (std::size_t row = 0; row < count; ++row) {
    const auto one = std::span(all).subspan(row * kDimension, kDimension);
    for (float& value : one) value = static_cast<float>(random.below(2001)) / 1000 - 1;
    const float length = std::sqrt(std::inner_product(one.begin(), one.end(), one.begin(), 0.0F));
    for (float& value : one) value /= length;
  }
  return all;
}

void flat_search(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const auto vectors = unit_vectors(count);
  std::vector<std::int64_t> ids(count);
  std::iota(ids.begin(), ids.end(), 0);
  VectorIndex index(kDimension);
  CHECK(index.add(ids, vectors).has_value());
  const auto query = std::span(vectors).first(kDimension);
  for (auto _ : state) benchmark::DoNotOptimize(index.search(query, kNearest));
}

__attribute__((target("avx2,fma"))) float product(const float* a, const float* b) {
  __m256 sums[4] = {};
  for (std::size_t at = 0; at < kDimension; at += 32)
    for (std::size_t i = 0; i < 4; ++i)
      sums[i] = _mm256_fmadd_ps(_mm256_loadu_ps(a + at + 8 * i), _mm256_loadu_ps(b + at + 8 * i), sums[i]);
  const __m256 all = _mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3]));
  alignas(32) float parts[8];
  _mm256_store_ps(parts, all);
  return parts[0] + parts[1] + parts[2] + parts[3] + parts[4] + parts[5] + parts[6] + parts[7];
}

void plain_scan(benchmark::State& state) {
  if (__builtin_cpu_supports("avx2") == 0 || __builtin_cpu_supports("fma") == 0) {
    state.SkipWithError("this processor has no AVX2");
    return;
  }
  const auto count = static_cast<std::size_t>(state.range(0));
  const auto vectors = unit_vectors(count);
  for (auto _ : state) {
    std::vector<Neighbour> nearest;
    const auto farther = [](const Neighbour& a, const Neighbour& b) { return a.cosine > b.cosine; };
    for (std::size_t row = 0; row < count; ++row) {
      const float cosine = product(vectors.data(), vectors.data() + row * kDimension);
      if (nearest.size() == kNearest && cosine <= nearest.front().cosine) continue;
      nearest.push_back({static_cast<std::int64_t>(row), cosine});
      std::ranges::push_heap(nearest, farther);
      if (nearest.size() <= kNearest) continue;
      std::ranges::pop_heap(nearest, farther);
      nearest.pop_back();
    }
    benchmark::DoNotOptimize(nearest);
  }
}

BENCHMARK(flat_search)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(plain_scan)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace selfheal::memory::internal
