#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "server/config.h"
#include "server/scenario.h"

// A place to play troubles for real: a private cluster as the watched server with roles as doctor asks for
// them, the sample application's schema in it, an installation that watches it, and the API as the only
// window. Used by the demonstration, the tests and the proofs.
namespace selfheal::server {

struct StageOptions {
  std::filesystem::path directory;  // everything is made below it
  std::string listen = "127.0.0.1:0";
  std::string policy = "auto";
  std::filesystem::path ui_directory;        // pages are read from there; empty: those in the program
  std::map<std::string, double> thresholds;  // laid over lowered_thresholds()
  std::map<std::string, std::string> server_settings;
};

// The thresholds that the stage lowers so that a story takes seconds: the same settings that a policy has.
std::map<std::string, double> lowered_thresholds();

// What became of one part of a scenario, as the API showed it.
struct Played {
  std::string trouble;  // "sequence_behind_table" or "sequence_behind_table decoy"
  std::string title;
  bool as_expected = false;
  std::string why_not;  // what differs from what was expected
  Time injected_at{};   // the failing statement came back to its client
  std::optional<Duration> detected_after;
  std::optional<Duration> relieved_after;
  boost::json::object incident;  // as the API gives it; empty when there is none
};

class Stage {
 public:
  // Blocks until the watched server is watched and its log is read. Must not run as root.
  static Result<std::unique_ptr<Stage>> open(StageOptions options, Clock& clock);
  ~Stage();  // ends both clusters

  // Sets up, injects, waits for the outcome, and lets the application go on.
  Played play(const Scenario& scenario, bool decoy);

  std::vector<std::string> addresses() const;
  std::filesystem::path token_file() const;
  std::string application_conninfo() const;  // role app, database shop
  std::string owner_conninfo() const;        // superuser, database shop
  const std::filesystem::path& log_directory() const;
  // GET of the API as JSON; unavailable when it does not answer 200.
  Result<boost::json::value> get(const std::string& target) const;
  // A link that signs one browser in, once.
  Result<std::string> sign_in_url() const;
  // From now on nothing acts unless a person approves it.
  Status ask_before_acting() const;
  // Waits until `holds`, which is asked again with every event of the API and at least ten times a second.
  bool wait_for(const std::function<bool()>& holds, Deadline deadline) const;
  // Waits until the installation has ended by itself (Ctrl-C).
  Status wait();
  // Whether it has; waiting for anything else is over then.
  bool ended() const;

 private:
  struct State;

 public:
  explicit Stage(std::unique_ptr<State> state);  // by open(), which alone can name a State

 private:
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::server
