#include "tail/prefix_guess.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "tail/internal/line_prefix.h"
#include "tail/internal/prefix_shape.h"
#include "tail/internal/severity_words.h"

namespace selfheal::tail {
namespace {

// Of Debian, Red Hat and PGDG packages, Docker images, the managed services, and what pgBadger's manual
// recommends.
constexpr std::string_view kCommon[] = {
    "%m [%p] ",
    "%m [%p] %q%u@%d ",
    "%t [%p] ",
    "%t [%p-%l] %q%u@%d ",
    "%m [%p] %q[user=%u,db=%d,app=%a] ",
    "%m [%p] %q%u@%d/%a ",
    "%m [%p] %q%a %u@%d ",
    "%m [%p] %e %q%u@%d ",
    "%m [%p] %q%e %u@%d ",
    "%m [%p] %q%u@%d %e ",
    "%m [%p] %q%u@%d %a ",
    "%m [%p] %q%u@%d %h ",
    "%m [%p] %u@%d ",
    "%m [%p] %q%u %d ",
    "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: [%l-1] user=%u,db=%d,client=%h ",
    "%t [%p]: [%l-1] user=%u,db=%d ",
    "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
    "%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    "%t:%r:%u@%d:[%p]:",
    "%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:",
    "%t-%c-",
    "%m-%c-",
    "%t [%p]: [%l-1] db=%d,user=%u,app=%a,client=%h ",
    "%m [%p]: db=%d,user=%u,app=%a,client=%h ",
    "< %m >",
    "< %t >",
    "%m [%p] db=%d,user=%u ",
    "",
};
// How far a prefix may reach, and of how many lines the structure is read.
constexpr std::size_t kHeadBytes = 512;
constexpr std::size_t kShapedLines = 100;
constexpr std::size_t kShapes = 12;

struct Head {
  std::string_view line;
  std::size_t label = 0;  // where it begins
  std::size_t end = 0;    // where it ends
};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

std::optional<Head> head_of(std::string_view line) {
  if (line.starts_with('\t')) return std::nullopt;
  const auto most = std::min(line.size(), kHeadBytes);
  for (std::size_t at = 0; at < most; ++at) {
    if (at > 0 && is_letter(line[at - 1])) continue;
    if (const auto label = label_at(line.substr(at))) return Head{line, at, at + label->bytes};
  }
  return std::nullopt;
}

// What the structure of the lines suggests; a shape that goes on where another one ends has %q between.
std::vector<std::string> shapes_of(const std::vector<Head>& heads) {
  std::vector<std::string> shapes;
  for (std::size_t i = 0; i < std::min(heads.size(), kShapedLines) && shapes.size() < kShapes; ++i) {
    auto shape = prefix_shape(heads[i].line.substr(0, heads[i].label));
    if (std::ranges::find(shapes, shape) == shapes.end()) shapes.push_back(std::move(shape));
  }
  const auto found = shapes.size();
  for (std::size_t one = 0; one < found; ++one)
    for (std::size_t other = 0; other < found; ++other)
      if (one != other && !shapes[one].empty() && shapes[other].starts_with(shapes[one]))
        shapes.push_back(shapes[one] + "%q" + shapes[other].substr(shapes[one].size()));
  return shapes;
}

struct Score {
  std::size_t explained = 0;
  std::size_t name_bytes = 0;
  std::size_t tokens = 0;

  bool is_better_than(const Score& other) const {
    if (explained != other.explained) return explained > other.explained;
    return std::tie(name_bytes, tokens) < std::tie(other.name_bytes, other.tokens);
  }
};

Score score_of(const std::string& setting, const std::vector<Head>& heads) {
  const LinePrefix prefix(setting);
  Score score{.tokens = prefix.tokens().size()};
  for (const auto& head : heads) {
    const auto match = prefix.match(head.line);
    if (!match || match->bytes != head.end) continue;
    ++score.explained;
    for (const auto name : {PrefixField::application, PrefixField::user, PrefixField::database,
                            PrefixField::tag, PrefixField::backend_type})
      score.name_bytes += (*match)[name].size();
  }
  return score;
}

}  // namespace

std::optional<PrefixGuess> guess_log_line_prefix(std::span<const std::string_view> lines) {
  std::vector<Head> heads;
  for (const auto line : lines.first(std::min(lines.size(), kGuessLines)))
    if (const auto head = head_of(line)) heads.push_back(*head);
  if (heads.empty()) return std::nullopt;
  std::vector<std::string> candidates(std::begin(kCommon), std::end(kCommon));
  for (auto& shape : shapes_of(heads)) candidates.push_back(std::move(shape));
  PrefixGuess guess{.lines = heads.size()};
  Score best;
  for (const auto& candidate : candidates) {
    const auto score = score_of(candidate, heads);
    if (score.explained == 0 || (best.explained > 0 && !score.is_better_than(best))) continue;
    best = score;
    guess.prefix = candidate;
  }
  guess.explained = best.explained;
  return guess;
}

}  // namespace selfheal::tail
