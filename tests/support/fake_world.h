#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "assistant/ports.h"

// The world of the assistant as values: what stands in it is what tools find.
namespace selfheal::test {

class FakeWorld : public assistant::World {
 public:
  std::vector<assistant::ServerNow> watched;
  std::map<ServerId, Recording> recordings;
  std::vector<assistant::IncidentDetails> all;  // newest first
  std::vector<assistant::Likeness> alike;
  // Answers to statements by a part of their text, the first that fits; else the gate refuses.
  std::vector<std::pair<std::string, assistant::SqlRows>> answers;
  assistant::Proposal proposal;
  // What was asked of it.
  std::vector<std::string> ran;
  std::vector<IncidentNumber> proposed;

  std::vector<assistant::ServerNow> servers() const override { return watched; }
  std::optional<Recording> recorded(const ServerId& server) const override {
    const auto found = recordings.find(server);
    return found == recordings.end() ? std::nullopt : std::optional(found->second);
  }
  Task<assistant::SqlRows> run_sql(ServerId, std::string sql, assistant::Asker, Deadline) override {
    ran.push_back(sql);
    for (const auto& [part, rows] : answers)
      if (sql.contains(part)) co_return rows;
    assistant::SqlRows refused;
    refused.trouble = assistant::SqlTrouble{.is_refused = true,
                                            .rule = "node",
                                            .message = "only reading is allowed",
                                            .instead = "one SELECT",
                                            .sqlstate = ""};
    co_return refused;
  }
  Task<std::vector<Incident>> incidents(assistant::IncidentQuery query, Deadline) override {
    std::vector<Incident> found;
    for (const auto& one : all) {
      const auto& incident = one.incident;
      const bool fits =
          (query.states.empty() || std::ranges::find(query.states, incident.state) != query.states.end()) &&
          (!query.category || *query.category == incident.error_class.category) &&
          (!query.server || *query.server == incident.server) &&
          (!query.sqlstate || *query.sqlstate == incident.sqlstate) &&
          (!query.since || *query.since <= incident.last_seen);
      if (fits && static_cast<int>(found.size()) < query.limit) found.push_back(incident);
    }
    co_return found;
  }
  Task<assistant::IncidentDetails> incident(IncidentNumber number, Deadline) override {
    for (const auto& one : all)
      if (one.incident.number == number) co_return one;
    co_return failure(ErrorCode::not_found, "there is no incident " + to_text(number));
  }
  Task<std::vector<Treatment>> treatments(int limit, Deadline) override {
    std::vector<Treatment> found;
    for (const auto& one : all)
      for (auto treatment = one.treatments.rbegin(); treatment != one.treatments.rend(); ++treatment)
        if (static_cast<int>(found.size()) < limit) found.push_back(*treatment);
    co_return found;
  }
  Task<std::vector<assistant::Likeness>> similar_to(IncidentNumber, int, Deadline) override {
    co_return alike;
  }
  Task<std::vector<assistant::Likeness>> similar_to(std::string, int, Deadline) override { co_return alike; }
  Task<assistant::Proposal> propose(IncidentNumber number, assistant::Asker, Deadline) override {
    proposed.push_back(number);
    co_return proposal;
  }
};

class FakeUsage : public assistant::UsageBook {
 public:
  assistant::Spent spent;
  std::map<std::string, std::string> wordings;

  Task<assistant::Spent> spent_today(Time, Deadline) override { co_return spent; }
  StatusTask add(Time, std::string, assistant::Spent more, Deadline) override {
    spent.prompt_tokens += more.prompt_tokens;
    spent.completion_tokens += more.completion_tokens;
    spent.cost += more.cost;
    co_return Status{};
  }
  Task<std::string> wording(std::string key, Deadline) override { co_return wordings[key]; }
  StatusTask keep_wording(std::string key, std::string json, Deadline) override {
    wordings[key] = std::move(json);
    co_return Status{};
  }
};

// Rows as a statement answers them.
inline assistant::SqlRows rows_of(std::vector<std::string> columns,
                                  std::vector<std::vector<std::optional<std::string>>> rows) {
  return {.trouble = std::nullopt, .columns = std::move(columns), .rows = std::move(rows)};
}

// One server with some tables and sessions.
inline void furnish_server(FakeWorld& world) {
  world.watched = {{.name = ServerId("shop"), .state = "up", .version = "15.14", .can_act = true}};
  world.recordings[ServerId("shop")] = Recording{.complete = true};
  world.answers = {
      {"CASE c.relkind",
       rows_of({"schema", "table", "kind", "estimated_rows"}, {{"public", "employee", "table", "42"},
                                                               {"public", "invoice", "table", "1000"},
                                                               {"public", "orders", "table", "7"},
                                                               {"audit", "orders", "table", "9"}})},
      {"current_setting('server_version')",
       rows_of({"version", "connections", "max_connections", "database_bytes"},
               {{"15.14", "12", "100", "104857600"}})},
      {"longest_transaction_s", rows_of({"state", "sessions", "waiting_for_a_lock", "longest_transaction_s"},
                                        {{"active", "3", "0", "0.4"}})},
      {"n_dead_tup",
       rows_of({"schema", "table", "live_rows", "dead_rows"}, {{"public", "invoice", "1000", "10"}})},
      {"FROM pg_stat_replication", rows_of({"application", "state"}, {})},
      {"count(*) AS rows FROM \"public\".\"employee\"", rows_of({"rows"}, {{"42"}})},
      {"SELECT * FROM \"public\".\"employee\"",
       rows_of({"id", "email"}, {{"1", "canary-alice@example.com"}, {"2", std::nullopt}})},
      {"select email from employee", rows_of({"email"}, {{"canary-alice@example.com"}})},
  };
}

// Two incidents: SH-7 waits for approval, SH-6 was healed.
inline void furnish_incidents(FakeWorld& world, Time now) {
  assistant::IncidentDetails one;
  one.incident.number = IncidentNumber(7);
  one.incident.server = ServerId("shop");
  one.incident.state = IncidentState::awaiting_approval;
  one.incident.sqlstate = "23505";
  one.incident.error_class.category = Category::duplicate_data;
  one.incident.events = 5;
  one.incident.first_seen = now - 2h;
  one.incident.last_seen = now - 1min;
  one.incident.redacted_message = "duplicate key value violates unique constraint \"employee_pkey\"";
  one.incident.statement_shape = "INSERT INTO employee VALUES (?, ?)";
  one.incident.diagnosis =
      Diagnosis{.playbook = "sequence_behind",
                .cause = "sequence_behind",
                .title = "The sequence of employee is behind its table",
                .category = Category::duplicate_data,
                .confidence = Confidence::confirmed,
                .explanation = {{.text = "The sequence gives numbers that are taken.", .evidence_id = "E1"}}};
  one.evidence.items = {{.id = "E1",
                         .probe = "unique_key",
                         .status = ProbeStatus::answered,
                         .taken_at = now - 1min,
                         .columns = {"table", "last_value"},
                         .rows = {{"employee", "41"}}}};
  auto two = one;
  two.incident.number = IncidentNumber(6);
  two.incident.state = IncidentState::healed;
  two.incident.sqlstate = "55P03";
  two.incident.error_class.category = Category::lock_contention;
  two.incident.redacted_message = "canceling statement due to lock timeout";
  two.incident.statement_shape = "UPDATE invoice SET paid = ?";
  two.incident.diagnosis.reset();
  two.evidence.items.clear();
  two.treatments = {{.number = TreatmentNumber(1),
                     .incident = IncidentNumber(6),
                     .server = ServerId("shop"),
                     .action = "terminate_session",
                     .target = "session 4121",
                     .approved_by = "policy",
                     .state = TreatmentState::verified,
                     .at = now - 30min,
                     .acted_at = now - 31min,
                     .verdict = Verdict{.word = VerdictWord::cured, .reason = "nobody waits any more"}}};
  world.all = {one, two};
}

// One server with some tables and sessions, two incidents, a case that is alike, and a remedy for SH-7.
inline void furnish(FakeWorld& world, Time now) {
  furnish_server(world);
  furnish_incidents(world, now);
  world.alike = {{.what = "incident",
                  .name = "SH-3",
                  .title = "The sequence of employee is behind its table",
                  .why = {"same fingerprint"},
                  .remedy = "advance_sequence",
                  .helped = 2,
                  .tried = 2}};
  world.proposal = {.state = "awaiting_approval",
                    .plan = PlanShown{.plan_id = "p1",
                                      .action = "advance_sequence",
                                      .title = "Advance the sequence",
                                      .statements = {"SELECT setval('public.employee_id_seq', 43)"},
                                      .risk = "low",
                                      .decision = "approve",
                                      .reason = "policy asks a person"}};
}

}  // namespace selfheal::test
