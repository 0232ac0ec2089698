// A replication slot that nobody reads makes the server keep all WAL since, until the disk is full.
#include <fmt/format.h>

#include <algorithm>

#include "healing/evidence/replication_slot.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"
#include "healing/remedies/drop_replication_slot.h"
#include "pg/identifier.h"

namespace selfheal::healing {

extern const Playbook slot_retains_wal;

namespace {

std::int64_t megabytes(std::int64_t bytes) { return bytes / (1 << 20); }

bool is_lost(const ReplicationSlotRow& row) { return row.wal_status == "lost"; }

// What a slot must keep to be trouble: a part of what the server grants it, where it grants less.
bool keeps_much(const Case& facts, const ReplicationSlotRow& row) {
  auto much = setting(slot_retains_wal, facts, "retained_bytes");
  if (row.keep_limit_bytes >= 0) much = std::min(much, static_cast<double>(row.keep_limit_bytes) / 2);
  return row.wal_status == "unreserved" || static_cast<double>(row.retained_bytes) >= much;
}

// A fuse for this slot and all others: twice what is kept now, so that nobody loses a slot by setting it.
std::string fuse_text(const ReplicationSlotRow& row) {
  constexpr std::int64_t kLeast = 1024;
  const auto size = std::max(kLeast, 2 * megabytes(row.retained_bytes));
  return fmt::format("ALTER SYSTEM SET max_slot_wal_keep_size = '{}MB'; SELECT pg_reload_conf();", size);
}

std::string drop_text(const ReplicationSlotRow& row) {
  return fmt::format("SELECT pg_drop_replication_slot({});", pg::quote_literal(row.slot));
}

std::optional<Restraint> restraint_for(const Case& facts, const ReplicationSlotRow& row) {
  using enum Restraint::Kind;
  if (row.is_active) return Restraint{.kind = never, .reason = "somebody reads the slot again"};
  if (row.is_synced)
    return Restraint{.kind = never, .reason = "the server itself keeps it in step with the primary's slot"};
  if (!is_lost(row) && !keeps_much(facts, row))
    return Restraint{
        .kind = never,
        .reason = fmt::format("it keeps only {} MB of WAL by now", megabytes(row.retained_bytes))};
  return std::nullopt;
}

void explain(Diagnosis& diagnosis, const Case& facts, const ReplicationSlotRow& row) {
  const auto evidence = evidence_id(facts, "replication_slot");
  diagnosis.title = is_lost(row) ? fmt::format("slot {} has lost the WAL its consumer needs", row.slot)
                                 : fmt::format("slot {} keeps {} MB of WAL for nobody", row.slot,
                                               megabytes(row.retained_bytes));
  diagnosis.explanation = {
      {fmt::format(
           "The {} slot {} is not read by anybody ({}) and stands at {}, {} MB behind; pg_wal has {} MB.",
           row.slot_type, row.slot, row.wal_status, row.restart_lsn.empty() ? "no position" : row.restart_lsn,
           megabytes(row.retained_bytes), megabytes(row.wal_size_bytes.value_or(0))),
       evidence}};
  if (is_lost(row))
    diagnosis.explanation.push_back(
        {"It keeps no WAL any more, but whoever reads it must be built anew; the slot itself is of no use.",
         evidence});
  else if (row.keep_limit_bytes < 0)
    diagnosis.explanation.push_back(
        {fmt::format(
             "Nothing limits it: the disk will be full one day. A fuse for all slots, which a consumer "
             "that is further behind pays with its slot: {}",
             fuse_text(row)),
         evidence});
  diagnosis.explanation.push_back(
      {row.slot_type == "logical"
           ? "Its consumer is a subscription or a program for change data; when it is only restarting, leave "
             "the slot."
           : "Its consumer is a standby or a backup program; when it is only restarting, leave the slot.",
       evidence});
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  TRY(const auto rows, replication_slot(facts.evidence));
  if (rows.empty()) return std::nullopt;
  const auto& row = rows.front();
  const auto evidence = evidence_id(facts, "replication_slot");
  Diagnosis diagnosis{.playbook = slot_retains_wal.name,
                      .cause = slot_retains_wal.name,
                      .category = Category::resource_exhaustion,
                      .severity = Severity::high};
  diagnosis.checks = {
      check("not_read", "nobody reads the slot, as the watch found for a while", !row.is_active, evidence),
      check("keeps_wal", "it keeps much WAL, or has lost it", is_lost(row) || keeps_much(facts, row),
            evidence),
      check("is_oldest", "no other slot keeps older WAL", is_lost(row) || row.is_oldest, evidence),
      check("archiver_works", "the archiver does not fail, which keeps WAL too", !row.archiver_fails,
            evidence),
  };
  diagnosis.confidence = confidence_from(diagnosis.checks);
  explain(diagnosis, facts, row);
  diagnosis.culprit = {"slot", row.slot};
  diagnosis.restraint = restraint_for(facts, row);
  if (diagnosis.restraint) diagnosis.severity = Severity::low;
  diagnosis.retry = {.safe = false, .why = "there is no statement to run again"};
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case& facts) {
  TRY(const auto rows, replication_slot(facts.evidence));
  if (rows.empty()) return std::vector<Remedy>{};
  const auto& row = rows.front();
  return std::vector{drop_replication_slot(
      {.database = row.database,
       .slot = row.slot,
       .slot_type = row.slot_type,
       .restart_lsn = row.restart_lsn,
       .person_why =
           row.may_act == false
               ? fmt::format("the role that acts here lacks REPLICATION. As one who has it, with the "
                             "yes of the consumer's owner: {}",
                             drop_text(row))
               : std::string()})};
}

Result<Verdict> judge(const Case& before, const Case& after) {
  TRY(const auto rows, replication_slot(after.evidence));
  if (rows.empty()) return Verdict{VerdictWord::cured, "the slot is gone and keeps no WAL"};
  const auto& row = rows.front();
  if (row.is_active) return Verdict{VerdictWord::cured, "somebody reads the slot again"};
  if (!is_lost(row) && !keeps_much(before, row))
    return Verdict{VerdictWord::cured, "the slot no longer keeps much WAL"};
  return Verdict{VerdictWord::unchanged, "the slot is still there and nobody reads it"};
}

}  // namespace

const Playbook slot_retains_wal{
    .name = "slot_retains_wal",
    .title = "A replication slot that nobody reads keeps WAL",
    .answers = {trouble("inactive_replication_slot")},
    .probes = {"replication_slot"},
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for = {"watch_for_s", 120,
                  "several surveys of the watch; a tool that makes the slot anew is seen by then"},
    .settings = {{"retained_bytes", 1 << 30,
                  "what max_wal_size lets the server keep anyhow, as PostgreSQL ships it"}},
};

}  // namespace selfheal::healing
