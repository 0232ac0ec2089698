// Debian builds FAISS for processors of 2003: its distances run four times slower than the memory gives data.
// The linker puts these two functions before FAISS's own (`--wrap`, cmake/faiss.cmake); on a processor
// without AVX2 they pass the call on.
#include <immintrin.h>

#include <cstddef>

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the linker's names for what is
// wrapped and for what was there
float __real__ZN5faiss18fvec_inner_productEPKfS1_m(const float* a, const float* b, std::size_t size);
float __real__ZN5faiss10fvec_L2sqrEPKfS1_m(const float* a, const float* b, std::size_t size);
float __wrap__ZN5faiss18fvec_inner_productEPKfS1_m(const float* a, const float* b, std::size_t size);
float __wrap__ZN5faiss10fvec_L2sqrEPKfS1_m(const float* a, const float* b, std::size_t size);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
}

namespace {

#define SELFHEAL_AVX2 __attribute__((target("avx2,fma")))

SELFHEAL_AVX2 float sum_of(__m256 values) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(values), _mm256_extractf128_ps(values, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

// Four sums, because an addition takes four cycles and one can begin in each.
SELFHEAL_AVX2 float inner_product(const float* a, const float* b, std::size_t size) {
  __m256 sums[4] = {};
  std::size_t at = 0;
  for (; at + 32 <= size; at += 32)
    for (std::size_t i = 0; i < 4; ++i)
      sums[i] = _mm256_fmadd_ps(_mm256_loadu_ps(a + at + 8 * i), _mm256_loadu_ps(b + at + 8 * i), sums[i]);
  float sum = sum_of(_mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3])));
  for (; at < size; ++at) sum += a[at] * b[at];
  return sum;
}

SELFHEAL_AVX2 float squared_distance(const float* a, const float* b, std::size_t size) {
  __m256 sums[4] = {};
  std::size_t at = 0;
  for (; at + 32 <= size; at += 32) {
    for (std::size_t i = 0; i < 4; ++i) {
      const __m256 difference =
          _mm256_sub_ps(_mm256_loadu_ps(a + at + 8 * i), _mm256_loadu_ps(b + at + 8 * i));
      sums[i] = _mm256_fmadd_ps(difference, difference, sums[i]);
    }
  }
  float sum = sum_of(_mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3])));
  for (; at < size; ++at) sum += (a[at] - b[at]) * (a[at] - b[at]);
  return sum;
}

// Asked once: a scan of ten thousand vectors calls these functions ten thousand times.
const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;

}  // namespace

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): as above
float __wrap__ZN5faiss18fvec_inner_productEPKfS1_m(const float* a, const float* b, std::size_t size) {
  return kHasAvx2 ? inner_product(a, b, size) : __real__ZN5faiss18fvec_inner_productEPKfS1_m(a, b, size);
}
float __wrap__ZN5faiss10fvec_L2sqrEPKfS1_m(const float* a, const float* b, std::size_t size) {
  return kHasAvx2 ? squared_distance(a, b, size) : __real__ZN5faiss10fvec_L2sqrEPKfS1_m(a, b, size);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
}
