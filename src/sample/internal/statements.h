#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "pg/connection.h"
#include "sample/application.h"

// What the application says to its database.
namespace selfheal::sample::internal {

// Locks the founder's row until the transaction ends.
StatusTask take_row(pg::Connection& connection, std::string email, Deadline deadline);

// What a visitor is told of a statement that the database rejected: the field, when the constraint is one of
// a field's.
Rejection rejection_of(const pg::ServerError& error);
// What the form itself finds, before anything is sent.
std::optional<Rejection> objection(const NewEmployee& employee);

// The statements of `trouble` one after the other, to the first error.
Task<Caused> run_plainly(pg::Connection& connection, const Trouble& trouble, Deadline deadline);
// Two sessions that take two rows in opposite order.
Task<Caused> run_deadlock(pg::Connection& one, pg::Connection& other, Deadline deadline);

}  // namespace selfheal::sample::internal
