#pragma once

#include <boost/describe/class.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

// An incident as the API shows it, and what belongs to it. Words (state, category, severity, confidence …)
// are those of the model, as texts. Nothing here holds a value of the application.
namespace selfheal::contract {

struct Check {
  std::string id;
  std::string title;
  std::string status;  // passed, failed, unknown
  std::string evidence_id;
};
BOOST_DESCRIBE_STRUCT(Check, (), (id, title, status, evidence_id))

struct RuledOut {
  std::string cause;
  std::string why;
};
BOOST_DESCRIBE_STRUCT(RuledOut, (), (cause, why))

struct Sentence {
  std::string text;
  std::string evidence_id;
};
BOOST_DESCRIBE_STRUCT(Sentence, (), (text, evidence_id))

// A session in the graph of who waits for whom.
struct BlockingNode {
  int pid = 0;  // 0: a prepared transaction, which has no session
  std::string application;
  std::string state;
  std::string statement;  // its shape
  std::optional<Time> xact_start;
  bool root = false;  // waits for nobody itself
};
BOOST_DESCRIBE_STRUCT(BlockingNode, (), (pid, application, state, statement, xact_start, root))

struct BlockingEdge {
  int waiter = 0;
  int blocker = 0;
  std::string lock_type;
  std::string lock_mode;
  std::string relation;
  std::optional<Time> waiting_since;
};
BOOST_DESCRIBE_STRUCT(BlockingEdge, (), (waiter, blocker, lock_type, lock_mode, relation, waiting_since))

struct Blocking {
  std::vector<BlockingNode> nodes;
  std::vector<BlockingEdge> edges;
  std::string evidence_id;  // where it was read from
  int subject = 0;          // the session that the incident is about; 0: not known
};
BOOST_DESCRIBE_STRUCT(Blocking, (), (nodes, edges, evidence_id, subject))

struct Remedy {
  std::string plan_id;
  std::string plan_hash;
  std::optional<Time> expires_at;
  std::string action;
  std::string title;
  std::vector<std::string> statements;
  std::vector<std::string> guards;
  std::string risk;
  std::string undo;
  int level = 4;
  std::string decision;  // off, suggest, approve, auto
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(Remedy, (),
                      (plan_id, plan_hash, expires_at, action, title, statements, guards, risk, undo, level,
                       decision, reason))

struct Retry {
  bool safe = false;
  std::string scope;
  int after_ms = 0;
  std::string why;
};
BOOST_DESCRIBE_STRUCT(Retry, (), (safe, scope, after_ms, why))

// Why nothing is proposed.
struct Refusal {
  std::string kind;  // never, not_yet
  std::string reason;
  std::string statement;  // what a person could run instead, or empty
};
BOOST_DESCRIBE_STRUCT(Refusal, (), (kind, reason, statement))

struct TimelineEntry {
  Time at{};
  std::string what;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(TimelineEntry, (), (at, what, text))

// What became of one action, as far as evidence judged it.
struct ActionRecord {
  std::string action;
  int helped = 0;
  int tried = 0;
};
BOOST_DESCRIBE_STRUCT(ActionRecord, (), (action, helped, tried))

// A past trouble that is alike, or a runbook about it.
struct SimilarCase {
  std::string what;      // incident, runbook
  std::string incident;  // SH-12; empty of a runbook
  std::string runbook;   // its name; empty of an incident
  std::string title;
  std::vector<std::string> why;  // sentences
  std::string cause;
  std::string trust;   // verified, resolved (by a person), seen, written (a runbook)
  std::string action;  // helped most often; empty when nothing helped yet
  int helped = 0;      // of that action
  int tried = 0;
  std::string verdict;     // of the last treatment
  std::string experience;  // what became of it, in words
  std::vector<ActionRecord> outcomes;
  std::vector<std::string> notes;  // of people, newest first
  std::optional<Time> at;          // seen last
};
BOOST_DESCRIBE_STRUCT(SimilarCase, (),
                      (what, incident, runbook, title, why, cause, trust, action, helped, tried, verdict,
                       experience, outcomes, notes, at))

struct Treatment {
  std::int64_t id = 0;
  std::string action;
  std::string target;
  std::string state;
  std::string approved_by;
  std::vector<std::string> statements;
  std::vector<std::string> undo;
  Time at{};
  std::optional<Time> acted_at;
  std::string report;
  std::optional<std::string> verdict;
};
BOOST_DESCRIBE_STRUCT(Treatment, (),
                      (id, action, target, state, approved_by, statements, undo, at, acted_at, report,
                       verdict))

// In lists, `blocking`, `timeline`, `treatments` and `similar` are empty.
struct Incident {
  std::string id;
  std::int64_t rev = 0;
  std::string state;
  std::string category;   // LOCK_CONTENTION …
  std::string category7;  // nearest of the seven; NONE where there is none
  std::string severity;
  std::string sqlstate;
  std::string trouble;  // a finding of the watch, which raises no error
  std::string cause;    // a playbook's name; empty while unknown
  std::string title;
  std::string message;    // redacted
  std::string statement;  // its shape
  std::string confidence;
  std::vector<Check> checks;
  std::vector<RuledOut> ruled_out;
  bool auto_fixable = false;
  std::string transient;
  std::string fingerprint;
  std::string family;
  std::int64_t events = 0;
  Time first_seen{};
  Time last_seen{};
  std::string server;
  std::string database;
  std::vector<Sentence> explanation;
  std::optional<Blocking> blocking;
  std::optional<Remedy> remedy;
  std::optional<Refusal> refusal;
  std::optional<Retry> retry;
  std::optional<Time> relieved_at;
  std::optional<Time> watched_until;  // while it is verified: when it counts as healed
  std::optional<Time> closed_at;
  std::optional<std::string> verdict;
  std::string verdict_reason;
  std::optional<std::string> merged_into;
  std::vector<Treatment> treatments;
  std::vector<TimelineEntry> timeline;
  std::vector<SimilarCase> similar;
};
BOOST_DESCRIBE_STRUCT(Incident, (),
                      (id, rev, state, category, category7, severity, sqlstate, trouble, cause, title,
                       message, statement, confidence, checks, ruled_out, auto_fixable, transient,
                       fingerprint, family, events, first_seen, last_seen, server, database, explanation,
                       blocking, remedy, refusal, retry, relieved_at, watched_until, closed_at, verdict,
                       verdict_reason, merged_into, treatments, timeline, similar))

}  // namespace selfheal::contract
