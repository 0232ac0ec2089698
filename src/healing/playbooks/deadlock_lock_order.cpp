// Two transactions, or more, each wait for a lock that the other has: they took their locks in different
// orders. The server ends one of them, or a timeout does; who lost repeats. Nobody else is to be ended for
// it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "healing/evidence/blocking.h"
#include "healing/playbooks/deadlock_report.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"
#include "pg/redact.h"

namespace selfheal::healing {

extern const Playbook deadlock_lock_order;

namespace {

// How far before the error the victim's last look in the recorder may lie: a few of its periods.
constexpr Duration kReach = 1500ms;
// A break in the recording that may hide a wait: the server waits deadlock_timeout, a second as shipped,
// before it looks for a circle.
constexpr Duration kLargestGap = 1s;

// Of the text that names the statements: enough to tell one pair from another.
constexpr std::size_t kOrderBytes = 400;

struct Deadlock {
  std::vector<int> circle;
  std::map<int, std::string> statements;  // raw
  std::set<std::string> tables;           // that the recorder saw fought over
  bool reported = false;                  // by the server's detector
  std::optional<bool> recorded;           // by the flight recorder; nothing when it was not looking
};

bool is_deadlock_code(const ErrorEvent& event) { return event.sqlstate == "40P01"; }

// Any error may be raised with this code; the server's own comes from one place. The log names it only with
// log_error_verbosity = verbose.
bool may_be_the_detectors(const ErrorEvent& event) {
  return event.routine.empty() || event.routine == "DeadLockReport";
}

void add_recorded(Deadlock& deadlock, const std::vector<BlockingEdge>& edges) {
  for (const auto& edge : edges) {
    if (!edge.relation.empty()) deadlock.tables.insert(edge.relation);
    deadlock.statements.try_emplace(edge.waiter.pid, edge.waiter.query);
  }
}

// Waits of the reported circle that this sample holds.
std::vector<BlockingEdge> edges_of(const std::vector<int>& circle, const BlockingSample& sample) {
  std::vector<BlockingEdge> found;
  for (std::size_t i = 0; i < circle.size(); ++i)
    for (const auto& edge : sample.edges)
      if (edge.waiter.pid == circle[i] && edge.blocker.pid == circle[(i + 1) % circle.size()])
        found.push_back(edge);
  return found;
}

Deadlock reported_deadlock(const Case& facts, DeadlockReport report) {
  const auto& recording = facts.recording;
  const auto at = facts.sighting.last_seen;
  Deadlock deadlock{.circle = std::move(report.circle),
                    .statements = std::move(report.statements),
                    .tables = {},
                    .reported = true,
                    .recorded = std::nullopt};
  if (recording.complete && recording.gap < kLargestGap) deadlock.recorded = false;
  for (const auto& sample : recording.samples) {
    if (sample.at > at || sample.at < at - kReach) continue;
    const auto seen = edges_of(deadlock.circle, sample);
    if (seen.empty()) continue;
    deadlock.recorded = true;
    add_recorded(deadlock, seen);
  }
  return deadlock;
}

std::optional<Deadlock> recorded_deadlock(const Case& facts) {
  const auto& event = facts.sighting.exemplar;
  const auto* sample =
      last_wait(facts.recording, event.pid, event.session_start, facts.sighting.last_seen, kReach);
  if (sample == nullptr) return std::nullopt;
  const auto circle = circle_through(*sample, event.pid);
  if (circle.empty()) return std::nullopt;
  Deadlock deadlock{.circle = {}, .statements = {}, .tables = {}, .reported = false, .recorded = true};
  for (const auto& edge : circle) deadlock.circle.push_back(edge.waiter.pid);
  add_recorded(deadlock, circle);
  return deadlock;
}

std::optional<Deadlock> deadlock_of(const Case& facts) {
  const auto& event = facts.sighting.exemplar;
  if (is_deadlock_code(event)) {
    if (!may_be_the_detectors(event)) return std::nullopt;
    auto report = deadlock_report(event.detail);
    // A client's report may come without a pid.
    const bool has_part =
        event.pid == 0 || std::ranges::find(report.circle, event.pid) != report.circle.end();
    if (!report.circle.empty() && has_part) return reported_deadlock(facts, std::move(report));
  }
  return recorded_deadlock(facts);
}

bool repeats(const Case& facts) {
  const auto& incident = facts.incident;
  const auto often = setting(deadlock_lock_order, facts, "repeats_at");
  const auto within = setting(deadlock_lock_order, facts, "repeats_within_s");
  if (static_cast<double>(incident.events) < often) return false;
  // The average is what the incident's counters tell: a few a day are none an hour.
  const auto span = std::max(to_seconds(incident.last_seen - incident.first_seen), 1.0);
  return span <= within || static_cast<double>(incident.events) / span >= often / within;
}

std::string tables_text(const Deadlock& deadlock) {
  if (deadlock.tables.empty()) return "locks";
  return fmt::format("locks on {}", fmt::join(deadlock.tables, " and "));
}

// The same for the same transactions, whichever of them lost.
std::string order_text(const Case& facts, const Deadlock& deadlock) {
  std::set<std::string> shapes;
  for (const auto& [_, statement] : deadlock.statements)
    if (!statement.empty()) shapes.insert(pg::redact_statement(statement).text());
  if (shapes.empty()) return facts.incident.name.fingerprint;
  return fmt::format("{}", fmt::join(shapes, " / ")).substr(0, kOrderBytes);
}

void explain(Diagnosis& diagnosis, const Case& facts, const Deadlock& deadlock) {
  const auto event = evidence_id(facts, "error_event");
  const auto recorder = evidence_id(facts, "flight_recorder");
  const auto seen = deadlock.recorded == true ? recorder : event;
  diagnosis.title = fmt::format("{} transactions took {} in different orders{}", deadlock.circle.size(),
                                tables_text(deadlock), repeats(facts) ? ", again and again" : "");
  diagnosis.explanation.push_back(
      {fmt::format("Sessions {} waited for each other in a circle, each for a lock of the next.",
                   fmt::join(deadlock.circle, ", ")),
       seen});
  for (const int pid : deadlock.circle) {
    const auto statement = deadlock.statements.find(pid);
    if (statement == deadlock.statements.end() || statement->second.empty()) continue;
    diagnosis.explanation.push_back(
        {fmt::format("Session {} waited with: {}", pid, pg::redact_statement(statement->second).text()),
         seen});
  }
  diagnosis.explanation.push_back(
      {deadlock.reported
           ? "The server ended one transaction to let the others go on; its work was rolled back."
           : "A timeout ended one of the waits before the server looked for a deadlock.",
       event});
  diagnosis.ruled_out = {
      {"idle_in_transaction_blocker", "nobody in the circle is idle: each waits for the next"},
      {"serialization_storm", "the transactions waited for locks and did not fail on what they read"},
  };
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  const auto deadlock = deadlock_of(facts);
  if (!deadlock) return std::nullopt;
  Diagnosis diagnosis{.playbook = deadlock_lock_order.name,
                      .cause = deadlock_lock_order.name,
                      .category = Category::lock_contention,
                      .severity = repeats(facts) ? Severity::high : Severity::medium};
  explain(diagnosis, facts, *deadlock);
  if (deadlock->reported)
    diagnosis.checks.push_back(check("circle_reported",
                                     "the server's report names a closed circle of sessions", true,
                                     evidence_id(facts, "error_event")));
  diagnosis.checks.push_back(check("circle_recorded",
                                   "the flight recorder saw these sessions wait for each other",
                                   deadlock->recorded, evidence_id(facts, "flight_recorder")));
  diagnosis.confidence = confidence_from(diagnosis.checks);
  diagnosis.culprit = {"lock order", order_text(facts, *deadlock)};
  diagnosis.restraint = Restraint{
      .kind = Restraint::Kind::never,
      .reason =
          repeats(facts)
              ? "ending sessions would not change the order: the application must take these locks in one "
                "order in all its transactions"
              : "it is over: one transaction was rolled back, and its client runs all of it again",
      .statement =
          "SELECT … ORDER BY its key FOR UPDATE  -- in the application: first lock all rows, in one order"};
  diagnosis.retry = {.safe = true,
                     .scope = "transaction",
                     .after_ms = 200,
                     .why =
                         "the whole transaction was rolled back; at most three times, each after a longer "
                         "pause of chance, and not when it had effects outside the database"};
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case&) { return std::vector<Remedy>{}; }

Result<Verdict> judge(const Case&, const Case&) {
  return Verdict{VerdictWord::unknown, "nothing was done, so there is nothing to judge"};
}

}  // namespace

const Playbook deadlock_lock_order{
    .name = "deadlock_lock_order",
    .title = "Transactions take the same locks in different orders",
    .answers = {sqlstate("40P01"), sqlstate("55P03"), sqlstate("57014")},
    .probes = {},
    .needs_recording = true,
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for = {"watch_for_s", 60, "not used: nothing is done"},
    .settings = {{"repeats_at", 3, "one deadlock is chance, a third shows that the order is in the code"},
                 {"repeats_within_s", 600, "ten minutes: a deadlock a day costs less than finding it"}},
};

}  // namespace selfheal::healing
