#include "tail/internal/routine_filter.h"

#include <algorithm>
#include <array>

namespace selfheal::tail {
namespace {

// Names of users, databases and applications stand before the level; longer ones are decoded.
constexpr std::size_t kHeadBytes = 600;

// Where a server's message begins that reports no trouble (postgres.c, postmaster.c, fe-auth).
constexpr std::array<std::string_view, 7> kRoutine = {"duration: ",
                                                      "statement: ",
                                                      "execute ",
                                                      "connection received: ",
                                                      "connection authorized: ",
                                                      "disconnection: ",
                                                      "connection authenticated: "};

bool is_routine(std::string_view message) {
  return std::ranges::any_of(kRoutine, [&](std::string_view start) { return message.starts_with(start); });
}

// Inside of a text of JSON each quote has a backslash before it, so the mark stands where a key does.
class JsonFilter final : public RoutineFilter {
 public:
  bool takes(LogLine line) override {
    constexpr std::string_view kMark = R"("error_severity":"LOG","message":")";
    const auto at = line.text.substr(0, kHeadBytes).find(kMark);
    if (line.cut || at == line.text.npos || !line.text.ends_with('}')) return false;
    if (!is_routine(line.text.substr(at + kMark.size()))) return false;
    ++records_;
    was_whole_ = true;
    return true;
  }
};

// Inside of a quoted field each quote is doubled, so the mark stands where fields begin.
class CsvFilter final : public RoutineFilter {
 public:
  bool takes(LogLine line) override {
    // What was cut away may hold quotes: the decoder finds the next beginning.
    if (line.cut) return inside_ = false;
    if (!inside_) {
      constexpr std::string_view kMark = R"(,LOG,00000,")";
      const auto at = line.text.substr(0, kHeadBytes).find(kMark);
      if (at == line.text.npos || !is_routine(line.text.substr(at + kMark.size()))) return false;
      ++records_;
    }
    const bool odd = std::ranges::count(line.text, '"') % 2 != 0;
    was_whole_ = !inside_ && !odd;
    if (odd) inside_ = !inside_;
    return true;
  }

 private:
  bool inside_ = false;  // of a quoted field that goes on in the next line
};

// The words in front of a line that continues a message, and of those that begin one we must not miss.
constexpr std::array<std::string_view, 6> kContinuing = {
    "DETAIL:  ", "HINT:  ", "CONTEXT:  ", "QUERY:  ", "STATEMENT:  ", "LOCATION:  "};
constexpr std::array<std::string_view, 4> kTroubles = {"ERROR:  ", "FATAL:  ", "PANIC:  ", "WARNING:  "};

// The prefix may hold any name, and a name any word. A line that holds both a routine word and one of a
// trouble is left to the decoder, which knows the prefix.
class StderrFilter final : public RoutineFilter {
 public:
  bool takes(LogLine line) override {
    if (line.text.starts_with('\t')) {
      was_whole_ = false;
      return inside_;
    }
    const auto colon = line.text.substr(0, kHeadBytes).find(":  ");
    if (line.cut || colon == line.text.npos) return inside_ = false;
    const auto from_mark = line.text.substr(colon + 3);
    const auto until_mark = line.text.substr(0, colon + 3);
    const bool begins = until_mark.ends_with("LOG:  ") && is_routine(from_mark);
    const bool continues = inside_ && std::ranges::any_of(kContinuing, [&](std::string_view word) {
                             return until_mark.ends_with(word);
                           });
    inside_ = (begins || continues) && !holds_trouble(from_mark);
    if (!inside_) return false;
    was_whole_ = begins;
    if (begins) ++records_;
    return true;
  }

 private:
  static bool holds_trouble(std::string_view text) {
    const auto colon = text.find(":  ");
    return colon != text.npos &&
           std::ranges::any_of(kTroubles, [&](std::string_view word) { return text.contains(word); });
  }

  bool inside_ = false;  // of a routine record
};

}  // namespace

std::unique_ptr<RoutineFilter> routine_filter(LogFormat format) {
  switch (format) {
    case LogFormat::jsonlog:
      return std::make_unique<JsonFilter>();
    case LogFormat::csvlog:
      return std::make_unique<CsvFilter>();
    case LogFormat::stderr_:
      break;
  }
  return std::make_unique<StderrFilter>();
}

}  // namespace selfheal::tail
