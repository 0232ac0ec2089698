#include "healing/remedies/advance_sequence.h"

#include <fmt/format.h>

#include "pg/identifier.h"

namespace selfheal::healing {

const RemedyKind kAdvanceSequence{
    .name = "advance_sequence",
    .title = "Move a sequence past the highest value in its column",
    .level = Level::automatic,
    .risk = "none to data: values of the sequence are skipped, and gaps in a sequence are normal",
    .lock = "none beyond nextval() itself",
    .who_notices = "nobody, except that inserts work again",
    .undo = "none: moving a sequence back would bring the duplicates back",
};

Remedy advance_sequence(const SequenceBehind& behind) {
  const auto sequence = pg::quote_qualified(behind.sequence_schema, behind.sequence);
  const auto table = pg::quote_qualified(behind.table_schema, behind.table);
  const auto column = pg::quote_identifier(behind.column);
  const Guard guard{
      .condition = "behind.steps BETWEEN 1 AND $1::bigint AND behind.highest <= $2::bigint - $3::bigint",
      .in_words =
          fmt::format("{} is still behind max({}) of {}, by at most {} values, and has room before its limit",
                      sequence, column, table, behind.largest_gap),
  };
  // steps: how many nextval() calls until the next one returns a value above the highest.
  const auto steps = fmt::format(
      "SELECT m.highest, floor((m.highest - s.last_value)::numeric / $3::bigint)::bigint + "
      "CASE WHEN s.is_called THEN 0 ELSE 1 END AS steps "
      "FROM {} s, (SELECT max({}) AS highest FROM {}) m",
      sequence, column, table);
  const Step step{
      .sql = fmt::format("SELECT count(nextval({}::regclass)) AS taken, max(behind.steps) AS steps "
                         "FROM ({}) behind, generate_series(1, behind.steps) WHERE {} HAVING count(*) > 0",
                         pg::quote_literal(sequence), steps, guard.condition),
      .params = {std::to_string(behind.largest_gap), std::to_string(behind.value_limit),
                 std::to_string(behind.increment)},
      .shown = fmt::format(
          "SELECT count(nextval({})) FROM generate_series(1, <values missing up to max({}) of {}>);",
          pg::quote_literal(sequence), column, table),
  };
  return Remedy(guard, step,
                {.kind = &kAdvanceSequence,
                 .target = fmt::format("sequence {}.{}", behind.sequence_schema, behind.sequence),
                 .target_key = fmt::format("sequence:{}.{}", behind.sequence_schema, behind.sequence),
                 .database = behind.database});
}

}  // namespace selfheal::healing
