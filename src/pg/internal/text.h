#pragma once

#include <cstddef>
#include <string_view>

// Questions about bytes and UTF-8 that do not depend on a locale.
namespace selfheal::pg::internal {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alnum(char c) { return is_digit(c) || is_letter(c); }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// How many bytes from the start are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
std::size_t utf8_prefix(std::string_view text);
inline bool is_utf8(std::string_view text) { return utf8_prefix(text) == text.size(); }

// The longest prefix of at most `limit` bytes that does not cut a character of well-formed text.
std::string_view cut_at_character(std::string_view text, std::size_t limit);

}  // namespace selfheal::pg::internal
