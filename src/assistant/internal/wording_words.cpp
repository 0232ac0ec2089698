#include "assistant/internal/wording_words.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>

#include "knowledge/knowledge.h"

namespace selfheal::assistant::internal {
namespace {

using Word = std::string_view;

// Words that hold a sentence together: they may come and go. None of them denies, doubts, counts, compares,
// or says who did what to whom.
constexpr auto kGlue = std::to_array<Word>(  // sorted
    {"a",     "also",    "am",    "an",    "and",   "are",  "as",    "at",     "be",   "been",
     "being", "but",     "did",   "do",    "does",  "for",  "had",   "has",    "have", "having",
     "here",  "however", "in",    "into",  "is",    "it",   "its",   "itself", "of",   "on",
     "onto",  "our",     "own",   "so",    "such",  "that", "the",   "their",  "them", "then",
     "there", "these",   "they",  "this",  "those", "thus", "to",    "was",    "we",   "were",
     "when",  "where",   "which", "while", "who",   "whom", "whose", "with",   "you",  "your"});

// What turns a sentence's meaning: kept, each at its place, and never added.
constexpr auto kWeighty = std::to_array<Word>(  // sorted
    {"about",   "above",    "after",    "again",    "all",     "almost",  "already", "always",  "any",
     "because", "before",   "behind",   "below",    "between", "both",    "by",      "can",     "cannot",
     "certain", "could",    "down",     "each",     "either",  "else",    "enough",  "every",   "exactly",
     "except",  "few",      "fewer",    "first",    "from",    "if",      "last",    "later",   "least",
     "less",    "likely",   "long",     "longer",   "longest", "many",    "may",     "maybe",   "might",
     "more",    "most",     "much",     "must",     "neither", "never",   "new",     "newer",   "next",
     "no",      "nobody",   "none",     "nor",      "nothing", "now",     "off",     "old",     "older",
     "oldest",  "once",     "only",     "or",       "other",   "others",  "out",     "over",    "part",
     "perhaps", "possible", "possibly", "probably", "proven",  "rather",  "same",    "several", "should",
     "since",   "some",     "still",    "than",     "too",     "unknown", "under",   "unless",  "unlikely",
     "until",   "up",       "whether",  "will",     "without", "would",   "yet"});

constexpr auto kDenials = std::to_array<Word>({"cannot", "neither", "never", "no", "nobody", "none", "nor",
                                               "nothing", "unknown", "unlikely", "without"});  // sorted

struct Alike {
  Word word;
  Word same;
};
// One word for what is the same in this trade; in the forms that one_form() makes.
constexpr auto kAlike = std::to_array<Alike>(  // sorted
    {{"attempt", "try"},
     {"began", "started"},
     {"begin", "start"},
     {"begun", "started"},
     {"big", "larg"},
     {"increas", "grow"},
     {"instanc", "server"},
     {"multipl", "several"},
     {"needed", "required"},
     {"obtain", "get"},
     {"occur", "happen"},
     {"query", "statement"},
     {"reason", "caus"},
     {"record", "row"},
     {"remain", "stay"},
     {"repeat", "retry"},
     {"requir", "need"},
     {"show", "say"}});

bool has(std::span<const Word> sorted, Word word) { return std::ranges::binary_search(sorted, word); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

// Presents and plurals in one form. Past forms stay apart: "blocked" is not "blocks".
std::string one_form(std::string word) {
  if (word.size() > 5 && word.ends_with("ing"))
    word.resize(word.size() - 3);
  else if (word.size() > 4 && word.ends_with("ies"))
    word.replace(word.size() - 3, 3, "y");
  else if (word.size() > 3 && word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us"))
    word.resize(word.size() - 1);
  if (word.size() > 4 && word.ends_with('e')) word.resize(word.size() - 1);
  const auto alike = std::ranges::lower_bound(kAlike, Word(word), {}, &Alike::word);
  if (alike != kAlike.end() && alike->word == word) return std::string(alike->same);
  return word;
}

// Words in lower case and slots as they are.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto flush = [&] {
    if (word.empty()) return;
    // "doesn't" is "does not", "can't" is "can not".
    if (word.size() > 3 && word.ends_with("n't")) {
      words.push_back(word == "can't" ? "can" : word.substr(0, word.size() - 3));
      words.emplace_back("not");
    } else if (word == "cannot") {
      words.emplace_back("can");
      words.emplace_back("not");
    } else {
      while (word.ends_with('\'')) word.pop_back();
      if (word.ends_with("'s")) word.resize(word.size() - 2);
      if (!word.empty()) words.push_back(word);
    }
    word.clear();
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '{') {
      flush();
      const auto end = std::min(text.find('}', at), text.size() - 1);
      words.emplace_back(text.substr(at, end + 1 - at));
      at = end;
    } else if (is_letter(text[at]) || (text[at] == '\'' && !word.empty())) {
      word += lower(text[at]);
    } else if (text.substr(at).starts_with("’")) {
      if (!word.empty()) word += '\'';
      at += 2;
    } else {
      flush();
    }
  }
  flush();
  return words;
}

bool is_slot(Word word) { return word.starts_with('{'); }

constexpr auto kBe =
    std::to_array<Word>({"am", "are", "be", "been", "being", "is", "was", "were"});  // sorted

bool is_past_form(Word word) {
  static constexpr auto kIrregular = std::to_array<Word>(  // sorted
      {"begun", "broken", "built", "done", "found", "given", "held",  "kept",    "known", "left",
       "lost",  "made",   "read",  "run",  "seen",  "sent",  "shown", "stopped", "taken", "told"});
  return (word.size() > 3 && word.ends_with("ed")) || has(kIrregular, word);
}

// Tenses that a sentence may speak in. Bits: past, present.
unsigned tenses(const std::vector<std::string>& words) {
  static constexpr auto kPast = std::to_array<Word>({"been", "did", "had", "was", "were"});
  static constexpr auto kPresent = std::to_array<Word>({"am", "are", "do", "does", "has", "have", "is"});
  unsigned found = 0;
  for (const auto& word : words) {
    if (has(kPast, word)) found |= 1u;
    if (has(kPresent, word)) found |= 2u;
  }
  return found;
}

// Where no small word tells, the verb does: "4 sessions waited".
unsigned allowed_tenses(const std::vector<std::string>& words) {
  if (const auto told = tenses(words); told != 0) return told;
  return std::ranges::any_of(words, [](const auto& word) { return is_past_form(word); }) ? 1u : 2u;
}

// What is done to somebody: "was blocked". Who blocked and who was blocked is not to be turned round.
std::set<std::string> sufferings(const std::vector<std::string>& words) {
  std::set<std::string> found;
  for (std::size_t i = 1; i < words.size(); ++i)
    if (is_past_form(words[i]) && has(kBe, words[i - 1])) found.insert(words[i]);
  return found;
}

std::string counted_form(const std::string& word) {
  return is_slot(word) || has(kWeighty, word) ? word : one_form(word);
}

// Words of all runbooks, in one form.
const std::set<std::string>& trade_words() {
  static const auto kWords = [] {
    std::set<std::string> words;
    for (const auto& runbook : knowledge::runbooks())
      for (const auto text : {runbook.title, runbook.meaning, runbook.reasons, runbook.if_nobody_acts,
                              runbook.check, runbook.fix, runbook.prevent})
        for (auto& word : gist(text)) words.insert(std::move(word));
    return words;
  }();
  return kWords;
}

// What nobody may be told to do, or to believe, on no evidence.
constexpr auto kGrave = std::to_array<Word>(  // sorted
    {"alter",    "certain",  "cur",     "cured",    "delet",    "delete",     "deleted",   "destroy",
     "disabl",   "disable",  "drop",    "dropped",  "ended",    "eras",       "fixed",     "forc",
     "format",   "fsync",    "gone",    "grant",    "guarante", "guaranteed", "harmless",  "heal",
     "healed",   "kill",     "killed",  "over",     "password", "recovered",  "reinstall", "remov",
     "remove",   "repaired", "reset",   "resetwal", "resolved", "restart",    "restarted", "revok",
     "saf",      "safe",     "safely",  "sent",     "shutdown", "solved",     "stop",      "superuser",
     "terminat", "trunc",    "truncat", "truncate", "trust",    "wip",        "wipe",      "zero"});

}  // namespace

std::vector<std::string> gist(std::string_view text) {
  std::vector<std::string> kept;
  for (const auto& word : words_of(text)) {
    if (has(kGlue, word)) continue;
    kept.push_back(counted_form(word == "not" || word == "none" ? std::string("no") : word));
  }
  return kept;
}

std::string_view difference(std::string_view worded, std::string_view original) {
  const auto new_words = words_of(worded);
  const auto old_words = words_of(original);
  if ((tenses(new_words) & ~allowed_tenses(old_words)) != 0) return "another tense";
  const auto suffered = sufferings(old_words);
  for (const auto& word : sufferings(new_words))
    if (!suffered.contains(word)) return "who did it and whom it was done to";
  const auto now = gist(worded);
  const auto then = gist(original);
  std::size_t next = 0;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < then.size(); ++i) {
    if (next < now.size() && now[next] == then[i]) {
      ++next;
      ++kept;
      continue;
    }
    if (is_slot(then[i])) return "a number or name is missing or moved";
    if (has(kWeighty, then[i])) return "a word that turns the meaning is missing or moved";
    if (i > 0 && has(kDenials, then[i - 1])) return "what is denied is missing or moved";
  }
  if (next < now.size()) return "a word that the sentence does not have, or at another place";
  // A sentence of which half is gone says something else.
  if (kept * 3 < then.size() * 2) return "too much is left out";
  return {};
}

std::string_view indecency(std::string_view text, std::string_view original,
                           const std::vector<std::string>& slots) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '{') {
      const auto end = text.find('}', at);
      if (end == std::string_view::npos) return "a brace";
      if (std::ranges::find(slots, text.substr(at, end + 1 - at)) == slots.end())
        return "a slot that is not there";
      at = end;
      continue;
    }
    const auto rest = text.substr(at);
    if (rest.starts_with("’") || rest.starts_with("–") || rest.starts_with("—")) {
      at += 2;
      continue;
    }
    if (is_letter(c) || c == ' ' || c == '\'' || c == '-' || c == '(' || c == ')' || c == ',') continue;
    const bool is_stop = c == '.' || c == ';' || c == ':' || c == '!' || c == '?';
    if (is_stop && (at + 1 == text.size() || text[at + 1] == ' ')) continue;
    return "a character that prose does not need";
  }
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", at), text.size());
    if (end - at >= 2 && !original.contains(text.substr(at, end - at))) return "a word in capitals";
    at = std::max(end, at + 1);
  }
  return {};
}

bool is_harmless_advice(std::string_view text, std::string_view known) {
  std::set<std::string> allowed;
  for (auto& word : gist(known)) allowed.insert(std::move(word));
  return std::ranges::all_of(words_of(text), [&](const std::string& word) {
    if (has(kGlue, word)) return true;
    if (is_slot(word)) return false;
    const auto form = counted_form(word == "not" ? std::string("no") : word);
    if (has(kGrave, word) || has(kGrave, form)) return false;
    return has(kWeighty, form) || allowed.contains(form) || trade_words().contains(form);
  });
}

}  // namespace selfheal::assistant::internal
