#pragma once

#include <string>
#include <string_view>

namespace selfheal::tail {

// The text with each byte that belongs to no UTF-8 character, and each NUL, replaced by U+FFFD. Our store
// refuses both, and a refused batch would stop the tail.
std::string storable(std::string_view text);

// The longest beginning of at most `most` bytes that ends between two characters. The text is valid UTF-8.
std::string_view cut_to(std::string_view text, std::size_t most);

// Closes a JSON object that was cut at any byte: an open string is ended before its last incomplete character
// or escape; outside of strings, the value that may be incomplete is dropped.
std::string closed_object(std::string_view cut);

}  // namespace selfheal::tail
