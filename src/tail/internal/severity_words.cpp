#include "tail/internal/severity_words.h"

#include <algorithm>
#include <array>

namespace selfheal::tail {
namespace {

constexpr std::string_view kSeverityEnd = ":  ";

// For each first byte the rows of a sorted table that begin with it.
struct Rows {
  std::uint16_t from = 0;
  std::uint16_t to = 0;
};
using ByFirstByte = std::array<Rows, 256>;

template <class Table, class Word>
ByFirstByte by_first_byte(const Table& table, Word word) {
  ByFirstByte index{};
  for (std::uint16_t row = 0; row < table.size(); ++row) {
    auto& rows = index[static_cast<unsigned char>(word(table[row]).front())];
    if (rows.to == 0) rows.from = row;
    rows.to = static_cast<std::uint16_t>(row + 1);
  }
  return index;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Bytes of the message before the position, or npos when it ends otherwise.
std::size_t before_position(std::string_view message, const PositionWords& words) {
  if (!message.ends_with(words.after)) return message.npos;
  message.remove_suffix(words.after.size());
  auto digits = message.size();
  while (digits > 0 && is_digit(message[digits - 1])) --digits;
  const auto head = message.substr(0, digits);
  if (digits == message.size() || !head.ends_with(words.before)) return message.npos;
  return head.size() - words.before.size();
}

}  // namespace

std::string_view english_level(std::string_view word) {
  const auto words = severity_words();
  const auto found = std::ranges::lower_bound(words, word, {}, &SeverityWord::word);
  return found != words.end() && found->word == word ? found->level : std::string_view();
}

std::optional<FoundLabel> label_at(std::string_view text) {
  static const auto severities = by_first_byte(severity_words(), [](const auto& row) { return row.word; });
  static const auto labels = by_first_byte(part_labels(), [](const auto& row) { return row.label; });
  if (text.empty()) return std::nullopt;
  const auto first = static_cast<unsigned char>(text.front());
  for (auto row = severities[first].from; row < severities[first].to; ++row) {
    const auto& [word, level] = severity_words()[row];
    if (text.starts_with(word) && text.substr(word.size()).starts_with(kSeverityEnd))
      return FoundLabel{LogPart::message, level, word.size() + kSeverityEnd.size()};
  }
  for (auto row = labels[first].from; row < labels[first].to; ++row) {
    const auto& [label, part] = part_labels()[row];
    if (text.starts_with(label)) return FoundLabel{part, "", label.size()};
  }
  return std::nullopt;
}

std::string_view without_position(std::string_view message) {
  if (message.empty() || (static_cast<unsigned char>(message.back()) < 0x80 && !is_digit(message.back()) &&
                          message.back() != ')'))
    return message;
  for (const auto& words : position_words())
    if (const auto bytes = before_position(message, words); bytes != message.npos)
      return message.substr(0, bytes);
  return message;
}

bool is_unknown_word(std::string_view name) {
  return name.starts_with('[') && std::ranges::binary_search(unknown_words(), name);
}

}  // namespace selfheal::tail
