#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "healing/heal.h"

namespace selfheal::healing {

// Decides when the story is told: takes the news of all intakes, gives each incident to heal() one call at a
// time, follows treatments to their verdict, takes up again what a killed process left, and closes what has
// gone quiet. All calls on the control thread.
class Healer {
 public:
  // The ports of one server, or null when it is not watched any more. They outlive the healer.
  using PortsOf = std::function<Ports*(const ServerId&)>;

  Healer(asio::any_io_executor executor, PortsOf ports_of);

  // Takes news. Never waits: beyond kPendingNews the newest are dropped, as the log says; they are filed
  // already and come back with the next sighting.
  void consider(std::vector<Filed> news);

  // A person's button: conflict when the plan is not the shown one or somebody else is at it. Returns once
  // the remedy has acted; the verdict follows.
  Task<Outcome> approve(ServerId server, IncidentNumber number, std::string plan_id, std::string plan_hash,
                        Principal person);
  // Somebody asks for a remedy: looks at the incident again and proposes, and never acts. conflict while it
  // is being looked at. What is closed, muted or being treated stays as it is; the reason says so.
  Task<Outcome> reconsider(ServerId server, IncidentNumber number);
  // A person closes, refuses or mutes an incident. conflict while it is being treated.
  Task<Incident> set_state(ServerId server, IncidentNumber number, IncidentState state, std::string person,
                           std::string why);

  // A person looks after it: it stands in the timeline, and nothing else changes.
  Task<Incident> take(ServerId server, IncidentNumber number, std::string person);
  // A person says how an incident was corrected, or what others should know of it; the newest note holds.
  Task<Incident> note(ServerId server, IncidentNumber number, std::string person, std::string text);

  // Takes up treatments of this server that have no verdict and that nobody follows, as a killed process
  // leaves them: nothing is run again, live evidence decides. To be called every few seconds, because news of
  // the same incident may hold it for a moment.
  StatusTask resume(ServerId server);
  // Closes incidents of this server that were not seen for kQuietAfter. To be called about every half minute.
  StatusTask sweep(ServerId server);

  asio::awaitable<void> stop();

  bool is_busy(IncidentNumber number) const;

 private:
  struct Chart {
    Sighting sighting;
    bool busy = false;
    std::optional<Filed> again;  // came while busy
    Time looked_at{};
  };

  // Holds an incident for one coroutine; when it ends, however it ends, the next news of the incident gets
  // its turn.
  class Hold;

  bool wants_a_look(const Filed& filed, const Chart& chart) const;
  void pump();
  StatusTask look_after(Filed filed, std::unique_ptr<Hold> hold);
  StatusTask follow_held(Treatment treatment, Case before, std::unique_ptr<Hold> hold);
  StatusTask take_up(Treatment treatment, std::unique_ptr<Hold> hold);
  asio::awaitable<void> follow_to_verdict(Treatment treatment, Sighting sighting, Case before);
  Task<Filed> reopened_file(IncidentNumber number, Ports& ports);
  void release(IncidentNumber number);

  PortsOf ports_of_;
  TaskGroup tasks_;
  std::map<IncidentNumber, Chart> charts_;
  std::deque<Filed> pending_;
  int running_ = 0;
  bool behind_ = false;   // news was dropped, and the log said so
  bool stopped_ = false;  // news that still comes in is filed, and found again at the next start
};

// More would only queue behind the one observe connection of their server.
inline constexpr int kLookedAfterAtOnce = 8;
inline constexpr std::size_t kPendingNews = 1000;
// An incident whose threshold is not reached is looked at again with its next sighting, not more often than
// this.
inline constexpr Duration kLookAgain = 500ms;
// The right answer does not change by itself within a minute.
inline constexpr Duration kLookAgainAtRefused = 60s;
// Ten minutes without a sighting: it went away by itself or was corrected by a person.
inline constexpr Duration kQuietAfter = 10min;
// Charts kept of incidents; the oldest idle ones go first. They are rebuilt from the store when needed.
inline constexpr std::size_t kCharts = 5000;

}  // namespace selfheal::healing
