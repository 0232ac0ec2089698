#include "assistant/internal/claims.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>

#include "assistant/internal/wording_words.h"

namespace selfheal::assistant::internal {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
// Bytes of other scripts count as letters.
bool is_letter(char c) { return is_upper(c) || is_lower(c) || (static_cast<unsigned char>(c) & 0x80) != 0; }
bool is_inner(char c) { return c == '.' || c == ',' || c == '-' || c == '$'; }

std::string lowered(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

struct Word {
  std::string_view text;
  bool begins = false;  // a sentence
  bool quoted = false;  // stands in ` or " marks
};

// The colons of 14:06:31, whose minutes are no number of anything.
bool is_inside_time(std::string_view text, std::size_t at) {
  return text[at] == ':' && at > 0 && at + 1 < text.size() && is_digit(text[at - 1]) &&
         is_digit(text[at + 1]);
}

// Letters, digits and "_", and between them the signs of numbers and qualified names.
std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  bool begins = true;
  bool quoted = false;
  const auto is_part = [](char c) { return is_letter(c) || is_digit(c) || c == '_'; };
  for (std::size_t i = 0; i < text.size();) {
    if (!is_part(text[i])) {
      if (text[i] == '`' || text[i] == '"') quoted = !quoted;
      if (text[i] == ':' || text[i] == '\n' || text[i] == '*' || text[i] == '-') begins = true;
      ++i;
      continue;
    }
    auto end = i + 1;
    while (end < text.size() &&
           (is_part(text[end]) || (is_inner(text[end]) && end + 1 < text.size() && is_part(text[end + 1])) ||
            is_inside_time(text, end)))
      ++end;
    words.push_back({text.substr(i, end - i), begins, quoted});
    begins = false;
    i = end;
  }
  return words;
}

// The ways to say a moment: of 2026-11-25T14:06:31.262Z the date, 14:06:31 and 14:06.
void insert_moment(std::string_view word, std::set<std::string, std::less<>>& words) {
  const auto colon = word.find(':');
  if (colon == word.npos || colon < 2) return;
  const auto time = word.substr(colon - 2);
  words.emplace(time.substr(0, 5));
  words.emplace(time.substr(0, 8));
  if (colon > 3) words.emplace(word.substr(0, colon - 3));
}

// 1234.5 for "1,234.5", "1234.5ms" and "1234.5"; nothing for a word.
std::optional<double> number_of(std::string_view word, int* decimals = nullptr) {
  if (!is_digit(word.front())) return std::nullopt;
  std::string plain;
  std::size_t i = 0;
  for (; i < word.size() && (is_digit(word[i]) || word[i] == ',' || word[i] == '.'); ++i)
    if (word[i] != ',') plain += word[i];
  // A unit may stand behind it, a name like 40P01 or a time like 2026-11-25 is no number.
  if (word.size() - i > 3 || std::ranges::any_of(word.substr(i), [](char c) { return !is_letter(c); }))
    return std::nullopt;
  double number = 0;
  const auto read = std::from_chars(plain.data(), plain.data() + plain.size(), number);
  if (read.ec != std::errc{}) return std::nullopt;
  const auto point = plain.find('.');
  if (decimals) *decimals = point == plain.npos ? 0 : static_cast<int>(plain.size() - point - 1);
  return number;
}

std::optional<double> number_in_words(std::string_view word) {
  static constexpr std::string_view kWords[] = {"two",   "three", "four", "five",   "six",   "seven",
                                                "eight", "nine",  "ten",  "eleven", "twelve"};
  const auto lower = lowered(word);
  const auto found = std::ranges::find(kWords, lower);
  if (found != std::end(kWords)) return static_cast<double>(std::distance(std::begin(kWords), found)) + 2;
  if (lower == "dozen") return 12;
  if (lower == "hundred" || lower == "hundreds") return 100;
  if (lower == "thousand" || lower == "thousands") return 1e3;
  if (lower == "million" || lower == "millions") return 1e6;
  return std::nullopt;
}

// A word that only names something: an identifier, a code, something in quotation marks, a name in capitals.
bool is_name(const Word& word) {
  const auto& text = word.text;
  // A date or a time.
  if (is_digit(text.front()) && text.find_first_of(":-") != text.npos) return true;
  if (word.quoted || text.contains('_') || text.contains('$')) return true;
  const auto digits = std::ranges::count_if(text, is_digit);
  const auto letters = std::ranges::count_if(text, is_letter);
  if (digits > 0 && letters > 0) return true;
  if (const auto dot = text.find('.'); dot != text.npos && letters > 0) return true;
  static constexpr std::string_view kOurs[] = {"PostgreSQL", "Postgres", "Selfheal", "SQLSTATE"};
  if (std::ranges::find(kOurs, text) != std::end(kOurs)) return false;
  if (!is_upper(text.front()) || std::ranges::none_of(text, is_lower)) return false;
  // Any word begins a sentence in capitals; one that no runbook uses is a name there, too.
  return !word.begins || (!gist(text).empty() && !is_harmless_advice(text, ""));
}

// What became of something. An attacker would have it said of what nobody did, and the reader would stop
// looking. sorted
constexpr std::string_view kOutcomes[] = {
    "applied",   "approve",  "approved",   "authorised", "authorized", "cancelled", "cleared", "deleted",
    "disabled",  "done",     "dropped",    "enabled",    "ended",      "executed",  "fixed",   "gone",
    "granted",   "harmless", "healed",     "healthy",    "killed",     "lifted",    "lost",    "over",
    "recovered", "removed",  "repaired",   "resolved",   "restored",   "revoked",   "safe",    "secure",
    "solved",    "stolen",   "terminated", "verified",
};

bool is_outcome(const std::string& lower) { return std::ranges::binary_search(kOutcomes, lower); }

std::string without_marks(std::string_view sentence) {
  std::string out;
  int depth = 0;
  for (const char c : sentence) {
    if (c == '[') ++depth;
    if (depth == 0) out += c;
    if (c == ']' && depth > 0) --depth;
  }
  return out;
}

bool has_rounded(const std::set<double>& numbers, double said, int decimals) {
  const double scale = std::pow(10.0, decimals);
  return numbers.contains(said) || std::ranges::any_of(numbers, [&](double given) {
           return std::abs(std::round(given * scale) / scale - said) < 1e-9 * std::max(1.0, std::abs(said));
         });
}

}  // namespace

Given::Facts Given::facts_of(std::string_view text) {
  Facts facts;
  for (const auto& word : words_of(text)) {
    if (const auto number = number_of(word.text)) facts.numbers.insert(*number);
    const auto lower = lowered(word.text);
    facts.words.insert(lower);
    insert_moment(lower, facts.words);
    // The parts of a qualified name and of a time are names, too.
    for (std::size_t at = 0; at < lower.size();) {
      const auto end = std::min(lower.find_first_of(".,-", at), lower.size());
      facts.words.insert(lower.substr(at, end - at));
      at = end + 1;
    }
  }
  return facts;
}

void Given::add(const std::string& text, const std::vector<std::string>& citations) {
  for (const auto& citation : citations) by_citation_[citation].push_back(texts_.size());
  texts_.push_back(facts_of(text));
  texts_.back().holds = holds_in_records(text);
}

void Given::add_question(const std::string& text) { question_ = facts_of(text); }

bool Given::supports(std::string_view sentence, const std::vector<std::string>& citations) const {
  std::vector<const Facts*> sources;
  for (const auto& citation : citations) {
    const auto found = by_citation_.find(citation);
    if (found == by_citation_.end()) continue;
    for (const auto index : found->second) sources.push_back(&texts_[index]);
  }
  if (sources.empty()) return false;
  const auto given = sources.size();
  const auto plain = without_marks(sentence);
  std::vector<Hold> holds;
  for (const auto* source : sources) holds.insert(holds.end(), source->holds.begin(), source->holds.end());
  if (turns_around(plain, holds)) return false;
  sources.push_back(&question_);
  return std::ranges::all_of(words_of(plain), [&sources, given](const Word& word) {
    int decimals = 0;
    // Who asks whether it is healed has not said so.
    if (const auto lower = lowered(word.text); is_outcome(lower))
      return std::any_of(sources.begin(), sources.begin() + static_cast<std::ptrdiff_t>(given),
                         [&lower](const Facts* facts) { return facts->words.contains(lower); });
    auto number = number_of(word.text, &decimals);
    if (!number) number = number_in_words(word.text);
    return std::ranges::any_of(sources, [&](const Facts* facts) {
      if (number) return has_rounded(facts->numbers, *number, decimals);
      return !is_name(word) || facts->words.contains(lowered(word.text));
    });
  });
}

}  // namespace selfheal::assistant::internal
