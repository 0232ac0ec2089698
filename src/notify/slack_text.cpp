#include "notify/slack_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/check.h"

namespace selfheal::notify {
namespace {

using Characters = std::u32string;

// A longer word is no word of any language: a hash, a key, an attack.
constexpr std::size_t kWordLength = 200;
// More of a text is never shown: a section of Slack's holds 3,000 characters.
constexpr std::size_t kTextBytes = 16u << 10;

bool is_alpha(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_ascii_alnum(char32_t c) { return is_alpha(c) || is_digit(c); }
bool is_alnum(char32_t c) { return is_ascii_alnum(c) || c >= 0x80; }
bool is_one_of(char32_t c, std::u32string_view signs) { return signs.contains(c); }

struct Decoded {
  char32_t character = 0xFFFD;
  std::size_t bytes = 1;
};

// Overlong forms, surrogates and what else is not UTF-8 is one U+FFFD a byte.
Decoded decode(std::string_view text) {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : byte(0) >= 0xC2 ? 2 : 0;
  if (length == 0 || byte(0) > 0xF4 || text.size() < length) return {};
  std::uint32_t code = byte(0) & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast.at(length) || (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF) return {};
  return {code, length};
}

void append(std::string& out, char32_t c) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | (c >> 6));
  } else {
    if (c < 0x10000) {
      put(0xE0 | (c >> 12));
    } else {
      put(0xF0 | (c >> 18));
      put(0x80 | ((c >> 12) & 0x3F));
    }
    put(0x80 | ((c >> 6) & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

bool is_space(char32_t c) {
  return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

// Turns the direction of writing, joins, hides or draws nothing: controls, Unicode's format characters, tags,
// variation selectors and fillers.
bool is_hidden(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x34F || c == 0x61C || c == 0x115F ||
         c == 0x1160 || c == 0x17B4 || c == 0x17B5 || (c >= 0x180B && c <= 0x180F) ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
         c == 0x3164 || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF || c == 0xFFA0 ||
         (c >= 0xFFF0 && c <= 0xFFFB) || (c >= 0x1BCA0 && c <= 0x1BCA3) || (c >= 0x1D173 && c <= 0x1D17A) ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

// A browser reads these as a dot between the parts of a host's name.
bool is_dot(char32_t c) { return c == '.' || c == 0x3002 || c == 0xFF0E || c == 0xFF61; }

std::vector<Characters> words_of(std::string_view text) {
  std::vector<Characters> words(1);
  for (text = text.substr(0, kTextBytes); !text.empty();) {
    const auto [c, bytes] = decode(text);
    text.remove_prefix(bytes);
    if (is_space(c)) {
      if (!words.back().empty()) words.emplace_back();
    } else if (!is_hidden(c) && words.back().size() < kWordLength) {
      words.back() += is_dot(c) ? U'.' : c;
      if (words.back().size() == kWordLength) words.back().back() = U'…';
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

char32_t at(const Characters& word, std::size_t i) { return i < word.size() ? word[i] : U' '; }

std::string label_after(const Characters& word, std::size_t dot) {
  std::string label;
  for (auto i = dot + 1; is_alpha(at(word, i)); ++i)
    label += static_cast<char>(std::tolower(static_cast<int>(word[i])));
  return label;
}

// Endings by which people and programs know a host, also where Slack makes no link of it.
bool is_web_ending(std::string_view label) {
  constexpr std::array kEndings{"app", "biz", "cc",    "click",  "cn",  "co",   "com",  "de",  "dev",  "edu",
                                "eu",  "gg",  "gov",   "info",   "io",  "link", "live", "ly",  "me",   "mil",
                                "mov", "net", "onion", "online", "org", "page", "ru",   "sh",  "shop", "site",
                                "su",  "tk",  "to",    "top",    "tv",  "uk",   "us",   "xyz", "zip"};
  return std::ranges::find(kEndings, label) != kEndings.end();
}

bool is_host_dot(const Characters& word, std::size_t i) {
  if (word[i] != '.' || i == 0) return false;
  if (is_web_ending(label_after(word, i))) return true;
  const auto begin = i >= 3 ? i - 3 : 0;
  return i - begin == 3 &&
         std::ranges::all_of(word.substr(begin, 3), [](char32_t c) { return (c | 32) == 'w'; });
}

// The colon of "scheme://", "mailto:" and their like.
bool is_scheme_colon(const Characters& word, std::size_t i) {
  if (word[i] != ':' || i == 0) return false;
  if (is_one_of(at(word, i + 1), U"/\\")) return true;
  if (i + 1 == word.size()) return false;
  std::string before;
  for (auto begin = i; begin > 0 && is_alpha(word[begin - 1]); --begin)
    before.insert(before.begin(), static_cast<char>(std::tolower(static_cast<int>(word[begin - 1]))));
  constexpr std::array kSchemes{"data",   "file", "ftp",   "geo",   "http", "https", "javascript", "magnet",
                                "mailto", "sip",  "skype", "slack", "sms",  "tel",   "vbscript"};
  return std::ranges::any_of(kSchemes, [&before](const char* scheme) { return before.ends_with(scheme); });
}

bool is_emoji_sign(char32_t c) { return is_alnum(c) || is_one_of(c, U"_+-'"); }

// The colon that opens ":name:".
bool opens_emoji(const Characters& word, std::size_t i) {
  if (word[i] != ':' || !is_emoji_sign(at(word, i + 1))) return false;
  auto end = i + 1;
  bool has_letter = false;
  while (is_emoji_sign(at(word, end))) has_letter |= !is_digit(word[end++]);
  return at(word, end) == ':' && (has_letter || end - i > 3);  // 14:02:11 is a time, :100: is none
}

// A host that nobody recognises as one any more, but can still read: https[:]//evil[.]example.
Characters defanged(const Characters& word) {
  Characters out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (is_scheme_colon(word, i))
      out += U"[:]";
    else if (is_host_dot(word, i))
      out += U"[.]";
    else
      out += word[i] == '@' ? U'＠' : word[i];
  }
  return out;
}

// The dot of 1.5 and 10.0.0.1.
bool is_dot_of_number(const Characters& word, std::size_t i) {
  return i > 0 && is_digit(word[i - 1]) && is_digit(at(word, i + 1));
}

bool needs_code(const Characters& word) {
  for (std::size_t i = 0; i < word.size(); ++i) {
    const auto c = word[i];
    if (is_one_of(c, U"*_~`<>#＠")) return true;
    if (c == '.' && i > 0 && is_alnum(at(word, i + 1)) && !is_dot_of_number(word, i)) return true;
    if (opens_emoji(word, i)) return true;
  }
  return false;
}

void append_escaped(std::string& out, char32_t c) {
  if (c == '&') return static_cast<void>(out += "&amp;");
  if (c == '<') return static_cast<void>(out += "&lt;");
  if (c == '>') return static_cast<void>(out += "&gt;");
  append(out, c);
}

std::string escaped(std::u32string_view characters) {
  std::string out;
  for (const auto c : characters) append_escaped(out, c == '`' ? U'ˋ' : c);
  return out;
}

// One word of running text. What stands around a name (brackets, a comma) stays outside of the code.
std::string prose_word(const Characters& raw) {
  const auto word = defanged(raw);
  if (!needs_code(word)) return escaped(word);
  std::size_t begin = 0;
  auto end = word.size();
  while (begin < end && is_one_of(word[begin], U"([{\"'“‘")) ++begin;
  while (end > begin && is_one_of(word[end - 1], U")]}\"'”’.,;!?")) --end;
  if (begin == end) {
    begin = 0;
    end = word.size();
  }
  const std::u32string_view whole = word;
  return escaped(whole.substr(0, begin)) + '`' + escaped(whole.substr(begin, end - begin)) + '`' +
         escaped(whole.substr(end));
}

char32_t look_alike(const Characters& word, std::size_t i) {
  const auto c = word[i];
  if (opens_emoji(word, i)) return U'∶';
  // Between letters a dot makes a host of them.
  if (c == '.' && !is_one_of(at(word, i + 1), U" ]") && !is_dot_of_number(word, i)) return U'․';
  const bool is_inside = i > 0 && is_ascii_alnum(word[i - 1]) && is_ascii_alnum(at(word, i + 1));
  if (c == '_' && is_inside) return c;
  constexpr std::u32string_view kSigns = U"&<>*_~`#";
  constexpr std::u32string_view kLike = U"＆‹›∗＿∼ˋ＃";
  const auto sign = kSigns.find(c);
  return sign == kSigns.npos ? c : kLike[sign];
}

std::string plain_word(const Characters& raw) {
  const auto word = defanged(raw);
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) append(out, look_alike(word, i));
  return out;
}

std::string code_word(const Characters& raw) { return escaped(defanged(raw)); }

// The words one after the other while they fit, "…" for the rest.
template <class Render>
std::string joined(std::string_view text, std::size_t most, Render render) {
  std::string out;
  std::size_t length = 0;
  const auto words = words_of(text);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t space = out.empty() ? 0 : 1;
    const std::size_t kept = i + 1 < words.size() ? 2 : 0;  // for " …"
    auto word = words[i];
    auto shown = render(word);
    const bool fits = length + space + slack_length(shown) + kept <= most;
    if (!fits && !out.empty()) return length + 2 <= most ? out + " …" : out;
    if (!fits) {
      // One long word: as much of it as there is room for.
      while (!word.empty() && slack_length(shown) > most) {
        word.pop_back();
        shown = render(word + U'…');
      }
      return slack_length(shown) <= most ? shown : "";
    }
    if (space) out += ' ';
    out += shown;
    length += space + slack_length(shown);
  }
  return out;
}

}  // namespace

std::size_t slack_length(std::string_view text) {
  std::size_t length = 0;
  while (!text.empty()) {
    const auto [c, bytes] = decode(text);
    length += c >= 0x10000 ? 2 : 1;
    text.remove_prefix(bytes);
  }
  return length;
}

Mrkdwn slack_prose(std::string_view text, std::size_t most) { return Mrkdwn(joined(text, most, prose_word)); }

Mrkdwn slack_code(std::string_view text, std::size_t most) {
  if (most < 3) return Mrkdwn();
  const auto code = joined(text, most - 2, code_word);
  return code.empty() ? Mrkdwn() : Mrkdwn("`" + code + "`");
}

std::string slack_plain(std::string_view text, std::size_t most) { return joined(text, most, plain_word); }

Mrkdwn slack_link(std::string_view url, SlackWords label) {
  std::string out = "<";
  for (const char c : url) {
    // What would end the link, or begin its label. The rest of a URL is for its reader to judge.
    const auto byte = static_cast<unsigned char>(c);
    constexpr std::string_view kHex = "0123456789ABCDEF";
    if (byte <= 0x20 || byte >= 0x7F || std::string_view("<>|`\"").contains(c)) {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return Mrkdwn(out + "|" + std::string(label.text()) + ">");
}

}  // namespace selfheal::notify
