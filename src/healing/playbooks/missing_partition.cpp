// A row fell off the end of a range-partitioned table: nobody made the next partition.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "healing/playbooks/partition_series.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"
#include "healing/remedies/create_partition.h"

namespace selfheal::healing {

extern const Playbook missing_partition;

namespace {

// PostgreSQL cuts longer names silently.
constexpr std::size_t kLongestName = 63;

struct Part {
  PartitionRow row;
  Bounds bounds;
};

// What the catalogue says about the one table meant.
struct Series {
  PartitionRow parent;      // any row of it
  std::vector<Part> parts;  // sorted by lower bound; empty when a bound was not understood
  std::optional<KeyType> type;
};

std::optional<Series> series_of(const Case& facts, std::vector<PartitionRow> rows) {
  const auto& objects = facts.sighting.exemplar.objects;
  const auto& statement = facts.sighting.statement;
  std::string schema = objects.schema;
  if (schema.empty() && statement)
    for (const auto& relation : statement->relations)
      if (relation.name == objects.table) schema = relation.schema;
  if (!schema.empty()) std::erase_if(rows, [&](const auto& row) { return row.schema != schema; });
  std::set<std::string> schemas;
  for (const auto& row : rows) schemas.insert(row.schema);
  if (schemas.size() != 1) return std::nullopt;

  Series series{.parent = rows.front(), .type = key_type_from(rows.front().key_type)};
  for (const auto& row : rows) {
    if (row.partition.empty()) continue;
    const auto bounds = series.type ? parse_bounds(*series.type, row.bounds) : std::nullopt;
    if (!bounds) return Series{.parent = rows.front()};
    series.parts.push_back({row, *bounds});
  }
  std::ranges::sort(series.parts, {}, [](const Part& part) { return part.bounds.lower; });
  return series;
}

// "Partition key of the failing row contains (ts) = (2026-02-03)."
std::optional<Point> failing_key(const Case& facts, KeyType type) {
  const std::string_view detail = facts.sighting.exemplar.detail;
  constexpr std::string_view kMiddle = ") = (";
  const auto middle = detail.find(kMiddle);
  if (!detail.starts_with("Partition key of the failing row contains (") ||
      middle == std::string_view::npos || !detail.ends_with(")."))
    return std::nullopt;
  const auto at = middle + kMiddle.size();
  return parse_point(type, detail.substr(at, detail.size() - 2 - at));
}

struct Plan {
  Bounds next;
  Stride step;
  std::string name;
  std::optional<Restraint> restraint;
};

Restraint declined(std::string reason) {
  return {.kind = Restraint::Kind::never, .reason = std::move(reason)};
}

// A month, as far as "one period around now" goes.
Duration length_of(Bounds bounds) { return Duration(bounds.upper - bounds.lower); }

bool is_near_now(KeyType type, Bounds next, Time now) {
  if (type == KeyType::integer) return true;
  const auto lower = Time(Duration(next.lower));
  const auto upper = Time(Duration(next.upper));
  return lower <= now + length_of(next) && upper >= now - length_of(next);
}

std::optional<Restraint> objection(const Case& facts, const Series& series, const Plan& plan) {
  const auto key = failing_key(facts, *series.type);
  if (!key)
    return declined("PostgreSQL did not say which key the row had, so the right partition is not known");
  if (*key < plan.next.lower || *key >= plan.next.upper)
    return declined(
        fmt::format("the row's key does not fall into the next partition of the series, {} to {}: more "
                    "likely the value is wrong",
                    point_text(*series.type, plan.next.lower), point_text(*series.type, plan.next.upper)));
  if (!is_near_now(*series.type, plan.next, facts.now))
    return declined("the next partition of the series lies more than one period from now");
  if (plan.name.size() > kLongestName)
    return declined("the next partition's name would be longer than 63 bytes");
  if (series.parent.owner.empty()) return declined("the table's owner could not be read");
  if (series.parts.back().row.row_security)
    return declined("its newest partition has row-level security, which a person must copy");
  return std::nullopt;
}

// The next partition, or why a machine must not make it.
Plan plan_for(const Case& facts, const Series& series) {
  Plan plan;
  if (series.parent.has_default) {
    plan.restraint = declined("the table has a default partition");
    return plan;
  }
  if (series.parent.strategy != "r" || !series.type || series.parent.key_columns != 1 ||
      series.parent.key_column.empty()) {
    plan.restraint =
        declined("only tables partitioned by the range of one date, time or whole number are understood");
    return plan;
  }
  std::vector<Bounds> bounds;
  for (const auto& part : series.parts) bounds.push_back(part.bounds);
  const auto step = step_of(*series.type, bounds);
  if (!step) {
    plan.restraint = declined("the existing partitions do not form a regular series");
    return plan;
  }
  const auto& last = series.parts.back();
  plan.step = *step;
  plan.next = {last.bounds.upper, advance(last.bounds.upper, *step)};
  plan.name = next_name(*series.type, last.row, last.bounds, plan.next.lower, *step);
  plan.restraint = objection(facts, series, plan);
  return plan;
}

std::string table_text(const Series& series) {
  return fmt::format("{}.{}", series.parent.schema, series.parent.table);
}

void explain(Diagnosis& diagnosis, const Series& series, const Plan& plan, const std::string& evidence) {
  diagnosis.title = fmt::format("{} has no partition for new rows", table_text(series));
  diagnosis.explanation = {
      {fmt::format("{} is partitioned by {} and has {} partitions, none of which takes the row.",
                   table_text(series), series.parent.key_column, series.parts.size()),
       evidence}};
  if (plan.restraint) return;
  diagnosis.explanation.push_back(
      {fmt::format("The series ends at {}; the next partition, {}, would take it.",
                   point_text(*series.type, plan.next.lower), plan.name),
       evidence});
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  // 23514 is also a CHECK constraint's: only the message without a constraint is about partitions.
  if (facts.sighting.exemplar.objects.table.empty() || !facts.sighting.exemplar.objects.constraint.empty())
    return std::nullopt;
  TRY(auto rows, range_partitions(facts.evidence));
  if (rows.empty()) return std::nullopt;
  const auto series = series_of(facts, std::move(rows));
  if (!series) return std::nullopt;
  const auto plan = plan_for(facts, *series);
  const auto evidence = evidence_id(facts, "range_partitions");

  Diagnosis diagnosis{.playbook = missing_partition.name,
                      .cause = missing_partition.name,
                      .category = Category::constraint_violation,
                      .severity = Severity::high};
  diagnosis.checks = {
      check("is_partitioned", "the table is partitioned and has no default partition",
            !series->parent.has_default, evidence),
      check("next_is_missing", "the row's key falls right behind the last partition of a regular series",
            !plan.restraint, evidence),
  };
  diagnosis.confidence = plan.restraint ? Confidence::likely : Confidence::confirmed;
  explain(diagnosis, *series, plan, evidence);
  diagnosis.culprit = {"table", table_text(*series)};
  diagnosis.restraint = plan.restraint;
  diagnosis.retry = {
      .safe = true, .scope = "statement", .after_ms = 1000, .why = "works once the partition exists"};
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case& facts) {
  TRY(auto rows, range_partitions(facts.evidence));
  const auto series = series_of(facts, std::move(rows));
  if (!series) return failure("the table is no longer there");
  const auto plan = plan_for(facts, *series);
  if (plan.restraint) return std::vector<Remedy>{};
  const auto& last = series->parts.back().row;
  return std::vector{create_partition({.database = facts.incident.database,
                                       .owner = series->parent.owner,
                                       .schema = series->parent.schema,
                                       .table = series->parent.table,
                                       .partition_schema = last.partition_schema,
                                       .partition = plan.name,
                                       .tablespace = last.tablespace,
                                       .grants = last.grants,
                                       .lower = point_text(*series->type, plan.next.lower),
                                       .upper = point_text(*series->type, plan.next.upper),
                                       .last_bounds = last.bounds})};
}

Result<Verdict> judge(const Case&, const Case& after) {
  TRY(auto rows, range_partitions(after.evidence));
  const auto series = series_of(after, std::move(rows));
  if (!series || !series->type) return Verdict{VerdictWord::unknown, "the table could not be read again"};
  const auto key = failing_key(after, *series->type);
  if (!key) return Verdict{VerdictWord::unknown, "the failing row's key is not known"};
  const bool has_place = std::ranges::any_of(
      series->parts, [&](const Part& part) { return part.bounds.lower <= *key && *key < part.bounds.upper; });
  if (!has_place) return Verdict{VerdictWord::unchanged, "there is still no partition for the row"};
  return Verdict{VerdictWord::cured, "a partition takes the row"};
}

}  // namespace

const Playbook missing_partition{
    .name = "missing_partition",
    .title = "The next partition was not created",
    .answers = {sqlstate("23514")},
    .probes = {"range_partitions"},
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for = {"watch_for_s", 60,
                  "rows arrive all the time where partitions run out; a minute of quiet is proof"},
};

}  // namespace selfheal::healing
