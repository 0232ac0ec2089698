#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "pg/connection.h"
#include "server/doctor.h"

// The role that runs SQL of people, the fourth wall of docs/decisions/0008-read-only-gate.md: what it can do
// when the walls before it let something through.
namespace selfheal::server::internal {

// What a role for SQL of people is called unless somebody chose another name.
inline constexpr const char* kAskRole = "selfheal_ask";

// Looks at the rights of `role` in the connection's database, whether it exists or not, and names what is too
// strong or missing, each with its statements. Reads the catalog only, as any role may.
Task<std::vector<Examined>> examine_ask_role(pg::Connection& connection, std::string role,
                                             const Clock& clock);

}  // namespace selfheal::server::internal
