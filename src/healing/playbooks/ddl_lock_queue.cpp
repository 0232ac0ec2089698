// A statement wants a whole table that somebody uses for long. It waits, and everybody who comes after it
// waits behind it, although the one who uses the table would let them pass. The statement gives way: whoever
// uses the table is innocent, and so is everybody in the queue.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "healing/evidence/blocking.h"
#include "healing/evidence/blocking_chain.h"
#include "healing/evidence/idle_transactions.h"
#include "healing/evidence/lock_queues.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"
#include "healing/remedies/cancel_waiting_ddl.h"

namespace selfheal::healing {

extern const Playbook ddl_lock_queue;

namespace {

// How far before the error the victim's last look in the recorder may lie: a few of its periods.
constexpr Duration kReach = 1500ms;

// The queue before one table, as the recorder last saw it.
struct Queue {
  std::vector<BlockingEdge> wanting;  // waits for the whole table that hold up others, first in line first
  std::vector<SessionSeen> users;     // whom they wait for and who wait for nobody
  Time held_up_since{};               // since when somebody waits behind them, as far as the recorder goes
};

// Modes that readers or writers conflict with, and that whoever uses the table conflicts with himself.
bool wants_whole_table(const BlockingEdge& edge) {
  return edge.lock_type == "relation" &&
         (edge.lock_mode == "ShareLock" || edge.lock_mode == "ShareRowExclusiveLock" ||
          edge.lock_mode == "ExclusiveLock" || edge.lock_mode == "AccessExclusiveLock");
}

bool same_table(const BlockingEdge& a, const BlockingEdge& b) {
  return a.relation == b.relation && a.waiter.database == b.waiter.database;
}

// Waits of those who use the table as everybody does, behind `wanting`.
bool is_held_up_by(const BlockingEdge& edge, const BlockingEdge& wanting) {
  return edge.lock_type == "relation" && !wants_whole_table(edge) && same_table(edge, wanting) &&
         same_session(edge.blocker, wanting.waiter);
}

bool holds_up_others(const BlockingSample& sample, const BlockingEdge& wanting) {
  return std::ranges::any_of(sample.edges, [&](const auto& edge) { return is_held_up_by(edge, wanting); });
}

// Since when somebody waits behind that very wait. Victims that gave up count too.
Time held_up_since(const Recording& recording, const BlockingEdge& wanting) {
  Time since{};
  for (const auto& sample : recording.samples)
    for (const auto& edge : sample.edges)
      if (is_held_up_by(edge, wanting) && edge.waiting_since >= wanting.waiting_since &&
          edge.waiting_since != Time{} && (since == Time{} || edge.waiting_since < since))
        since = edge.waiting_since;
  return since;
}

const BlockingSample* sample_of(const Case& facts) {
  const auto& event = facts.sighting.exemplar;
  if (!event.sqlstate.empty())
    return last_wait(facts.recording, event.pid, event.session_start, facts.sighting.last_seen, kReach);
  return facts.recording.samples.empty() ? nullptr : &facts.recording.samples.back();
}

// Whether this wait is in the case: the failed session waited behind it, or the watch blames whom it waits
// for.
bool concerns(const BlockingSample& sample, const BlockingEdge& wanting, const ErrorEvent& event) {
  if (event.sqlstate.empty()) return ahead_of(sample, wanting.waiter.pid).contains(event.pid);
  return ahead_of(sample, event.pid).contains(wanting.waiter.pid);
}

std::optional<Queue> queue_of(const Case& facts) {
  const auto* sample = sample_of(facts);
  if (sample == nullptr) return std::nullopt;
  Queue queue;
  for (const auto& edge : sample->edges) {
    if (!wants_whole_table(edge) || !holds_up_others(*sample, edge) ||
        !concerns(*sample, edge, facts.sighting.exemplar))
      continue;
    const bool known = std::ranges::any_of(
        queue.wanting, [&](const auto& other) { return same_session(other.waiter, edge.waiter); });
    if (!known) queue.wanting.push_back(edge);
  }
  if (queue.wanting.empty()) return std::nullopt;
  std::ranges::sort(queue.wanting, {},
                    [](const BlockingEdge& edge) { return std::pair(edge.waiting_since, edge.waiter.pid); });
  const auto first = queue.wanting.front();
  std::erase_if(queue.wanting, [&](const auto& edge) { return !same_table(edge, first); });
  for (auto& root : roots(*sample))
    if (ahead_of(*sample, first.waiter.pid).contains(root.session.pid))
      queue.users.push_back(std::move(root.session));
  queue.held_up_since = held_up_since(facts.recording, first);
  // Without an end it is a circle: a deadlock.
  return queue.users.empty() ? std::nullopt : std::optional(std::move(queue));
}

// Whether it sits idle in its transaction since before the queue began, and may be ended for that: then it is
// the cause, and the statement at the head of the queue one of its victims.
bool is_forgotten(const SessionSeen& user, const BlockingEdge& first,
                  const std::vector<IdleTransactionRow>& idle) {
  if (!user.state.starts_with("idle in transaction") || user.state_change > first.waiting_since) return false;
  const auto row = std::ranges::find_if(idle, [&](const auto& it) {
    return it.pid == user.pid && it.backend_start == user.backend_start && it.xact_start == user.xact_start;
  });
  return row != idle.end() && !row->protected_role && row->backend_type == "client backend" &&
         !keeps_transactions_open(row->application);
}

// All that wait for the whole table now, when the one that the recorder saw first is still in that very wait.
Result<std::vector<LockQueueRow>> live_queue(const Case& facts, const Queue& queue) {
  TRY(auto rows, lock_queues(facts.evidence));
  const auto& first = queue.wanting.front();
  const auto head = std::ranges::find_if(rows, [&](const LockQueueRow& row) {
    return row.pid == first.waiter.pid && row.backend_start == first.waiter.backend_start &&
           (row.waiting_since == first.waiting_since || first.waiting_since == Time{});
  });
  if (head == rows.end()) return std::vector<LockQueueRow>{};
  const auto leader = *head;
  std::erase_if(rows, [&](const LockQueueRow& row) {
    return row.table_oid != leader.table_oid || row.database_oid != leader.database_oid ||
           (row.held_up == 0 && row.pid != leader.pid);
  });
  std::ranges::sort(rows, {}, [&](const LockQueueRow& row) {
    return std::tuple(row.pid != leader.pid, row.waiting_since, row.pid);
  });
  return rows;
}

std::string cancel_statements(const std::vector<LockQueueRow>& rows) {
  std::vector<std::string> statements;
  for (const auto& row : rows) statements.push_back(fmt::format("SELECT pg_cancel_backend({});", row.pid));
  return fmt::format("{}", fmt::join(statements, " "));
}

std::int64_t largest_queue(const std::vector<LockQueueRow>& rows) {
  std::int64_t held_up = 0;
  for (const auto& row : rows) held_up = std::max(held_up, row.held_up);
  return held_up;
}

bool is_untouchable(const LockQueueRow& row) {
  return row.protected_role || row.backend_type != "client backend" ||
         row.application.starts_with("selfheal");
}

std::optional<Restraint> restraint_for(const Case& facts, const Queue& queue,
                                       const Result<std::vector<LockQueueRow>>& live) {
  using enum Restraint::Kind;
  if (!live) return Restraint{.kind = not_yet, .reason = "the queue's present state could not be read"};
  if (live->empty())
    return Restraint{.kind = not_yet, .reason = "the statement has got its lock or given up by itself"};
  if (std::ranges::any_of(queue.users, [](const auto& user) { return user.pid == 0; }))
    return Restraint{.kind = never,
                     .reason =
                         "a prepared transaction has the table locked: that is the trouble, and only "
                         "who coordinates it can tell whether it is to be committed",
                     .statement = "SELECT gid, owner, prepared FROM pg_prepared_xacts;"};
  if (std::ranges::any_of(*live, is_untouchable))
    return Restraint{.kind = never,
                     .reason =
                         "the statement is a superuser's, a replication role's or the server's own: a "
                         "person decides",
                     .statement = cancel_statements(*live)};
  const auto held_up = largest_queue(*live);
  const auto enough = setting(ddl_lock_queue, facts, "queue_sessions");
  const auto patience = setting(ddl_lock_queue, facts, "queue_for_s");
  const auto lasts = queue.held_up_since == Time{} ? Duration{} : facts.now - queue.held_up_since;
  if (held_up == 0) return Restraint{.kind = not_yet, .reason = "nobody waits behind the statement now"};
  if (static_cast<double>(held_up) < enough && to_seconds(lasts) < patience)
    return Restraint{.kind = not_yet,
                     .reason = fmt::format("{} of {:g} sessions wait behind the statement, for {} of {:g} s",
                                           held_up, enough, duration_text(lasts), patience)};
  return std::nullopt;
}

void explain(Diagnosis& diagnosis, const Case& facts, const Queue& queue,
             const std::vector<LockQueueRow>& live) {
  const auto& first = queue.wanting.front();
  const auto who = session_text(first.waiter.pid, first.waiter.application);
  // The recorder knows the names of its own database only.
  const auto held_up = largest_queue(live);
  auto table = first.relation;
  if (table.empty()) table = live.empty() ? "a table of another database" : live.front().relation;
  std::vector<std::string> users;
  for (const auto& user : queue.users)
    users.push_back(user.pid == 0 ? "a prepared transaction" : session_text(user.pid, user.application));
  diagnosis.title = fmt::format("{} waits for all of {}, and others queue up behind it", who, table);
  diagnosis.explanation = {
      {fmt::format("{} wants a lock on all of {} ({}) and waits since {} for {}.", who, table,
                   first.lock_mode, to_rfc3339(first.waiting_since), fmt::join(users, ", ")),
       evidence_id(facts, "flight_recorder")},
      {fmt::format("{} session{} behind it would get the table at once without it.", held_up,
                   held_up == 1 ? "" : "s"),
       evidence_id(facts, "lock_queues")},
      {"To be run again with SET lock_timeout = '2s', and repeated until it gets through.", {}},
  };
  diagnosis.ruled_out = {
      {"idle_in_transaction_blocker", "whoever has the table is at work, or may not be ended"},
      {"deadlock_lock_order", "the waits have an end: no session waits for itself"},
  };
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  const auto queue = queue_of(facts);
  if (!queue) return std::nullopt;
  TRY(const auto idle, idle_transactions(facts.evidence));
  const auto& first = queue->wanting.front();
  if (std::ranges::all_of(queue->users, [&](const auto& user) { return is_forgotten(user, first, idle); }))
    return std::nullopt;
  const auto live = live_queue(facts, *queue);
  const auto rows = live.value_or(std::vector<LockQueueRow>{});

  Diagnosis diagnosis{.playbook = ddl_lock_queue.name,
                      .cause = ddl_lock_queue.name,
                      .category = Category::lock_contention,
                      .severity = Severity::high};
  explain(diagnosis, facts, *queue, rows);
  diagnosis.checks = {
      check("queue_recorded", "the flight recorder saw the queue behind the statement", true,
            evidence_id(facts, "flight_recorder")),
      check("still_waiting", "that statement still waits for that lock",
            live ? std::optional(!rows.empty()) : std::nullopt, evidence_id(facts, "lock_queues")),
      check("held_up", "others wait behind it whom the table's users would let pass",
            live ? std::optional(largest_queue(rows) > 0) : std::nullopt, evidence_id(facts, "lock_queues")),
  };
  diagnosis.confidence = confidence_from(diagnosis.checks);
  diagnosis.culprit = {"session",
                       fmt::format("{}@{}", first.waiter.pid, to_timestamptz(first.waiter.backend_start))};
  diagnosis.restraint = restraint_for(facts, *queue, live);
  // It may pass by itself, as schema changes do all day.
  if (diagnosis.restraint && diagnosis.restraint->kind == Restraint::Kind::not_yet)
    diagnosis.severity = Severity::medium;
  diagnosis.retry = {.safe = true,
                     .scope = "transaction",
                     .after_ms = 500,
                     .why = "the statement was rolled back; it works once the queue is gone"};
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case& facts) {
  const auto queue = queue_of(facts);
  if (!queue) return failure("the queue is no longer in the recording");
  TRY(const auto live, live_queue(facts, *queue));
  if (live.empty()) return std::vector<Remedy>{};
  LockQueue target{.database_oid = live.front().database_oid,
                   .table_oid = live.front().table_oid,
                   .database = live.front().database};
  for (const auto& row : live) target.waiting.push_back({row.pid, row.backend_start, row.query_start});
  const bool loses_nothing =
      std::ranges::all_of(live, [](const auto& row) { return row.is_schema_change && !row.loses_work; });
  return std::vector{
      cancel_waiting_ddl(target, loses_nothing ? kCancelWaitingDdl : kCancelWaitingTransaction)};
}

std::string name_of(int pid, Time backend_start) {
  return fmt::format("{}@{}", pid, to_timestamptz(backend_start));
}

Result<Verdict> judge(const Case& before, const Case& after) {
  if (!before.incident.diagnosis) return failure("there is no diagnosis to judge by");
  const auto& culprit = before.incident.diagnosis->culprit.name;
  const auto is_culprit = [&](const LockQueueRow& row) {
    return name_of(row.pid, row.backend_start) == culprit;
  };
  TRY(const auto rows, lock_queues(after.evidence));
  if (std::ranges::any_of(rows, is_culprit))
    return Verdict{VerdictWord::unchanged, "the statement still waits for the table"};
  TRY(const auto waits, blocking_chain(after.evidence));
  if (std::ranges::any_of(
          waits, [&](const auto& row) { return name_of(row.blocker_pid, row.blocker_start) == culprit; }))
    return Verdict{VerdictWord::unchanged, "sessions still wait for it"};
  // After a restart what was seen before is not at hand; then nothing is known of the table.
  if (const auto then = lock_queues(before.evidence)) {
    const auto was = std::ranges::find_if(*then, is_culprit);
    const bool again =
        was != then->end() && std::ranges::any_of(rows, [&](const LockQueueRow& row) {
          return row.held_up > 0 && row.table_oid == was->table_oid && row.database_oid == was->database_oid;
        });
    if (again) return Verdict{VerdictWord::unchanged, "another statement holds up the same table"};
  }
  return Verdict{VerdictWord::cured, "the statement no longer waits, and nobody waits behind it"};
}

}  // namespace

const Playbook ddl_lock_queue{
    .name = "ddl_lock_queue",
    .title = "A schema change that waits holds up everybody",
    .answers = {sqlstate("55P03"), sqlstate("57014"), trouble("blocked_sessions")},
    .probes = {"blocking_chain", "idle_transactions", "lock_queues"},
    .needs_recording = true,
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for = {"watch_for_s", 60,
                  "a minute without a new queue: migrations that retry do so within seconds"},
    .settings = {{"queue_for_s", 5, "a short queue passes in seconds; then people begin to notice"},
                 {"queue_sessions", 3, "three that wait at once are a queue that grows with every request"}},
};

}  // namespace selfheal::healing
