#include "healing/remedies/analyze_table.h"

#include <fmt/format.h>

#include "pg/identifier.h"

namespace selfheal::healing {

const RemedyKind kAnalyzeTable{
    .name = "analyze_table",
    .title = "Renew the planner's statistics of a table",
    .level = Level::automatic,
    .risk = "none to data: a sample of the table is read, and plans are made anew from what it holds",
    .lock = "SHARE UPDATE EXCLUSIVE on the table, which lets reads and writes go on",
    .who_notices = "nobody, except that plans fit the table again",
    .undo = "none: PostgreSQL keeps no old statistics, and autovacuum would have done the same",
};

Remedy analyze_table(const StaleTable& stale) {
  const auto table = pg::quote_qualified(stale.schema, stale.table);
  const Guard guard{
      .condition =
          "c.oid = $1::oid AND c.oid = to_regclass($2) AND greatest(pg_stat_get_last_analyze_time(c.oid), "
          "pg_stat_get_last_autoanalyze_time(c.oid)) IS NOT DISTINCT FROM $3::timestamptz",
      .in_words =
          fmt::format("nobody is vacuuming or analysing {}, and nobody has analysed it since {}", table,
                      stale.last_analyze == Time{} ? "it was made" : to_rfc3339(stale.last_analyze)),
  };
  const std::optional<std::string> last = stale.last_analyze == Time{}
                                              ? std::optional<std::string>()
                                              : std::optional(to_timestamptz(stale.last_analyze));
  const Step check{
      .sql = "SELECT true AS stale FROM pg_class c WHERE " + guard.condition,
      .params = {std::to_string(stale.oid), table, last},
      .shown = "-- in the same transaction: " + guard.in_words,
  };
  Remedy::Parts parts{.kind = &kAnalyzeTable,
                      .target = fmt::format("table {}.{}", stale.schema, stale.table),
                      .target_key = fmt::format("table:{}.{}", stale.schema, stale.table),
                      .database = stale.database,
                      .set_role = stale.owner};
  const auto lock = fmt::format("LOCK TABLE ONLY {} IN SHARE UPDATE EXCLUSIVE MODE NOWAIT", table);
  if (stale.can_be_locked) parts.before.push_back({.sql = lock, .params = {}, .shown = lock + ";"});
  const auto analyze = fmt::format("ANALYZE {}", table);
  parts.after.push_back({.sql = analyze, .params = {}, .shown = analyze + ";"});
  parts.person_why = stale.person_why;
  return Remedy(guard, check, std::move(parts));
}

}  // namespace selfheal::healing
