#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/recording.h"
#include "pg/connection.h"

namespace selfheal::watch {

// A session with an open transaction, and how far it holds back vacuum.
struct OpenTransaction {
  SessionSeen session;
  std::int64_t xmin_age = 0;  // transactions begun since its oldest snapshot or its own id; 0: it holds none
};

// Who was there at one moment.
struct Census {
  Time at{};  // the server's clock
  int max_connections = 0;
  int clients = 0;
  int active = 0;
  int idle = 0;
  int idle_in_transaction = 0;
  int waiting = 0;                            // for a heavyweight lock
  std::vector<OpenTransaction> transactions;  // oldest first, at most the `rows:` of queries/census.sql
};

// The answer of queries/census.sql.
Result<Census> read_census(pg::Rows rows);

}  // namespace selfheal::watch
