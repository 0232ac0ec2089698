// A sequence has given out its last number, or nearly has, or the column it feeds can hold no larger one.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "healing/evidence/sequence_limits.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"
#include "pg/identifier.h"

namespace selfheal::healing {

extern const Playbook sequence_or_int4_exhausted;

namespace {

bool counts_up(const SequenceLimit& row) { return row.increment > 0; }

// The end that is reached first.
std::int64_t true_end(const SequenceLimit& row) {
  if (!row.column_end) return row.sequence_end;
  return counts_up(row) ? std::min(row.sequence_end, *row.column_end)
                        : std::max(row.sequence_end, *row.column_end);
}

bool column_ends_first(const SequenceLimit& row) {
  return row.column_end && *row.column_end == true_end(row);
}

// Share of the way from zero, in the direction in which the sequence counts.
double used(const SequenceLimit& row) {
  const auto end = static_cast<double>(true_end(row));
  return row.last_value && end != 0 ? static_cast<double>(*row.last_value) / end : 0;
}

bool is_exhausted(const SequenceLimit& row) {
  if (!row.last_value) return false;
  const auto left = static_cast<double>(true_end(row)) - static_cast<double>(*row.last_value);
  return counts_up(row) ? left < static_cast<double>(row.increment)
                        : left > static_cast<double>(row.increment);
}

// The row of the one sequence meant whose end is nearest.
std::optional<SequenceLimit> meant(const Case& facts, std::vector<SequenceLimit> rows) {
  const auto& objects = facts.sighting.exemplar.objects;
  const bool is_finding = !facts.sighting.exemplar.trouble.empty();
  std::erase_if(rows, [&](const SequenceLimit& row) {
    // An error names no schema, but tells that nothing is left.
    return row.cycles || (!objects.schema.empty() && row.sequence_schema != objects.schema) ||
           (!is_finding && !is_exhausted(row));
  });
  if (rows.empty()) return std::nullopt;
  for (const auto& row : rows)
    if (row.sequence_schema != rows.front().sequence_schema) return std::nullopt;
  return *std::ranges::max_element(rows, {}, used);
}

std::string sequence_text(const SequenceLimit& row) {
  return fmt::format("{}.{}", row.sequence_schema, row.sequence);
}

Restraint restraint_for(const SequenceLimit& row) {
  const auto sequence = pg::quote_qualified(row.sequence_schema, row.sequence);
  const auto free_end = counts_up(row) ? "NO MAXVALUE" : "NO MINVALUE";
  if (!column_ends_first(row)) {
    // What the column takes, the sequence may give; nothing is rewritten.
    const bool is_whole = row.column_end.has_value();
    return {.kind = Restraint::Kind::never,
            .reason = row.table.empty()
                          ? "the sequence was given its end by somebody, and feeds no column that "
                            "would tell whether it may go on"
                          : "the column holds larger numbers than the sequence may give: whether it "
                            "was given its end on purpose, a person knows",
            .statement = is_whole
                             ? fmt::format("ALTER SEQUENCE {} AS {} {};", sequence, row.column_type, free_end)
                             : std::string()};
  }
  if (row.column_type == "bigint")
    return {.kind = Restraint::Kind::never,
            .reason = "the widest whole number is used up: the key needs another design"};
  return {
      .kind = Restraint::Kind::never,
      .reason = fmt::format("the column needs a wider type, which rewrites {} MB under a lock that stops the "
                            "table: a person plans it, or a new column that is filled beside the traffic",
                            row.size_bytes >> 20),
      .statement = fmt::format("ALTER TABLE {} ALTER COLUMN {} TYPE bigint; ALTER SEQUENCE {} AS bigint;",
                               pg::quote_qualified(row.schema, row.table), pg::quote_identifier(row.column),
                               sequence)};
}

void explain(Diagnosis& diagnosis, const SequenceLimit& row, const std::string& evidence) {
  diagnosis.title =
      fmt::format("sequence {} {}", sequence_text(row),
                  is_exhausted(row) ? "has no numbers left"
                                    : fmt::format("has used {:.0f} % of its numbers", 100 * used(row)));
  diagnosis.explanation = {
      {fmt::format("It stands at {} and ends at {}.", row.last_value.value_or(0), row.sequence_end),
       evidence}};
  if (!row.table.empty())
    diagnosis.explanation.push_back(
        {fmt::format("It feeds {} of {}.{}, of type {}{}.", row.column, row.schema, row.table, row.column_type,
                     row.column_end ? fmt::format(", which ends at {}", *row.column_end) : std::string()),
         evidence});
  diagnosis.explanation.push_back(
      {"Starting again from the beginning, or a sequence that cycles, would meet keys that are in use.",
       evidence});
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  if (facts.sighting.exemplar.objects.sequence.empty()) return std::nullopt;
  TRY(auto rows, sequence_limits(facts.evidence));
  const auto row = meant(facts, std::move(rows));
  if (!row) return std::nullopt;
  const auto share = setting(sequence_or_int4_exhausted, facts, "used_share");
  if (!is_exhausted(*row) && used(*row) < share) return std::nullopt;
  const auto evidence = evidence_id(facts, "sequence_limits");
  Diagnosis diagnosis{.playbook = sequence_or_int4_exhausted.name,
                      .cause = sequence_or_int4_exhausted.name,
                      .category = Category::resource_exhaustion,
                      .severity = is_exhausted(*row) ? Severity::high : Severity::medium};
  diagnosis.checks = {
      check("near_its_end", "most of the numbers up to the nearer end are used", true, evidence),
      check("does_not_cycle", "the sequence does not start again at its end", !row->cycles, evidence),
  };
  diagnosis.confidence = confidence_from(diagnosis.checks);
  explain(diagnosis, *row, evidence);
  diagnosis.culprit = {"sequence", sequence_text(*row)};
  diagnosis.restraint = restraint_for(*row);
  diagnosis.retry = {.safe = false, .why = "no retry gets a number that is not there"};
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case&) { return std::vector<Remedy>{}; }

Result<Verdict> judge(const Case&, const Case&) {
  return Verdict{VerdictWord::unknown, "nothing was done, so there is nothing to judge"};
}

}  // namespace

const Playbook sequence_or_int4_exhausted{
    .name = "sequence_or_int4_exhausted",
    .title = "A sequence, or the column it feeds, has come to its end",
    .answers = {sqlstate("2200H"), trouble("sequence_near_exhaustion")},
    .probes = {"sequence_limits"},
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for = {"watch_for_s", 60, "not used: nothing is done"},
    .settings =
        {{"used_share", 0.75,
          "widening a key of a large table takes weeks to plan; a quarter of the numbers is time for it"}},
};

}  // namespace selfheal::healing
