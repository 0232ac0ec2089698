#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/error_class.h"
#include "model/error_event.h"
#include "pg/statement.h"

namespace selfheal {

// The names of a trouble. `family` = SQLSTATE (or watch finding) + typed object names: equal in every
// language and from every intake. `fingerprint` = family + normalised statement when it is known.
struct Fingerprint {
  std::string family;       // readable: "v1|23505|constraint=orders_pkey"
  std::string fingerprint;  // 16 hexadecimal digits
};

// The same trouble seen one or more times in one batch.
struct Sighting {
  ErrorEvent exemplar;  // the first event of the batch
  ErrorClass error_class;
  Fingerprint name;
  // Of the exemplar's internal query, else of its statement, read off the control thread; nothing when it is
  // unknown or does not parse.
  std::optional<pg::StatementFacts> statement;
  Time first_seen{};
  Time last_seen{};
  // One key per event. An event without a session id (API, watch) has a key made by its intake.
  std::vector<EventKey> keys;

  std::int64_t count() const { return static_cast<std::int64_t>(keys.size()); }
};

}  // namespace selfheal
