// The file, in the machine's little-endian order: "SHMI0001"; u64 state; u32 dimension; text embedder; u64
// cases; of each case: text key; text sqlstate; u32 rows; of each row: u8 kind; text; u8 whether there is a
// vector; its f32 numbers. A text is a u32 length and its bytes. Behind it the SHA-256 of all that, as 64
// hexadecimal digits.
#include "memory/internal/index_bytes.h"

#include <cstring>

#include "memory/internal/byte_reader.h"

namespace selfheal::memory::internal {

namespace {

constexpr std::string_view kMagic = "SHMI0001";
// A model of more dimensions than this is unknown to us; the largest in use has 8,192.
constexpr std::uint32_t kDimensions = 1u << 16;

class Writer {
 public:
  template <class Number>
  void number(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void raw(std::string_view text) { bytes_ += text; }
  void text(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    raw(text);
  }
  void vector(const Vector& vector) {
    number(static_cast<std::uint8_t>(vector.empty() ? 0 : 1));
    bytes_.append(reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float));
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

Vector read_vector(ByteReader& reader, std::size_t dimension) {
  const auto present = reader.number<std::uint8_t>();
  if (present > 1) reader.refuse();
  const auto part = reader.raw(present == 1 ? dimension * sizeof(float) : 0);
  Vector vector(part.size() / sizeof(float));
  if (!part.empty()) std::memcpy(vector.data(), part.data(), part.size());
  return vector;
}

CaseDocument read_case(ByteReader& reader, std::size_t dimension) {
  CaseDocument document{.key = reader.text(), .sqlstate = reader.text()};
  const auto rows = reader.number<std::uint32_t>();
  if (rows > kRowsOfCase) reader.refuse();
  for (std::uint32_t i = 0; i < rows && reader.ok(); ++i) {
    Row row;
    const auto kind = reader.number<std::uint8_t>();
    if (kind > static_cast<std::uint8_t>(RowKind::note)) reader.refuse();
    row.kind = static_cast<RowKind>(kind);
    row.text = reader.text();
    row.vector = read_vector(reader, dimension);
    document.rows.push_back(std::move(row));
  }
  return document;
}

}  // namespace

std::string write_content(const IndexContent& content) {
  Writer writer;
  writer.raw(kMagic);
  writer.number(content.stamp.state);
  writer.number(static_cast<std::uint32_t>(content.stamp.dimension));
  writer.text(content.stamp.embedder);
  writer.number(static_cast<std::uint64_t>(content.cases.size()));
  for (const auto& one : content.cases) {
    writer.text(one.key);
    writer.text(one.sqlstate);
    writer.number(static_cast<std::uint32_t>(one.rows.size()));
    for (const auto& row : one.rows) {
      writer.number(static_cast<std::uint8_t>(row.kind));
      writer.text(row.text);
      writer.vector(row.vector);
    }
  }
  return writer.take();
}

Result<IndexContent> read_content(std::string_view bytes) {
  ByteReader reader(bytes);
  if (reader.raw(kMagic.size()) != kMagic)
    return failure(ErrorCode::invalid_input, "index file: it is none of ours");
  IndexContent content;
  content.stamp.state = reader.number<std::uint64_t>();
  const auto dimension = reader.number<std::uint32_t>();
  content.stamp.embedder = reader.text();
  if (!reader.ok() || dimension == 0 || dimension > kDimensions)
    return failure(ErrorCode::invalid_input, "index file: its head is damaged");
  content.stamp.dimension = static_cast<int>(dimension);
  const auto cases = reader.number<std::uint64_t>();
  for (std::uint64_t i = 0; i < cases && reader.ok(); ++i)
    content.cases.push_back(read_case(reader, dimension));
  if (!reader.ok() || !reader.at_end()) return failure(ErrorCode::invalid_input, "index file: it is damaged");
  return content;
}

}  // namespace selfheal::memory::internal
