#include "api/internal/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "pg/message_template.h"
#include "pg/sql_state.h"

namespace selfheal::api {
namespace {

using contract::ErrorReport;
using contract::FieldProblem;

// Names of PostgreSQL have at most 63 bytes; addresses and application names stay below this too.
constexpr std::size_t kNameBytes = 512;

// At most `bytes`, never half a character.
std::string cut(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  text.resize(bytes);
  return text;
}

constexpr std::string_view kLevels[] = {"ERROR", "FATAL", "PANIC", "WARNING"};

void check_words(const ErrorReport& report, std::vector<FieldProblem>& problems) {
  if (report.message.empty()) problems.push_back({"/message", "must not be empty"});
  if (!report.sqlstate.empty() && !pg::SqlState::parse(report.sqlstate))
    problems.push_back({"/sqlstate", "must be five characters of 0-9 and A-Z"});
  if (!report.level.empty() && std::ranges::find(kLevels, report.level) == std::end(kLevels))
    problems.push_back({"/level", fmt::format("must be one of {}", fmt::join(kLevels, ", "))});
  if (report.pid < 0) problems.push_back({"/pid", "must not be negative"});
}

void check_time(const ErrorReport& report, Time now, std::vector<FieldProblem>& problems) {
  if (!report.occurred_at) return;
  if (*report.occurred_at < now - kReportAge)
    problems.push_back({"/occurred_at", "lies more than a day back"});
  if (*report.occurred_at > now + kReportAhead)
    problems.push_back({"/occurred_at", "lies ahead of our clock: compare the clocks"});
}

// The watched server that the report is of, or what is wrong with what it says.
std::string server_of(const ErrorReport& report, const ReportRules& rules,
                      std::vector<FieldProblem>& problems) {
  const auto known = fmt::format("{}", fmt::join(rules.servers, ", "));
  if (rules.servers.empty()) {
    problems.push_back({"/server", "no server is watched yet: `selfheal db add`"});
  } else if (!report.server && rules.servers.size() == 1) {
    return rules.servers.front();
  } else if (!report.server) {
    problems.push_back({"/server", "is needed, because several are watched: " + known});
  } else if (std::ranges::find(rules.servers, *report.server) == rules.servers.end()) {
    problems.push_back({"/server", "is not watched; watched are " + known});
  }
  return report.server.value_or("");
}

// Drivers give the protocol's fields or only the sentence; the sentence names objects too, and its template
// tells the SQLSTATE.
void complete_from_message(ErrorEvent& event) {
  const auto match = pg::match_message(event.message);
  if (!match) return;
  if (event.sqlstate.empty()) event.sqlstate = std::string(match->tmpl->sqlstate);
  const auto names = match->names();
  constexpr std::string pg::ObjectNames::* kFields[] = {
      &pg::ObjectNames::database, &pg::ObjectNames::schema,     &pg::ObjectNames::table,
      &pg::ObjectNames::column,   &pg::ObjectNames::constraint, &pg::ObjectNames::index,
      &pg::ObjectNames::datatype, &pg::ObjectNames::role,       &pg::ObjectNames::routine,
      &pg::ObjectNames::sequence, &pg::ObjectNames::parameter,  &pg::ObjectNames::partition,
  };
  for (const auto field : kFields)
    if ((event.objects.*field).empty()) event.objects.*field = names.*field;
}

ErrorEvent event_of(ErrorReport report, std::string server, const ReportRules& rules, int line) {
  const auto text = [](std::string& field) { return cut(std::move(field), kFieldBytes); };
  const auto name = [](std::string& field) { return cut(std::move(field), kNameBytes); };
  ErrorEvent event{.server = ServerId(std::move(server)),
                   .intake = Intake::api,
                   .key = {report.occurred_at.value_or(rules.now), rules.batch, line},
                   .sqlstate = std::move(report.sqlstate),
                   .level = report.level.empty() ? "ERROR" : std::move(report.level),
                   .message = text(report.message),
                   .detail = text(report.detail),
                   .hint = text(report.hint),
                   .context = text(report.context),
                   .statement = text(report.statement),
                   .database = name(report.database),
                   .user = name(report.user),
                   .application = name(report.application),
                   .client_host = name(report.client_host),
                   .routine = name(report.routine),
                   .pid = report.pid,
                   .objects = {.schema = name(report.schema_name),
                               .table = name(report.table_name),
                               .column = name(report.column_name),
                               .constraint = name(report.constraint_name),
                               .datatype = name(report.datatype_name)}};
  complete_from_message(event);
  return event;
}

ReportLine read_line(std::string_view text, int number, const ReportRules& rules) {
  auto parsed = contract::from_text<ErrorReport>(text, contract::Reading::strict);
  auto& problems = parsed.problems;
  if (!problems.empty()) return {.number = number, .event = std::nullopt, .errors = std::move(problems)};
  check_words(parsed.value, problems);
  check_time(parsed.value, rules.now, problems);
  auto server = server_of(parsed.value, rules, problems);
  if (!problems.empty()) return {.number = number, .event = std::nullopt, .errors = std::move(problems)};
  return {.number = number,
          .event = event_of(std::move(parsed.value), std::move(server), rules, number),
          .errors = {}};
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == line.npos; }

}  // namespace

Result<std::vector<ReportLine>> read_reports(std::string_view body, bool many, const ReportRules& rules) {
  if (!many) return std::vector{read_line(body, 1, rules)};
  std::vector<ReportLine> lines;
  for (int number = 1; !body.empty(); ++number) {
    const auto end = std::min(body.find('\n'), body.size());
    const auto line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (is_blank(line)) continue;
    if (lines.size() == kReportLines)
      return failure(ErrorCode::invalid_input,
                     fmt::format("a batch has at most {} reports: send the rest in another", kReportLines));
    lines.push_back(read_line(line, number, rules));
  }
  if (lines.empty()) return failure(ErrorCode::invalid_input, "the batch holds no report");
  return lines;
}

}  // namespace selfheal::api
