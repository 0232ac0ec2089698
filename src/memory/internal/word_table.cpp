#include "memory/internal/word_table.h"

#include <bit>
#include <cstring>

#include "base/check.h"

namespace selfheal::memory::internal {

namespace {

static_assert(std::endian::native == std::endian::little, "the table is read as it lies in the program");

constexpr std::string_view kMagic = "SHWV0001";

// Takes parts off the front; once something is missing, `ok` stays false and parts are empty.
struct Parts {
  std::string_view rest;
  bool ok = true;

  std::string_view take(std::size_t bytes) {
    ok = ok && bytes <= rest.size();
    if (!ok) return {};
    const auto part = rest.substr(0, bytes);
    rest.remove_prefix(bytes);
    return part;
  }
  template <class Number>
  Number number() {
    Number value{};
    const auto part = take(sizeof value);
    if (ok) std::memcpy(&value, part.data(), sizeof value);
    return value;
  }
};

}  // namespace

Result<WordTable> read_word_table(std::string_view bytes) {
  Parts parts{bytes};
  const bool known = parts.take(kMagic.size()) == kMagic;
  const auto count = parts.number<std::uint32_t>();
  WordTable table;
  table.dimension = parts.number<std::uint32_t>();
  table.scale = parts.number<float>();
  if (!known || !parts.ok || table.dimension > bytes.size() || count > bytes.size())
    return failure(ErrorCode::invalid_input, "word vectors: no such table");
  for (std::size_t i = 0; i < table.dimension; ++i) table.component.push_back(parts.number<float>());
  std::vector<std::string_view> words;
  for (std::uint32_t i = 0; i < count && parts.ok; ++i)
    words.push_back(parts.take(parts.number<std::uint8_t>()));
  const auto idfs = parts.take(count * sizeof(float));
  const auto vectors = parts.take(count * table.dimension);
  if (!parts.ok || !parts.rest.empty())
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
