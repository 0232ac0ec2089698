#include "memory/internal/tokens.h"

#include <libstemmer.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace selfheal::memory::internal {

namespace {

bool is_ascii_letter_or_digit(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char in_lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The bytes of the UTF-8 sequence at the start, from two on; 0 when there is none.
std::size_t sequence_bytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t size = first >= 0xC2 && first <= 0xDF   ? 2
                           : first >= 0xE0 && first <= 0xEF ? 3
                           : first >= 0xF0 && first <= 0xF4 ? 4
                                                            : 0;
  if (size == 0 || text.size() < size) return 0;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  return std::ranges::all_of(text.substr(1, size - 1), continues) ? size : 0;
}

// Signs beyond ASCII: U+0080 to U+00BF, general punctuation (U+2000 to U+206F), that of CJK (U+3000 to
// U+303F).
bool is_sign(std::string_view sequence) {
  return sequence.starts_with('\xC2') || sequence.starts_with("\xE2\x80") ||
         sequence.starts_with("\xE2\x81") || sequence.starts_with("\xE3\x80");
}

// The bytes of the letter or digit at the start, or 0.
std::size_t letter_bytes(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_letter_or_digit(static_cast<unsigned char>(text.front()))) return 1;
  const auto size = sequence_bytes(text);
  return is_sign(text.substr(0, size)) ? 0 : size;
}

// The bytes of the apostrophe at the start, straight or curved, or 0.
std::size_t apostrophe_bytes(std::string_view text) {
  if (text.starts_with('\'')) return 1;
  return text.starts_with("\xE2\x80\x99") ? 3 : 0;
}

constexpr std::array kSmallWords = {
    // sorted
    "a",       "about", "after", "again", "all",    "also",   "am",    "an",   "and",  "any",   "are",
    "as",      "at",    "be",    "been",  "being",  "both",   "but",   "by",   "can",  "could", "did",
    "do",      "does",  "doing", "done",  "each",   "either", "else",  "for",  "from", "get",   "gets",
    "getting", "got",   "had",   "has",   "have",   "having", "he",    "her",  "here", "his",   "how",
    "i",       "if",    "im",    "in",    "into",   "is",     "it",    "its",  "ive",  "just",  "like",
    "may",     "me",    "might", "my",    "of",     "on",     "or",    "our",  "ours", "out",   "please",
    "s",       "say",   "says",  "she",   "should", "so",     "some",  "such", "t",    "than",  "that",
    "thats",   "the",   "their", "them",  "then",   "there",  "these", "they", "this", "those", "though",
    "to",      "too",   "up",    "us",    "very",   "was",    "we",    "were", "what", "when",  "where",
    "which",   "while", "who",   "why",   "will",   "with",   "would", "you",  "your",
};
static_assert(std::ranges::is_sorted(kSmallWords, {},
                                     [](const char* word) { return std::string_view(word); }));

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty() && word.size() <= kWordBytes) words.push_back(word);
    word.clear();
  };
  while (!text.empty() && words.size() < kWords) {
    if (const auto size = letter_bytes(text); size > 0) {
      if (word.size() <= kWordBytes)
        for (const char c : text.substr(0, size)) word += in_lower_case(c);
      text.remove_prefix(size);
      continue;
    }
    const auto apostrophe = apostrophe_bytes(text);
    if (word.empty() || apostrophe == 0 || letter_bytes(text.substr(apostrophe)) == 0) end_word();
    text.remove_prefix(std::max<std::size_t>(apostrophe, 1));
  }
  if (words.size() < kWords) end_word();
  return words;
}

bool is_small_word(std::string_view word) {
  return std::ranges::binary_search(kSmallWords, word, {}, [](std::string_view small) { return small; });
}

struct Stemmer::Handle {
  Handle() : stemmer(sb_stemmer_new("english", "UTF_8")) { CHECK(stemmer != nullptr); }
  ~Handle() { sb_stemmer_delete(stemmer); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  sb_stemmer* stemmer;
};

Stemmer::Stemmer() : handle_(std::make_unique<Handle>()) {}
Stemmer::~Stemmer() = default;

std::string Stemmer::stem(const std::string& word) {
  const auto* stem = sb_stemmer_stem(handle_->stemmer, reinterpret_cast<const sb_symbol*>(word.data()),
                                     static_cast<int>(word.size()));
  CHECK(stem != nullptr);  // out of memory
  return {reinterpret_cast<const char*>(stem), static_cast<std::size_t>(sb_stemmer_length(handle_->stemmer))};
}

}  // namespace selfheal::memory::internal
