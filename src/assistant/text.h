#pragma once

#include <string>
#include <string_view>

#include "pg/redact.h"

// What may be sent to a language model, by type: text that the redactor passed, a constant of our code, or
// what the model said itself.
namespace selfheal::assistant {

namespace internal {
class AnswerMaker;
}

// A text that stands in our code. Only a constant expression makes one, so nothing read at run time can.
class OurText {
 public:
  consteval OurText() = default;
  consteval OurText(const char* text) : text_(text) {}  // NOLINT: "…" where an OurText is due is the point
  constexpr std::string_view text() const { return text_; }
  constexpr bool empty() const { return text_.empty(); }

 private:
  std::string_view text_;
};

// What the model answered. Sending it back tells that server nothing new. It is hostile to everybody else.
class ModelText {
 public:
  ModelText() = default;
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  friend class internal::AnswerMaker;
  explicit ModelText(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// Text on its way out, put together from the three.
class OutgoingText {
 public:
  OutgoingText() = default;
  OutgoingText(OurText text) : text_(text.text()) {}                  // NOLINT: as safe as what it is made of
  OutgoingText(const pg::RedactedText& text) : text_(text.text()) {}  // NOLINT: likewise
  OutgoingText(const ModelText& text) : text_(text.text()) {}         // NOLINT: likewise
  OutgoingText& operator+=(const OutgoingText& more) {
    text_ += more.text_;
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace selfheal::assistant
