// A session opened a transaction, read something and was forgotten. Vacuum must keep every row version that
// it could still see, and tables grow.
#include <fmt/format.h>

#include <algorithm>

#include "healing/evidence/xmin_holders.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"
#include "healing/remedies/terminate_session.h"

namespace selfheal::healing {

extern const Playbook xmin_held_by_idle_transaction;

namespace {

// What holds back vacuum, the cause it is, and why this playbook leaves it to a person.
struct HolderKind {
  const char* cause;
  const char* what;  // "a prepared transaction"
  const char* reason;
  const char* statement;
};
constexpr HolderKind kForgotten{"xmin_held_by_idle_transaction", "a session that is idle in its transaction",
                                "", ""};
constexpr HolderKind kAtWork{"xmin_held_by_running_statement", "a session that is at work",
                             "it is at work, as a report or a backup is for hours: it ends by itself", ""};
constexpr HolderKind kPrepared{
    "xmin_held_by_prepared_transaction", "a prepared transaction",
    "only the coordinator of a prepared transaction knows whether it must be committed or rolled back",
    "SELECT gid, prepared, owner, database FROM pg_prepared_xacts; -- then COMMIT PREPARED or ROLLBACK "
    "PREPARED"};
constexpr HolderKind kSlot{
    "xmin_held_by_replication_slot", "a replication slot",
    "its consumer is behind or gone; without the slot it must be built anew",
    "SELECT slot_name, slot_type, active, xmin, catalog_xmin FROM pg_replication_slots;"};
constexpr HolderKind kStandby{
    "xmin_held_by_standby", "a standby with hot_standby_feedback",
    "a query on the standby needs the rows: it is to be ended there, or hot_standby_feedback to be "
    "reconsidered",
    "SELECT application_name, client_addr, backend_xmin FROM pg_stat_replication; -- then look there"};

bool is_idle_in_transaction(const XminHolderRow& row) { return row.state.starts_with("idle in transaction"); }

const HolderKind& kind_of(const XminHolderRow& row) {
  if (row.backend_type == "prepared transaction") return kPrepared;
  if (row.backend_type == "replication slot") return kSlot;
  if (row.backend_type == "walsender" && row.xact_start == Time{}) return kStandby;
  return is_idle_in_transaction(row) && !keeps_transactions_open(row.application) ? kForgotten : kAtWork;
}

std::string culprit_name(const XminHolderRow& row) {
  if (!row.slot.empty()) return row.slot;
  if (row.pid == 0) return "prepared@" + to_timestamptz(row.backend_start);
  return fmt::format("{}@{}", row.pid, to_timestamptz(row.backend_start));
}

std::string holder_text(const XminHolderRow& row) {
  if (!row.slot.empty()) return "slot " + row.slot;
  if (row.pid == 0) return fmt::format("the transaction prepared at {}", to_rfc3339(row.backend_start));
  return session_text(row.pid, row.application);
}

// The one that the watch told of, as it is now.
const XminHolderRow* holder_of(const Case& facts, const std::vector<XminHolderRow>& rows) {
  const auto& event = facts.sighting.exemplar;
  const auto is_meant = [&](const XminHolderRow& row) {
    if (!event.objects.slot.empty()) return row.slot == event.objects.slot;
    if (event.pid != 0) return row.pid == event.pid && row.backend_start == event.session_start;
    return row.pid == 0 && row.slot.empty() && row.application == event.application;
  };
  const auto found = std::ranges::find_if(rows, is_meant);
  return found == rows.end() ? nullptr : &*found;
}

// Who holds back the rows of tables for longer than `holder`.
const XminHolderRow* older_than(const XminHolderRow& holder, const std::vector<XminHolderRow>& rows) {
  const auto found = std::ranges::find_if(
      rows, [&](const XminHolderRow& row) { return !row.catalog_only && row.xmin_age > holder.xmin_age; });
  return found == rows.end() ? nullptr : &*found;
}

Restraint not_yet(std::string reason) {
  return {.kind = Restraint::Kind::not_yet, .reason = std::move(reason)};
}

std::optional<Restraint> restraint_for(const Case& facts, const XminHolderRow& row,
                                       const std::vector<XminHolderRow>& rows) {
  const auto never = [](std::string reason, std::string statement = {}) {
    return Restraint{
        .kind = Restraint::Kind::never, .reason = std::move(reason), .statement = std::move(statement)};
  };
  const auto& kind = kind_of(row);
  if (&kind != &kForgotten) return never(kind.reason, kind.statement);
  const auto by_hand = fmt::format("SELECT pg_terminate_backend({});", row.pid);
  if (row.protected_role || row.backend_type != "client backend")
    return never("it belongs to a superuser, a replication role or the server itself: a person decides",
                 by_hand);
  if (row.has_advisory_lock)
    return never(
        "it holds an advisory lock, by which other programs may know that it lives: a person decides",
        by_hand);
  const auto idle = facts.now - row.state_change;
  const auto forgotten_after = setting(xmin_held_by_idle_transaction, facts, "forgotten_after_s");
  if (to_seconds(idle) < forgotten_after)
    return not_yet(fmt::format("it has been idle for {} of the {:g} s after which it counts as forgotten",
                               duration_text(idle), forgotten_after));
  if (static_cast<double>(row.dead_rows) < setting(xmin_held_by_idle_transaction, facts, "dead_rows"))
    return not_yet(
        fmt::format("only {} dead rows wait in this database: it does no harm yet", row.dead_rows));
  if (const auto* older = older_than(row, rows))
    return not_yet(fmt::format("{} holds back vacuum for longer: ending this session alone would not help",
                               holder_text(*older)));
  return std::nullopt;
}

void explain(Diagnosis& diagnosis, const Case& facts, const XminHolderRow& row) {
  const auto evidence = evidence_id(facts, "xmin_holders");
  const auto& kind = kind_of(row);
  diagnosis.title = fmt::format("{} holds back vacuum", holder_text(row));
  diagnosis.explanation = {
      {fmt::format(
           "{}, {}, keeps every row version since {} transactions ago; {} dead rows wait in this database.",
           holder_text(row), kind.what, row.xmin_age, row.dead_rows),
       evidence}};
  if (&kind != &kForgotten) return;
  diagnosis.explanation.push_back({fmt::format("It began its transaction at {} and has been idle since {}.",
                                               to_rfc3339(row.xact_start), to_rfc3339(row.state_change)),
                                   evidence});
  diagnosis.explanation.push_back(
      {"Once it has ended, autovacuum takes the dead rows away in its next round; where autovacuum is off, a "
       "person "
       "runs VACUUM.",
       evidence});
  diagnosis.ruled_out = {
      {"autovacuum_disabled", "a vacuum could not remove the rows while this session lives"},
      {kAtWork.cause, "no statement of it runs, and it is no backup"}};
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  TRY(const auto rows, xmin_holders(facts.evidence));
  const auto* row = holder_of(facts, rows);
  if (row == nullptr) return std::nullopt;
  const auto& kind = kind_of(*row);
  const auto evidence = evidence_id(facts, "xmin_holders");
  Diagnosis diagnosis{.playbook = xmin_held_by_idle_transaction.name,
                      .cause = kind.cause,
                      .category = Category::resource_exhaustion,
                      .severity = &kind == &kAtWork ? Severity::low : Severity::medium};
  diagnosis.checks = {
      check("still_holds", "it still holds back vacuum, in that same session", true, evidence),
      check("has_dead_rows", "dead rows wait to be removed in this database", row->dead_rows > 0, evidence),
      check("is_oldest", "nothing else holds back the rows of tables for longer",
            older_than(*row, rows) == nullptr, evidence)};
  diagnosis.confidence = confidence_from(diagnosis.checks);
  explain(diagnosis, facts, *row);
  diagnosis.culprit = {row->slot.empty() ? "session" : "slot", culprit_name(*row)};
  diagnosis.restraint = restraint_for(facts, *row, rows);
  diagnosis.retry = {.safe = false, .why = "there is no statement to run again"};
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case& facts) {
  TRY(const auto rows, xmin_holders(facts.evidence));
  const auto* row = holder_of(facts, rows);
  if (row == nullptr) return std::vector<Remedy>{};
  return std::vector{terminate_session({.pid = row->pid,
                                        .backend_start = row->backend_start,
                                        .xact_start = row->xact_start,
                                        .state_change = row->state_change,
                                        .user = row->user,
                                        .database = facts.incident.database})};
}

Result<Verdict> judge(const Case& before, const Case& after) {
  if (!before.incident.diagnosis) return failure("there is no diagnosis to judge by");
  TRY(const auto rows, xmin_holders(after.evidence));
  const auto& culprit = before.incident.diagnosis->culprit.name;
  if (std::ranges::any_of(rows, [&](const auto& row) { return culprit_name(row) == culprit; }))
    return Verdict{VerdictWord::unchanged, "the session still holds back vacuum"};
  return Verdict{VerdictWord::cured, "the session no longer holds back vacuum"};
}

}  // namespace

const Playbook xmin_held_by_idle_transaction{
    .name = "xmin_held_by_idle_transaction",
    .title = "A forgotten transaction holds back vacuum",
    .answers = {trouble("old_xmin")},
    .probes = {"xmin_holders"},
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for = {"watch_for_s", 120,
                  "several surveys of the watch: an application that leaks another is seen by then"},
    .settings = {{"dead_rows", 1000, "fewer dead rows cost neither space nor time worth a session"},
                 {"forgotten_after_s", 1800,
                  "half an hour is longer than any pause of a person or a program inside a transaction"}},
};

}  // namespace selfheal::healing
