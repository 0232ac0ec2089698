// A bulk load or restore brought rows in with their ids, and the sequence that makes new ids never heard of
// it.
#include <fmt/format.h>

#include <limits>

#include "healing/playbooks/duplicate_key.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"
#include "healing/remedies/advance_sequence.h"
#include "pg/identifier.h"

namespace selfheal::healing {

extern const Playbook sequence_behind_table;

namespace {

std::string sequence_text(const UniqueKeyColumn& column) {
  return fmt::format("{}.{}", column.sequence_schema, column.sequence);
}

// How many nextval() calls until the next one returns a value above the highest; the remedy counts the same
// way. A gap wider than a bigint is as many as there can be.
std::int64_t missing_values(const UniqueKeyColumn& column) {
  std::int64_t gap = 0;
  if (__builtin_sub_overflow(*column.max_value, *column.last_value, &gap))
    return std::numeric_limits<std::int64_t>::max();
  return gap / column.increment + (column.is_called ? 0 : 1);
}

// The statement a person could run when it is too much for us: under a lock, never backwards.
std::string setval_text(const UniqueKeyColumn& column) {
  const auto table = pg::quote_qualified(column.root_schema, column.root_table);
  const auto sequence = pg::quote_qualified(column.sequence_schema, column.sequence);
  return fmt::format(
      "BEGIN; SET LOCAL lock_timeout = '2s'; LOCK TABLE {0} IN SHARE ROW EXCLUSIVE MODE; "
      "SELECT setval({1}, GREATEST((SELECT max({2}) FROM {0}), (SELECT last_value FROM {3})), true); COMMIT;",
      table, pg::quote_literal(sequence), pg::quote_identifier(column.column), sequence);
}

std::optional<Restraint> restraint_for(const Case& facts, const UniqueKeyColumn& column) {
  using enum Restraint::Kind;
  if (!is_behind(column))
    return Restraint{.kind = never, .reason = "the sequence has passed the highest value meanwhile"};
  if (column.cycles)
    return Restraint{.kind = never, .reason = "the sequence cycles, so that old ids come back on purpose"};
  if (*column.max_value > column.value_limit - column.increment)
    return Restraint{.kind = never,
                     .reason = "the column has no values left above its highest: it needs a wider type"};
  const auto largest = setting(sequence_behind_table, facts, "largest_gap");
  if (static_cast<double>(missing_values(column)) > largest)
    return Restraint{
        .kind = never,
        .reason = fmt::format("{} values are missing, more than the {:.0f} that are skipped without a "
                              "person: one outlier in the column may be the reason",
                              missing_values(column), largest),
        .statement = setval_text(column)};
  return std::nullopt;
}

void explain(Diagnosis& diagnosis, const Case& facts, const DuplicateKey& key) {
  const auto& column = *key.fed();
  const auto evidence = evidence_id(facts, "unique_key");
  diagnosis.title = fmt::format("sequence {} is behind {}", sequence_text(column), key.table_text());
  diagnosis.explanation = {
      {fmt::format(
           "New rows of {} take {} from the sequence {}, which would give {} next; the highest value in the "
           "column is {}.",
           key.table_text(), column.column, sequence_text(column), next_value(column).value_or(0),
           column.max_value.value_or(0)),
       evidence},
      {"Each insert fails and burns one value, so retrying only seems to help one day.", evidence},
  };
  diagnosis.ruled_out = {{"genuine_duplicate", "the application did not choose the value: the sequence did"}};
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  TRY(const auto key, duplicate_key(facts));
  if (!key || key->fed() == nullptr || key->supplied == true) return std::nullopt;
  const auto from_sequence = came_from_sequence(*key);
  if (from_sequence == false) return std::nullopt;
  // Without the statement's word, both the failing value and the sequence's state must speak for it.
  if (!key->supplied && (!from_sequence || !is_behind(*key->fed()))) return std::nullopt;

  const auto& column = *key->fed();
  const auto evidence = evidence_id(facts, "unique_key");
  Diagnosis diagnosis{.playbook = sequence_behind_table.name,
                      .cause = sequence_behind_table.name,
                      .category = Category::duplicate_data,
                      .severity = Severity::high};
  explain(diagnosis, facts, *key);
  const auto unsupplied = key->supplied ? std::optional(!*key->supplied) : std::nullopt;
  diagnosis.checks = {
      check("fed_by_sequence", "a sequence feeds a column of the violated key", true, evidence),
      check("not_supplied", "the statement left that column to the sequence", unsupplied,
            evidence_id(facts, "error_event")),
      check("value_from_sequence", "the failing value is one the sequence gave out", from_sequence,
            evidence_id(facts, "error_event")),
      check("behind", "the sequence's next value is not above the highest in the column", is_behind(column),
            evidence),
  };
  // Either witness is enough; both are asked for.
  if (key->supplied == false || from_sequence == true)
    diagnosis.confidence = confidence_from(diagnosis.checks);
  if (key->supplied == false && !from_sequence && is_behind(column))
    diagnosis.confidence = Confidence::confirmed;
  diagnosis.culprit = {"sequence", sequence_text(column)};
  diagnosis.restraint = restraint_for(facts, column);
  diagnosis.retry = {.safe = false, .why = "each retry burns a value and fails until the sequence is moved"};
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case& facts) {
  TRY(const auto key, duplicate_key(facts));
  if (!key || key->fed() == nullptr) return failure("the sequence is no longer there");
  const auto& column = *key->fed();
  return std::vector{advance_sequence(
      {.database = facts.incident.database,
       .sequence_schema = column.sequence_schema,
       .sequence = column.sequence,
       .table_schema = column.root_schema,
       .table = column.root_table,
       .column = column.column,
       .increment = column.increment,
       .value_limit = column.value_limit,
       .largest_gap = static_cast<std::int64_t>(setting(sequence_behind_table, facts, "largest_gap"))})};
}

Result<Verdict> judge(const Case&, const Case& after) {
  TRY(const auto key, duplicate_key(after));
  if (!key || key->fed() == nullptr) return Verdict{VerdictWord::unknown, "the sequence is no longer there"};
  if (is_behind(*key->fed())) return Verdict{VerdictWord::unchanged, "the sequence is still behind"};
  if (!next_value(*key->fed()))
    return Verdict{VerdictWord::unknown, "the sequence's state could not be read"};
  return Verdict{VerdictWord::cured, "the sequence's next value is above the highest in the column"};
}

}  // namespace

const Playbook sequence_behind_table{
    .name = "sequence_behind_table",
    .title = "A sequence is behind the column it feeds",
    .answers = {sqlstate("23505")},
    .probes = {"unique_key"},
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for = {"watch_for_s", 60,
                  "inserts that failed before come again within seconds; a minute without one is proof"},
    .settings =
        {{"largest_gap", 1'000'000,
          "nextval() a million times takes under a second; more is likely one outlier in the column"}},
};

}  // namespace selfheal::healing
