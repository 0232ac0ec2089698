#include "assistant/safe_text.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cctype>
#include <cstdint>

namespace selfheal::assistant {
namespace {

constexpr std::string_view kLink = "‹link removed›";

std::string lowered(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_alpha(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

struct Character {
  std::uint32_t code = 0xFFFD;
  std::size_t bytes = 1;
  bool is_valid = false;
};

// Overlong forms and surrogates are not valid: a reader may take them for what they hide.
Character character_at(std::string_view text) {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {byte(0), 1, true};
  const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : byte(0) >= 0xC2 ? 2 : 0;
  if (length == 0 || byte(0) > 0xF4 || text.size() < length) return {};
  std::uint32_t code = byte(0) & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast.at(length) || (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF) return {};
  return {code, length, true};
}

// Turns the direction of writing, joins or hides: Unicode's format characters, tags and variation selectors.
bool is_hidden(std::uint32_t code) {
  return code == 0xAD || code == 0x61C || code == 0x180E || (code >= 0x200B && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
         (code >= 0xFE00 && code <= 0xFE0F) || (code >= 0xFFF0 && code <= 0xFFFB) ||
         (code >= 0xE0000 && code <= 0xE0FFF);
}

// Full-width and look-alike signs by which a link is written that a browser reads as one.
char plain_sign(std::uint32_t code) {
  if (code >= 0xFF01 && code <= 0xFF5E) return static_cast<char>(code - 0xFEE0);
  if (code == 0x3002 || code == 0xFF61) return '.';
  if (code == 0x2044 || code == 0x2215 || code == 0x29F8) return '/';
  if (code == 0x2236 || code == 0xA789) return ':';
  return 0;
}

// Without control and format characters; look-alikes of signs are the signs.
std::string visible(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto character = character_at(text.substr(i));
    const auto bytes = text.substr(i, character.bytes);
    i += character.bytes;
    if (!character.is_valid) {
      out += "\xEF\xBF\xBD";
    } else if (const char sign = plain_sign(character.code); sign != 0) {
      out += sign;
    } else if (character.code == '\n' || character.code == '\t') {
      out += static_cast<char>(character.code);
    } else if (character.code >= 0x20 && (character.code < 0x7F || character.code > 0x9F) &&
               !is_hidden(character.code)) {
      out += bytes;
    }
  }
  return out;
}

// Ends a link: a space, or what no link holds.
bool ends_link(char c) { return is_space(c) || c == '<' || c == '>' || c == '"' || c == '|' || c == '`'; }

std::size_t link_end(std::string_view text, std::size_t at) {
  while (at < text.size() && !ends_link(text[at])) ++at;
  return at;
}

bool is_host_character(char c) {
  return is_alnum(c) || c == '-' || c == '.' || (static_cast<unsigned char>(c) & 0x80);
}

// "evil.example/path", "1.2.3.4:80/x": a host with a path or a port, which some pages
// make a link of. `schema.table` is none.
bool is_bare_link(std::string_view word) {
  std::size_t host = 0;
  while (host < word.size() && is_host_character(word[host])) ++host;
  const auto name = word.substr(0, host);
  if (!name.contains('.') || name.starts_with('.') || name.ends_with('.') || host == word.size())
    return false;
  auto rest = word.substr(host);
  if (rest.starts_with(':')) {
    rest.remove_prefix(1);
    while (!rest.empty() && std::isdigit(static_cast<unsigned char>(rest.front()))) rest.remove_prefix(1);
    return rest.starts_with('/');
  }
  return rest.starts_with('/') || rest.starts_with('?') || rest.starts_with('#');
}

bool is_slash(char c) { return c == '/' || c == '\\'; }

// Schemes that lead somewhere without "//".
bool is_scheme(std::string_view word) {
  const auto lower = lowered(word);
  for (const auto* scheme :
       {"data", "mailto", "tel", "sms", "file", "blob", "slack", "http", "https", "ftp", "ws", "wss"})
    if (lower == scheme) return true;
  return false;
}

// Where the link that begins in this word ends, or 0: a scheme with its colon, "//host" or "\\host" anywhere
// in it, or a bare one.
std::size_t link_in_word(std::string_view text, std::size_t at) {
  const auto end = link_end(text, at);
  const auto word = text.substr(at, end - at);
  for (std::size_t i = 0; i + 2 < word.size(); ++i) {
    if (!is_slash(word[i]) || !is_slash(word[i + 1])) continue;
    while (i < word.size() && is_slash(word[i])) ++i;
    if (i < word.size() &&
        (is_alnum(word[i]) || word[i] == '[' || (static_cast<unsigned char>(word[i]) & 0x80)))
      return end;
  }
  // "https:" or "https:/host" also leads away in a browser.
  for (auto colon = word.find(':'); colon != word.npos; colon = word.find(':', colon + 1)) {
    auto begin = colon;
    while (begin > 0 && is_alpha(word[begin - 1])) --begin;
    const auto scheme = word.substr(begin, colon - begin);
    if (lowered(scheme).ends_with("script")) return end;
    // "the data: x" is prose.
    if (colon + 1 == word.size()) break;
    if (is_scheme(scheme)) return end;
    if (colon >= begin + 3 && is_slash(word[colon + 1])) return end;
  }
  if (lowered(word).contains("www.")) return end;
  auto start = word;
  while (!start.empty() && !is_host_character(start.front())) start.remove_prefix(1);
  return is_bare_link(start) ? end : 0;
}

std::string without_links(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (ends_link(text[i])) {
      out += text[i++];
      continue;
    }
    const auto end = link_in_word(text, i);
    if (end != 0) {
      // A Markdown link keeps its text: "[text](" stands before what leads away.
      const auto target = text.substr(i, end - i).find("](");
      if (target != std::string_view::npos) out += without_links(text.substr(i, target));
      out += kLink;
      i = end;
      continue;
    }
    const auto next = link_end(text, i);
    out += text.substr(i, next - i);
    i = next;
  }
  return out;
}

// Signs that begin markup get a look-alike that begins nothing.
std::string without_markup(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : ' ';
    if (c == '<' && (is_alpha(next) || std::string_view("/!@#?").contains(next))) {
      out += "‹";
    } else if (c == '&' && (is_alpha(next) || next == '#')) {
      out += "＆";
    } else if (c == '!' && next == '[') {
      out += "! ";
    } else if (c == ']' && (next == '(' || next == ':')) {
      out += "] ";
    } else if (c == '@' && (i == 0 || !is_alnum(text[i - 1])) && is_alpha(next)) {
      out += "＠";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string safe_text(std::string_view text) { return without_markup(without_links(visible(text))); }

boost::json::value safe_value(const boost::json::value& value) {
  if (value.is_string()) return boost::json::value(safe_text(value.get_string()).c_str());
  if (value.is_array()) {
    boost::json::array safe;
    for (const auto& item : value.get_array()) safe.push_back(safe_value(item));
    return safe;
  }
  if (!value.is_object()) return value;
  boost::json::object safe;
  for (const auto& [key, item] : value.get_object())
    safe[safe_text(key)] = key == "sql" ? item : safe_value(item);
  return safe;
}

}  // namespace selfheal::assistant
