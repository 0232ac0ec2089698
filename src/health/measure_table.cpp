// Everything that is measured. A new row takes the next free number.
#include "health/measures.h"

#include <algorithm>

#include "health/ports.h"

namespace selfheal::health {
namespace {

using enum Reduction;

// The stop that prevents wraparound, in percent: 2^31 - 1 - 3,000,000 transactions (PostgreSQL's varsup.c).
constexpr double kPercentOfStop = 100 / 2144483647.0;

// sorted by name
constexpr MeasureRow kMeasures[] = {
    {0, "cache.hit", "Cache hit", "percent", "pulse", "blocks_hit", share, "blocks_read"},
    {1, "checkpoints.requested", "Checkpoints requested", "per_second", "checkpoints", "requested", rate},
    {2, "checkpoints.timed", "Checkpoints by the clock", "per_second", "checkpoints", "timed", rate},
    {3, "checkpoints.writing", "Time checkpoints write", "percent", "checkpoints", "write_ms", rate, "", 0.1},
    {4, "connections.used", "Connections used", "percent", "connections", "used_percent", gauge},
    {5, "deadlocks", "Deadlocks", "per_second", "pulse", "deadlocks", rate},
    {6, "replication.lag", "Replication lag", "seconds", "pulse", "replication_lag_s", gauge},
    {7, "replication.lag_bytes", "Replication lag", "bytes", "pulse", "replication_lag_bytes", gauge},
    {8, "rows.dead", "Dead rows", "percent", "space", "dead_percent", gauge},
    {9, "rows.read", "Rows read", "per_second", "pulse", "rows_read", rate},
    {10, "rows.written", "Rows written", "per_second", "pulse", "rows_written", rate},
    {11, "sessions.active", "Active", "count", "census", "active", gauge},
    {12, "sessions.idle", "Idle", "count", "census", "idle", gauge},
    {13, "sessions.idle_in_transaction", "Idle in transaction", "count", "census", "idle_in_transaction",
     gauge},
    {14, "sessions.total", "Sessions", "count", "census", "clients", gauge},
    {15, "sessions.waiting", "Waiting for a lock", "count", "census", "waiting", gauge},
    {16, "slots.retained", "WAL kept for unread slots", "bytes", "slots", "retained", gauge},
    {17, "space.database", "Database size", "bytes", "space", "database_size", gauge},
    {18, "space.databases", "All databases", "bytes", "space", "databases_size", gauge},
    {19, "space.wal", "WAL directory", "bytes", "wal_size", "wal_size", gauge},
    {20, "temporary.written", "Temporary files", "bytes_per_second", "pulse", "temp_bytes", rate},
    {21, "transactions.committed", "Committed", "per_second", "pulse", "committed", rate},
    {22, "transactions.longest", "Longest transaction", "seconds", "census", "longest_s", gauge},
    {23, "transactions.rolled_back", "Rolled back", "per_second", "pulse", "rolled_back", rate},
    {24, "waits.client", "Client", "count", "pulse", "on_client", gauge},
    {25, "waits.cpu", "Running (no wait)", "count", "pulse", "on_cpu", gauge},
    {26, "waits.io", "Input and output", "count", "pulse", "on_io", gauge},
    {27, "waits.lock", "Lock", "count", "pulse", "on_lock", gauge},
    {28, "waits.lwlock", "Internal lock", "count", "pulse", "on_lwlock", gauge},
    {29, "waits.other", "Other", "count", "pulse", "on_other", gauge},
    {30, "wal.written", "WAL written", "bytes_per_second", "pulse", "wal_written", rate},
    {31, "wraparound.multixact", "Multixact age", "percent", "ages", "mxid_age", gauge, "", kPercentOfStop},
    {32, "wraparound.xid", "Transaction id age", "percent", "ages", "xid_age", gauge, "", kPercentOfStop},
};

// sorted by query
constexpr LookRow kLooks[] = {
    {"checkpoints", "checkpoints", 60s, false, 130000, 170000},
    {"checkpoints_17", "checkpoints", 60s, false, 170000},
    {"connections", "connections", 5s, true},
    {"database_ages", "ages", 30s, true},
    {"pulse", "pulse", kSamplePeriod},
    {"replicas", "replicas", 30s},
    {"replication_slots", "slots", 30s, true},
    {"slots", "all_slots", 30s},
    {"space", "space", 60s},
    {"wal_size", "wal_size", 60s},
};

}  // namespace

std::span<const MeasureRow> measures() { return kMeasures; }
std::span<const LookRow> looks() { return kLooks; }
std::size_t measure_count() { return std::size(kMeasures); }

const MeasureRow* measure(std::string_view name) {
  const auto* found = std::ranges::find(kMeasures, name, &MeasureRow::name);
  return found == std::end(kMeasures) ? nullptr : found;
}

}  // namespace selfheal::health
