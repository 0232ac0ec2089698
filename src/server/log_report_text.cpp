// What `report read` shows to people.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "cli/output.h"
#include "healing/playbooks/playbook.h"
#include "pg/redact.h"
#include "server/internal/log_report.h"

namespace selfheal::server {
namespace {

using analysis::Activity;
using analysis::Family;
using analysis::LogSummary;
using analysis::Trend;
using cli::Style;
using cli::Tone;

constexpr std::size_t kSparks = 12;
constexpr Duration kDay = std::chrono::hours(24);

// 1234567 -> "1,234,567": no locale is asked, so that the same log looks the same everywhere.
std::string grouped(std::int64_t number) {
  auto digits = fmt::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::string share_of(std::int64_t part, std::int64_t whole) {
  const auto percent = whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0;
  return percent > 0 && percent < 0.1 ? "<0.1 %" : fmt::format("{:.1f} %", percent);
}

// As much of a moment as the span of the log needs; all of it in a pipe.
std::string moment(Time at, const LogSummary& summary, const Style& style) {
  const auto whole = to_rfc3339(at);
  if (!style.terminal()) return whole;
  const bool one_day = summary.first && summary.last && *summary.last - *summary.first < kDay;
  return one_day ? whole.substr(11, 8) : whole.substr(5, 5) + " " + whole.substr(11, 5);
}

std::string sparkline(const Activity& activity, const LogSummary& summary, const Style& style) {
  static constexpr const char* kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr const char* kAsciiBars[] = {".", ":", "-", "=", "+", "*", "#", "@"};
  if (!summary.first) return {};
  const auto parts = activity.over(*summary.first, *summary.last, kSparks);
  const auto most = std::max<std::int64_t>(1, *std::ranges::max_element(parts));
  std::string text;
  for (const auto part : parts) {
    const auto height = static_cast<std::size_t>((part * 8 + most - 1) / most);
    text += height == 0 ? " " : (style.ascii() ? kAsciiBars : kBars)[height - 1];
  }
  return text;
}

std::string trend_word(Trend trend) {
  switch (trend) {
    case Trend::rising:
      return "rising";
    case Trend::falling:
      return "falling";
    case Trend::steady:
      return "steady";
    case Trend::few:
      break;
  }
  return "";
}

std::string trend_of(const Activity& activity, const LogSummary& summary) {
  return summary.first ? trend_word(activity.trend(*summary.first, *summary.last)) : "";
}

// "≤ 12,345" when forgotten families may be part of it.
std::string count_of(const Family& family, const Style& style) {
  const auto text = grouped(family.count);
  if (!style.terminal()) return fmt::to_string(family.count);
  return family.surplus > 0 ? (style.ascii() ? "<=" : "≤ ") + text : text;
}

std::string heading_of(const LogReport& report) {
  std::int64_t lines = 0;
  std::uint64_t bytes = 0;
  for (const auto& file : report.files) {
    lines += file.read.lines;
    bytes += file.read.bytes;
  }
  const auto& summary = report.summary;
  const auto seconds = std::max(to_seconds(report.took), 0.001);
  auto text =
      fmt::format("{} lines, {:.1f} MB, {} records, {} errors", grouped(lines),
                  static_cast<double>(bytes) / 1e6, grouped(summary.records), grouped(summary.events));
  if (summary.first)
    text += fmt::format("\n{} to {} ({})", to_rfc3339(*summary.first), to_rfc3339(*summary.last),
                        cli::spoken(*summary.last - *summary.first));
  std::set<std::string> formats;
  for (const auto& file : report.files)
    if (file.unread.empty())
      formats.insert(file.read.line_prefix.empty()
                         ? format_word(file.read.format)
                         : fmt::format("{} with log_line_prefix = '{}'", format_word(file.read.format),
                                       cli::safe_text(file.read.line_prefix)));
  text += fmt::format("\n{}", fmt::join(formats, ", "));
  return text + fmt::format("\nread in {:.2f} s, {} lines/s\n", seconds,
                            grouped(static_cast<std::int64_t>(static_cast<double>(lines) / seconds)));
}

// A part of the report: under its heading on a terminal, with its name in front of each row in a pipe.
class Part {
 public:
  Part(std::string name, std::vector<cli::Column> columns, const Style& style)
      : name_(std::move(name)), style_(style), table_(with_name(std::move(columns), style)) {}

  void add(std::vector<std::string> cells) {
    if (!style_.terminal()) cells.insert(cells.begin(), name_);
    table_.add(std::move(cells));
  }
  std::string print(const std::string& heading, bool headings) const {
    if (table_.empty()) return {};
    const auto title = style_.terminal() && !heading.empty() ? "\n" + heading + "\n" : "";
    return title + table_.print(style_, headings);
  }

 private:
  static std::vector<cli::Column> with_name(std::vector<cli::Column> columns, const Style& style) {
    if (!style.terminal()) columns.insert(columns.begin(), cli::Column{"PART"});
    return columns;
  }

  std::string name_;
  const Style& style_;
  cli::Table table_;
};

std::string files_part(const LogReport& report, const Style& style, bool headings) {
  Part part(
      "file",
      {{"FILE"}, {"FORMAT"}, {"LINES", true}, {"UNREADABLE", true}, {"CUT", true}, {"WHY", false, true}},
      style);
  for (const auto& file : report.files) {
    const auto& read = file.read;
    const auto why = !file.unread.empty()   ? file.unread
                     : !read.damage.empty() ? read.damage
                                            : read.malformed_why;
    const bool is_dull = report.files.size() == 1 && why.empty() && read.cut == 0;
    if (is_dull && style.terminal()) continue;
    part.add({file.name, file.unread.empty() ? format_word(read.format) : "", grouped(read.lines),
              grouped(read.malformed), grouped(read.cut), why});
  }
  auto text = part.print("Files", headings);
  if (style.terminal())
    for (const auto& note : report.notes) text += "note: " + cli::safe_text(note) + "\n";
  return text;
}

std::string totals_part(const LogReport& report, const Style& style) {
  const auto& summary = report.summary;
  Part levels("level", {{"LEVEL"}, {"RECORDS", true}, {"SHARE", true}}, style);
  for (const auto& [level, count] : summary.levels)
    levels.add(
        {level, style.terminal() ? grouped(count) : fmt::to_string(count), share_of(count, summary.records)});
  Part categories("category", {{"CATEGORY"}, {"ERRORS", true}, {"SHARE", true}}, style);
  std::vector<std::pair<std::int64_t, Category>> sorted;
  for (const auto& [category, count] : summary.categories) sorted.emplace_back(count, category);
  std::ranges::sort(sorted, std::greater{});
  for (const auto& [count, category] : sorted)
    categories.add({to_text(category), style.terminal() ? grouped(count) : fmt::to_string(count),
                    share_of(count, summary.events)});
  return levels.print("Levels", false) + categories.print("Kinds of errors", false);
}

std::string first_text(const ErrorEvent& event, bool raw) {
  const auto texts = example_texts(event, raw);
  return texts.empty() ? "" : texts.front().text;
}

std::string families_part(const LogReport& report, const Style& style, bool headings) {
  const auto& summary = report.summary;
  Part part("family",
            {{"#", true},
             {"COUNT", true},
             {"SHARE", true},
             {"CODE"},
             {"TREND"},
             {"", false},
             {"FIRST"},
             {"LAST"},
             {"WHAT", false, true}},
            style);
  const auto shown = std::min(report.top, summary.families.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& family = summary.families[i];
    part.add({fmt::to_string(i + 1), count_of(family, style), share_of(family.count, summary.events),
              family.example.sqlstate, sparkline(family.activity, summary, style),
              trend_of(family.activity, summary), moment(family.first, summary, style),
              moment(family.last, summary, style), first_text(family.example, report.raw)});
  }
  auto heading = fmt::format("Errors: {} of {} families", shown,
                             grouped(static_cast<std::int64_t>(summary.families.size())));
  if (summary.families_replaced > 0)
    heading += fmt::format("; more were seen than fit: {} rare ones were forgotten",
                           grouped(summary.families_replaced));
  return part.print(heading, headings);
}

std::string examples_part(const LogReport& report, const Style& style) {
  if (!style.terminal()) return {};
  std::string text;
  const auto shown = std::min(report.top, report.summary.families.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& family = report.summary.families[i];
    const auto kind = fmt::format(
        "{} {} {}, {}", family.example.sqlstate, family.error_class.condition,
        to_text(family.error_class.category),
        family.statements == 1 ? "one statement"
                               : fmt::format("{}{} statements", family.statements,
                                             family.statements == analysis::kCountedStatements ? "+" : ""));
    text += fmt::format("{:>3}  {}\n", i + 1, style.toned(Tone::quiet, cli::safe_text(kind)));
    for (const auto& [label, example] : example_texts(family.example, report.raw))
      text += cli::cut(fmt::format("     {:<10} {}", label, cli::safe_text(example)), style.width(),
                       style.ascii()) +
              "\n";
    if (const auto names = playbooks_of(family); !names.empty())
      text += fmt::format("     {:<10} {}\n", "playbook", fmt::join(names, ", "));
  }
  return text.empty() ? text : "\nExamples\n" + text;
}

std::string notables_part(const LogReport& report, const Style& style, bool headings) {
  const auto& summary = report.summary;
  Part part("notable",
            {{"COUNT", true}, {"TREND"}, {"FIRST"}, {"LAST"}, {"WHAT"}, {"LAST EXAMPLE", false, true}},
            style);
  for (const auto& notable : summary.notables)
    part.add({style.terminal() ? grouped(notable.count) : fmt::to_string(notable.count),
              sparkline(notable.activity, summary, style), moment(notable.first, summary, style),
              moment(notable.last, summary, style),
              std::string(style.terminal() ? notable.row->title : notable.row->name),
              first_text(notable.example, report.raw)});
  return part.print("Beside errors", headings);
}

std::string timing_part(const LogReport& report, const Style& style) {
  if (!report.timing) return {};
  Duration decoding{};
  for (const auto& file : report.files) decoding += file.read.decoding;
  const auto& summary = report.summary;
  const auto rest = report.took - decoding - summary.naming;
  Part part("timing", {{"PART"}, {"SECONDS", true}, {"SHARE", true}}, style);
  const auto add = [&](const char* what, Duration spent) {
    part.add({what, fmt::format("{:.3f}", to_seconds(spent)), share_of(spent.count(), report.took.count())});
  };
  add("finding lines, passing routine ones", rest);
  add("decoding records", decoding);
  add("classifying, naming, counting", summary.naming - summary.sql);
  add("SQL fingerprints", summary.sql);
  return part.print(fmt::format("Time (PostgreSQL's parser read {} statements)", grouped(summary.parses)),
                    false);
}

}  // namespace

std::vector<std::string> playbooks_of(const Family& family) {
  Sighting sighting;
  sighting.exemplar = family.example;
  sighting.error_class = family.error_class;
  std::vector<std::string> names;
  for (const auto* playbook : healing::answering(sighting)) names.push_back(playbook->name);
  return names;
}

std::vector<ExampleText> example_texts(const ErrorEvent& event, bool raw) {
  const auto& e = event;
  std::vector<ExampleText> texts;
  if (raw) {
    texts = {{"message", e.message},
             {"detail", e.detail},
             {"hint", e.hint},
             {"context", e.context},
             {"statement", e.statement}};
  } else {
    const auto clean = pg::redact({.sqlstate = e.sqlstate,
                                   .message = e.message,
                                   .detail = e.detail,
                                   .hint = e.hint,
                                   .context = e.context,
                                   .statement = e.statement});
    texts = {{"message", clean.message.text()},
             {"detail", clean.detail.text()},
             {"hint", clean.hint.text()},
             {"context", clean.context.text()},
             {"statement", clean.statement.text()}};
  }
  std::erase_if(texts, [](const ExampleText& text) { return text.text.empty(); });
  return texts;
}

std::string report_text(const LogReport& report, const cli::Invocation& call) {
  const Style style(call);
  const bool headings = !call.global.no_headers;
  std::string text = style.terminal() ? heading_of(report) : "";
  text += files_part(report, style, headings);
  text += totals_part(report, style);
  text += families_part(report, style, headings);
  text += examples_part(report, style);
  text += notables_part(report, style, headings);
  return text + timing_part(report, style);
}

}  // namespace selfheal::server
