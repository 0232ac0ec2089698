#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// One row of table_statistics.sql: a table and how much of it the planner has not heard of.
struct TableStatisticsRow {
  std::string schema;
  std::string table;
  std::int64_t oid = 0;
  std::string kind;  // pg_class.relkind: r, m, p
  std::string owner;
  std::int64_t planner_rows = 0;  // -1: never analysed nor vacuumed
  std::int64_t live = 0;
  std::int64_t changed = 0;  // since the last ANALYZE
  std::int64_t size_bytes = 0;
  Time last_analyze{};  // Time{}: never, as far as the server remembers
  std::optional<std::int64_t> analyzing_pid;
  std::optional<bool> may_act;  // nothing: nobody acts here, or it could not be told
};

// The most changed first.
Result<std::vector<TableStatisticsRow>> table_statistics(const Evidence& evidence);

}  // namespace selfheal::healing
