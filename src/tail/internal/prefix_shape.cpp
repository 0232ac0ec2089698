#include "tail/internal/prefix_shape.h"

#include <algorithm>
#include <optional>

#include "tail/internal/line_prefix.h"
#include "tail/internal/prefix_field.h"

namespace selfheal::tail {
namespace {

struct KeyRow {
  std::string_view key;
  char escape;
};

// What people write before the values of their prefixes.
// sorted
constexpr KeyRow kKeys[] = {
    {"app", 'a'},      {"application", 'a'}, {"client", 'h'},  {"code", 'e'},     {"database", 'd'},
    {"db", 'd'},       {"error", 'e'},       {"host", 'h'},    {"line", 'l'},     {"pid", 'p'},
    {"query_id", 'Q'}, {"remote", 'h'},      {"session", 'c'}, {"sqlstate", 'e'}, {"state", 'e'},
    {"tx", 'x'},       {"txid", 'x'},        {"type", 'b'},    {"user", 'u'},     {"vxid", 'v'},
    {"xid", 'x'},
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-';
}

class Shape {
 public:
  explicit Shape(std::string_view head) : head_(head) {}

  std::string take() {
    while (at_ < head_.size())
      if (!take_moment() && !take_keyed() && !take_names() && !take_value()) literal(head_[at_++]);
    return std::move(out_);
  }

 private:
  void literal(char c) { out_ += c == '%' ? std::string("%%") : std::string(1, c); }

  void escape(char letter, std::size_t end) {
    out_ += '%';
    out_ += letter;
    seen_ += letter;
    at_ = end;
  }

  // The longest end of a field of this kind here; nothing when there is none.
  std::optional<std::size_t> end_of(char letter) const {
    const LinePrefix::Token token{.kind = LinePrefix::Token::Kind::field,
                                  .escape = letter,
                                  .field = field_of(letter).value_or(PrefixField::tag)};
    const auto ends = ends_of(token, head_, at_);
    if (!ends.any()) return std::nullopt;
    return ends.to;
  }

  bool take_first_of(std::string_view letters) {
    for (const char letter : letters) {
      const auto end = end_of(letter);
      if (!end || (*end < head_.size() && is_word(head_[*end]) && head_[*end] != '-')) continue;
      escape(letter, *end);
      return true;
    }
    return false;
  }

  bool take_moment() {
    if (!begins_with_moment(head_.substr(at_))) return false;
    auto end = end_of('m');
    const char letter = end ? 'm' : seen_.contains('t') || seen_.contains('m') ? 's' : 't';
    if (!end) end = end_of('t');
    if (!end) return false;
    // "2026-11-25 03:59:53 UTC-6b065d39.29cb" has no zone of that length.
    const auto zone = head_.rfind(' ', *end);
    const auto dash = head_.substr(0, *end).find('-', zone + 2);
    escape(letter, dash == head_.npos ? *end : dash);
    return true;
  }

  // "user=app," and the like.
  bool take_keyed() {
    if (is_inside_word()) return false;
    for (const auto& [key, letter] : kKeys) {
      const auto rest = head_.substr(at_);
      if (!rest.starts_with(key) || (rest.size() <= key.size() || rest[key.size()] != '=')) continue;
      const auto begin = at_ + key.size() + 1;
      const auto end = std::min(head_.find_first_of(",; |", begin), head_.size());
      auto value = head_.substr(begin, end - begin);
      // A bracket around the whole list is not the value's.
      if (value.ends_with(']') && !value.contains('[')) value.remove_suffix(1);
      out_ += head_.substr(at_, key.size() + 1);
      escape(letter == 'h' && value.ends_with(')') ? 'r' : letter, begin + value.size());
      return true;
    }
    return false;
  }

  // "app@shop": of what stands between blanks or other marks.
  bool take_names() {
    if (is_inside_word()) return false;
    const auto sign = skip_name(at_);
    if (sign >= head_.size() || head_[sign] != '@' || seen_.contains('u')) return false;
    const auto end = skip_name(sign + 1);
    out_ += "%u@";
    seen_ += 'u';
    escape('d', end);
    return true;
  }

  bool take_value() {
    if (is_inside_word()) return false;
    const auto word = head_.substr(at_, skip_word(at_) - at_);
    // An epoch has ten digits before its dot, a session eight.
    if (take_first_of(word.find('.') == 10 ? "nv" : "cv")) return true;
    if (end_of('r').value_or(at_) > at_ && (word.contains('.') || head_.substr(at_).starts_with("[local]")))
      return take_first_of("rh");
    if (word.size() == 5 && end_of('e') == at_ + 5 &&
        (word == "00000" || word.find_first_not_of("0123456789") != word.npos) &&
        word.find_first_of("0123456789") != word.npos)
      return take_first_of("e");
    return take_number(word);
  }

  // The pid comes first, then the number of the line; "[3-1]" holds the latter with a constant behind it.
  bool take_number(std::string_view word) {
    const auto digits = word.substr(0, word.find_first_not_of("0123456789"));
    const auto rest = word.substr(digits.size());
    if (digits.empty() || (!rest.empty() && !rest.starts_with('-'))) return false;
    constexpr std::string_view kOrder = "plx";
    for (const char letter : kOrder) {
      if (seen_.contains(letter)) continue;
      escape(letter, at_ + digits.size());
      take_constant(rest);
      return true;
    }
    return false;
  }

  void take_constant(std::string_view rest) {
    if (rest != "-1") return;
    out_ += rest;
    at_ += rest.size();
  }

  bool is_inside_word() const { return at_ > 0 && is_word(head_[at_ - 1]) && head_[at_ - 1] != '-'; }

  std::size_t skip_word(std::size_t at) const {
    while (at < head_.size() && is_word(head_[at])) ++at;
    return at;
  }

  // "[unknown]" stands for a name too.
  std::size_t skip_name(std::size_t at) const {
    constexpr std::string_view kUnknown = "[unknown]";
    return head_.substr(at).starts_with(kUnknown) ? at + kUnknown.size() : skip_word(at);
  }

  std::string_view head_;
  std::string out_;
  std::string seen_;  // escapes so far
  std::size_t at_ = 0;
};

}  // namespace

std::string prefix_shape(std::string_view head) { return Shape(head).take(); }

}  // namespace selfheal::tail
