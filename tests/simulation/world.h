#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <set>

#include "base/random.h"
#include "healing/healer.h"
#include "support/simulated_clock.h"

// The world around healing on a simulated clock: a store that survives crashes, a patient whose sequence fell
// behind, and a process that may die at any call of a port.
namespace selfheal::simulation {

// What the patient is like, and how it behaves when it is treated.
struct Patient {
  std::int64_t last_value = 10;
  std::int64_t max_value = 500;
  bool remedy_helps = true;
  // The act takes effect and its answer is lost.
  bool loses_answers = false;
  bool probes_fail = false;
};

// What was seen of acts, for the invariants.
struct Act {
  TreatmentNumber treatment;
  bool intent_was_stored = false;
};

class World {
 public:
  World(std::uint64_t seed, test::SimulatedClock& clock);

  // The process dies at the n-th port call from now on: before it takes effect, or after it did and before
  // the answer.
  void die_at(int calls, bool after_effect);
  bool dead() const { return dead_; }
  void revive();

  healing::Ports& ports();
  // One error as the tail would file it, on the incident of this number.
  Filed report_error(std::int64_t incident = 1);

  Patient patient;
  Settings settings{.default_mode = ActionMode::automatic, .version = "v1"};
  std::map<IncidentNumber, Incident> incidents;
  std::map<TreatmentNumber, Treatment> treatments;
  std::map<IncidentNumber, Evidence> evidence;
  std::vector<Act> acts;
  std::vector<healing::PastCase> past;        // what memory says, whatever is asked
  std::vector<healing::PastCase> remembered;  // what memory was told
  std::vector<TimelineEntry> timeline;

 private:
  friend class Book;
  friend class Database;
  friend class Policies;
  friend class Memory;
  friend class Trail;
  // Every port call passes here twice, before and after its effect; a dead process waits here for ever.
  asio::awaitable<void> point(bool after_effect);

  test::SimulatedClock& clock_;
  SeededRandom random_;
  bool dead_ = false;
  bool dies_after_effect_ = false;
  int calls_left_ = -1;

  class Parts;
  std::shared_ptr<Parts> parts_;  // the ports; shared only so that this header need not know them
};

}  // namespace selfheal::simulation
