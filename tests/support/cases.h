#pragma once

#include <string>
#include <vector>

#include "model/case.h"

// Builders of cases for tests of playbooks, policy and verification: plain values with sane defaults.
namespace selfheal::test {

inline constexpr Time kNow{std::chrono::sys_days(std::chrono::year(2026) / 11 / 25) + std::chrono::hours(3)};

using Cell = std::optional<std::string>;

// An item as a probe answers it.
inline EvidenceItem answered(std::string probe, std::vector<std::string> columns,
                             std::vector<std::vector<Cell>> rows, Time taken_at = kNow) {
  return {.id = "E-" + probe,
          .probe = std::move(probe),
          .status = ProbeStatus::answered,
          .taken_at = taken_at,
          .columns = std::move(columns),
          .rows = std::move(rows)};
}

inline EvidenceItem failed(std::string probe) {
  return {.id = "E-" + probe,
          .probe = std::move(probe),
          .status = ProbeStatus::failed,
          .why = "timed out",
          .taken_at = kNow};
}

inline Case case_of(std::string sqlstate, std::vector<EvidenceItem> items) {
  Case facts{.now = kNow};
  facts.incident.number = IncidentNumber(1);
  facts.incident.server = ServerId("orders-1");
  facts.incident.database = "shop";
  facts.sighting.exemplar.server = facts.incident.server;
  facts.sighting.exemplar.sqlstate = std::move(sqlstate);
  facts.sighting.exemplar.database = "shop";
  facts.sighting.last_seen = kNow;
  facts.evidence.items = std::move(items);
  facts.settings.version = "v1";
  return facts;
}

}  // namespace selfheal::test
