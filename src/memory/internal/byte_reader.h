#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace selfheal::memory::internal {

static_assert(std::endian::native == std::endian::little, "numbers are read as they lie in memory");

// Takes parts off the front of bytes that anybody may have written. Once something is missing, `ok` stays
// false and all that is read is empty.
class ByteReader {
 public:
  // The parts view into `bytes`.
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  void refuse() { ok_ = false; }

  std::string_view raw(std::size_t size) {
    ok_ = ok_ && size <= rest_.size();
    if (!ok_) return {};
    const auto part = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return part;
  }
  template <class Number>
  Number number() {
    Number value{};
    const auto part = raw(sizeof value);
    if (ok_) std::memcpy(&value, part.data(), sizeof value);
    return value;
  }
  // A u32 length and its bytes.
  std::string text() { return std::string(raw(number<std::uint32_t>())); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace selfheal::memory::internal
