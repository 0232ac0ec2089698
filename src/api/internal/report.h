#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/report.h"
#include "model/error_event.h"

// Reported errors as events. Pure functions of what came.
namespace selfheal::api {

struct ReportRules {
  std::vector<std::string> servers;  // that are watched
  Time now{};
  // Stands for the session in the events' keys: the same for the same Idempotency-Key, so that reports that
  // carry their time are counted once even across a restart.
  std::string batch;
};

struct ReportLine {
  int number = 0;                   // 1, 2, 3 … in the body
  std::optional<ErrorEvent> event;  // absent: rejected
  std::vector<contract::FieldProblem> errors;
};

// One object, or one a line; empty lines are skipped. A line that does not fit costs no other line.
// invalid_input: more than kReportLines lines, or none.
Result<std::vector<ReportLine>> read_reports(std::string_view body, bool many, const ReportRules& rules);

// One transaction of the store; more gain nothing.
inline constexpr int kReportLines = 1000;
// Reports of what happened earlier are of use for a day: an application that was offline. The clocks of
// applications run ahead by minutes at most.
inline constexpr Duration kReportAge = 24h;
inline constexpr Duration kReportAhead = 5min;

}  // namespace selfheal::api
