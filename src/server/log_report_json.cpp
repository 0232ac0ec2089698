// What `report read --json` says to programs.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "server/internal/log_report.h"

namespace selfheal::server {
namespace {

namespace json = boost::json;

// A histogram over the span of the log, fine enough to be drawn.
constexpr std::size_t kColumns = 60;

json::value time_or_null(const std::optional<Time>& time) {
  return time ? json::value(to_rfc3339(*time)) : json::value(nullptr);
}

json::array histogram(const analysis::Activity& activity, const analysis::LogSummary& summary) {
  json::array columns;
  if (!summary.first) return columns;
  for (const auto count : activity.over(*summary.first, *summary.last, kColumns)) columns.emplace_back(count);
  return columns;
}

json::object example(const ErrorEvent& event, bool raw) {
  json::object texts{{"level", event.level}};
  for (const auto& [label, text] : example_texts(event, raw)) texts[label] = text;
  return texts;
}

const char* trend_word(const analysis::Activity& activity, const analysis::LogSummary& summary) {
  if (!summary.first) return "few";
  switch (activity.trend(*summary.first, *summary.last)) {
    case analysis::Trend::rising:
      return "rising";
    case analysis::Trend::falling:
      return "falling";
    case analysis::Trend::steady:
      return "steady";
    case analysis::Trend::few:
      break;
  }
  return "few";
}

json::object family_json(const analysis::Family& family, const LogReport& report) {
  const auto& summary = report.summary;
  json::array playbooks;
  for (const auto& name : playbooks_of(family)) playbooks.emplace_back(name);
  return {{"family", family.name},
          {"count", family.count},
          {"surplus", family.surplus},
          {"sqlstate", family.example.sqlstate},
          {"condition", family.error_class.condition},
          {"category", to_text(family.error_class.category)},
          {"severity", to_word(family.error_class.severity)},
          {"first", to_rfc3339(family.first)},
          {"last", to_rfc3339(family.last)},
          {"trend", trend_word(family.activity, summary)},
          {"histogram", histogram(family.activity, summary)},
          {"statements", family.statements},
          {"playbooks", std::move(playbooks)},
          {"example", example(family.example, report.raw)}};
}

json::array files_json(const LogReport& report) {
  json::array files;
  for (const auto& file : report.files) {
    const auto& read = file.read;
    files.push_back({{"name", file.name},
                     {"unread", file.unread},
                     {"format", file.unread.empty() ? format_word(read.format) : ""},
                     {"line_prefix", read.line_prefix},
                     {"bytes", read.bytes},
                     {"lines", read.lines},
                     {"records", read.records + read.routine},
                     {"malformed", read.malformed},
                     {"malformed_why", read.malformed_why},
                     {"cut", read.cut},
                     {"damage", read.damage}});
  }
  return files;
}

json::object timing_json(const LogReport& report) {
  Duration decoding{};
  for (const auto& file : report.files) decoding += file.read.decoding;
  const auto& summary = report.summary;
  return {{"lines_s", to_seconds(report.took - decoding - summary.naming)},
          {"decoding_s", to_seconds(decoding)},
          {"naming_s", to_seconds(summary.naming - summary.sql)},
          {"sql_s", to_seconds(summary.sql)},
          {"statements_parsed", summary.parses}};
}

}  // namespace

std::string format_word(tail::LogFormat format) {
  switch (format) {
    case tail::LogFormat::jsonlog:
      return "jsonlog";
    case tail::LogFormat::csvlog:
      return "csvlog";
    case tail::LogFormat::stderr_:
      break;
  }
  return "stderr";
}

json::value report_json(const LogReport& report) {
  const auto& summary = report.summary;
  json::object levels, categories;
  for (const auto& [level, count] : summary.levels) levels[level] = count;
  for (const auto& [category, count] : summary.categories) categories[to_text(category)] = count;
  json::array families, notables, notes;
  for (const auto& family : summary.families) {
    if (families.size() >= report.top) break;
    families.push_back(family_json(family, report));
  }
  for (const auto& notable : summary.notables)
    notables.push_back({{"name", notable.row->name},
                        {"title", notable.row->title},
                        {"weight", to_word(notable.row->weight)},
                        {"count", notable.count},
                        {"first", to_rfc3339(notable.first)},
                        {"last", to_rfc3339(notable.last)},
                        {"histogram", histogram(notable.activity, summary)},
                        {"example", example(notable.example, report.raw)}});
  for (const auto& note : report.notes) notes.emplace_back(note);
  json::object all{{"files", files_json(report)},
                   {"notes", std::move(notes)},
                   {"records", summary.records},
                   {"errors", summary.events},
                   {"first", time_or_null(summary.first)},
                   {"last", time_or_null(summary.last)},
                   {"took_s", to_seconds(report.took)},
                   {"levels", std::move(levels)},
                   {"categories", std::move(categories)},
                   {"families_seen", summary.families.size()},
                   {"families_forgotten", summary.families_replaced},
                   {"families", std::move(families)},
                   {"notable", std::move(notables)}};
  if (report.timing) all["timing"] = timing_json(report);
  return all;
}

}  // namespace selfheal::server
