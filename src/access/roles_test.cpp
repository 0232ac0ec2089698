#include "access/roles.h"

#include <gmock/gmock.h>

namespace selfheal::access {
namespace {

using enum Permission;

TEST(Roles, MayWhatTheTableSays) {
  const std::pair<Role, std::vector<Permission>> wanted[] = {
      {Role::nobody, {anyone}},
      {Role::reporter, {anyone, report}},
      {Role::viewer, {anyone, view}},
      {Role::developer, {anyone, view, operate}},
      {Role::admin, {anyone, report, view, operate, administer}},
  };
  for (const auto& [role, permissions] : wanted) {
    EXPECT_EQ(permissions_of(role), permissions) << to_word(role);
    for (const auto permission : {unset, anyone, report, view, operate, administer})
      EXPECT_EQ(may(role, permission), std::ranges::count(permissions, permission) == 1)
          << to_word(role) << " " << to_word(permission);
  }
}

TEST(Roles, NobodyMayWhatWasForgotten) {
  for (const auto role : {Role::nobody, Role::reporter, Role::viewer, Role::developer, Role::admin})
    EXPECT_FALSE(may(role, unset));
  EXPECT_FALSE(may(static_cast<Role>(99), view)) << "an unknown role is nobody";
}

TEST(Roles, TheRefusedAreToldTheWeakestRoleThatMay) {
  EXPECT_EQ(least_role_for(view), Role::viewer);
  EXPECT_EQ(least_role_for(operate), Role::developer);
  EXPECT_EQ(least_role_for(administer), Role::admin);
  EXPECT_EQ(least_role_for(report), Role::admin) << "the ingest key is no role of people";
}

}  // namespace
}  // namespace selfheal::access
