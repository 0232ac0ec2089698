#pragma once

#include <optional>
#include <string>
#include <vector>

#include "access/person.h"
#include "base/clock.h"
#include "base/task.h"

// What `access` needs of the rest, bound to one tenant; all on the control thread. `unavailable` at once
// while the store is down. Each change and its audit entry are one transaction; `actor` is who asks, as it is
// to stand in the audit trail.
namespace selfheal::access {

struct NewPerson {
  std::string name;  // of person_name()
  Role role = Role::viewer;
  std::string slack_user;  // of slack_user_id(), or empty
};

// What is absent stays as it is.
struct PersonChange {
  std::optional<Role> role;
  std::optional<bool> disabled;
  std::optional<std::string> slack_user;  // empty: unlinks
};

// A browser in which somebody is signed in. Its cookie holds what `hash` is the SHA-256 of.
struct Session {
  std::string hash;
  PersonId person;
  Time began{};
  Time used{};
};

// Whom a link let in; nobody when it does not, with the reason.
struct Admission {
  enum class Outcome { admitted, unknown, used, expired, disabled };
  Outcome outcome = Outcome::unknown;
  Person person;  // when admitted
};

class PeopleBook {
 public:
  virtual ~PeopleBook() = default;

  virtual Task<std::vector<Person>> people(Deadline deadline) = 0;  // by name
  // conflict: somebody has this name or this Slack user, or there are kPeople already.
  virtual Task<Person> add(NewPerson person, std::string actor, Deadline deadline) = 0;
  // An administrator who signs in at once, in the session of that hash. conflict when there is somebody.
  virtual Task<Person> add_first(std::string name, std::string session_hash, Deadline deadline) = 0;
  // Disabling ends their sessions and links. not_found; conflict when nobody who can administer would be
  // left, or somebody else has this Slack user.
  virtual Task<Person> change(PersonId person, PersonChange change, std::string actor, Deadline deadline) = 0;
  // The same refusals.
  virtual StatusTask remove(PersonId person, std::string actor, Deadline deadline) = 0;

  // A link that lets this person in once; an earlier one that was not used ends. not_found; conflict:
  // disabled.
  virtual StatusTask invite(PersonId person, std::string token_hash, Time until, std::string actor,
                            Deadline deadline) = 0;
  // Uses the link and opens a session.
  virtual Task<Admission> admit(std::string token_hash, std::string session_hash, Deadline deadline) = 0;

  // Those that have not ended, see kSessionIdle and kSessionLasts.
  virtual Task<std::vector<Session>> sessions(Deadline deadline) = 0;
  virtual StatusTask use_session(std::string hash, Time at, Deadline deadline) = 0;
  virtual StatusTask end_session(std::string hash, Deadline deadline) = 0;
};

// Everybody is held in memory; a company that lets more people see its databases has a directory of its own.
inline constexpr std::size_t kPeople = 500;
// Somebody who is called at night must not need another person's link first; whoever stays away for a week
// does.
inline constexpr Duration kSessionIdle = 24h * 7;
inline constexpr Duration kSessionLasts = 24h * 30;
// Browsers of one person; the one unused for longest ends.
inline constexpr std::size_t kSessionsOfPerson = 20;

inline bool has_ended(const Session& session, Time now) {
  return now - session.used > kSessionIdle || now - session.began > kSessionLasts;
}

}  // namespace selfheal::access
