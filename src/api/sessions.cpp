#include "api/sessions.h"

#include <algorithm>

#include "base/random.h"

namespace selfheal::api {

std::string Sessions::open(const Caller& caller, Time now) {
  make_room(now);
  auto token = random_token();
  sessions_[sha256_hex(token)] = {.caller = caller, .began = now, .used = now};
  return token;
}

Caller Sessions::find(std::string_view token, Time now) {
  const auto found = sessions_.find(sha256_hex(token));
  if (found == sessions_.end()) return {};
  auto& session = found->second;
  if (now - session.used > kSessionIdle || now - session.began > kSessionLasts) {
    sessions_.erase(found);
    return {};
  }
  session.used = now;
  return session.caller;
}

void Sessions::close(std::string_view token) { sessions_.erase(sha256_hex(token)); }

std::string Sessions::invite(const Caller& caller, Time now) {
  std::erase_if(invitations_, [&](const auto& entry) { return entry.second.until < now; });
  if (invitations_.size() >= kInvitations)
    invitations_.erase(
        std::ranges::min_element(invitations_, {}, [](const auto& entry) { return entry.second.until; }));
  auto token = random_token();
  invitations_[sha256_hex(token)] = {.caller = caller, .until = now + kInvitationLasts};
  return token;
}

std::optional<Caller> Sessions::admit(std::string_view token, Time now) {
  const auto invitation = invitations_.extract(sha256_hex(token));
  if (invitation.empty() || invitation.mapped().until < now) return std::nullopt;
  return invitation.mapped().caller;
}

void Sessions::make_room(Time now) {
  std::erase_if(sessions_, [&](const auto& entry) {
    return now - entry.second.used > kSessionIdle || now - entry.second.began > kSessionLasts;
  });
  if (sessions_.size() >= kSessions)
    sessions_.erase(
        std::ranges::min_element(sessions_, {}, [](const auto& entry) { return entry.second.used; }));
}

}  // namespace selfheal::api
