#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

// The words that PostgreSQL writes before the texts of a message, in every language of its catalogs: csvlog
// and jsonlog have the levels, stderr has the labels of the parts too.
namespace selfheal::tail {

// What a line of the plain-text log says of a message.
enum class LogPart : std::uint8_t {
  message,
  detail,
  hint,
  query,
  context,
  location,
  backtrace,
  statement,
};

struct SeverityWord {
  std::string_view word;
  std::string_view level;  // PostgreSQL's English word
};
struct PartLabel {
  std::string_view label;  // with its colon and blanks
  LogPart part;
};
// Stands behind a message that points into its statement: text, a number, text.
struct PositionWords {
  std::string_view before;
  std::string_view after;
};

// All sorted by bytes. They live for ever.
std::span<const SeverityWord> severity_words();
std::span<const PartLabel> part_labels();
std::span<const PositionWords> position_words();
std::span<const std::string_view> unknown_words();

// "ERROR" for "FEHLER"; empty for a word that is none of PostgreSQL's.
std::string_view english_level(std::string_view word);

// Which label a text begins with.
struct FoundLabel {
  LogPart part = LogPart::message;
  std::string_view level;  // of a message
  std::size_t bytes = 0;   // of the label
};
std::optional<FoundLabel> label_at(std::string_view text);

// The message without " at character 15", which the server's other formats keep apart.
std::string_view without_position(std::string_view message);

// Whether this is what %a, %u and %d print instead of a name that is not known: "[unknown]".
bool is_unknown_word(std::string_view name);

}  // namespace selfheal::tail
