#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// How texts are cut into words, for the search of words and for the embedder alike.
// scripts/train_word_vectors cuts the documentation by the same rule.
namespace selfheal::memory::internal {

// More words of one text are not read; kRowBytes hold some 1,400.
inline constexpr std::size_t kWords = 4096;
// Longer ones are no words but keys, paths or noise, and are passed over.
inline constexpr std::size_t kWordBytes = 40;

// Runs of letters and digits in lower case (ASCII's letters; others stay as they are). An apostrophe between
// letters is left out: can't is cant. An underscore separates, so that a name meets the words it is made of.
// Bytes that are no UTF-8 separate too.
std::vector<std::string> words_of(std::string_view text);

// Words that say nothing about the subject: articles, pronouns, auxiliaries. Not those that deny.
bool is_small_word(std::string_view word);

// Snowball's English stemmer. Of one thread at a time.
class Stemmer {
 public:
  Stemmer();
  ~Stemmer();
  Stemmer(const Stemmer&) = delete;
  Stemmer& operator=(const Stemmer&) = delete;
  std::string stem(const std::string& word);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace selfheal::memory::internal
