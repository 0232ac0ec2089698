#pragma once

#include <span>

#include "base/clock.h"
#include "base/embedded.h"
#include "base/task.h"
#include "pg/connection.h"

namespace selfheal::store {

// All migrations of this program, sorted by number: "0001_foundation.sql".
std::span<const EmbeddedFile> migrations();

// Applies what is missing, in order, each in a transaction of its own together with its record. Several
// processes may do so at once: they wait for one another. failed: the database is newer than `migrations`, or
// one that was applied has another text here. Used by tests with the first few of them. `connection` is in no
// transaction.
StatusTask migrate(pg::Connection& connection, std::span<const EmbeddedFile> migrations, const Clock& clock,
                   Deadline deadline);

}  // namespace selfheal::store
