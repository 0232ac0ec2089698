#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/words.h"
#include "model/incident.h"

// Which incidents a list shows, and its parts.
namespace selfheal {

// Rows of one page when the caller does not say, and the most it may ask for: a page is read by people.
inline constexpr int kPageRows = 50;
inline constexpr int kPageRowsMost = 200;

// In which order incidents come. `number` is the newest first, and the only one in which a page goes on at an
// incident; the others skip as many rows as were seen.
enum class IncidentOrder { number, last_seen, events, severity };
BOOST_DESCRIBE_ENUM(IncidentOrder, number, last_seen, events, severity)

struct IncidentFilter {
  std::vector<IncidentState> states;  // empty: any
  std::optional<Category> category;
  std::optional<Severity> severity;
  std::optional<ServerId> server;
  std::optional<Time> since;  // seen at or after
  std::string text;           // stands in the title, the message, the statement or a name; empty: any
  IncidentOrder order = IncidentOrder::number;
  std::int64_t skip = 0;
  std::optional<IncidentNumber> before;
  int limit = kPageRows;  // 1 to kPageRowsMost
};

struct IncidentPage {
  std::vector<Incident> items;  // without those merged into another
  std::optional<IncidentNumber> next;
};

}  // namespace selfheal
