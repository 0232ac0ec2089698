#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "base/words.h"

namespace selfheal {

// What became of a probe. `failed` is never read as "zero rows": unknown is not healthy.
enum class ProbeStatus { answered, failed, not_applicable };
BOOST_DESCRIBE_ENUM(ProbeStatus, answered, failed, not_applicable)

// What one probe brought back. Raw values of the watched database: kept in the evidence table only.
struct EvidenceItem {
  std::string id;     // "E3", unique within its incident
  std::string probe;  // name of the .sql, e.g. "blocking_chain", or "flight_recorder"
  ProbeStatus status = ProbeStatus::failed;
  std::string why;  // for failed and not_applicable: the reason in a sentence
  Time taken_at{};
  Duration took{};
  std::string sql;
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

// All that was gathered at one moment for one incident.
struct Evidence {
  std::vector<EvidenceItem> items;

  const EvidenceItem* find(std::string_view probe) const {
    for (const auto& item : items)
      if (item.probe == probe) return &item;
    return nullptr;
  }
};

}  // namespace selfheal
