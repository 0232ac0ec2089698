#include "tail/internal/prefix_field.h"

#include <algorithm>

namespace selfheal::tail {
namespace {

// A name has at most 63 bytes (NAMEDATALEN), a background worker's type 95, a host name 255 with a port.
constexpr std::size_t kNameBytes = 64;
constexpr std::size_t kTypeBytes = 96;
constexpr std::size_t kHostBytes = 264;
// "YYYY-MM-DD HH:MM:SS"
constexpr std::string_view kMoment = "0000-00-00 00:00:00";
constexpr std::size_t kZoneBytes = 12;
constexpr std::size_t kDigits = 20;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_code(char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); }
bool is_zone(char c) { return is_code(c) || (c >= 'a' && c <= 'z') || c == '+' || c == '-'; }

template <class Is>
std::size_t run(std::string_view text, std::size_t at, std::size_t most, Is is) {
  std::size_t end = at;
  while (end < text.size() && end - at < most && is(text[end])) ++end;
  return end;
}

// A run of at least one such character, which may end earlier than it does.
template <class Is>
FieldEnds run_ends(std::string_view line, std::size_t at, std::size_t most, Is is) {
  const auto end = run(line, at, most, is);
  return end == at ? FieldEnds{} : FieldEnds{at + 1, end};
}

FieldEnds text_ends(std::string_view line, std::size_t at, std::size_t most) {
  return {at, std::min(line.size(), at + most)};
}

FieldEnds moment_ends(std::string_view line, std::size_t at, bool with_milliseconds) {
  if (!begins_with_moment(line.substr(at))) return {};
  at += kMoment.size();
  if (with_milliseconds) {
    if (at >= line.size() || line[at] != '.' || run(line, at + 1, 3, is_digit) != at + 4) return {};
    at += 4;
  }
  if (at >= line.size() || line[at] != ' ') return {};
  return run_ends(line, at + 1, kZoneBytes, is_zone);
}

// Digits, a mark, digits.
template <class Is>
FieldEnds pair_ends(std::string_view line, std::size_t at, char mark, Is is) {
  const auto middle = run(line, at, kDigits, is);
  if (middle == at || middle >= line.size() || line[middle] != mark) return {};
  return run_ends(line, middle + 1, kDigits, is);
}

FieldEnds signed_ends(std::string_view line, std::size_t at) {
  return run_ends(line, at < line.size() && line[at] == '-' ? at + 1 : at, kDigits, is_digit);
}

FieldEnds code_ends(std::string_view line, std::size_t at) {
  return run(line, at, 5, is_code) == at + 5 ? FieldEnds{at + 5, at + 5} : FieldEnds{};
}

FieldEnds epoch_ends(std::string_view line, std::size_t at) {
  const auto dot = run(line, at, kDigits, is_digit);
  const bool read =
      dot > at && dot < line.size() && line[dot] == '.' && run(line, dot + 1, 3, is_digit) == dot + 4;
  return read ? FieldEnds{dot + 4, dot + 4} : FieldEnds{};
}

bool is_host(char c) { return is_zone(c) || std::string_view("._:%?").contains(c); }

// Absent in the server's own processes, "[local]", or a host name or address, behind which %r has a port.
FieldEnds remote_ends(std::string_view line, std::size_t at, bool with_port) {
  constexpr std::string_view kLocal = "[local]";
  if (line.substr(at).starts_with(kLocal)) return {at + kLocal.size(), at + kLocal.size(), true};
  auto ends = run_ends(line, at, kHostBytes, is_host);
  if (with_port && ends.any()) {
    const auto port = ends.to + 1;
    const auto end = port < line.size() && line[ends.to] == '(' ? run(line, port, kDigits, is_digit) : port;
    ends = end > port && end < line.size() && line[end] == ')' ? FieldEnds{end + 1, end + 1} : FieldEnds{};
  }
  ends.may_be_absent = true;
  return ends;
}

FieldEnds optional(FieldEnds ends) {
  ends.may_be_absent = true;
  return ends;
}

FieldEnds bare_ends(const LinePrefix::Token& token, std::string_view line, std::size_t at) {
  switch (token.field) {
    case PrefixField::application:
    case PrefixField::user:
    case PrefixField::database:
    case PrefixField::tag:
      return text_ends(line, at, kNameBytes);
    case PrefixField::backend_type:
      return text_ends(line, at, kTypeBytes);
    case PrefixField::remote:
      return remote_ends(line, at, token.escape == 'r');
    case PrefixField::leader_pid:
      return optional(run_ends(line, at, kDigits, is_digit));
    case PrefixField::pid:
    case PrefixField::line_number:
    case PrefixField::transaction_id:
      return run_ends(line, at, kDigits, is_digit);
    case PrefixField::query_id:
      return signed_ends(line, at);
    case PrefixField::time:
    case PrefixField::session_start:
      return moment_ends(line, at, token.escape == 'm');
    case PrefixField::epoch:
      return epoch_ends(line, at);
    case PrefixField::sqlstate:
      return code_ends(line, at);
    case PrefixField::session_id:
      return pair_ends(line, at, '.', is_hex);
    case PrefixField::virtual_xid:
      break;
  }
  return optional(pair_ends(line, at, '/', is_digit));
}

bool all_blank(std::string_view text) { return text.find_first_not_of(' ') == text.npos; }

// A padded field is at least as long as its padding, and blanks fill it up to there and no further.
FieldEnds padded_ends(const LinePrefix::Token& token, std::string_view line, std::size_t at) {
  const auto full = at + token.width;
  if (full > line.size()) return {};
  const auto blanks = line.find_first_not_of(' ', at);
  const auto start = token.blanks_first ? std::min(blanks, full) : at;
  auto ends = start == full ? FieldEnds{} : bare_ends(token, line, start);
  const bool absent = all_blank(line.substr(at, token.width));
  bool fits = absent && (ends.may_be_absent || start == full);
  if (token.blanks_first)
    fits = fits || ends.includes(full);
  else
    fits = fits || (ends.any() && ends.from <= full &&
                    all_blank(line.substr(std::min(ends.to, full), full - std::min(ends.to, full))));
  ends.may_be_absent = false;
  const auto from = std::max(ends.from, full);
  const bool longer = ends.any() && start == at && ends.to >= from;
  if (!fits && !longer) return {};
  return {fits ? full : from, longer ? ends.to : full};
}

}  // namespace

bool begins_with_moment(std::string_view text) {
  if (text.size() < kMoment.size()) return false;
  for (std::size_t i = 0; i < kMoment.size(); ++i)
    if (kMoment[i] == '0' ? !is_digit(text[i]) : text[i] != kMoment[i]) return false;
  return true;
}

FieldEnds ends_of(const LinePrefix::Token& token, std::string_view line, std::size_t at) {
  if (token.width == 0) return bare_ends(token, line, at);
  if (!is_text(token.field)) return padded_ends(token, line, at);
  auto ends = bare_ends(token, line, at);
  ends.from = at + token.width;
  ends.to = std::min(line.size(), std::max(ends.to, ends.from));
  return ends;
}

std::optional<PrefixField> field_of(char escape) {
  constexpr std::string_view kEscapes = "audrbpPtnieclsvxQhm";
  constexpr PrefixField kAlso[] = {PrefixField::remote, PrefixField::time};
  const auto at = kEscapes.find(escape);
  if (at == kEscapes.npos) return std::nullopt;
  return at < kPrefixFields ? static_cast<PrefixField>(at) : kAlso[at - kPrefixFields];
}

bool is_text(PrefixField field) {
  return field <= PrefixField::database || field == PrefixField::backend_type || field == PrefixField::tag;
}

bool is_backend_type(std::string_view text) {
  // What the processes of PostgreSQL 13 to 17 are called (miscinit.c, launcher.c).
  // sorted
  static constexpr std::string_view kTypes[] = {
      "archiver",
      "autovacuum launcher",
      "autovacuum worker",
      "background writer",
      "checkpointer",
      "client backend",
      "logger",
      "logical replication launcher",
      "logical replication worker",
      "not initialized",
      "parallel worker",
      "postmaster",
      "startup",
      "walreceiver",
      "walsender",
      "walwriter",
  };
  return std::ranges::binary_search(kTypes, text);
}

std::string_view unpadded(const LinePrefix::Token& token, std::string_view value) {
  if (value.size() != token.width) return value;
  if (token.blanks_first) {
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  } else {
    value = value.substr(0, value.find_last_not_of(' ') + 1);
  }
  return value;
}

}  // namespace selfheal::tail
