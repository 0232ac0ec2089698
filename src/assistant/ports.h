#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/task.h"
#include "model/evidence.h"
#include "model/incident.h"
#include "model/recording.h"
#include "model/treatment.h"

// What the assistant needs of the rest, bound to one tenant. All calls on the control thread; each is limited
// by its Deadline, and each may be cancelled. Everything that comes back may hold an attacker's words, and
// cells of evidence and of SQL hold values: what of it reaches a model is decided by the toolbox.
namespace selfheal::assistant {

// On whose behalf a tool runs. The tool's right is checked before it runs; what lies behind the port checks
// nothing.
struct Asker {
  std::string name;
  bool may_view = false;
  bool may_operate = false;
};

// Why a statement has no answer.
struct SqlTrouble {
  bool is_refused = false;  // by the gate; else by PostgreSQL
  std::string rule;         // of the gate
  std::string message;      // for the person; PostgreSQL's own may hold values
  std::string instead;
  std::string sqlstate;
};

struct SqlRows {
  std::optional<SqlTrouble> trouble;
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
  bool is_cut = false;  // there was more than the limits allow
  Duration took{};
  std::string notice;  // what the person should know about how it ran, or empty
};

struct IncidentQuery {
  std::vector<IncidentState> states;  // empty: any
  std::optional<Category> category;
  std::optional<ServerId> server;
  std::optional<std::string> sqlstate;
  std::optional<Time> since;
  int limit = 20;
};

// An incident with all that belongs to it.
struct IncidentDetails {
  Incident incident;
  std::vector<TimelineEntry> timeline;
  Evidence evidence;  // raw values
  std::vector<Treatment> treatments;
};

// A watched server as it is now.
struct ServerNow {
  ServerId name;
  std::string state;  // connecting, up, in_recovery, down
  std::string state_why;
  std::string version;
  bool can_act = false;
  std::string act_why;
};

// Something that happened before and looks alike, or a runbook that speaks of it.
struct Likeness {
  std::string what;              // "incident" or "runbook"
  std::string name;              // "SH-12", or the runbook's name
  std::string title;             // redacted
  std::vector<std::string> why;  // sentences: same fingerprint, same table, the words they share …
  std::string remedy;            // an action of the catalogue, or empty
  int helped = 0;                // of `tried` verified treatments
  int tried = 0;
  std::vector<std::string> notes;  // of people who resolved it, redacted
  std::optional<Time> at;
};

// What came of proposing a fix: the incident was looked at once more and goes through policy like any other.
struct Proposal {
  std::string state;   // of the incident, afterwards
  std::string reason;  // why nothing is proposed; else empty
  std::optional<PlanShown> plan;
};

class World {
 public:
  virtual ~World() = default;
  // Sorted by name. Never waits.
  virtual std::vector<ServerNow> servers() const = 0;
  // The flight recorder's last minute; nothing when the server is not watched. Never waits.
  virtual std::optional<Recording> recorded(const ServerId& server) const = 0;
  // Through the read-only gate, whoever wrote it. Audited with the statement's shape.
  virtual Task<SqlRows> run_sql(ServerId server, std::string sql, Asker asker, Deadline deadline) = 0;
  // Newest first.
  virtual Task<std::vector<Incident>> incidents(IncidentQuery query, Deadline deadline) = 0;
  virtual Task<IncidentDetails> incident(IncidentNumber number, Deadline deadline) = 0;
  // Of all incidents, newest first.
  virtual Task<std::vector<Treatment>> treatments(int limit, Deadline deadline) = 0;
  // Likest first; at most `limit`.
  virtual Task<std::vector<Likeness>> similar_to(IncidentNumber number, int limit, Deadline deadline) = 0;
  virtual Task<std::vector<Likeness>> similar_to(std::string words, int limit, Deadline deadline) = 0;
  // Never acts: asks healing to diagnose and propose again.
  virtual Task<Proposal> propose(IncidentNumber number, Asker asker, Deadline deadline) = 0;
};

// Conversations as they are kept. Contents are the person's own words and what was answered.
struct Turn {
  std::string role;  // "user" or "assistant"
  std::string text;
  // What the tools were asked and how much came back, as JSON; no rows.
  std::string tools_json;
  Time at{};
};

struct Chat {
  std::string id;
  std::string title;
  std::string owner;  // who began it; nobody else sees it
  std::optional<IncidentNumber> about;
  std::optional<ServerId> server;  // the one meant
  Time at{};                       // of the last change
  std::vector<Turn> turns;         // oldest first
};

class ChatBook {
 public:
  virtual ~ChatBook() = default;
  virtual StatusTask put(Chat chat_without_turns, Deadline deadline) = 0;
  virtual StatusTask append(std::string chat, std::string owner, std::vector<Turn> turns,
                            Deadline deadline) = 0;
  // Its last `turns` turns. not_found also when it is another's.
  virtual Task<Chat> find(std::string chat, std::string owner, int turns, Deadline deadline) = 0;
  // Newest first, without turns.
  virtual Task<std::vector<Chat>> list(std::string owner, int limit, Deadline deadline) = 0;
  virtual StatusTask remove(std::string chat, std::string owner, Deadline deadline) = 0;
};

// What model calls used and what was answered before, so that money has a limit.
struct Spent {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  double cost = 0;  // in the currency of the settings' prices
};

class UsageBook {
 public:
  virtual ~UsageBook() = default;
  // Since the start of the UTC day of `now`.
  virtual Task<Spent> spent_today(Time now, Deadline deadline) = 0;
  virtual StatusTask add(Time now, std::string purpose, Spent spent, Deadline deadline) = 0;
  // An explanation that was worded before for the same fingerprint and evidence shape; empty when none.
  virtual Task<std::string> wording(std::string key, Deadline deadline) = 0;
  virtual StatusTask keep_wording(std::string key, std::string json, Deadline deadline) = 0;
};

}  // namespace selfheal::assistant
