#include "cli/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <numeric>
#include <ostream>

#include "base/check.h"

namespace selfheal::cli {
namespace {

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::size_t kGap = 2;            // blanks between columns
constexpr std::size_t kNarrowestText = 8;  // a text column is never cut below this: less says nothing

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "\x1b[32m";
    case Tone::bad:
      return "\x1b[31m";
    case Tone::caution:
      return "\x1b[33m";
    case Tone::quiet:
      return "\x1b[2m";
    case Tone::plain:
      break;
  }
  return "";
}

// NO_COLOR (no-color.org): any value that is not empty.
bool wants_color(const Invocation& invocation) {
  if (invocation.global.color == ColorChoice::always) return true;
  if (invocation.global.color == ColorChoice::never || !invocation.streams.out_is_terminal) return false;
  const auto& environment = invocation.streams.environment;
  return environment("NO_COLOR").value_or("").empty() && environment("TERM").value_or("") != "dumb";
}

// By POSIX: the first of these that is set and not empty names the character set.
bool utf8_terminal(const Invocation& invocation) {
  for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    auto value = invocation.streams.environment(name).value_or("");
    if (value.empty()) continue;
    std::ranges::transform(value, value.begin(), [](unsigned char c) { return std::tolower(c); });
    return value.contains("utf-8") || value.contains("utf8");
  }
  return true;  // containers and services set none, and everything they are read with knows UTF-8
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const auto columns = columns_of(text);
  const std::string blanks(width > columns ? width - columns : 0, ' ');
  return right ? blanks + text : text + blanks;
}

void trim_end(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

}  // namespace

Style::Style(const Invocation& invocation)
    : terminal_(invocation.streams.out_is_terminal),
      ascii_(invocation.global.ascii || !utf8_terminal(invocation)),
      color_(wants_color(invocation)),
      width_(invocation.streams.width),
      now_(invocation.streams.clock.now()) {}

std::string Style::toned(Tone tone, std::string_view text) const {
  if (!color_ || tone == Tone::plain) return std::string(text);
  return fmt::format("{}{}{}", code_of(tone), text, kReset);
}

std::string Style::when(Time time) const { return terminal_ ? relative(now_ - time) : to_rfc3339(time); }

std::string Style::when(const std::optional<Time>& time) const { return time ? when(*time) : ""; }

std::string spoken(Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  if (seconds < 600) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  if (seconds < 172'800) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} d", seconds / 86400);
}

std::string relative(Duration age) {
  if (age < Duration::zero()) return "in " + spoken(-age);
  return age < 1s ? "just now" : spoken(age) + " ago";
}

std::string glyph(std::string_view status, bool ascii) {
  if (status == "passed") return ascii ? "+" : "✓";
  if (status == "failed") return ascii ? "x" : "✗";
  return "?";
}

void Table::add(std::vector<std::string> cells) {
  CHECK(cells.size() == columns_.size());
  for (auto& cell : cells) cell = safe_text(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::print(const Style& style, bool headings) const {
  if (style.terminal()) return print_aligned(style, headings);
  std::string text;
  for (const auto& row : rows_) text += fmt::format("{}\n", fmt::join(row, "\t"));
  return text;
}

// Never wraps: the widest text column gives way until the row fits.
std::string Table::print_aligned(const Style& style, bool headings) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto width = headings ? columns_of(columns_[i].title) : 0;
    for (const auto& row : rows_) width = std::max(width, columns_of(row[i]));
    widths.push_back(width);
  }
  auto total = std::accumulate(widths.begin(), widths.end(), kGap * (columns_.size() - 1));
  while (total > style.width()) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool can_give = columns_[i].text && widths[i] > kNarrowestText;
      if (can_give && (widest == columns_.size() || widths[i] > widths[widest])) widest = i;
    }
    if (widest == columns_.size()) break;
    --widths[widest];
    --total;
  }
  std::string text;
  const auto line = [&](auto cell_of) {
    std::string out;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) out.append(kGap, ' ');
      out += padded(cut(cell_of(i), widths[i], style.ascii()), widths[i], columns_[i].right);
    }
    out = cut(out, style.width(), style.ascii());
    trim_end(out);
    return out;
  };
  if (headings) {
    text += style.toned(Tone::quiet, line([&](std::size_t i) { return columns_[i].title; })) + "\n";
  }
  for (const auto& row : rows_) text += line([&](std::size_t i) { return row[i]; }) + "\n";
  return text;
}

int report(const Invocation& invocation, const Trouble& trouble) {
  auto& err = invocation.streams.err;
  if (invocation.global.json) {
    const auto made = [&trouble] {
      return boost::json::serialize(boost::json::object{{"type", "about:blank"}, {"title", trouble.what}});
    };
    err << (trouble.problem.empty() ? made() : trouble.problem) << "\n";
    return trouble.exit_code;
  }
  err << "selfheal: " << safe_text(trouble.what) << "\n";
  if (!trouble.try_instead.empty()) err << "try: " << safe_text(trouble.try_instead) << "\n";
  return trouble.exit_code;
}

int report(const Invocation& invocation, const Error& error, std::string try_instead) {
  static constexpr auto kExitCode = [](ErrorCode code) -> int {
    switch (code) {
      case ErrorCode::invalid_input:
        return kUsage;
      case ErrorCode::not_found:
        return kNotFound;
      case ErrorCode::conflict:
        return kConflict;
      case ErrorCode::refused:
        return kRefused;
      case ErrorCode::unavailable:
        return kUnreachable;
      case ErrorCode::timed_out:
        return kTimedOut;
      case ErrorCode::cancelled:
        return kInterrupted;
      case ErrorCode::failed:
        break;
    }
    return kFailed;
  };
  return report(invocation, Trouble{kExitCode(error.code), error.message, std::move(try_instead)});
}

}  // namespace selfheal::cli
