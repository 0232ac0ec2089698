#include "healing/playbooks/deadlock_report.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace selfheal::healing {
namespace {

// More sessions in one circle than any report of the server has; a report is hostile input.
constexpr std::size_t kLargestCircle = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<int> number_at(std::string_view text, std::size_t at) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), number);
  return error == std::errc{} && number > 0 ? std::optional(number) : std::nullopt;
}

std::optional<int> first_number(std::string_view line) {
  const auto at = static_cast<std::size_t>(std::ranges::find_if(line, is_digit) - line.begin());
  return at < line.size() ? number_at(line, at) : std::nullopt;
}

std::optional<int> last_number(std::string_view line) {
  auto end = line.size();
  while (end > 0 && !is_digit(line[end - 1])) --end;
  auto begin = end;
  while (begin > 0 && is_digit(line[begin - 1])) --begin;
  return begin < end ? number_at(line, begin) : std::nullopt;
}

std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::vector<int> read_circle(std::string_view& text) {
  std::vector<int> circle;
  std::optional<int> expected;
  while (!text.empty() && circle.size() < kLargestCircle) {
    const auto line = next_line(text);
    const auto waiter = first_number(line);
    const auto blocker = last_number(line);
    if (!waiter || !blocker || *waiter == *blocker || (expected && *waiter != *expected)) return {};
    circle.push_back(*waiter);
    if (*blocker == circle.front()) return circle;
    expected = blocker;
  }
  return {};
}

// The pid that the line begins a statement of: a word, the number, and a colon.
std::optional<std::pair<int, std::string_view>> statement_of(std::string_view line,
                                                             const std::vector<int>& circle) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto head = line.substr(0, colon);
  const auto pid = first_number(head);
  if (!pid || pid != last_number(head) || std::ranges::find(circle, *pid) == circle.end())
    return std::nullopt;
  auto rest = line.substr(colon + 1);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return std::pair(*pid, rest);
}

}  // namespace

DeadlockReport deadlock_report(const std::string& detail) {
  std::string_view text = detail;
  DeadlockReport report{.circle = read_circle(text), .statements = {}};
  if (report.circle.empty()) return report;
  int current = 0;
  while (!text.empty()) {
    const auto line = next_line(text);
    const auto begun = statement_of(line, report.circle);
    if (begun && !report.statements.contains(begun->first)) {
      current = begun->first;
      report.statements[current] = std::string(begun->second);
    } else if (current != 0) {
      report.statements[current].append("\n").append(line);
    }
  }
  return report;
}

}  // namespace selfheal::healing
