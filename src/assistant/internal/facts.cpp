#include "assistant/internal/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

namespace selfheal::assistant::internal {
namespace {

// Of one text in quotation marks: a statement's shape of a page. The redactor withholds what is longer than
// its own limit.
constexpr std::size_t kQuoted = 2000;

// Quotation marks and brackets would let a text end its own quotation, or look like a citation of ours.
std::string without_marks(std::string_view text) {
  std::string plain(text.substr(0, kQuoted));
  // A character that the cut broke.
  while (text.size() > kQuoted && !plain.empty() && (static_cast<unsigned char>(plain.back()) & 0x80) != 0)
    plain.pop_back();
  for (char& c : plain) {
    if (c == '"') c = '\'';
    if (c == '\\') c = '/';
    if (c == '[') c = '(';
    if (c == ']') c = ')';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return plain;
}

std::string shown(double number) { return fmt::format("{:.6g}", number); }

}  // namespace

pg::RedactedText own(std::string_view text) { return pg::redact_own_text(text); }

OutgoingText quoted(const pg::RedactedText& text) {
  OutgoingText out("\"");
  out += own(without_marks(text.text()));
  out += OurText("\"");
  return out;
}

void Facts::begin(OurText key) {
  if (!is_empty_) text_ += OurText(", ");
  is_empty_ = false;
  text_ += key;
  text_ += OurText(": ");
}

void Facts::add(OurText key, OurText word) {
  begin(key);
  text_ += word;
  value_[key.text()] = word.text();
}

void Facts::add(OurText key, const pg::RedactedText& text) {
  begin(key);
  text_ += quoted(text);
  value_[key.text()] = text.text();
}

void Facts::add(OurText key, std::int64_t number) {
  begin(key);
  text_ += own(std::to_string(number));
  value_[key.text()] = number;
}

void Facts::add(OurText key, double number) {
  begin(key);
  text_ += own(shown(number));
  value_[key.text()] = number;
}

void Facts::add(OurText key, bool flag) {
  begin(key);
  text_ += flag ? OurText("yes") : OurText("no");
  value_[key.text()] = flag;
}

void Facts::add(OurText key, Time at) {
  begin(key);
  text_ += own(to_rfc3339(at));
  value_[key.text()] = to_rfc3339(at);
}

void Facts::add(OurText key, const Facts& part) {
  begin(key);
  text_ += part.for_model();
  value_[key.text()] = part.value_;
}

void Facts::add(OurText key, const std::vector<Facts>& parts) {
  begin(key);
  boost::json::array values;
  text_ += OurText("[");
  for (const auto& part : parts) {
    text_ += OurText("\n ");
    text_ += part.for_model();
    values.push_back(part.value_);
  }
  text_ += OurText("]");
  value_[key.text()] = std::move(values);
}

void Facts::add(OurText key, const std::vector<pg::RedactedText>& texts) {
  begin(key);
  boost::json::array values;
  text_ += OurText("[");
  for (const auto& text : texts) {
    text_ += OurText(" ");
    text_ += quoted(text);
    values.emplace_back(text.text());
  }
  text_ += OurText("]");
  value_[key.text()] = std::move(values);
}

void Facts::add_hidden(OurText key, boost::json::value value) { value_[key.text()] = std::move(value); }

void Facts::add_for_model(OurText key, OutgoingText text) {
  begin(key);
  text_ += text;
}

OutgoingText Facts::for_model() const {
  OutgoingText out("{");
  out += text_;
  out += OurText("}");
  return out;
}

}  // namespace selfheal::assistant::internal
