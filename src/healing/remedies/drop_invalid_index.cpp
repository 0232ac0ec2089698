#include "healing/remedies/drop_invalid_index.h"

#include <fmt/format.h>

#include "pg/identifier.h"

namespace selfheal::healing {
namespace {

// pg_get_indexdef() says "CREATE [UNIQUE] INDEX name ON …"; built beside the traffic, as it was meant to be.
std::string concurrently(std::string definition) {
  constexpr std::string_view kWord = " INDEX ";
  const auto at = definition.find(kWord);
  if (at != std::string::npos) definition.insert(at + kWord.size(), "CONCURRENTLY ");
  return definition;
}

}  // namespace

const RemedyKind kDropInvalidIndex{
    .name = "drop_invalid_index",
    .title = "Drop an index that a failed build left behind",
    .level = Level::automatic,
    .risk =
        "none to data or queries: no query may use an invalid index; a unique one that still refused "
        "duplicates stops doing so",
    .lock =
        "SHARE UPDATE EXCLUSIVE on the table, which lets reads and writes go on; it gives up rather than "
        "wait for a long transaction",
    .who_notices = "nobody: writes to the table become a little cheaper",
    .undo = "a person builds it again from its definition, which the journal keeps",
    .undone_by_person = true,
};

Remedy drop_invalid_index(const InvalidIndexLeft& left) {
  const auto table = pg::quote_qualified(left.schema, left.table);
  const auto index = pg::quote_qualified(left.schema, left.index);
  const Guard guard{
      .condition =
          "i.indexrelid = $1::oid AND i.indexrelid = to_regclass($2) AND i.indrelid = to_regclass($3) "
          "AND NOT i.indisvalid AND pg_get_indexdef(i.indexrelid) = $4 AND NOT EXISTS (SELECT FROM "
          "pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) AND NOT EXISTS "
          "(SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)",
      .in_words = fmt::format(
          "while nobody else can build, rebuild or drop an index of {}: {} is still invalid, is still the "
          "index {} of the same definition, and no constraint or partitioned index needs it",
          table, index, left.oid),
  };
  const Step check{
      .sql = "SELECT true AS invalid FROM pg_index i WHERE " + guard.condition,
      .params = {std::to_string(left.oid), index, table, left.definition},
      .shown = "-- under that lock: " + guard.in_words,
  };
  const auto lock = fmt::format("LOCK TABLE ONLY {} IN SHARE UPDATE EXCLUSIVE MODE NOWAIT", table);
  const auto drop = fmt::format("DROP INDEX CONCURRENTLY {}", index);
  const auto create = concurrently(left.definition);
  Remedy::Parts parts{.kind = &kDropInvalidIndex,
                      .target = fmt::format("index {}.{}", left.schema, left.index),
                      .target_key = fmt::format("index:{}.{}", left.schema, left.index),
                      .database = left.database,
                      .set_role = left.owner};
  parts.before.push_back({.sql = lock, .params = {}, .shown = lock + ";"});
  parts.outside = Step{.sql = drop, .params = {}, .shown = drop + ";"};
  parts.undo.push_back({.sql = create, .params = {}, .shown = create + ";"});
  parts.person_why = left.person_why;
  return Remedy(guard, check, std::move(parts));
}

}  // namespace selfheal::healing
