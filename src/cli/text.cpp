// Makes text from outside harmless and measures it, before a terminal sees it.
#include <fmt/format.h>
#include <locale.h>
#include <wchar.h>

#include <array>
#include <boost/locale/utf.hpp>
#include <cstdint>
#include <utility>

#include "cli/output.h"

namespace selfheal::cli {
namespace {

using Utf8 = boost::locale::utf::utf_traits<char>;
namespace utf = boost::locale::utf;

// Characters that print nothing, or change how their neighbours print, so that a line shows something other
// than it says: C0 and C1 controls, soft hyphen, bidirectional marks, embeddings and isolates
// (CVE-2021-42574), zero width characters, line and paragraph separators, interlinear marks, tags.
constexpr auto kHidden = std::to_array<std::pair<std::uint32_t, std::uint32_t>>({{0x00, 0x1f},
                                                                                 {0x7f, 0x9f},
                                                                                 {0xad, 0xad},
                                                                                 {0x034f, 0x034f},
                                                                                 {0x061c, 0x061c},
                                                                                 {0x115f, 0x1160},
                                                                                 {0x180b, 0x180f},
                                                                                 {0x200b, 0x200f},
                                                                                 {0x2028, 0x202e},
                                                                                 {0x2060, 0x206f},
                                                                                 {0x3164, 0x3164},
                                                                                 {0xfe00, 0xfe0f},
                                                                                 {0xfeff, 0xfeff},
                                                                                 {0xffa0, 0xffa0},
                                                                                 {0xfff0, 0xfffb},
                                                                                 {0xe0000, 0xe0fff}});

bool hidden(std::uint32_t character) {
  for (const auto& [first, last] : kHidden) {
    if (character >= first && character <= last) return true;
  }
  return false;
}

std::string escaped(std::uint32_t character) {
  if (character == '\n') return "\\n";
  if (character == '\t') return "\\t";
  if (character == '\r') return "\\r";
  if (character < 0x100) return fmt::format("\\x{:02x}", character);
  return fmt::format("\\u{:04x}", character);
}

// Calls `take(character, bytes)` for each character; an undecodable byte comes as utf::illegal and itself.
template <class Take>
void each_character(std::string_view text, Take take) {
  auto at = text.begin();
  while (at != text.end()) {
    const auto start = at;
    auto character = Utf8::decode(at, text.end());
    if (character == utf::illegal || character == utf::incomplete) {
      at = start + 1;
      character = utf::illegal;
    }
    take(character, std::string_view(start, at));
  }
}

// A UTF-8 locale of our own, for wcwidth(): the process's may be "C", and is nobody's business here.
class WidthLocale {
 public:
  WidthLocale() : previous_(::uselocale(utf8())) {}
  ~WidthLocale() { ::uselocale(previous_); }
  WidthLocale(const WidthLocale&) = delete;
  WidthLocale& operator=(const WidthLocale&) = delete;

 private:
  static locale_t utf8() {
    static const auto locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return locale;  // null asks uselocale() to change nothing, and wide characters then count as one column
  }
  locale_t previous_;
};

std::size_t width_of(std::uint32_t character) {
  const auto width = ::wcwidth(static_cast<wchar_t>(character));
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

}  // namespace

std::string safe_text(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  each_character(text, [&safe](std::uint32_t character, std::string_view bytes) {
    if (character == utf::illegal) {
      safe += escaped(static_cast<unsigned char>(bytes[0]));
    } else if (hidden(character)) {
      safe += escaped(character);
    } else {
      safe += bytes;
    }
  });
  return safe;
}

std::size_t columns_of(std::string_view text) {
  const WidthLocale locale;
  std::size_t columns = 0;
  each_character(text, [&](std::uint32_t character, std::string_view) { columns += width_of(character); });
  return columns;
}

std::string cut(std::string_view text, std::size_t columns, bool ascii) {
  if (columns_of(text) <= columns) return std::string(text);
  const std::string_view ending = ascii ? "..." : "…";
  const std::size_t ending_columns = ascii ? 3 : 1;
  if (columns < ending_columns) return std::string(columns, '.');
  const WidthLocale locale;
  std::string kept;
  std::size_t used = 0;
  bool full = false;
  each_character(text, [&](std::uint32_t character, std::string_view bytes) {
    full = full || used + width_of(character) > columns - ending_columns;
    if (full) return;
    used += width_of(character);
    kept += bytes;
  });
  return kept.append(ending);
}

}  // namespace selfheal::cli
