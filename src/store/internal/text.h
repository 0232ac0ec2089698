#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace selfheal::store {

// Text that PostgreSQL takes: UTF-8 without NUL. What is not becomes U+FFFD, byte by byte, so that one
// hostile or badly encoded log line cannot keep a batch from being stored. Cut after `most` bytes, at a
// character.
std::string storable(std::string_view text, std::size_t most = std::string_view::npos);

// Names that stand in index rows, of which PostgreSQL allows 2704 bytes: its own identifiers have at most 63.
inline constexpr std::size_t kStoredNameBytes = 256;

}  // namespace selfheal::store
