#include "assistant/internal/direction.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <span>

namespace selfheal::assistant::internal {
namespace {

using Words = std::vector<std::string>;
using Nodes = std::set<std::string, std::less<>>;

// Letters, digits and what names hold inside; in lower case. A sign that ends a clause is a word.
Words words_of(std::string_view text) {
  Words words;
  std::string word;
  const auto flush = [&] {
    while (!word.empty() && (word.back() == '.' || word.back() == '-')) word.pop_back();
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (std::isalnum(c) || c == '_' || c >= 0x80 || (!word.empty() && (c == '.' || c == '-'))) {
      word += static_cast<char>(std::tolower(c));
      continue;
    }
    flush();
    if (c == ';') words.emplace_back(";");
  }
  flush();
  return words;
}

bool is_any(const std::string& word, std::span<const std::string_view> list) {
  return std::ranges::find(list, word) != list.end();
}

constexpr std::string_view kBlocking[] = {"block", "blocks", "blocking", "blocked"};
constexpr std::string_view kHolding[] = {"hold", "holds", "holding", "held"};
constexpr std::string_view kWaiting[] = {"wait", "waits", "waiting", "waited", "stuck", "queued", "queues"};
constexpr std::string_view kAfterWaiting[] = {"for", "on", "behind"};
constexpr std::string_view kDenials[] = {"not", "never", "no", "nobody", "neither", "doesn", "isn", "cannot"};

// A word that says who holds up whom, and how many words it takes.
struct Verb {
  bool is_waiting = false;  // the one before it waits
  std::size_t size = 1;
};

std::optional<Verb> verb_at(const Words& words, std::size_t at) {
  const auto next = [&](std::size_t ahead) { return at + ahead < words.size() ? words[at + ahead] : ""; };
  if (is_any(words[at], kBlocking)) {
    const bool is_passive = next(1) == "by";
    return Verb{is_passive, is_passive ? 2u : 1u};
  }
  if (is_any(words[at], kHolding) && next(1) == "up") {
    const bool is_passive = next(2) == "by";
    return Verb{is_passive, is_passive ? 3u : 2u};
  }
  if (is_any(words[at], kWaiting) && is_any(next(1), kAfterWaiting)) return Verb{true, 2};
  return std::nullopt;
}

bool is_denied(const Words& words, std::size_t at) {
  const auto begin = at < 3 ? 0 : at - 3;
  return std::any_of(words.begin() + static_cast<std::ptrdiff_t>(begin),
                     words.begin() + static_cast<std::ptrdiff_t>(at),
                     [](const std::string& word) { return is_any(word, kDenials); });
}

// The nearest of those known before and behind the verb, within its clause.
std::string known_before(const Words& words, std::size_t at, const Nodes& nodes) {
  while (at-- > 0 && words[at] != ";")
    if (nodes.contains(words[at])) return words[at];
  return {};
}
std::string known_behind(const Words& words, std::size_t at, const Nodes& nodes) {
  for (; at < words.size() && words[at] != ";"; ++at)
    if (nodes.contains(words[at])) return words[at];
  return {};
}

bool leads(const std::string& from, const std::string& to, const std::vector<Hold>& holds) {
  Nodes seen{from};
  std::vector<std::string> left{from};
  while (!left.empty()) {
    const auto one = std::move(left.back());
    left.pop_back();
    for (const auto& hold : holds) {
      if (hold.blocker != one) continue;
      if (hold.waiter == to) return true;
      if (seen.insert(hold.waiter).second) left.push_back(hold.waiter);
    }
  }
  return false;
}

bool is_opposite(const Hold& claim, const std::vector<Hold>& known) {
  return leads(claim.waiter, claim.blocker, known) && !leads(claim.blocker, claim.waiter, known);
}

// `waiter_pid=41` and `waiter: 41`: what follows `waiter`, and the value.
struct Field {
  std::string rest;
  std::string value;
};
std::optional<Field> field_of(std::string_view part, std::string_view whose) {
  const auto start = part.find_first_not_of(" \n\t{[\"");
  if (start == part.npos || !part.substr(start).starts_with(whose)) return std::nullopt;
  part.remove_prefix(start + whose.size());
  const auto sign = part.find_first_of(":=");
  if (sign == part.npos) return std::nullopt;
  const auto rest = part.substr(0, sign);
  const auto values = words_of(part.substr(sign + 1));
  if (!rest.empty() && rest != "_pid" && rest != "_application") return std::nullopt;
  if (values.size() != 1) return std::nullopt;
  return Field{std::string(rest), values.front()};
}

}  // namespace

std::vector<Hold> holds_in_records(std::string_view text) {
  std::vector<Hold> holds;
  std::map<std::string, std::string> waiter;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(",;\n}[\""), text.size());
    const auto part = text.substr(0, end);
    if (auto field = field_of(part, "waiter")) waiter[field->rest] = field->value;
    if (const auto field = field_of(part, "blocker"))
      if (const auto found = waiter.find(field->rest); found != waiter.end() && found->second != field->value)
        holds.push_back({.blocker = field->value, .waiter = found->second});
    if (end < text.size() && text[end] == '}') waiter.clear();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return holds;
}

bool turns_around(std::string_view sentence, const std::vector<Hold>& known) {
  if (known.empty()) return false;
  Nodes nodes;
  for (const auto& hold : known) nodes.insert({hold.blocker, hold.waiter});
  const auto words = words_of(sentence);
  for (std::size_t at = 0; at < words.size(); ++at) {
    const auto verb = verb_at(words, at);
    if (!verb || is_denied(words, at)) continue;
    const auto first = known_before(words, at, nodes);
    const auto second = known_behind(words, at + verb->size, nodes);
    if (first.empty() || second.empty() || first == second) continue;
    const auto claim = verb->is_waiting ? Hold{second, first} : Hold{first, second};
    if (is_opposite(claim, known)) return true;
  }
  return false;
}

}  // namespace selfheal::assistant::internal
