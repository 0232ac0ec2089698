#include "tail/internal/line_prefix.h"

#include <algorithm>

#include "tail/internal/prefix_field.h"

namespace selfheal::tail {
namespace {

using Token = LinePrefix::Token;
using Match = LinePrefix::Match;

// More padding than any value needs; a larger number would only cost memory.
constexpr std::size_t kPadding = 256;
// More escapes than PostgreSQL knows, several times over; lines of a longer prefix are not read.
constexpr std::size_t kTokens = 128;

void set_value(Match& match, const Token& token, std::string_view value) {
  auto& into = match.values[static_cast<std::size_t>(token.field)];
  value = unpadded(token, value);
  if (into.empty()) into = value;
}

// All readings of a line at once: for each token the places where it may begin. A row holds no more places
// than its tokens' longest values allow, so the work is linear.
class Readings {
 public:
  Readings(const std::vector<Token>& tokens, std::string_view line) : tokens_(tokens), line_(line) {
    rows_.push_back({.first = 0, .is = {true}});
    for (const auto& token : tokens_) {
      look_for_label();
      rows_.push_back(after(token, rows_.back()));
      if (rows_.back().is.empty()) return;
    }
    look_for_label();
  }

  std::optional<Match> take() const {
    if (!label_) return std::nullopt;
    Match match{.bytes = end_ + label_->bytes, .label = *label_};
    auto end = end_;
    for (auto token = read_tokens_; token-- > 0;) {
      const auto begin = begin_of(token, end);
      if (tokens_[token].kind == Token::Kind::field)
        set_value(match, tokens_[token], line_.substr(begin, end - begin));
      end = begin;
    }
    return match;
  }

 private:
  struct Row {
    std::size_t first = 0;
    std::vector<bool> is;
    bool at(std::size_t place) const {
      return place >= first && place - first < is.size() && is[place - first];
    }
  };

  // A label may follow at the end, and where a background process stops.
  void look_for_label() {
    const auto token = rows_.size() - 1;
    if (token < tokens_.size() && tokens_[token].kind != Token::Kind::stop) return;
    const auto& row = rows_.back();
    for (std::size_t i = 0; i < row.is.size(); ++i) {
      const auto place = row.first + i;
      if (!row.is[i] || place > line_.size() || (label_ && place > end_)) continue;
      const auto label = label_at(line_.substr(place));
      if (!label) continue;
      label_ = label;
      end_ = place;
      read_tokens_ = token;
      return;
    }
  }

  Row after(const Token& token, const Row& row) const {
    if (token.kind == Token::Kind::stop) return row;
    std::vector<std::pair<std::size_t, std::size_t>> ranges;
    for (std::size_t i = 0; i < row.is.size(); ++i) {
      if (!row.is[i]) continue;
      const auto place = row.first + i;
      if (token.kind == Token::Kind::literal) {
        const auto end = place + token.literal.size();
        if (line_.substr(place).starts_with(token.literal)) ranges.emplace_back(end, end);
        continue;
      }
      const auto ends = ends_of(token, line_, place);
      if (ends.may_be_absent) ranges.emplace_back(place, place);
      if (ends.any()) ranges.emplace_back(ends.from, ends.to);
    }
    return row_of(ranges);
  }

  static Row row_of(const std::vector<std::pair<std::size_t, std::size_t>>& ranges) {
    if (ranges.empty()) return {};
    Row row{.first = std::ranges::min_element(ranges, {}, [](const auto& r) { return r.first; })->first};
    const auto last = std::ranges::max_element(ranges, {}, [](const auto& r) { return r.second; })->second;
    std::vector<int> steps(last - row.first + 2);
    for (const auto& [from, to] : ranges) {
      ++steps[from - row.first];
      --steps[to - row.first + 1];
    }
    int open = 0;
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) row.is.push_back((open += steps[i]) > 0);
    return row;
  }

  // Where the token begins when it ends there: the latest place, or the one that gives a process its name.
  std::size_t begin_of(std::size_t index, std::size_t end) const {
    const auto& token = tokens_[index];
    if (token.kind == Token::Kind::stop) return end;
    if (token.kind == Token::Kind::literal) return end - token.literal.size();
    const auto& row = rows_[index];
    auto latest = line_.npos;
    for (auto place = end;; --place) {
      if (row.at(place) && may_stand(token, place, end)) {
        if (latest == line_.npos) latest = place;
        if (token.field != PrefixField::backend_type) break;
        if (is_backend_type(unpadded(token, line_.substr(place, end - place)))) return place;
      }
      if (place == row.first) break;
    }
    return latest;
  }

  bool may_stand(const Token& token, std::size_t begin, std::size_t end) const {
    const auto ends = ends_of(token, line_, begin);
    return ends.includes(end) || (ends.may_be_absent && begin == end);
  }

  const std::vector<Token>& tokens_;
  std::string_view line_;
  std::vector<Row> rows_;
  std::optional<FoundLabel> label_;
  std::size_t end_ = 0;
  std::size_t read_tokens_ = 0;
};

}  // namespace

LinePrefix::LinePrefix(std::string_view setting) {
  compile(setting);
  find_risks();
}

void LinePrefix::compile(std::string_view setting) {
  const auto literal = [this](char c) {
    if (tokens_.empty() || tokens_.back().kind != Token::Kind::literal) tokens_.push_back({});
    tokens_.back().literal += c;
  };
  for (std::size_t at = 0; at < setting.size(); ++at) {
    if (setting[at] != '%') {
      literal(setting[at]);
      continue;
    }
    Token token{.kind = Token::Kind::field};
    ++at;
    if (at < setting.size() && setting[at] == '%') {
      literal('%');
      continue;
    }
    if (at < setting.size() && setting[at] == '-') {
      token.blanks_first = false;
      ++at;
    }
    for (; at < setting.size() && setting[at] >= '0' && setting[at] <= '9'; ++at)
      token.width = std::min(token.width * 10 + static_cast<std::size_t>(setting[at] - '0'), kPadding);
    if (at >= setting.size()) return;
    token.escape = setting[at];
    if (token.escape == 'q') token.kind = Token::Kind::stop;
    const auto field = field_of(token.escape);
    if (!field && token.escape != 'q') continue;
    token.field = field.value_or(token.field);
    if (field) has_[static_cast<std::size_t>(*field)] = true;
    tokens_.push_back(std::move(token));
  }
}

void LinePrefix::find_risks() {
  is_simple_ = tokens_.size() <= kTokens;
  const Token* before = nullptr;
  for (const auto& token : tokens_) {
    if (token.kind == Token::Kind::stop) continue;
    const bool follows_field = before && before->kind == Token::Kind::field;
    if (follows_field && token.kind == Token::Kind::field) is_simple_ = false;
    if (follows_field && token.kind == Token::Kind::literal && is_text(before->field))
      is_risky_[static_cast<unsigned char>(token.literal.front())] = true;
    before = &token;
  }
  if (before && before->kind == Token::Kind::field) is_simple_ = false;
}

bool LinePrefix::begins_with_time() const {
  return !tokens_.empty() && tokens_.front().kind == Token::Kind::field &&
         tokens_.front().field == PrefixField::time;
}

// The usual case: each value ends where the text behind it first stands, and no name holds what could stand
// behind a name, so there is no second reading.
std::optional<Match> LinePrefix::match_simply(std::string_view line) const {
  Match match;
  std::size_t at = 0;
  const auto labelled = [&]() -> bool {
    const auto label = label_at(line.substr(at));
    if (!label) return false;
    match.label = *label;
    match.bytes = at + label->bytes;
    return true;
  };
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    const auto& token = tokens_[i];
    if (token.kind == Token::Kind::stop) {
      if (labelled()) return match;
    } else if (token.kind == Token::Kind::literal) {
      if (!line.substr(at).starts_with(token.literal)) return std::nullopt;
      at += token.literal.size();
    } else {
      const auto ends = ends_of(token, line, at);
      auto end = ends.any() ? ends.to : at;
      if (!ends.any() && !ends.may_be_absent) return std::nullopt;
      if (is_text(token.field)) {
        const auto* next = &tokens_[i + 1];  // exists: a field is never last in a simple prefix
        while (next->kind == Token::Kind::stop) ++next;
        end = ends.any() ? line.substr(0, ends.to + next->literal.size()).find(next->literal, ends.from)
                         : line.npos;
        if (end == line.npos) return std::nullopt;
      }
      const auto value = line.substr(at, end - at);
      if (is_text(token.field) &&
          std::ranges::any_of(value, [this](char c) { return is_risky_[static_cast<unsigned char>(c)]; }))
        return std::nullopt;
      set_value(match, token, value);
      at = end;
    }
  }
  if (!labelled()) return std::nullopt;
  return match;
}

std::optional<Match> LinePrefix::match(std::string_view line) const {
  if (tokens_.size() > kTokens) return std::nullopt;
  if (is_simple_)
    if (auto match = match_simply(line)) return match;
  return Readings(tokens_, line).take();
}

}  // namespace selfheal::tail
