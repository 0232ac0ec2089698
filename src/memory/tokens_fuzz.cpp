// Any bytes: words are short, not empty, in lower case, and cut to the same words again; a vector has length
// one.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>

#include "memory/embedder.h"
#include "memory/internal/tokens.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace selfheal::memory;
  static const DomainEmbedder embedder;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  internal::Stemmer stemmer;
  const auto words = internal::words_of(text);
  if (words.size() > internal::kWords) std::abort();
  for (const auto& word : words) {
    if (word.empty() || word.size() > internal::kWordBytes) std::abort();
    if (internal::words_of(word) != std::vector{word}) std::abort();
    (void)stemmer.stem(word);
  }
  const auto vector = embedder.vector_of(text);
  const float length = std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0F));
  if (!vector.empty() && !(std::abs(length - 1) < 1e-3F)) std::abort();
  return 0;
}
