#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// One row of xmin_holders.sql. backend_type tells the kind: of a session, "walsender" (a standby's feedback),
// "replication slot" or "prepared transaction" (whose gid is in `application`); the last two have pid 0.
struct XminHolderRow {
  std::string slot;
  bool catalog_only = false;
  std::int64_t xmin_age = 0;  // transactions that began since
  int pid = 0;
  Time backend_start{};
  Time xact_start{};
  Time state_change{};
  std::string state;
  std::string backend_type;
  std::string user;
  std::string application;
  std::string database;        // empty: it holds back vacuum in every database
  bool protected_role = true;  // superuser, replication, or a role we could not see
  bool has_advisory_lock = false;
  std::int64_t dead_rows = 0;  // of the whole database, the same in every row
};

// Oldest first.
Result<std::vector<XminHolderRow>> xmin_holders(const Evidence& evidence);

}  // namespace selfheal::healing
