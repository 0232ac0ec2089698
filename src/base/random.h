#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace selfheal {

// Where chance comes from. Seeded in tests and simulation, from the kernel otherwise.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
  // A number in [0, limit); limit > 0.
  std::uint64_t below(std::uint64_t limit);
};

class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
};

// The same sequence for the same seed (splitmix64, Steele et al. 2014).
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override;

 private:
  std::uint64_t state_;
};

// A token with 256 random bits in hexadecimal.
std::string random_token();
// SHA-256 in lower-case hexadecimal, for plan hashes, keys of the store and the audit trail.
std::string sha256_hex(std::string_view text);

}  // namespace selfheal
