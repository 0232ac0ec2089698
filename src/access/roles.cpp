#include "access/roles.h"

#include <algorithm>
#include <array>

namespace selfheal::access {
namespace {

struct Row {
  Role role;
  std::vector<Permission> may;
};

// Weakest first. A viewer sees what was found out, redacted, and may ask about it; statements of one's own,
// which show rows of the watched databases, and whatever changes something need a developer.
const std::array<Row, 5>& rows() {
  using enum Permission;
  static const std::array<Row, 5> table{
      Row{Role::nobody, {anyone}},
      Row{Role::reporter, {anyone, report}},
      Row{Role::viewer, {anyone, view}},
      Row{Role::developer, {anyone, view, operate}},
      Row{Role::admin, {anyone, report, view, operate, administer}},
  };
  return table;
}

const Row& row_of(Role role) {
  const auto found = std::ranges::find(rows(), role, &Row::role);
  return found == rows().end() ? rows().front() : *found;
}

}  // namespace

bool may(Role role, Permission permission) {
  const auto& row = row_of(role);
  return std::ranges::find(row.may, permission) != row.may.end();
}

std::vector<Permission> permissions_of(Role role) { return row_of(role).may; }

Role least_role_for(Permission permission) {
  for (const auto& row : rows())
    if (is_of_people(row.role) && may(row.role, permission)) return row.role;
  return Role::admin;
}

bool is_of_people(Role role) {
  return role == Role::viewer || role == Role::developer || role == Role::admin;
}

}  // namespace selfheal::access
