#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/embedded.h"
#include "base/result.h"
#include "base/time.h"

// A trouble in a bottle: a playbook's .scenario file, and the application that plays it with real client
// sessions. The demonstration and the tests run the same files.
namespace selfheal::server {

struct ScenarioStep {
  std::string session;      // a client connection of this application_name; made at its first step, kept open
  std::string sql;          // several statements are one simple query
  std::string expect;       // "ok", or the SQLSTATE that must come back
  bool background = false;  // sent without waiting for the answer
  bool collect = false;     // waits for the answer to the session's background step
  std::string user;   // the role that the session logs in as, at its first step; empty: the application's
  std::string until;  // runs sql in one new session after the other, which stay, until the server refuses one
                      // with this SQLSTATE; no answer is waited for
};

struct ScenarioPart {
  std::string setup;  // as the owner, before the steps
  std::vector<ScenarioStep> steps;
  std::vector<ScenarioStep> afterwards;  // once the verdict is in
  std::string cause;                     // what must be found; empty: nobody may claim to know
  std::string action;                    // what must be done; empty: nothing
  std::string verdict;                   // the word it must end with; empty: none, since nothing is done
  std::string state;    // what the incident must come to when nothing is done; empty: refused
  bool silent = false;  // no incident may claim the scenario's own cause, nor wait for one
};

struct Scenario {
  std::string name;  // of its playbook
  std::string title;
  std::string setup;
  ScenarioPart trouble;
  ScenarioPart decoy;  // looks alike, and must not get the same answer
};

// invalid_input names the file, the line and the key.
Result<Scenario> parse_scenario(EmbeddedFile file);
// Those of all playbooks, sorted by name. An error is a defect of the program.
Result<std::vector<Scenario>> scenarios();

// Client sessions on a watched server. Blocking; one thread.
class Application {
 public:
  // `conninfo` without application_name.
  explicit Application(std::string conninfo);
  ~Application();  // ends all sessions
  Application(Application&&) noexcept;

  // Runs the steps in order. The error says which step gave what instead of what was expected.
  Status run(const std::vector<ScenarioStep>& steps);

 private:
  struct Session;
  Result<Session*> session(const ScenarioStep& step);
  std::string conninfo_of(const ScenarioStep& step) const;
  Status crowd(const ScenarioStep& step);
  std::string conninfo_;
  std::map<std::string, std::unique_ptr<Session>> sessions_;
  std::vector<std::unique_ptr<Session>> crowd_;
};

// No step of a scenario takes longer; a session that waits for a lock has its own timeout.
inline constexpr Duration kStepTimeout = 30s;
// Of one crowd: more than any server of ours takes.
inline constexpr std::size_t kCrowdSessions = 500;

}  // namespace selfheal::server
