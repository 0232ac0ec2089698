#include "assistant/internal/wording_sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace selfheal::assistant::internal {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
// Bytes of a name or number, UTF-8 included.
bool is_inner(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

constexpr std::array<std::string_view, 8> kUnits{" ms", " s", " min", " h", " days", " MB", " %", " UTC"};

// The length of what stands at `at` and is to be hidden; 0 when nothing is.
std::size_t quoted_at(std::string_view text, std::size_t at) {
  if (text[at] != '"') return 0;
  const auto end = text.find('"', at + 1);
  return end == std::string_view::npos ? text.size() - at : end + 1 - at;
}

bool ends_word(std::string_view text, std::size_t at) { return at >= text.size() || !is_inner(text[at]); }

std::size_t name_at(std::string_view text, std::size_t at, const std::vector<std::string>& names) {
  for (const auto& name : names)
    if (text.substr(at).starts_with(name) && ends_word(text, at + name.size())) return name.size();
  return 0;
}

// A word that ordinary prose does not have: with digits, underscores or inner dots, slashes, colons; with its
// unit when it is a number.
std::size_t odd_word_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  bool is_odd = false;
  for (; end < text.size(); ++end) {
    const char c = text[end];
    const bool joins = (c == '.' || c == '/' || c == ':' || c == '-' || c == '@' || c == '$' || c == '%') &&
                       end > at && end + 1 < text.size() && is_inner(text[end + 1]);
    if (!is_inner(c) && !joins) break;
    is_odd =
        is_odd || is_digit(c) || c == '_' || (joins && c != '-') || static_cast<unsigned char>(c) >= 0x80;
  }
  if (!is_odd) return 0;
  // "2026-11-25 14:02:11 UTC" is one thing.
  if (end - at == 10 && text[at + 4] == '-' && end + 1 < text.size() && text[end] == ' ' &&
      is_digit(text[end + 1]))
    return end + 1 - at + odd_word_at(text, end + 1);
  for (const auto unit : kUnits)
    if (is_digit(text[at]) && text.substr(end).starts_with(unit) && ends_word(text, end + unit.size()))
      return end - at + unit.size();
  return end - at;
}

char kind_of(std::string_view hidden) {
  if (!is_digit(hidden.front())) return 'x';
  return hidden.size() > 10 && hidden[4] == '-' ? 't' : 'n';
}

}  // namespace

Masked mask(std::string_view text, const std::vector<std::string>& names, int first) {
  Masked masked;
  for (std::size_t at = 0; at < text.size();) {
    const bool begins_word = at == 0 || !is_inner(text[at - 1]);
    std::size_t hidden = quoted_at(text, at);
    if (hidden == 0 && begins_word) hidden = std::max(name_at(text, at, names), odd_word_at(text, at));
    // A brace of the text's own could be taken for a slot.
    if (hidden == 0 && (text[at] == '{' || text[at] == '}')) hidden = 1;
    if (hidden == 0) {
      masked.text += text[at++];
      continue;
    }
    const auto value = text.substr(at, hidden);
    masked.slots.push_back(
        fmt::format("{{{}{}}}", kind_of(value), first + static_cast<int>(masked.slots.size())));
    masked.values.emplace_back(value);
    masked.text += masked.slots.back();
    at += hidden;
  }
  return masked;
}

Sheet sheet_of(const Explanation& explanation) {
  Sheet sheet;
  int next = 1;
  for (std::size_t i = 0; i < explanation.sentences.size(); ++i) {
    const auto& sentence = explanation.sentences[i];
    if (sentence.is_fixed || !sentence.is_proven || sentence.source.starts_with("K:")) continue;
    auto masked = mask(sentence.text.text(), explanation.names, next);
    next += static_cast<int>(masked.slots.size());
    sheet.lines.push_back(
        {.id = fmt::format("S{}", sheet.lines.size() + 1), .sentence = i, .masked = std::move(masked)});
  }
  return sheet;
}

std::string fill(std::string_view text, const std::vector<const Masked*>& from) {
  std::string filled(text);
  for (const auto* masked : from)
    for (std::size_t i = 0; i < masked->slots.size(); ++i) {
      const auto at = filled.find(masked->slots[i]);
      if (at != std::string::npos) filled.replace(at, masked->slots[i].size(), masked->values[i]);
    }
  return filled;
}

}  // namespace selfheal::assistant::internal
