#include "healing/remedies/create_partition.h"

#include <fmt/format.h>

#include "pg/identifier.h"

namespace selfheal::healing {
namespace {

Step plain(std::string sql) { return {.sql = sql, .params = {}, .shown = sql + ";"}; }

std::vector<Step> creation_of(const NextPartition& next, const std::string& parent,
                              const std::string& partition) {
  std::vector<Step> steps;
  // Not INCLUDING ALL: identity would get a sequence of its own, and ATTACH itself makes indexes, foreign
  // keys and triggers that match the parent's.
  auto create = fmt::format(
      "CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED "
      "INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS)",
      partition, parent);
  if (!next.tablespace.empty()) create += " TABLESPACE " + pg::quote_identifier(next.tablespace);
  steps.push_back(plain(create));
  for (const auto& grant : next.grants) {
    const auto split = grant.find(" TO ");
    steps.push_back(
        plain(fmt::format("GRANT {} ON TABLE {}{}", grant.substr(0, split), partition, grant.substr(split))));
  }
  steps.push_back(
      plain(fmt::format("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})", parent, partition,
                        pg::quote_literal(next.lower), pg::quote_literal(next.upper))));
  return steps;
}

}  // namespace

const RemedyKind kCreatePartition{
    .name = "create_partition",
    .title = "Create the next partition of a regular series",
    .level = Level::automatic,
    .risk = "none to data: an empty table is added and attached",
    .lock = "SHARE UPDATE EXCLUSIVE on the parent, which lets reads and writes go on",
    .who_notices = "nobody, except that inserts work again",
    .undo = "the partition is detached and dropped while it is empty",
};

Remedy create_partition(const NextPartition& next) {
  const auto parent = pg::quote_qualified(next.schema, next.table);
  const auto partition = pg::quote_qualified(next.partition_schema, next.partition);
  const Guard guard{
      // Under the lock taken before, no partition can come or go between this check and the ATTACH.
      .condition =
          "p.partdefid = 0 AND to_regclass($2) IS NULL AND EXISTS (SELECT FROM pg_inherits h JOIN pg_class c "
          "ON c.oid = h.inhrelid WHERE h.inhparent = p.partrelid AND pg_get_expr(c.relpartbound, c.oid) = "
          "$3)",
      .in_words =
          fmt::format("{} still has no default partition, its newest partition still ends at {}, and {} does "
                      "not exist",
                      parent, next.lower, partition),
  };
  const Step check{
      .sql = "SELECT true AS missing FROM pg_partitioned_table p WHERE p.partrelid = to_regclass($1) AND " +
             guard.condition,
      .params = {parent, partition, next.last_bounds},
      .shown = "-- in the same transaction, under the lock: " + guard.in_words,
  };
  Remedy::Parts parts{.kind = &kCreatePartition,
                      .target = fmt::format("table {}.{}", next.schema, next.table),
                      .target_key = fmt::format("table:{}.{}", next.schema, next.table),
                      .database = next.database,
                      .set_role = next.owner};
  parts.before.push_back(plain(fmt::format("LOCK TABLE ONLY {} IN SHARE UPDATE EXCLUSIVE MODE", parent)));
  parts.after = creation_of(next, parent, partition);
  parts.undo.push_back(plain(fmt::format("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", partition)));
  // An empty answer ends the undo before anything is detached: rows arrived, and they stay.
  parts.undo.push_back(
      plain(fmt::format("SELECT true AS empty WHERE NOT EXISTS (SELECT FROM {})", partition)));
  parts.undo.push_back(plain(fmt::format("ALTER TABLE {} DETACH PARTITION {}", parent, partition)));
  parts.undo.push_back(plain(fmt::format("DROP TABLE {}", partition)));
  return Remedy(guard, check, std::move(parts));
}

}  // namespace selfheal::healing
