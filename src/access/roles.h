#pragma once

#include <boost/describe/enum.hpp>
#include <string_view>
#include <vector>

#include "base/words.h"

// What each role may. One table; the API's routes, the pages and Slack's buttons ask nothing else.
namespace selfheal::access {

// What a route demands. Each route says one; `unset` is refused to everybody, so that a route which forgot it
// is not open.
enum class Permission { unset, anyone, report, view, operate, administer };
BOOST_DESCRIBE_ENUM(Permission, unset, anyone, report, view, operate, administer)

// `nobody` has not said who it is; `reporter` is the ingest key, which no person has.
enum class Role { nobody, reporter, viewer, developer, admin };
BOOST_DESCRIBE_ENUM(Role, nobody, reporter, viewer, developer, admin)

bool may(Role role, Permission permission);
// All of them, weakest first.
std::vector<Permission> permissions_of(Role role);
// The weakest role a person can have that may: what somebody who may not is told.
Role least_role_for(Permission permission);
// Whether people can have it: viewer, developer, admin.
bool is_of_people(Role role);

}  // namespace selfheal::access
