// A session took a lock, went quiet inside its transaction, and others now wait for it.
#include <fmt/format.h>

#include <algorithm>

#include "healing/evidence/blocking.h"
#include "healing/evidence/blocking_chain.h"
#include "healing/evidence/idle_transactions.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"
#include "healing/remedies/terminate_session.h"

namespace selfheal::healing {

extern const Playbook idle_in_transaction_blocker;

namespace {

// How far before the error the victim's last look in the recorder may lie: a few of its periods, so that one
// slow look does not lose the blocker, and an old wait of the same session is not taken for this one.
constexpr Duration kReach = 1500ms;

std::optional<Root> blocker_of(const Case& facts) {
  const auto& event = facts.sighting.exemplar;
  if (!event.sqlstate.empty()) {
    const auto behind =
        roots_behind(facts.recording, event.pid, event.session_start, facts.sighting.last_seen, kReach);
    return behind.size() == 1 ? std::optional(behind.front()) : std::nullopt;
  }
  if (facts.recording.samples.empty()) return std::nullopt;
  for (auto& root : roots(facts.recording.samples.back()))
    if (root.session.pid == event.pid) return std::move(root);
  return std::nullopt;
}

// The root as it is now; nothing when it has moved on. An error when the probe failed.
Result<std::optional<IdleTransactionRow>> live_state(const Case& facts, const SessionSeen& root) {
  TRY(const auto rows, idle_transactions(facts.evidence));
  for (const auto& row : rows)
    if (row.pid == root.pid && row.backend_start == root.backend_start && row.xact_start == root.xact_start)
      return std::optional(row);
  return std::optional<IdleTransactionRow>();
}

std::optional<Restraint> restraint_for(const Case& facts,
                                       const Result<std::optional<IdleTransactionRow>>& live) {
  using enum Restraint::Kind;
  if (!live) return Restraint{.kind = not_yet, .reason = "the session's present state could not be read"};
  if (!*live) return Restraint{.kind = never, .reason = "the session has ended that transaction by itself"};
  const auto& row = **live;
  if (row.protected_role || row.backend_type != "client backend")
    return Restraint{
        .kind = never,
        .reason = "it belongs to a superuser, a replication role or the server itself: a person decides",
        .statement = fmt::format("SELECT pg_terminate_backend({});", row.pid)};
  if (keeps_transactions_open(row.application))
    return Restraint{.kind = never,
                     .reason = "it is a backup, a migration or a replication tool: a person decides",
                     .statement = fmt::format("SELECT pg_terminate_backend({});", row.pid)};
  const auto idle = facts.now - row.state_change;
  const auto forgotten_after = setting(idle_in_transaction_blocker, facts, "forgotten_after_s");
  if (to_seconds(idle) < forgotten_after)
    return Restraint{
        .kind = not_yet,
        .reason = fmt::format("it has been idle for {} of the {:g} s after which it counts as forgotten",
                              duration_text(idle), forgotten_after)};
  return std::nullopt;
}

void explain(Diagnosis& diagnosis, const Case& facts, const Root& root) {
  const auto who = session_text(root.session.pid, root.session.application);
  const auto recorder = evidence_id(facts, "flight_recorder");
  diagnosis.title = fmt::format("{} holds a lock, idle in its transaction", who);
  diagnosis.explanation = {
      {fmt::format("{} began a transaction at {}, took a lock{} and has been idle since {}.", who,
                   to_rfc3339(root.session.xact_start),
                   root.relation.empty() ? std::string() : " on " + root.relation,
                   to_rfc3339(root.session.state_change)),
       recorder},
      {fmt::format("{} session{} waited for it when the recorder last looked.", root.victims.size(),
                   root.victims.size() == 1 ? "" : "s"),
       recorder},
  };
  diagnosis.ruled_out = {
      {"hot_row", "the blocker is idle and the same in every sample, not a stream of short transactions"},
      {"ddl_lock_queue", "the blocker waits for nobody itself"},
  };
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  const auto root = blocker_of(facts);
  if (!root || root->session.pid == 0 || !root->session.state.starts_with("idle in transaction"))
    return std::nullopt;
  const auto live = live_state(facts, root->session);

  Diagnosis diagnosis{.playbook = idle_in_transaction_blocker.name,
                      .cause = idle_in_transaction_blocker.name,
                      .category = Category::lock_contention,
                      .severity = Severity::high};
  explain(diagnosis, facts, *root);
  const auto live_holds = live ? std::optional(live->has_value()) : std::nullopt;
  diagnosis.checks = {
      check("blocker_recorded", "the flight recorder saw who blocked the statement", true,
            evidence_id(facts, "flight_recorder")),
      check("still_idle", "that session is still idle in that same transaction", live_holds,
            evidence_id(facts, "idle_transactions")),
  };
  diagnosis.confidence = confidence_from(diagnosis.checks);
  diagnosis.culprit = {"session",
                       fmt::format("{}@{}", root->session.pid, to_timestamptz(root->session.backend_start))};
  diagnosis.restraint = restraint_for(facts, live);
  // Within the threshold it may go on by itself, as applications do all day: nobody is to be woken for it.
  if (diagnosis.restraint && diagnosis.restraint->kind == Restraint::Kind::not_yet)
    diagnosis.severity = Severity::medium;
  diagnosis.retry = {.safe = true,
                     .scope = "transaction",
                     .after_ms = 500,
                     .why = "the statement was rolled back; it works once the lock is free"};
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case& facts) {
  const auto root = blocker_of(facts);
  if (!root) return failure("the blocker is no longer in the recording");
  TRY(const auto live, live_state(facts, root->session));
  if (!live) return std::vector<Remedy>{};
  return std::vector{terminate_session({.pid = live->pid,
                                        .backend_start = live->backend_start,
                                        .xact_start = live->xact_start,
                                        .state_change = live->state_change,
                                        .user = live->user,
                                        .database = facts.incident.database})};
}

std::string culprit_name(int pid, Time backend_start) {
  return fmt::format("{}@{}", pid, to_timestamptz(backend_start));
}

Result<Verdict> judge(const Case& before, const Case& after) {
  if (!before.incident.diagnosis) return failure("there is no diagnosis to judge by");
  const auto& culprit = before.incident.diagnosis->culprit.name;
  TRY(const auto idle, idle_transactions(after.evidence));
  TRY(const auto waits, blocking_chain(after.evidence));
  if (std::ranges::any_of(
          idle, [&](const auto& row) { return culprit_name(row.pid, row.backend_start) == culprit; }))
    return Verdict{VerdictWord::unchanged, "the session is still idle in its transaction"};
  if (std::ranges::any_of(waits, [&](const auto& row) {
        return culprit_name(row.blocker_pid, row.blocker_start) == culprit;
      }))
    return Verdict{VerdictWord::unchanged, "sessions still wait for it"};
  return Verdict{VerdictWord::cured, "the session is gone and nobody waits for it"};
}

}  // namespace

const Playbook idle_in_transaction_blocker{
    .name = "idle_in_transaction_blocker",
    .title = "A forgotten transaction blocks others",
    .answers = {sqlstate("55P03"), sqlstate("57014"), trouble("blocked_sessions")},
    .probes = {"blocking_chain", "idle_transactions"},
    .needs_recording = true,
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for = {"watch_for_s", 60, "a minute without a new victim: applications retry within seconds"},
    .settings = {{"forgotten_after_s", 60,
                  "an interactive pause or a slow call inside a transaction ends within a minute; longer is "
                  "forgotten"}},
};

}  // namespace selfheal::healing
