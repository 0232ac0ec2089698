#pragma once

#include "notify/compose.h"

// For tests: an incident that waits for an approval, and a notice of it.
namespace selfheal::notify::internal {

inline const Time kSampleNow(std::chrono::seconds(1'900'000'000));

inline Incident sample_incident(const std::string& stranger = "invoice") {
  Incident incident{.number = IncidentNumber(142),
                    .rev = 3,
                    .server = ServerId("acme/prod"),
                    .database = "shop",
                    .state = IncidentState::awaiting_approval,
                    .sqlstate = "55P03",
                    .events = 37,
                    .first_seen = kSampleNow - 300s,
                    .last_seen = kSampleNow - 3s,
                    .redacted_message = "canceling statement due to lock timeout"};
  incident.name.fingerprint = "b1c5d0";
  incident.diagnosis = Diagnosis{
      .cause = "idle_blocker",
      .title = "Idle transaction in billing blocks 4 sessions on " + stranger,
      .category = Category::lock_contention,
      .severity = Severity::high,
      .confidence = Confidence::confirmed,
      .checks = {{"a", "A", CheckStatus::passed, "E1"}, {"b", "B", CheckStatus::passed, "E2"}},
      .ruled_out = {{"deadlock", "no cycle among the waiters of " + stranger}},
      .explanation = {{"Session 4121 is idle in transaction and holds row locks on " + stranger + ".", "E1"},
                      {"4 sessions wait, the oldest for 298 s.", "E2"}}};
  incident.plan = PlanShown{.plan_id = "plan-9f2",
                            .plan_hash = "9f2c0aa1",
                            .expires_at = kSampleNow + 600s,
                            .action = "terminate_session",
                            .title = "End session 4121 of " + stranger,
                            .statements = {"SELECT pg_terminate_backend(4121) FROM " + stranger},
                            .guards = {"it is still idle in transaction"},
                            .undo = "cannot be undone; the application sends its transaction again",
                            .risk = "low: one open transaction is rolled back",
                            .level = 2,
                            .decision = "approve"};
  return incident;
}

struct SampleNotice {
  Change change = Change::needs_approval;
  std::string stranger = "invoice";
  IncidentState state = IncidentState::awaiting_approval;
};

inline Notice sample_notice(const SampleNotice& sample = {}) {
  auto incident = sample_incident(sample.stranger);
  incident.state = sample.state;
  if (sample.state == IncidentState::healed)
    incident.verdict = Verdict{.word = VerdictWord::cured, .reason = "nobody waits any more"};
  Material material{.incident = std::move(incident),
                    .timeline = {{7, {kSampleNow, "proposed", "End session 4121 of " + sample.stranger}}},
                    .recommendations = {pg::redact_own_text("Set idle_in_transaction_session_timeout for " +
                                                            sample.stranger + ".")}};
  return compose({.channel = "slack"}, sample.change, material,
                 {.tenant = "acme", .pages = "https://sh.example", .chat = "https://sh.example/chat"},
                 kSampleNow);
}

}  // namespace selfheal::notify::internal
