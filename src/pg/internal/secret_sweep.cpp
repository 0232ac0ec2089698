#include "pg/internal/secret_sweep.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "pg/internal/text.h"

namespace selfheal::pg::internal {
namespace {

constexpr std::string_view kSecret = "‹secret›";
constexpr std::string_view kAddress = "‹address›";
constexpr std::string_view kNumber = "‹number›";

// Shorter random strings cannot be told from names; 24 characters hold 120 random bits and more.
constexpr std::size_t kRandomBytes = 24;
constexpr std::size_t kHexBytes = 32;

struct Hit {
  std::size_t end;  // past the secret
  std::string_view replacement;
};

bool is_token_byte(char c) { return is_alnum(c) || c == '_' || c == '-'; }
// ‹…› is what removal leaves behind, ? and $1 stand for values in a shape.
bool is_removed(std::string_view value) {
  return value.starts_with("‹") || value.starts_with('?') || value.starts_with('$');
}

std::size_t run_end(std::string_view text, std::size_t at, bool (*belongs)(char)) {
  while (at < text.size() && belongs(text[at])) ++at;
  return at;
}

bool equals_ignoring_case(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() &&
         std::ranges::equal(a, lower, [](char x, char y) { return to_lower(x) == y; });
}

bool ends_url(char c) {
  return c == ' ' || c == '"' || c == '\'' || c == '\n' || c == '\t' || c == '<' || c == '>';
}

// scheme://…, at the colon. The scheme has been written already; what matters is what follows.
std::optional<Hit> url(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("://")) return std::nullopt;
  std::size_t end = at + 3;
  while (end < text.size() && !ends_url(text[end])) ++end;
  const std::string_view rest = text.substr(at + 3, end - at - 3);
  if (rest.empty() || is_removed(rest)) return std::nullopt;
  return Hit{end, "://‹url›"};
}

constexpr std::array<std::string_view, 22> kSettingNames = {
    "password",     "passwd",        "pwd",        "pass",       "passphrase",    "secret",
    "token",        "apikey",        "api_key",    "api-key",    "client_secret", "access_key",
    "access_token", "authorization", "host",       "hostaddr",   "user",          "dbname",
    "sslpassword",  "passfile",      "secret_key", "private_key"};

// How names of settings end that hold a secret: PGPASSWORD, aws_secret_access_key.
constexpr std::array<std::string_view, 9> kSecretEndings = {"password",   "passwd",     "passphrase",
                                                            "secret",     "apikey",     "api_key",
                                                            "access_key", "secret_key", "private_key"};

bool is_setting_name(std::string_view name) {
  const auto equals = [&](auto known) { return equals_ignoring_case(name, known); };
  const auto ends = [&](auto known) {
    return name.size() > known.size() && equals_ignoring_case(name.substr(name.size() - known.size()), known);
  };
  return std::ranges::any_of(kSettingNames, equals) || std::ranges::any_of(kSecretEndings, ends);
}

std::size_t value_end(std::string_view text, std::size_t at) {
  if (at < text.size() && (text[at] == '\'' || text[at] == '"')) {
    const char quote = text[at];
    for (std::size_t i = at + 1; i < text.size(); ++i) {
      if (text[i] == '\\')
        ++i;
      else if (text[i] == quote)
        return i + 1;
    }
    return text.size();
  }
  while (at < text.size() && !std::string_view(" \t\n,;&)").contains(text[at])) ++at;
  return at;
}

// `password=…`, `token: …`, at the start of the name. Returns where the value starts.
std::optional<Hit> setting(std::string_view text, std::size_t at) {
  const std::size_t name_end = run_end(text, at, is_token_byte);
  const std::string_view name = text.substr(at, name_end - at);
  if (!is_setting_name(name)) return std::nullopt;
  std::size_t value = name_end;
  while (value < text.size() && text[value] == ' ') ++value;
  if (value >= text.size() || (text[value] != '=' && text[value] != ':')) return std::nullopt;
  ++value;
  while (value < text.size() && text[value] == ' ') ++value;
  // `Authorization: Bearer …`
  for (const std::string_view scheme : {"Bearer ", "Basic ", "bearer ", "basic "})
    if (text.substr(value).starts_with(scheme)) value += scheme.size();
  const std::size_t end = value_end(text, value);
  if (end == value || is_removed(text.substr(value))) return std::nullopt;
  return Hit{end, {}};
}

bool is_mail_byte(char c) { return is_alnum(c) || (c & 0x80) != 0 || std::string_view("._%+-'").contains(c); }
bool is_domain_byte(char c) { return is_alnum(c) || (c & 0x80) != 0 || c == '.' || c == '-'; }

std::optional<Hit> mail(std::string_view text, std::size_t at) {
  const std::size_t local = run_end(text, at, is_mail_byte);
  if (local == at || local >= text.size() || text[local] != '@') return std::nullopt;
  const std::size_t end = run_end(text, local + 1, is_domain_byte);
  if (end == local + 1) return std::nullopt;
  return Hit{end, kAddress};
}

bool is_address_byte(char c) {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f') || c == ':' || c == '.';
}

bool has_ipv4(std::string_view run) {
  int groups = 0;
  std::size_t at = 0;
  while (at < run.size()) {
    const std::size_t end = run_end(run, at, is_digit);
    if (end == at || end - at > 3) return false;
    ++groups;
    if (end == run.size()) break;
    if (run[end] != '.') return false;
    at = end + 1;
  }
  return groups == 4;
}

std::optional<Hit> network_address(std::string_view text, std::size_t at) {
  std::size_t end = run_end(text, at, is_address_byte);
  while (end > at &&
         (text[end - 1] == '.' || (text[end - 1] == ':' && !text.substr(at, end - at).ends_with("::"))))
    --end;
  if (end == at || (end < text.size() && is_token_byte(text[end]))) return std::nullopt;
  const std::string_view run = text.substr(at, end - at);
  const auto colons = std::ranges::count(run, ':');
  if (colons <= 1)
    return has_ipv4(run.substr(0, run.find(':'))) ? std::optional(Hit{end, kAddress}) : std::nullopt;
  // Seven colons are IPv6 in full, five a hardware address; a time of day has two and never a double one.
  const bool address = colons >= 5 || (run.contains("::") && run.size() > 2);
  return address ? std::optional(Hit{end, kAddress}) : std::nullopt;
}

bool passes_luhn(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

std::optional<Hit> card(std::string_view text, std::size_t at) {
  std::string digits;
  std::size_t end = at;
  for (std::size_t i = at; i < text.size() && digits.size() <= 19; ++i) {
    if (is_digit(text[i])) {
      digits += text[i];
      end = i + 1;
    } else if ((text[i] != ' ' && text[i] != '-') || i + 1 >= text.size() || !is_digit(text[i + 1])) {
      break;
    }
  }
  if (digits.size() < 13 || digits.size() > 19 || !passes_luhn(digits)) return std::nullopt;
  // Whoever writes a card in groups begins with four digits; other groups are a list of numbers.
  const std::size_t group = run_end(text, at, is_digit) - at;
  if (group < digits.size() && group != 4) return std::nullopt;
  return Hit{end, kNumber};
}

// An account number of ISO 13616: a country, two digits of check, 11 to 30 more characters, in groups of four
// or none.
std::optional<Hit> iban(std::string_view text, std::size_t at) {
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  std::string number;
  std::size_t end = at;
  for (std::size_t i = at; i < text.size() && number.size() <= 34; ++i) {
    const bool gap = text[i] == ' ' && number.size() % 4 == 0 && !number.empty() && text[i - 1] != ' ';
    if (gap) continue;
    if (!is_digit(text[i]) && !capital(text[i])) break;
    number += text[i];
    end = i + 1;
  }
  // What follows in capitals or digits may be more words of the sentence, so each length is tried.
  for (; number.size() >= 15; number.pop_back(), --end) {
    while (text[end - 1] == ' ') --end;
    const bool shaped =
        capital(number[0]) && capital(number[1]) && is_digit(number[2]) && is_digit(number[3]);
    if (!shaped) return std::nullopt;
    const bool whole = end >= text.size() || !is_token_byte(text[end]);
    int rest = 0;
    for (const char c : number.substr(4) + number.substr(0, 4))
      rest = is_digit(c) ? (rest * 10 + c - '0') % 97 : (rest * 100 + c - 'A' + 10) % 97;
    if (whole && number.size() <= 34 && rest == 1) return Hit{end, kNumber};
  }
  return std::nullopt;
}

// `Bearer …` in the middle of a sentence.
std::optional<Hit> bearer(std::string_view text, std::size_t at) {
  constexpr std::string_view kScheme = "bearer ";
  if (!equals_ignoring_case(text.substr(at, kScheme.size()), kScheme)) return std::nullopt;
  const auto belongs = [](char c) { return is_alnum(c) || std::string_view("_-.+/=~").contains(c); };
  const std::size_t end = run_end(text, at + kScheme.size(), belongs);
  const std::string_view token = text.substr(at + kScheme.size(), end - at - kScheme.size());
  if (token.size() < 12 || std::ranges::none_of(token, is_digit)) return std::nullopt;
  return Hit{end, kSecret};
}

struct Prefix {
  std::string_view text;
  std::size_t rest;               // characters that must follow
  bool may_start_a_name = false;  // then a digit must follow as well
};
// How tokens of services begin, from their documentation.
constexpr std::array kPrefixes = std::to_array<Prefix>({
    {"sk_live_", 8},    {"sk_test_", 8},     {"rk_live_", 8},   {"rk_test_", 8},     {"pk_live_", 8},
    {"pk_test_", 8},    {"whsec_", 8},       {"sk-", 16, true}, {"ghp_", 16},        {"gho_", 16},
    {"ghu_", 16},       {"ghs_", 16},        {"ghr_", 16},      {"github_pat_", 16}, {"glpat-", 12},
    {"xoxa-", 8},       {"xoxb-", 8},        {"xoxp-", 8},      {"xoxr-", 8},        {"xoxs-", 8},
    {"xapp-", 8},       {"AKIA", 16},        {"ASIA", 16},      {"AGPA", 16},        {"AIDA", 16},
    {"AROA", 16},       {"ANPA", 16},        {"AIza", 30},      {"ya29.", 16},       {"hf_", 20, true},
    {"npm_", 20, true}, {"pypi-", 16, true}, {"dop_v1_", 20},   {"shpat_", 16},      {"SG.", 16},
    {"eyJ", 12, true},  {"sk_", 16, true},
});

bool is_secret_byte(char c) { return is_alnum(c) || std::string_view("_-.+/=~").contains(c); }

std::optional<Hit> known_token(std::string_view text, std::size_t at) {
  for (const auto& prefix : kPrefixes) {
    if (!text.substr(at).starts_with(prefix.text)) continue;
    const std::size_t end = run_end(text, at, is_secret_byte);
    const std::string_view rest = text.substr(at, end - at).substr(prefix.text.size());
    const bool named_so = prefix.may_start_a_name && std::ranges::none_of(rest, is_digit);
    if (rest.size() >= prefix.rest && !named_so) return Hit{end, kSecret};
  }
  return std::nullopt;
}

bool is_hex(char c) { return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f'); }

// Random text changes between capitals, small letters and digits every other character, names rarely.
bool looks_random(std::string_view run) {
  if (run.size() < kRandomBytes) return false;
  const auto kind_of = [](char c) {
    return is_digit(c) ? 0 : c >= 'a' && c <= 'z' ? 1 : c >= 'A' && c <= 'Z' ? 2 : 3;
  };
  std::size_t letters = 0, changes = 0;
  bool digits = false;
  int last = 3;
  for (const char c : run) {
    const int kind = kind_of(c);
    if (kind == 3) continue;
    ++letters;
    digits = digits || kind == 0;
    if (last != 3 && kind != last) ++changes;
    last = kind;
  }
  if (letters < kRandomBytes - 2) return false;
  return changes * 100 >= letters * (digits ? 30 : 45);
}

bool is_random_byte(char c) { return is_token_byte(c) || c == '+' || c == '/' || c == '='; }

std::optional<Hit> random_text(std::string_view text, std::size_t at) {
  const std::size_t hex_end = run_end(text, at, [](char c) { return is_hex(c) || c == '-'; });
  const auto hex = text.substr(at, hex_end - at);
  const auto hex_digits = static_cast<std::size_t>(std::ranges::count_if(hex, is_hex));
  const bool whole = hex_end >= text.size() || !is_token_byte(text[hex_end]);
  if (whole && hex_digits >= kHexBytes) return Hit{hex_end, kSecret};
  const std::size_t end = run_end(text, at, is_random_byte);
  return looks_random(text.substr(at, end - at)) ? std::optional(Hit{end, kSecret}) : std::nullopt;
}

std::optional<Hit> pem(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("-----BEGIN")) return std::nullopt;
  const std::size_t end_mark = text.find("-----END", at);
  if (end_mark == text.npos) return Hit{text.size(), kSecret};
  const std::size_t close = text.find("-----", end_mark + 8);
  return Hit{close == text.npos ? text.size() : close + 5, kSecret};
}

}  // namespace

std::string sweep(std::string_view text, Sweep kind) {
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const bool starts_word = at == 0 || !is_token_byte(text[at - 1]);
    std::optional<Hit> hit = pem(text, at);
    if (!hit && kind == Sweep::text) hit = url(text, at);
    if (!hit && kind == Sweep::text && starts_word) {
      if (const auto found = setting(text, at)) {
        // The name stays, so that people see what was there.
        clean += text.substr(at, run_end(text, at, is_token_byte) - at);
        hit = Hit{found->end, "=‹secret›"};
      }
    }
    if (!hit && starts_word) {
      for (const auto detect : {known_token, bearer, mail, network_address, card, iban, random_text})
        if (!hit) hit = detect(text, at);
    }
    if (hit) {
      clean += hit->replacement;
      at = hit->end;
    } else {
      clean += text[at++];
    }
  }
  return clean;
}

}  // namespace selfheal::pg::internal
