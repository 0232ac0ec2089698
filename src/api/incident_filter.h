#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/words.h"
#include "model/incident.h"

// Which incidents a list shows, and its parts. A part of api/ports.h.
namespace selfheal::api {

// `number`: the newest first, where a page goes on before an incident. The others skip rows.
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
  int limit = 0;  // 1 to kPageRowsMost
};

struct IncidentPage {
  std::vector<Incident> items;
  std::optional<IncidentNumber> next;
};

}  // namespace selfheal::api
