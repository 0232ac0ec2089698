#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "base/words.h"
#include "model/verdict.h"

namespace selfheal {

// The treatment journal: planned -> approved -> intent -> running -> done | failed | unknown -> verified |
// reverted. `intent` is committed before the first statement runs; after a crash, `intent` and `running`
// become `unknown` and live evidence decides. Nothing is run a second time.
enum class TreatmentState { planned, approved, intent, running, done, failed, unknown, verified, reverted };
BOOST_DESCRIBE_ENUM(TreatmentState, planned, approved, intent, running, done, failed, unknown, verified,
                    reverted)

// One application of one remedy.
struct Treatment {
  TreatmentNumber number;
  IncidentNumber incident;
  ServerId server;
  std::string database;
  std::string playbook;
  std::string action;
  std::string target;  // the object it touches, e.g. "sequence public.orders_id_seq"
  std::string plan_hash;
  std::string approved_by;  // "policy" or a person
  std::vector<std::string> statements;
  std::vector<std::string> undo;  // statements that take it back; empty: cannot be undone
  TreatmentState state = TreatmentState::planned;
  Time at{};  // of the last state change
  std::optional<Time> acted_at;  // absent: nothing ran, or the guard no longer held
  std::string report;  // what acting came back with, a sentence
  std::optional<Verdict> verdict;
};

}  // namespace selfheal
