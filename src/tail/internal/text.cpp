#include "tail/internal/text.h"

#include <algorithm>
#include <cstdint>

namespace selfheal::tail {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// How many bytes the character takes whose first byte this is; 0 when no character begins so.
std::size_t promised_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return 2;
  if (first < 0xF0) return 3;
  return first < 0xF5 ? 4 : 0;
}

// Bytes of the valid character at the front; 0 when there is none (RFC 3629: no overlong forms, no
// surrogates, nothing above U+10FFFF).
std::size_t character_bytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const auto length = promised_length(first);
  if (length <= 1) return length;
  if (text.size() < length || !std::ranges::all_of(text.substr(1, length - 1), continues)) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool fits = first == 0xE0   ? second >= 0xA0
                    : first == 0xED ? second < 0xA0
                    : first == 0xF0 ? second >= 0x90
                    : first == 0xF4 ? second < 0x90
                                    : true;
  return fits ? length : 0;
}

std::size_t storable_bytes(std::string_view text) { return text.front() == '\0' ? 0 : character_bytes(text); }

// Where a JSON text stands after its last byte.
struct JsonPosition {
  bool in_string = false;
  std::size_t escape_begin = 0;  // of an escape that is not complete
  std::size_t escape_left = 0;   // bytes it still needs
  std::size_t last_comma = std::string_view::npos;

  void step(std::string_view text, std::size_t at) {
    const char c = text[at];
    if (escape_left > 0) {
      escape_left = at == escape_begin + 1 && c == 'u' ? 4 : escape_left - 1;
    } else if (in_string && c == '\\') {
      escape_begin = at;
      escape_left = 1;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && c == ',') {
      last_comma = at;
    }
  }
};

std::string_view without_torn_character(std::string_view text) {
  std::size_t back = 0;
  while (back < 3 && back < text.size() && continues(text[text.size() - 1 - back])) ++back;
  if (back == text.size()) return text;
  const auto promised = promised_length(static_cast<unsigned char>(text[text.size() - 1 - back]));
  if (promised > back + 1) text.remove_suffix(back + 1);
  return text;
}

}  // namespace

std::string storable(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  while (!text.empty()) {
    const auto bytes = storable_bytes(text);
    out += bytes == 0 ? kReplacement : text.substr(0, bytes);
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return out;
}

std::string_view cut_to(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && continues(text[most])) --most;
  return text.substr(0, most);
}

std::string closed_object(std::string_view cut) {
  JsonPosition position;
  for (std::size_t at = 0; at < cut.size(); ++at) position.step(cut, at);
  if (!position.in_string) return std::string(cut.substr(0, std::min(position.last_comma, cut.size()))) + "}";
  if (position.escape_left > 0) cut = cut.substr(0, position.escape_begin);
  return std::string(without_torn_character(cut)) + "\"}";
}

}  // namespace selfheal::tail
