#pragma once

#include <cstddef>
#include <string_view>

namespace selfheal::healing {

// How many characters must be inserted, dropped, changed or swapped with their neighbour to make one name of
// the other; each place is touched once (optimal string alignment). Counts characters of UTF-8, not bytes.
// Names have at most 63 bytes; more than 256 characters are not compared and give the longer length.
std::size_t edit_distance(std::string_view a, std::string_view b);

// Characters of a UTF-8 text.
std::size_t characters_of(std::string_view text);

}  // namespace selfheal::healing
