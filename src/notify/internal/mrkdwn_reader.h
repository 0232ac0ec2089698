#pragma once

#include <cctype>
#include <regex>
#include <string>
#include <string_view>

// For tests: reads a message the way Slack and the programs around it do, written from Slack's documentation
// and not from slack_text.cpp, and counts what a text of a stranger must never bring about.
namespace selfheal::notify::internal {

struct MrkdwnFindings {
  int links = 0;     // <https://…>, bare addresses and hosts, mail addresses
  int mentions = 0;  // <@U…>, <!channel>, <#C…>, @here, #general
  int marks = 0;     // bold, italic, struck, quotes, emoji
  int open_code = 0;
};

// "&" and "<" begin something in every part of a message, code or not.
inline void read_signs(std::string_view text, MrkdwnFindings& found) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<' || text[i] == '>') {
      const char next = i + 1 < text.size() ? text[i + 1] : ' ';
      ++(text[i] == '<' && (next == '@' || next == '!' || next == '#') ? found.mentions : found.links);
    }
    const auto rest = text.substr(i);
    if (text[i] == '&' && !rest.starts_with("&amp;") && !rest.starts_with("&lt;") &&
        !rest.starts_with("&gt;"))
      ++found.marks;
  }
}

inline int matches(const std::string& text, const std::regex& pattern) {
  return static_cast<int>(std::distance(std::sregex_iterator(text.begin(), text.end(), pattern), {}));
}

inline void read_prose(const std::string& text, MrkdwnFindings& found) {
  static const std::regex kHost("[A-Za-z0-9\\x80-\\xFF_-]\\.[A-Za-z\\x80-\\xFF]");
  static const std::regex kEmoji(":[A-Za-z0-9_+'-]*[A-Za-z_+'-][A-Za-z0-9_+'-]*:");
  // At a word's edge; inside of a word they are letters.
  static const std::regex kFormat("(^|[^A-Za-z0-9])[*_~][^\\s*_~]|[^\\s*_~][*_~]($|[^A-Za-z0-9])");
  static const std::regex kName("@[A-Za-z]|(^|[\\s(])#[a-z]");
  // A line that begins with the sign of a quotation.
  static const std::regex kQuote("(^|\\n)(&gt;|>)");
  found.links += matches(text, kHost);
  found.mentions += matches(text, kName);
  found.marks += matches(text, kEmoji) + matches(text, kFormat) + matches(text, kQuote);
}

// What people and other programs take for a link wherever it stands.
inline void read_everywhere(const std::string& text, MrkdwnFindings& found) {
  static const std::regex kScheme(
      "[A-Za-z][A-Za-z0-9+.-]*:[/\\\\]|(mailto|tel|javascript|data|slack):[^ `\\]]", std::regex::icase);
  static const std::regex kKnownHost("www\\.|[A-Za-z0-9-]\\.(com|net|org|io|dev|xyz|ru)($|[^A-Za-z])",
                                     std::regex::icase);
  static const std::regex kMention("@(here|channel|everyone|[A-Za-z0-9])|[A-Za-z0-9]@[A-Za-z0-9]");
  found.links += matches(text, kScheme) + matches(text, kKnownHost);
  found.mentions += matches(text, kMention);
}

// `is_markup`: false for plain text, in which code is no refuge.
inline MrkdwnFindings read_mrkdwn(std::string_view text, bool is_markup) {
  MrkdwnFindings found;
  read_signs(text, found);
  read_everywhere(std::string(text), found);
  std::string prose;
  bool in_code = false;
  for (const char c : text) {
    if (c == '`' && is_markup) {
      in_code = !in_code;
      prose += ' ';
    } else if (!in_code) {
      prose += c;
    }
  }
  found.open_code = in_code ? 1 : 0;
  read_prose(prose, found);
  return found;
}

}  // namespace selfheal::notify::internal
