#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "access/roles.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace selfheal::access {

// Never given to a second person.
using PersonId = Id<struct PersonIdTag, std::int64_t>;

// Somebody who signs in, or whom Slack vouches for. Of one tenant.
struct Person {
  PersonId id;
  std::string name;  // as the audit trail shows it
  Role role = Role::viewer;
  bool disabled = false;
  std::string slack_user;  // "U024BE7LH", of at most one person; empty: not linked
  Time created_at{};
  std::optional<Time> seen_at;  // nothing: never signed in

  // What may be done in this name now.
  Role rights() const { return disabled ? Role::nobody : role; }
};

// A name that people and records can tell from others: trimmed, 1 to kPersonNameBytes of UTF-8 without
// control characters and without those that make text look like another. invalid_input says which rule is
// broken.
Result<std::string> person_name(std::string_view text);
// A member id as Slack writes it: U or W, then capitals and digits. invalid_input otherwise.
Result<std::string> slack_user_id(std::string_view text);

// What a page has room for.
inline constexpr std::size_t kPersonNameBytes = 80;

}  // namespace selfheal::access
