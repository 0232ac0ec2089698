#include "pg/internal/slot_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "pg/internal/text.h"

namespace selfheal::pg::internal {
namespace {

// Two names of NAMEDATALEN - 1 bytes and the point between them.
constexpr std::size_t kNameBytes = 127;
// A signature has up to 100 types; real ones are far shorter.
constexpr std::size_t kSignatureBytes = 1024;
constexpr std::size_t kWordBytes = 100;
constexpr std::size_t kNumberBytes = 24;

constexpr std::array kNames = std::to_array<std::pair<std::string_view, SlotKind>>({
    {"alias", SlotKind::alias},           {"clock", SlotKind::clock},
    {"column", SlotKind::column},         {"columns", SlotKind::columns},
    {"constraint", SlotKind::constraint}, {"database", SlotKind::database},
    {"datatype", SlotKind::datatype},     {"index", SlotKind::index},
    {"missing", SlotKind::missing},       {"number", SlotKind::number},
    {"object", SlotKind::object},         {"parameter", SlotKind::parameter},
    {"partition", SlotKind::partition},   {"role", SlotKind::role},
    {"routine", SlotKind::routine},       {"schema", SlotKind::schema},
    {"sequence", SlotKind::sequence},     {"statement", SlotKind::statement},
    {"table", SlotKind::table},           {"tuple", SlotKind::tuple},
    {"value", SlotKind::value},           {"word", SlotKind::word},
});

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool all_of_set(std::string_view text, std::string_view more) {
  return std::ranges::all_of(text, [&](char c) { return is_alnum(c) || more.contains(c); });
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytes && std::ranges::none_of(text, is_control);
}

// What format_type and regprocedure print: outside of double quotes only the characters of unquoted names and
// of lists.
bool is_signature(std::string_view text) {
  if (text.empty() || text.size() > kSignatureBytes) return false;
  bool quoted = false;
  for (const char c : text) {
    if (is_control(c)) return false;
    if (c == '"') quoted = !quoted;
    const bool plain = is_alnum(c) || (c & 0x80) != 0 || std::string_view("_$ .,()[]%\"").contains(c);
    if (!quoted && !plain) return false;
  }
  return !quoted;
}

// A key's columns may be expressions, so only the parentheses tell where they end.
bool is_column_list(std::string_view text) {
  if (text.empty() || text.size() > kSignatureBytes) return false;
  int depth = 0;
  for (const char c : text) {
    if (is_control(c)) return false;
    if (c == '(') ++depth;
    if (c == ')' && --depth < 0) return false;
  }
  return depth == 0;
}

// In the server's own words digits never stand before letters (UTF8, SCRAM-SHA-256), in a token they do. File
// names of WAL are upper-case hexadecimal.
bool is_server_word(std::string_view text) {
  if (text.empty() || text.size() > kWordBytes || !all_of_set(text, " _-/.,'()+:%")) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool letter_after_digit = is_digit(text[i - 1]) && is_letter(text[i]);
    if (letter_after_digit && !(text[i] >= 'A' && text[i] <= 'F')) return false;
  }
  return true;
}

bool is_number(std::string_view text) {
  const auto allowed = [](char c) {
    return is_digit(c) || std::string_view("abcdefABCDEFx+-./").contains(c);
  };
  return !text.empty() && text.size() <= kNumberBytes && std::ranges::all_of(text, allowed) &&
         std::ranges::any_of(text, is_digit);
}

bool is_tuple(std::string_view text) {
  return text.size() <= kNumberBytes && text.contains(',') &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || c == ','; });
}

bool is_parameter(std::string_view text) { return is_name(text) && all_of_set(text, "_.$"); }

}  // namespace

std::optional<SlotKind> slot_kind(std::string_view name) {
  const auto* found = std::ranges::find(kNames, name, &std::pair<std::string_view, SlotKind>::first);
  if (found == kNames.end()) return std::nullopt;
  return found->second;
}

bool fits(SlotKind kind, std::string_view text) {
  switch (kind) {
    case SlotKind::datatype:
    case SlotKind::routine:
      return is_signature(text);
    case SlotKind::columns:
      return is_column_list(text);
    case SlotKind::number:
      return is_number(text);
    case SlotKind::tuple:
      return is_tuple(text);
    case SlotKind::word:
      return is_server_word(text);
    case SlotKind::clock:
      return !text.empty() && text.size() <= kWordBytes && all_of_set(text, " .:+-");
    case SlotKind::parameter:
      return is_parameter(text);
    case SlotKind::missing:
    case SlotKind::alias:
      return !text.empty();
    case SlotKind::statement:
    case SlotKind::value:
      return true;
    default:
      return is_name(text);
  }
}

}  // namespace selfheal::pg::internal
