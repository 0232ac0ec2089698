#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "api/authenticate.h"
#include "base/time.h"

namespace selfheal::api {

// Browsers that are signed in as an account of this machine or with the API's token, and invitations that let
// one in; those of people are kept by access::People. In memory: after a restart they sign in again. Only
// hashes of tokens are kept. One thread.
class Sessions {
 public:
  // A new session's token, for a cookie.
  std::string open(const Caller& caller, Time now);
  // Nobody when it is unknown or over; else it goes on from now.
  Caller find(std::string_view token, Time now);
  void close(std::string_view token);

  // A token that admits() once.
  std::string invite(const Caller& caller, Time now);
  // Who invited: the session is theirs.
  std::optional<Caller> admit(std::string_view token, Time now);

  std::size_t size() const { return sessions_.size(); }

 private:
  struct Session {
    Caller caller;
    Time began{};
    Time used{};
  };
  struct Invitation {
    Caller caller;
    Time until{};
  };
  void make_room(Time now);

  std::map<std::string, Session> sessions_;  // by the token's SHA-256
  std::map<std::string, Invitation> invitations_;
};

// OWASP's session management cheat sheet: idle for half an hour at most where much may be done, and signed in
// for a working day.
inline constexpr Duration kSessionIdle = 30min;
inline constexpr Duration kSessionLasts = 12h;
inline constexpr Duration kInvitationLasts = 15min;
// A few people with a few browsers; beyond it the one unused for longest ends.
inline constexpr std::size_t kSessions = 1000;
inline constexpr std::size_t kInvitations = 100;

}  // namespace selfheal::api
