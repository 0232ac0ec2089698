#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "healing/evidence/probe.h"
#include "healing/remedies/remedy.h"
#include "model/case.h"

// A playbook knows one trouble: how to recognise it, what to do, and how to tell that it helped.
namespace selfheal::healing {

// What a playbook answers to: a SQLSTATE or a watch finding.
struct Trigger {
  std::string sqlstate;
  std::string trouble;
};
inline Trigger sqlstate(std::string code) { return {.sqlstate = std::move(code), .trouble = {}}; }
inline Trigger trouble(std::string name) { return {.sqlstate = {}, .trouble = std::move(name)}; }

struct Playbook {
  std::string name;   // its file, and the cause it proves
  std::string title;  // for people
  std::vector<Trigger> answers;
  std::vector<std::string> probes;  // names; run for the diagnosis, and again for the judgement
  bool needs_recording = false;     // wants the flight recorder's 60 s
  bool needs_session = false;       // wants the error that the session reported before this one
  // Reasons a DBA would accept, or nothing: "this is not mine".
  Result<std::optional<Diagnosis>> (*diagnose)(const Case&) = nullptr;
  // The smallest fix first; empty when the right answer is not to act (the diagnosis says why).
  Result<std::vector<Remedy>> (*propose)(const Diagnosis&, const Case&) = nullptr;
  // Looks at the same probes before and after: is the trouble still there? Recurrences and the age of the
  // evidence are not its business (verification/verdict.h adds them for all).
  Result<Verdict> (*judge)(const Case& before, const Case& after) = nullptr;
  // How long the fingerprint must stay silent after relief before the incident counts as healed.
  SettingRow watch_for;
  std::vector<SettingRow> settings;
};

// The value of one of the playbook's settings for this case.
double setting(const Playbook& playbook, const Case& facts, std::string_view name);

// All playbooks, sorted by name.
std::span<const Playbook* const> catalogue();
// Those that answer to this sighting, in catalogue order.
std::vector<const Playbook*> answering(const Sighting& sighting);
const Playbook* find_playbook(std::string_view name);

}  // namespace selfheal::healing
