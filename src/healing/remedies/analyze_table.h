#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "healing/remedies/remedy.h"

namespace selfheal::healing {

extern const RemedyKind kAnalyzeTable;

// A table with stale statistics, as evidence found it.
struct StaleTable {
  std::string database;
  std::string owner;  // the role the act runs as
  std::string schema;
  std::string table;
  std::int64_t oid = 0;
  bool can_be_locked = true;  // LOCK TABLE takes tables, no materialized views
  Time last_analyze{};        // Time{}: never
  std::string person_why;     // see Remedy::Parts
};

// ANALYZE, unless somebody has analysed it since or is at it. It never waits for an autovacuum: one that
// keeps others waiting is cancelled by the server.
Remedy analyze_table(const StaleTable& stale);

}  // namespace selfheal::healing
