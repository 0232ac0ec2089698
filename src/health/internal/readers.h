#pragma once

#include "health/checks.h"

// How checks read what was looked at. Each is the `read` of rows in check_table.cpp.
namespace selfheal::health::internal {

using Findings = Result<std::vector<Finding>>;

// Columns object, value, detail of the row's own query.
Findings objects(const CheckRow& row, const Looked& looked);

Findings cache_hit(const CheckRow& row, const Looked& looked);
Findings connections(const CheckRow& row, const Looked& looked);
Findings idle_in_transaction(const CheckRow& row, const Looked& looked);
Findings inactive_slots(const CheckRow& row, const Looked& looked);
Findings invalid_indexes(const CheckRow& row, const Looked& looked);
Findings long_transactions(const CheckRow& row, const Looked& looked);
Findings multixact_age(const CheckRow& row, const Looked& looked);
Findings replication_lag(const CheckRow& row, const Looked& looked);
Findings requested_checkpoints(const CheckRow& row, const Looked& looked);
Findings sequences(const CheckRow& row, const Looked& looked);
Findings waiting_sessions(const CheckRow& row, const Looked& looked);
Findings wal_size(const CheckRow& row, const Looked& looked);
Findings xid_age(const CheckRow& row, const Looked& looked);

}  // namespace selfheal::health::internal
