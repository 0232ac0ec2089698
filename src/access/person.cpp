#include "access/person.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>

namespace selfheal::access {
namespace {

// Who else acts in the audit trail.
constexpr std::array<std::string_view, 6> kTaken{"ingest key", "nobody", "policy",
                                                 "selfheal",   "slack",  "token"};

constexpr std::size_t kSlackIdBytes = 32;  // theirs have 9 to 11

struct Span {
  std::string_view first;
  std::string_view last;
};
// UTF-8 of the characters that show as nothing or turn text round: C1 controls, the no-break space and the
// soft hyphen; the zero-width, line separating and bidirectional ones of U+2000; the byte order mark.
constexpr std::array<Span, 7> kInvisible{
    Span{"\xC2\x80", "\xC2\xA0"},         Span{"\xC2\xAD", "\xC2\xAD"},
    Span{"\xD8\x9C", "\xD8\x9C"},         Span{"\xE2\x80\x8B", "\xE2\x80\x8F"},
    Span{"\xE2\x80\xA8", "\xE2\x80\xAE"}, Span{"\xE2\x81\xA0", "\xE2\x81\xAF"},
    Span{"\xEF\xBB\xBF", "\xEF\xBB\xBF"}};

bool is_invisible_at(std::string_view text) {
  return std::ranges::any_of(kInvisible, [&](const Span& span) {
    const auto character = text.substr(0, span.first.size());
    return character >= span.first && character <= span.last;
  });
}

bool holds_invisible(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F || is_invisible_at(text.substr(i))) return true;
  }
  return false;
}

bool is_slack_character(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); }

}  // namespace

Result<std::string> person_name(std::string_view text) {
  auto name = boost::trim_copy_if(std::string(text), [](char c) { return c == ' '; });
  if (name.empty() || name.size() > kPersonNameBytes)
    return failure(ErrorCode::invalid_input, fmt::format("a name has 1 to {} bytes", kPersonNameBytes));
  if (holds_invisible(name))
    return failure(ErrorCode::invalid_input, "a name has no characters that cannot be seen");
  if (std::ranges::any_of(kTaken, [&](std::string_view taken) { return boost::iequals(taken, name); }))
    return failure(ErrorCode::invalid_input, "this name stands in the audit trail for what is no person");
  return name;
}

Result<std::string> slack_user_id(std::string_view text) {
  const bool fits = text.size() >= 2 && text.size() <= kSlackIdBytes && (text[0] == 'U' || text[0] == 'W') &&
                    std::ranges::all_of(text, is_slack_character);
  if (!fits)
    return failure(ErrorCode::invalid_input,
                   "a Slack member id begins with U or W, then capitals and digits: U024BE7LH");
  return std::string(text);
}

}  // namespace selfheal::access
