#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

// Fingerprints of many statements, most of which differ from an earlier one only by their values.
namespace selfheal::pg {

// Kept of each generation: an application has some hundred statements, a large one some thousand. With the
// longest key that is kept, both generations take 32 MB; with usual ones, 2.
inline constexpr std::size_t kKeptStatements = 4096;
inline constexpr std::size_t kKeptKeyBytes = 4u << 10;

// Remembers what statement_fingerprint() said. One thread at a time, which has a worker's stack.
class StatementNames {
 public:
  explicit StatementNames(std::size_t kept = kKeptStatements);
  ~StatementNames();
  StatementNames(const StatementNames&) = delete;
  StatementNames& operator=(const StatementNames&) = delete;

  // statement_fingerprint(sql), word for word. Valid until the next call.
  const std::string& fingerprint(std::string_view sql);
  // How often the parser had to be asked.
  std::size_t parses() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::pg
