// The planner still believes in the table of yesterday: rows came, went or changed, and nobody ran ANALYZE.
#include <fmt/format.h>

#include <algorithm>

#include "healing/evidence/blocking.h"
#include "healing/evidence/table_statistics.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"
#include "healing/remedies/analyze_table.h"
#include "pg/identifier.h"

namespace selfheal::healing {

extern const Playbook stale_statistics;

namespace {

// As for the playbook idle_in_transaction_blocker: a few looks of the recorder.
constexpr Duration kReach = 1500ms;
// Of a table that this cluster never analysed, and of which its counters know nothing (it came by
// pg_upgrade).
constexpr std::int64_t kBytesOfARow = 100;

bool is_finding(const Case& facts) { return facts.sighting.exemplar.sqlstate.empty(); }

bool is_stale(const Case& facts, const TableStatisticsRow& row) {
  const auto rows = setting(stale_statistics, facts, "rows");
  if (row.live == 0 && row.changed == 0 && row.last_analyze == Time{} && row.planner_rows <= 0)
    return static_cast<double>(row.size_bytes) >= rows * static_cast<double>(kBytesOfARow);
  const auto size = static_cast<double>(std::max(row.live, row.planner_rows));
  // The watch has thresholds of its own for what is too small to matter.
  if (!is_finding(facts) && size < rows) return false;
  const auto percent = setting(stale_statistics, facts, "changed_percent");
  return row.changed > 0 && static_cast<double>(row.changed) * 100 >= percent * static_cast<double>(row.live);
}

std::optional<TableStatisticsRow> stale_table(const Case& facts,
                                              const std::vector<TableStatisticsRow>& rows) {
  const auto found = std::ranges::find_if(rows, [&](const auto& row) { return is_stale(facts, row); });
  return found == rows.end() ? std::nullopt : std::optional(*found);
}

// Whether the statement that ran out of time was at work rather than waiting; nothing when nobody looked.
std::optional<bool> was_at_work(const Case& facts) {
  const auto& event = facts.sighting.exemplar;
  if (!roots_behind(facts.recording, event.pid, event.session_start, facts.sighting.last_seen, kReach)
           .empty())
    return false;
  return facts.recording.complete ? std::optional(true) : std::nullopt;
}

std::string table_text(const TableStatisticsRow& row) { return fmt::format("{}.{}", row.schema, row.table); }

void explain(Diagnosis& diagnosis, const Case& facts, const TableStatisticsRow& row) {
  const auto evidence = evidence_id(facts, "table_statistics");
  diagnosis.title = fmt::format("the planner's statistics of {} are stale", table_text(row));
  diagnosis.explanation = {
      {fmt::format("{} of the {} rows of {} changed since it was {}.", row.changed, row.live, table_text(row),
                   row.last_analyze == Time{} ? std::string("made; it was never analysed")
                                              : "analysed at " + to_rfc3339(row.last_analyze)),
       evidence},
      {"Plans are made for the table as it was then: a join or an index that fitted it may be far too slow "
       "for what it holds now.",
       evidence}};
  if (row.kind == "p")
    diagnosis.explanation.push_back(
        {"It is partitioned: autovacuum analyses its partitions and never the whole.", evidence});
  if (!is_finding(facts))
    diagnosis.ruled_out = {{"lock_wait", "the flight recorder did not see the statement wait for a lock"}};
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  const auto& event = facts.sighting.exemplar;
  // Autovacuum is cancelled every day with the same code.
  if (!event.backend_type.empty() && event.backend_type != "client backend") return std::nullopt;
  const auto at_work = is_finding(facts) ? std::optional(true) : was_at_work(facts);
  if (at_work == false) return std::nullopt;
  // A statement that was not read names no tables, and then the probe does not run.
  const auto* item = facts.evidence.find("table_statistics");
  if (item != nullptr && item->status == ProbeStatus::not_applicable) return std::nullopt;
  TRY(const auto rows, table_statistics(facts.evidence));
  const auto row = stale_table(facts, rows);
  if (!row) return std::nullopt;

  const auto evidence = evidence_id(facts, "table_statistics");
  Diagnosis diagnosis{.playbook = stale_statistics.name,
                      .cause = stale_statistics.name,
                      .category = Category::resource_exhaustion,
                      .severity = Severity::medium};
  explain(diagnosis, facts, *row);
  diagnosis.checks = {check("is_stale", "the table changed by more than the threshold since its last ANALYZE",
                            true, evidence),
                      check("at_work", "the statement was at work, not waiting for a lock", at_work,
                            evidence_id(facts, "flight_recorder"))};
  if (is_finding(facts)) diagnosis.checks.pop_back();
  diagnosis.confidence = confidence_from(diagnosis.checks);
  diagnosis.culprit = {"table", table_text(*row)};
  if (row->analyzing_pid)
    diagnosis.restraint =
        Restraint{.kind = Restraint::Kind::not_yet,
                  .reason = fmt::format("session {} is vacuuming or analysing the table right now",
                                        *row->analyzing_pid)};
  diagnosis.retry = {.safe = true,
                     .scope = "statement",
                     .after_ms = 1000,
                     .why = "the plan is made anew once the statistics fit"};
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case& facts) {
  TRY(const auto rows, table_statistics(facts.evidence));
  const auto row = stale_table(facts, rows);
  if (!row) return std::vector<Remedy>{};
  return std::vector{analyze_table(
      {.database = facts.incident.database,
       .owner = row->owner,
       .schema = row->schema,
       .table = row->table,
       .oid = row->oid,
       .can_be_locked = row->kind != "m",
       .last_analyze = row->last_analyze,
       .person_why =
           row->may_act == false
               ? fmt::format("the role that acts here is no member of {}, who owns the table", row->owner)
               : std::string()})};
}

Result<Verdict> judge(const Case& before, const Case& after) {
  TRY(const auto rows, table_statistics(after.evidence));
  // The one that was treated; others of the statement may be stale as well, and come next.
  const auto* treated = before.incident.diagnosis ? &before.incident.diagnosis->culprit.name : nullptr;
  const auto row = std::ranges::find_if(
      rows, [&](const auto& each) { return treated == nullptr || table_text(each) == *treated; });
  if (row == rows.end()) return Verdict{VerdictWord::unknown, "the table is no longer there"};
  if (is_stale(after, *row)) return Verdict{VerdictWord::unchanged, "the statistics are still stale"};
  return Verdict{VerdictWord::cured, "the table has been analysed, and its statistics fit"};
}

}  // namespace

const Playbook stale_statistics{
    .name = "stale_statistics",
    .title = "The planner's statistics no longer fit a table",
    .answers = {trouble("stale_statistics"), sqlstate("57014")},
    .probes = {"table_statistics"},
    .needs_recording = true,
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for =
        {"watch_for_s", 120,
         "two surveys of the watch; a statement that times out for another reason comes again by then"},
    .settings =
        {{"changed_percent", 20,
          "twice the autovacuum_analyze_scale_factor that PostgreSQL ships: autovacuum had its chance"},
         {"rows", 1000, "of smaller tables every plan is quick, whatever the planner believes"}},
};

}  // namespace selfheal::healing
