#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

// Texts of anybody (an error message, a table's name, a person's note) as Slack may show them: nothing in
// them mentions somebody, leads to another site, is an emoji or changes how what stands beside it reads.
// Pure.
//
// Slack reads three signs in a message, & < >, and pages and phones read more: addresses become links, names
// become mentions, signs become formatting. Incoming webhooks read them whatever the message asks for, so
// that asking (verbatim, parse) is only the second lock.
namespace selfheal::notify {

// Words that stand in our source, so that they are nobody else's.
class SlackWords {
 public:
  template <std::size_t N>
  consteval SlackWords(const char (&literal)[N]) : text_(literal, N - 1) {}
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

// Text in Slack's markup in which nothing is left to chance. Only the functions below make it.
class Mrkdwn {
 public:
  Mrkdwn() = default;
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  Mrkdwn& operator+=(const Mrkdwn& more) {
    text_ += more.text_;
    return *this;
  }
  friend Mrkdwn operator+(Mrkdwn left, const Mrkdwn& right) { return left += right; }

 private:
  friend Mrkdwn slack_prose(std::string_view text, std::size_t most);
  friend Mrkdwn slack_code(std::string_view text, std::size_t most);
  friend Mrkdwn slack_link(std::string_view url, SlackWords label);
  friend Mrkdwn operator""_slack(const char* literal, std::size_t size);
  explicit Mrkdwn(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// Markup of ours: only what stands in our source can be written so.
inline Mrkdwn operator""_slack(const char* literal, std::size_t size) {
  return Mrkdwn(std::string(literal, size));
}

// Running text on one line. A word in which Slack would see a sign of its own (public.orders, *, _x_, :name:)
// stands as code, where it sees none. At most `most` characters, as Slack counts them; the rest is "…".
Mrkdwn slack_prose(std::string_view text, std::size_t most);
// All of it as code, on one line; empty text stays empty.
Mrkdwn slack_code(std::string_view text, std::size_t most);
// Where no markup is read (headers, buttons) and where it must not matter whether it is (the text of a
// notification): signs of markup are look-alikes.
std::string slack_plain(std::string_view text, std::size_t most);
// A link of ours; `url` comes from the configuration and our own numbers.
Mrkdwn slack_link(std::string_view url, SlackWords label);

// Characters as Slack counts them: UTF-16 units. Bytes that are not UTF-8 count one each.
std::size_t slack_length(std::string_view text);

}  // namespace selfheal::notify
