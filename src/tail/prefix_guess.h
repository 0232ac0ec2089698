#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// For logs of servers that nobody can ask: which log_line_prefix wrote these lines?
namespace selfheal::tail {

struct PrefixGuess {
  std::string prefix;
  // Lines of the sample that hold a level or a label, and how many of them the prefix explains up to there.
  std::size_t lines = 0;
  std::size_t explained = 0;
  // 0 to 1: the part that is explained. Below a half, better ask than believe.
  double sureness() const {
    return lines == 0 ? 0 : static_cast<double>(explained) / static_cast<double>(lines);
  }
};

// The best of the prefixes that servers commonly have and of those that the lines' structure suggests: of
// those that explain most lines the one that takes least for names, then the shortest. A few hundred lines
// with sessions and background processes are a good sample; of more than kGuessLines the first are looked at.
// Nothing when no line holds a level. What has no form of its own, like a name between blanks, is found only
// in a common prefix.
inline constexpr std::size_t kGuessLines = 1000;
std::optional<PrefixGuess> guess_log_line_prefix(std::span<const std::string_view> lines);

}  // namespace selfheal::tail
