#include "knowledge/internal/runbook_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace selfheal::knowledge::internal {
namespace {

constexpr std::string_view kContinuation = "  ";

struct Key {
  std::string_view name;
  // Exactly one of the two is set.
  std::string_view Runbook::* text = nullptr;
  std::vector<std::string_view> Runbook::* list = nullptr;
};

// In the order in which a runbook has them.
constexpr std::array kKeys{
    Key{"name", &Runbook::name},
    Key{"title", &Runbook::title},
    Key{"causes", nullptr, &Runbook::causes},
    Key{"sqlstates", nullptr, &Runbook::sqlstates},
    Key{"message", nullptr, &Runbook::messages},
    Key{"aliases", &Runbook::aliases},
    Key{"meaning", &Runbook::meaning},
    Key{"reasons", &Runbook::reasons},
    Key{"if_nobody_acts", &Runbook::if_nobody_acts},
    Key{"check", &Runbook::check},
    Key{"fix", &Runbook::fix},
    Key{"prevent", &Runbook::prevent},
};
constexpr std::string_view kRepeatedKey = "message";

bool is_plain(std::string_view line) {
  return !line.ends_with(' ') && std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; });
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

class Reader {
 public:
  Reader(std::string_view text, std::deque<std::string>& joined) : rest_(text), joined_(joined) {}

  Result<std::vector<Runbook>> read() {
    while (!rest_.empty()) {
      const auto line = next_line();
      if (!is_plain(line)) return wrong("holds a tab, a space at its end, or a byte that is not ASCII");
      if (line.starts_with('#') && !open_) continue;
      if (line.empty()) {
        TRY_OK(end_runbook());
      } else if (line.starts_with(kContinuation)) {
        TRY_OK(continue_field(line.substr(kContinuation.size())));
      } else {
        TRY_OK(start_field(line));
      }
    }
    TRY_OK(end_runbook());
    return std::move(found_);
  }

 private:
  std::string_view next_line() {
    ++line_;
    const auto end = std::min(rest_.find('\n'), rest_.size());
    const auto line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return line;
  }

  std::unexpected<Error> wrong(std::string_view what) const {
    return failure(ErrorCode::invalid_input, fmt::format("line {} {}", line_, what));
  }

  Status start_field(std::string_view line) {
    const auto colon = line.find(": ");
    if (colon == line.npos) return wrong("is not `key: text`");
    const auto* key = std::ranges::find(kKeys, line.substr(0, colon), &Key::name);
    if (key == kKeys.end()) return wrong("has an unknown key");
    TRY_OK(end_field());
    const bool again = open_ && key == key_ && key->name == kRepeatedKey;
    if (open_ ? key <= key_ && !again : key != kKeys.begin()) return wrong("has its key out of order");
    if (!open_) open_.emplace();
    key_ = key;
    field_ = line.substr(colon + 2);
    if (field_.starts_with(' ')) return wrong("has two spaces behind its key");
    return {};
  }

  Status continue_field(std::string_view more) {
    if (!open_) return wrong("continues nothing");
    if (more.empty() || more.starts_with(' ')) return wrong("is not indented by two spaces");
    const auto& text = joined_.emplace_back(fmt::format("{} {}", field_, more));
    field_ = text;
    return {};
  }

  // Puts the text read so far into the field of its key.
  Status end_field() {
    if (!open_) return {};
    if (key_->text != nullptr) {
      (*open_).*key_->text = field_;
    } else if (key_->name == kRepeatedKey) {
      ((*open_).*key_->list).push_back(field_);
    } else {
      (*open_).*key_->list = words_of(field_);
    }
    return {};
  }

  Status end_runbook() {
    if (!open_) return {};
    TRY_OK(end_field());
    for (const auto& key : kKeys)
      if (key.text != nullptr && ((*open_).*key.text).empty())
        return wrong(fmt::format("ends a runbook without {}", key.name));
    found_.push_back(*std::exchange(open_, std::nullopt));
    return {};
  }

  std::string_view rest_;
  std::deque<std::string>& joined_;
  std::size_t line_ = 0;
  std::optional<Runbook> open_;
  const Key* key_ = nullptr;
  std::string_view field_;
  std::vector<Runbook> found_;
};

}  // namespace

Result<std::vector<Runbook>> parse_runbooks(std::string_view text, std::deque<std::string>& joined) {
  return Reader(text, joined).read();
}

}  // namespace selfheal::knowledge::internal
