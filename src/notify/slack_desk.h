#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "base/task.h"
#include "model/incident.h"

// What pressing a button in Slack needs of the rest, bound to one tenant. On the control thread.
namespace selfheal::notify {

// Whom a member of the workspace is linked to.
struct SlackPerson {
  std::string member;  // "U024BE7LH"
  std::string name;  // as the audit trail shows it
  std::string role;  // "admin", "developer", "viewer"
  bool may_decide = false;
};

// Until when an incident is muted: whichever comes first.
struct SlackMute {
  std::optional<Duration> lasts;
  bool until_worse = false;
  std::optional<std::int64_t> events_an_hour;
};

// Acts as the API does, in that person's name: the same rights, the same checks, the same records. Errors
// carry sentences for people:
//   refused    the person may not, or the policy says no
//   conflict   the plan is not the shown one any more, or the incident is being treated
class SlackDesk {
 public:
  virtual ~SlackDesk() = default;
  // `member` is Slack's id ("U024BE7LH"). Nothing: nobody is linked to it, or that person may do nothing
  // more.
  virtual Task<std::optional<SlackPerson>> person_of(std::string member, Deadline deadline) = 0;
  virtual Task<Incident> incident(IncidentNumber number, Deadline deadline) = 0;
  // Returns once the remedy has acted, with a sentence about what came of it. The same `once` acts once.
  struct Approval {
    IncidentNumber incident;
    std::string plan_id;
    std::string plan_hash;
    std::string once;
  };
  virtual Task<std::string> approve(SlackPerson person, Approval approval, Deadline deadline) = 0;
  // "I'm on it".
  virtual StatusTask take(SlackPerson person, IncidentNumber number, Deadline deadline) = 0;
  virtual StatusTask mute(SlackPerson person, IncidentNumber number, SlackMute mute, Deadline deadline) = 0;
};

}  // namespace selfheal::notify
