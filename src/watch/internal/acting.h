#pragma once

#include "base/clock.h"
#include "healing/ports.h"
#include "pg/connection.h"

// One remedy, or its undo, in one transaction. Errors as WatchedServer::act tells them.
namespace selfheal::watch::internal {

// Takes the lock that lets one installation act on a server, for the rest of the session. conflict: another
// has it.
StatusTask take_act_lock(pg::Connection& connection, Deadline deadline);
// Gives it back, on a session that is closed next: the server may take a while to notice the end of a
// session, and our own next act must not meet it.
asio::awaitable<void> give_act_lock_back(pg::Connection& connection, Deadline deadline);

// When an act must be over, on whose clock.
struct Within {
  Clock& clock;
  Deadline deadline;
};

// `beside` opens the session of a statement that runs outside the transaction.
Task<healing::ActReport> apply(pg::Connection& connection, healing::ApprovedRemedy approved,
                               TreatmentNumber treatment, Within within, pg::ConnectOptions beside);

Task<healing::ActReport> take_back(pg::Connection& connection, Treatment treatment, Clock& clock,
                                   Deadline deadline);

// The error of a step before anything was done, so that nobody takes it for an unknown outcome.
Error nothing_done(Error error);

}  // namespace selfheal::watch::internal
