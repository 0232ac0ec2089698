#pragma once

#include "api/ports.h"

namespace selfheal::test {

// An incident that waits for an approval, with evidence: number 142, revision 5.
inline api::IncidentFile waiting_incident(Time now) {
  api::IncidentFile file;
  auto& incident = file.incident;
  incident.number = IncidentNumber(142);
  incident.rev = 5;
  incident.server = ServerId("acme/prod");
  incident.database = "shop";
  incident.state = IncidentState::awaiting_approval;
  incident.name = {.family = "v1|55P03|table=invoice", .fingerprint = "0123456789abcdef"};
  incident.error_class = {.category = Category::lock_contention,
                          .category7 = Category::lock_contention,
                          .severity = Severity::medium,
                          .transient = Transience::yes};
  incident.sqlstate = "55P03";
  incident.events = 37;
  incident.first_seen = incident.last_seen = now;
  incident.redacted_message = "canceling statement due to lock timeout";
  incident.diagnosis =
      Diagnosis{.playbook = "idle_in_transaction_blocker",
                .cause = "idle_in_transaction_blocker",
                .title = "Idle transaction blocks 4 sessions",
                .category = Category::lock_contention,
                .severity = Severity::high,
                .confidence = Confidence::confirmed,
                .checks = {{"only_root", "The session is the only root.", CheckStatus::passed, "E1"}}};
  incident.plan = PlanShown{.plan_id = "plan-9f2",
                            .plan_hash = "aaaa",
                            .expires_at = now + 10min,
                            .action = "terminate_session",
                            .level = 2,
                            .decision = "approve"};
  file.timeline = {{now, "filed", "Filed."}};
  file.evidence.items = {
      {.id = "E1",
       .probe = "blocking_chain",
       .status = ProbeStatus::answered,
       .columns = {"waiter_pid", "waiter_application", "blocker_pid", "blocker_state", "lock_mode", "secret"},
       .rows = {{"4177", "web-1", "4121", "idle in transaction", "ShareLock", "ann@example.com"},
                {"4180", "web-2", "4177", "active", "ShareLock", std::nullopt}}},
      {.id = "E2",
       .probe = "idle_transactions",
       .status = ProbeStatus::answered,
       .columns = {"pid", "last_statement"},
       .rows = {{"4121", "UPDATE invoice SET paid = true WHERE email = 'ann@example.com'"}}}};
  return file;
}

}  // namespace selfheal::test
