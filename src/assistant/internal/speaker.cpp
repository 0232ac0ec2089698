#include "assistant/internal/speaker.h"

#include <algorithm>

namespace selfheal::assistant::internal {
namespace {

// A sentence that is longer is shown as it is so far: nobody writes such ones.
constexpr std::size_t kSentenceBytes = 4000;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// Behind the first sentence of the text, its space included; npos while it may go on. Marks that follow the
// full stop belong to it: "… waits. [Q1] Then".
std::size_t sentence_end(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') return i + 1;
    if (text[i] != '.' && text[i] != '!' && text[i] != '?') continue;
    auto end = i + 1;
    if (end >= text.size()) return text.npos;
    if (!is_space(text[end])) continue;
    while (end < text.size() && text[end] == ' ') ++end;
    if (end >= text.size()) return text.npos;
    while (text[end] == '[') {
      const auto close = text.find(']', end);
      if (close == text.npos) return text.npos;
      end = close + 1;
      while (end < text.size() && is_space(text[end]) && text[end] != '\n') ++end;
      if (end >= text.size()) return text.npos;
    }
    return end;
  }
  return text.size() > kSentenceBytes ? text.size() : text.npos;
}

struct Marked {
  std::string text;
  std::vector<std::string> citations;
};

// Each mark is a handle, a citation, or invented. Several may stand in one pair of brackets: [Q1, E2].
Marked resolved(const Run& run, std::string_view sentence) {
  Marked marked;
  for (std::size_t at = 0; at < sentence.size();) {
    const auto open = std::min(sentence.find('[', at), sentence.size());
    marked.text += sentence.substr(at, open - at);
    const auto close = sentence.find(']', open);
    if (open == sentence.size() || close == sentence.npos) {
      marked.text += sentence.substr(open);
      break;
    }
    auto inside = sentence.substr(open + 1, close - open - 1);
    while (!inside.empty()) {
      const auto end = std::min(inside.find_first_of(",; "), inside.size());
      const auto mark = inside.substr(0, end);
      inside.remove_prefix(std::min(end + 1, inside.size()));
      if (const auto cell = run.cell(mark)) {
        marked.text += *cell;
        marked.citations.emplace_back(mark.substr(0, mark.find('.')));
      } else if (const auto id = run.known_citation(mark); !id.empty()) {
        marked.text += "[" + id + "]";
        marked.citations.push_back(id);
      }
    }
    at = close + 1;
  }
  return marked;
}

}  // namespace

void Speaker::hear(std::string_view piece) {
  said_ += piece;
  waiting_ += piece;
  for (auto end = sentence_end(waiting_); end != std::string::npos; end = sentence_end(waiting_)) {
    const auto sentence = waiting_.substr(0, end);
    waiting_.erase(0, end);
    speak(sentence);
  }
}

void Speaker::end() {
  if (!waiting_.empty()) speak(std::exchange(waiting_, {}) + "\n");
}

void Speaker::speak(std::string_view sentence) {
  auto marked = resolved(run_, sentence);
  if (std::ranges::all_of(marked.text, is_space) && !run_.has_spoken()) return;
  run_.show_text(std::move(marked.text), given_.supports(sentence, marked.citations));
}

}  // namespace selfheal::assistant::internal
