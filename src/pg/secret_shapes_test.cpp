// Secrets by their shape alone: made by chance, put into sentences of our own, and looked for afterwards.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "pg/redact.h"

namespace selfheal::pg {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kSmall = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kCapitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kAlnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// What is written into the sentence, and the part that must not be left.
struct Secret {
  std::string kind;
  std::string text;
  std::string core;
};

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  std::string of(std::string_view alphabet, std::size_t size) {
    std::string text;
    while (text.size() < size) text += alphabet[random_.below(alphabet.size())];
    return text;
  }
  template <std::size_t count>
  std::string one_of(const std::array<const char*, count>& choices) {
    return choices[random_.below(count)];
  }
  std::size_t between(std::size_t least, std::size_t most) { return least + random_.below(most - least + 1); }
  bool chance() { return random_.below(2) == 0; }

 private:
  SeededRandom random_;
};

Secret jwt(Maker& make) {
  const std::string token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ" +
                            make.of(kBase64Url, make.between(30, 120)) + "." + make.of(kBase64Url, 43);
  return {"JWT", token, token};
}

Secret aws_key_id(Maker& make) {
  const std::string id = make.one_of(std::array{"AKIA", "ASIA"}) + make.of(kCapitals, 16);
  return {"AWS key id", id, id};
}

Secret aws_secret(Maker& make) {
  const std::string key = make.of(kBase64, 40);
  return {"AWS secret key", make.chance() ? "aws_secret_access_key=" + key : key, key};
}

Secret service_token(Maker& make) {
  struct Form {
    const char* prefix;
    std::size_t least, most;
  };
  constexpr std::array kForms = {
      Form{"sk_live_", 24, 99}, Form{"sk_test_", 24, 24},     Form{"rk_live_", 24, 24},
      Form{"ghp_", 36, 36},     Form{"gho_", 36, 36},         Form{"ghs_", 36, 36},
      Form{"glpat-", 20, 20},   Form{"github_pat_", 59, 82},  Form{"sk-proj-", 40, 150},
      Form{"sk-", 48, 48},      Form{"hf_", 34, 34},          Form{"npm_", 36, 36},
      Form{"AIza", 35, 35},     Form{"sk-ant-api03-", 80, 95}};
  const auto& form = kForms[make.between(0, kForms.size() - 1)];
  const std::string token = form.prefix + make.of(kAlnum, make.between(form.least, form.most));
  return {"token of a service", token, token};
}

Secret slack_token(Maker& make) {
  const std::string token = make.one_of(std::array{"xoxb-", "xoxp-", "xoxa-"}) + make.of(kDigits, 12) + "-" +
                            make.of(kDigits, 12) + "-" + make.of(kAlnum, 24);
  return {"token of Slack", token, token};
}

Secret private_key(Maker& make) {
  const std::string kind = make.one_of(std::array{"PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY"});
  std::string body;
  for (std::size_t lines = make.between(1, 20); lines > 0; --lines) body += make.of(kBase64, 64) + "\n";
  const std::string end = make.chance() ? "-----END " + kind + "-----" : "";
  return {"PEM", "-----BEGIN " + kind + "-----\n" + body + end, body.substr(0, 64)};
}

std::string password(Maker& make) { return make.of("abcdefghXYZ0123456789!#%^*_-.", make.between(8, 20)); }

Secret connection_string(Maker& make) {
  const std::string word = password(make);
  const std::string name =
      make.one_of(std::array{"password", "PASSWORD", "passwd", "sslpassword", "PGPASSWORD"});
  const std::string quoted = make.chance() ? "'" + word + " " + make.of(kAlnum, 4) + "'" : word;
  const std::string host = make.chance() ? "host=db7.internal port=5432 " : "";
  const std::string equals = make.one_of(std::array{"=", " = ", ": "});
  return {"connection string", host + "user=shop " + name + equals + quoted + " sslmode=require", word};
}

Secret url_with_password(Maker& make) {
  const std::string word = make.of(kAlnum, make.between(6, 20));
  const std::string scheme =
      make.one_of(std::array{"postgres", "postgresql", "https", "amqp", "redis", "mysql", "POSTGRES"});
  return {
      "URL",
      scheme + "://" + make.of(kSmall, 5) + ":" + word + "@db." + make.of(kSmall, 8) + ".example:5432/shop",
      word};
}

Secret bearer(Maker& make) {
  const std::string token = make.of(kAlnum, make.between(16, 64));
  return {"bearer",
          make.one_of(std::array{"Authorization: Bearer ", "authorization: bearer ", "Bearer "}) + token,
          token};
}

Secret mail(Maker& make) {
  const std::string local =
      make.of(kSmall, make.between(2, 12)) + make.one_of(std::array{"", ".b", "+shop", "_x", "ö"});
  const std::string address = local + "@" + make.of(kSmall, make.between(2, 10)) +
                              make.one_of(std::array{".org", ".co.uk", ".museum"});
  return {"e-mail", address, address};
}

Secret ipv4(Maker& make) {
  std::string address;
  for (int group = 0; group < 4; ++group)
    address += (group > 0 ? "." : "") + std::to_string(make.between(group == 0 ? 1 : 0, 255));
  return {"IPv4", address + make.one_of(std::array{"", ":5432", "/24"}), address};
}

Secret ipv6(Maker& make) {
  std::string address = make.one_of(std::array{"2001:db8", "fe80:", "fd12:3456", "2a02:26f7"});
  const bool full = make.chance() && address != "fe80:";
  if (!full && address.back() != ':') address += ":";
  for (std::size_t groups = full ? 6 : make.between(1, 4); groups > 0; --groups)
    address += ":" + make.of("123456789abcdef", 1) + make.of(kHex, make.between(0, 3));
  return {"IPv6",
          make.chance() ? "[" + address + "]:5432" : address + make.one_of(std::array{"", "/64", "%eth0"}),
          address};
}

Secret card(Maker& make) {
  std::string digits = make.one_of(std::array{"4", "51", "55", "37", "6011", "3056"});
  const std::size_t size = digits == "37"                   ? 15
                           : digits == "3056"               ? 14
                           : digits == "4" && make.chance() ? 19
                                                            : 16;
  digits += make.of(kDigits, size - digits.size() - 1);
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 0) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  digits += static_cast<char>('0' + (10 - sum % 10) % 10);
  const std::string between = make.one_of(std::array{"", " ", "-"});
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); ++i) grouped += (i > 0 && i % 4 == 0 ? between : "") + digits[i];
  return {"card", grouped, grouped};
}

int mod_97(std::string_view digits) {
  int rest = 0;
  for (const char c : digits) rest = (rest * 10 + (c - '0')) % 97;
  return rest;
}

Secret iban(Maker& make) {
  struct Country {
    const char* code;
    const char* as_digits;
    std::size_t account;
  };
  constexpr std::array kCountries = {Country{"DE", "1314", 18}, Country{"FR", "1527", 23},
                                     Country{"AT", "1029", 16}, Country{"NO", "2324", 11},
                                     Country{"CH", "1217", 17}, Country{"ES", "1428", 20}};
  const auto& country = kCountries[make.between(0, kCountries.size() - 1)];
  const std::string account = make.of(kDigits, country.account);
  const int check = 98 - mod_97(account + country.as_digits + "00");
  const std::string number =
      country.code + std::string(check < 10 ? "0" : "") + std::to_string(check) + account;
  const std::string between = make.chance() ? " " : "";
  std::string grouped;
  for (std::size_t i = 0; i < number.size(); ++i) grouped += (i > 0 && i % 4 == 0 ? between : "") + number[i];
  return {"IBAN", grouped, grouped};
}

Secret hex_key(Maker& make) {
  const std::string key = make.of(kHex, make.chance() ? 32 : 64);
  return {"hexadecimal key", key, key};
}

constexpr std::array kMakers = {jwt,
                                aws_key_id,
                                aws_secret,
                                service_token,
                                slack_token,
                                private_key,
                                connection_string,
                                url_with_password,
                                bearer,
                                mail,
                                ipv4,
                                ipv6,
                                card,
                                iban,
                                hex_key};

// `%` is where the secret goes.
constexpr std::array kSentences = {"Session 4711 has held a lock on shop.orders for 12 min; it says %",
                                   "The last statement of the blocker was sent by % and nobody answered.",
                                   "Two sessions (%) wait for each other.",
                                   "The setting primary_conninfo is \"%\".",
                                   "note: '%' was seen 3 times; SQLSTATE 23505, constraint orders_pkey",
                                   "%",
                                   "Cause: %, in the table public.invoice.",
                                   "Grüße an % – bitte prüfen"};

std::string in_sentence(std::string sentence, const std::string& secret) {
  return sentence.replace(sentence.find('%'), 1, secret);
}

// Not the core, nor half of a long one.
bool leaks(std::string_view shown, std::string_view core) {
  if (shown.contains(core)) return true;
  const std::size_t half = core.size() / 2;
  return core.size() >= 12 && (shown.contains(core.substr(0, half)) || shown.contains(core.substr(half)));
}

TEST(SecretShapes, AreFoundInSentencesOfOurs) {
  Maker make(20261125);
  std::map<std::string, std::pair<int, int>> of_kind;  // missed, made
  int missed = 0, made = 0;
  for (int round = 0; round < 240; ++round)
    for (const auto& maker : kMakers) {
      const Secret secret = maker(make);
      const std::string text = in_sentence(kSentences[make.between(0, kSentences.size() - 1)], secret.text);
      const bool miss = leaks(redact_own_text(text).text(), secret.core);
      auto& [misses, all] = of_kind[secret.kind];
      ++made;
      ++all;
      missed += miss ? 1 : 0;
      misses += miss ? 1 : 0;
      if (miss && misses <= 3)
        std::printf("missed: %s\n  shown: %s\n", text.c_str(), redact_own_text(text).text().c_str());
    }
  for (const auto& [kind, counts] : of_kind)
    std::printf("%-20s %d of %d found\n", kind.c_str(), counts.second - counts.first, counts.second);
  std::printf("%d of %d secrets found\n", made - missed, made);
  EXPECT_GE(made, 2000);
  EXPECT_LE(missed * 1000, made * 5);
}

// The texts in a line of a source, or a whole line of another file.
std::vector<std::string> texts_in(const std::string& line, bool is_source) {
  if (!is_source) return {line};
  std::vector<std::string> texts;
  for (std::size_t from = line.find('"'); from != line.npos; from = line.find('"', from + 1)) {
    const std::size_t end = line.find('"', from + 1);
    if (end == line.npos) break;
    texts.push_back(line.substr(from + 1, end - from - 1));
    from = end;
  }
  return texts;
}

TEST(SecretShapes, AreNotSeenInOurOwnTextsAndPostgresqlsWords) {
  const std::filesystem::path root = std::getenv("SELFHEAL_SOURCE_DIR");
  std::vector<std::filesystem::path> files = {root / "src/pg/message_template_table.cpp",
                                              root / "tests/reference/errcodes.tsv"};
  for (const char* folder : {"src/knowledge/runbooks", "src/healing/playbooks"})
    for (const auto& entry : std::filesystem::directory_iterator(root / folder))
      if (entry.path().extension() == ".txt" || entry.path().extension() == ".cpp")
        files.push_back(entry.path());
  int texts = 0, changed = 0;
  for (const auto& file : files) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);)
      for (const auto& text : texts_in(line, file.extension() == ".cpp")) {
        if (text.empty()) continue;
        ++texts;
        const std::string shown = redact_own_text(text).text();
        if (shown == text) continue;
        ++changed;
        std::printf("changed: %s\n     to: %s\n", text.c_str(), shown.c_str());
      }
  }
  std::printf("%d of %d texts of ours and of PostgreSQL changed\n", changed, texts);
  EXPECT_GE(texts, 3000);
  EXPECT_LE(changed * 1000, texts * 2);
}

}  // namespace
}  // namespace selfheal::pg
