#include "store/internal/text.h"

#include <algorithm>

namespace selfheal::store {
namespace {

bool follows(std::string_view text, std::size_t at, unsigned char least, unsigned char most) {
  if (at >= text.size()) return false;
  const auto byte = static_cast<unsigned char>(text[at]);
  return byte >= least && byte <= most;
}

// Length of the well-formed character at the start (RFC 3629, table of section 4), 0 when there is none.
std::size_t character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead >= 0x01 && lead <= 0x7f) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return follows(text, 1, 0x80, 0xbf) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const unsigned char least = lead == 0xe0 ? 0xa0 : 0x80;  // overlong forms
    const unsigned char most = lead == 0xed ? 0x9f : 0xbf;   // surrogates
    return follows(text, 1, least, most) && follows(text, 2, 0x80, 0xbf) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const unsigned char least = lead == 0xf0 ? 0x90 : 0x80;
    const unsigned char most = lead == 0xf4 ? 0x8f : 0xbf;  // beyond U+10FFFF
    const bool whole =
        follows(text, 1, least, most) && follows(text, 2, 0x80, 0xbf) && follows(text, 3, 0x80, 0xbf);
    return whole ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string storable(std::string_view text, std::size_t most) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string out;
  out.reserve(std::min(text.size(), most));
  while (!text.empty()) {
    const auto length = character(text);
    const auto next = length > 0 ? text.substr(0, length) : kReplacement;
    if (next.size() > most - out.size()) break;
    out += next;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace selfheal::store
