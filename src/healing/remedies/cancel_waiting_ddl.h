#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "healing/remedies/remedy.h"

namespace selfheal::healing {

// For one that loses nothing but its place in the queue.
extern const RemedyKind kCancelWaitingDdl;
// For one whose transaction has other work to lose, or that may be no schema change.
extern const RemedyKind kCancelWaitingTransaction;

// A statement that waits for a whole table, as evidence identified it.
struct WaitingDdl {
  int pid = 0;
  Time backend_start{};
  Time query_start{};  // of that very statement
};

// Those at the head of one table's queue: while one of several is left, the rest of the queue stays.
struct LockQueue {
  std::int64_t database_oid = 0;
  std::int64_t table_oid = 0;
  std::string database;
  std::vector<WaitingDdl> waiting;  // not empty
};

// Cancels the statements, not the sessions. The guard holds each to that statement, to a lock that it has not
// got, and to somebody who waits behind it; kCancelWaitingDdl also to a transaction that has nothing else to
// lose.
Remedy cancel_waiting_ddl(const LockQueue& queue, const RemedyKind& kind);

}  // namespace selfheal::healing
