#include "health/checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "pg/identifier.h"

namespace selfheal::health {
namespace {

CheckState state_of(const CheckRow& row, double value) {
  const auto reaches = [&](const std::optional<double>& limit) {
    return limit && (row.low_is_bad ? value <= *limit : value >= *limit);
  };
  if (row.is_information) return CheckState::ok;
  if (reaches(row.critical)) return CheckState::critical;
  return reaches(row.warn) ? CheckState::warn : CheckState::ok;
}

// ok < warn < critical, as they are declared.
bool is_worse(CheckState a, CheckState b) { return static_cast<int>(a) > static_cast<int>(b); }

bool is_a_right(const std::string& why) {
  return why.find("42501") != std::string::npos || why.find("pg_monitor") != std::string::npos ||
         why.find("sessions of others") != std::string::npos ||
         why.find("permission denied") != std::string::npos;
}

CheckResult unknown(CheckResult result, const Looked& looked, std::string why) {
  result.state = CheckState::unknown;
  if (!looked.role.empty() && (is_a_right(why) || !looked.sees_all_sessions))
    result.grant = fmt::format("GRANT pg_monitor TO {};", pg::quote_identifier(looked.role));
  result.why = std::move(why);
  return result;
}

}  // namespace

const CheckRow* check(std::string_view name) {
  const auto rows = checks();
  const auto found = std::ranges::find(rows, name, &CheckRow::name);
  return found == rows.end() ? nullptr : &*found;
}

CheckResult judge(const CheckRow& row, const Looked& looked) {
  CheckResult result{.name = row.name};
  if (const auto item = looked.items.find(row.query); item != looked.items.end()) {
    result.sql = item->second.sql;
    result.at = item->second.taken_at;
    result.took = item->second.took;
  }
  if (!looked.why.empty()) return unknown(std::move(result), looked, looked.why);
  if (looked.in_recovery && !row.on_standby)
    return unknown(std::move(result), looked, "this is a standby: its primary tells");
  auto findings = row.read(row, looked);
  if (!findings) return unknown(std::move(result), looked, findings.error().message);
  result.state = CheckState::ok;
  for (auto& finding : *findings) {
    finding.state = state_of(row, finding.value);
    if (is_worse(finding.state, result.state)) result.state = finding.state;
  }
  if (!findings->empty()) result.value = findings->front().value;
  const bool is_quiet = result.state == CheckState::ok;
  for (auto& finding : *findings)
    if ((is_quiet || finding.state != CheckState::ok) && result.findings.size() < kFindings)
      result.findings.push_back(std::move(finding));
  return result;
}

}  // namespace selfheal::health
