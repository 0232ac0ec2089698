#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/ports.h"

namespace selfheal::access {

// A token behind the # of a page's address, which is never sent to a server. It is told once; only its hash
// is kept.
struct Link {
  std::string token;
  Time until{};
};

// What a link led to: an open session when outcome is `admitted`.
struct SignedIn {
  Admission::Outcome outcome = Admission::Outcome::unknown;
  Person person;
  std::string cookie;
};

// Everybody of a tenant and where they are signed in, held in memory so that each request can be judged by
// what holds now: a change made here counts at once, one made by another process within a minute. On the
// control thread.
class People {
 public:
  // All outlive it.
  People(PeopleBook& book, Clock& clock, asio::any_io_executor executor);
  ~People();  // when nobody waits in lost()
  People(const People&) = delete;
  People& operator=(const People&) = delete;

  // Before anything else is asked of it.
  StatusTask load(Deadline deadline);

  // By name. Pointers hold until the next co_await.
  const std::vector<Person>& all() const;
  const Person* find(PersonId person) const;
  const Person* find_by_name(std::string_view name) const;  // whatever the case of ASCII letters
  const Person* find_by_slack(std::string_view slack_user) const;

  // As PeopleBook says; invalid_input when a name or a Slack user does not fit, or the role is not one of
  // people.
  Task<Person> add(NewPerson person, std::string actor, Deadline deadline);
  Task<Person> change(PersonId person, PersonChange change, std::string actor, Deadline deadline);
  StatusTask remove(PersonId person, std::string actor, Deadline deadline);
  Task<Link> invite(PersonId person, Duration lasts, std::string actor, Deadline deadline);

  // The link of the first start, in memory: the one before ends. Nothing when there is somebody.
  std::optional<Link> invite_first();
  // What that link is worth now; `unknown` when the token is another.
  Admission::Outcome first_link(std::string_view token) const;
  // The first administrator, signed in. conflict when there is somebody.
  Task<SignedIn> admit_first(std::string_view token, std::string name, Deadline deadline);
  Task<SignedIn> admit(std::string_view token, Deadline deadline);

  // Who is signed in with that cookie and may be; null otherwise.
  const Person* signed_in(std::string_view cookie) const;
  // To be called before signed_in(): notes that the session is used, and looks whether another process
  // changed something. Costs a query a minute. What fails is tried again with a later call.
  asio::awaitable<void> keep(std::string cookie, Deadline deadline);
  StatusTask sign_out(std::string cookie, Deadline deadline);

  // Ends when the person may that no longer, or the wait is cancelled: what a page listens to ends then.
  asio::awaitable<void> lost(PersonId person, Permission permission);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// To read the log of the first start and choose a name.
inline constexpr Duration kFirstLinkLasts = 1h;
// Over a weekend, for a link that is sent to somebody.
inline constexpr Duration kInvitationOfPersonLasts = 72h;

}  // namespace selfheal::access
