#include "memory/internal/word_table.h"

#include <cstring>

#include "base/check.h"
#include "memory/internal/byte_reader.h"

namespace selfheal::memory::internal {

namespace {

constexpr std::string_view kMagic = "SHWV0001";

}  // namespace

Result<WordTable> read_word_table(std::string_view bytes) {
  ByteReader parts(bytes);
  const bool known = parts.raw(kMagic.size()) == kMagic;
  const auto count = parts.number<std::uint32_t>();
  WordTable table;
  table.dimension = parts.number<std::uint32_t>();
  table.scale = parts.number<float>();
  if (!known || !parts.ok() || table.dimension > bytes.size() || count > bytes.size())
    return failure(ErrorCode::invalid_input, "word vectors: no such table");
  for (std::size_t i = 0; i < table.dimension; ++i) table.component.push_back(parts.number<float>());
  std::vector<std::string_view> words;
  for (std::uint32_t i = 0; i < count && parts.ok(); ++i)
    words.push_back(parts.raw(parts.number<std::uint8_t>()));
  const auto idfs = parts.raw(count * sizeof(float));
  const auto vectors = parts.raw(count * table.dimension);
  if (!parts.ok() || !parts.at_end())
    return failure(ErrorCode::invalid_input, "word vectors: the table's size is not what its head says");
  for (std::size_t i = 0; i < count; ++i) {
    WordTable::Entry entry;
    std::memcpy(&entry.idf, idfs.data() + i * sizeof(float), sizeof(float));
    entry.vector = reinterpret_cast<const std::int8_t*>(vectors.data() + i * table.dimension);
    table.words.emplace(words[i], entry);
  }
  return table;
}

const WordTable& word_table() {
  static const auto table = [] {
    auto read = read_word_table(embedded::memory_word_vectors().front().text);
    CHECK(read.has_value());
    return *std::move(read);
  }();
  return table;
}

}  // namespace selfheal::memory::internal
