#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/embedded.h"
#include "base/result.h"

namespace selfheal::embedded {
std::span<const EmbeddedFile> memory_word_vectors();
}

// Reads what scripts/train_word_vectors writes; the format is described there.
namespace selfheal::memory::internal {

struct WordTable {
  struct Entry {
    float idf = 0;
    const std::int8_t* vector = nullptr;  // `dimension` numbers, each to be multiplied by `scale`
  };

  std::size_t dimension = 0;
  float scale = 0;
  std::vector<float> component;  // the direction all sentences share, of length one
  std::unordered_map<std::string_view, Entry> words;
};

// The table views into `bytes`, which outlive it.
Result<WordTable> read_word_table(std::string_view bytes);

// The one in the program.
const WordTable& word_table();

}  // namespace selfheal::memory::internal
