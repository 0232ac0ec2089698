// Every check, sorted by name. Thresholds say where they come from; those that PostgreSQL's documentation
// gives no number for say so.
#include "health/checks.h"
#include "health/internal/readers.h"

namespace selfheal::health {
namespace {

using namespace internal;

const CheckRow kChecks[] = {
    {.name = "cache_hit",
     .title = "Cache hit",
     .meaning =
         "The share of blocks that PostgreSQL found in its own memory. When it is low the disk, or the "
         "operating system's cache, does the work and queries are slower.",
     .unit = "percent",
     .warn = 90,
     .critical = 75,
     .low_is_bad = true,
     .rule = "Experience, not documentation: transactional loads stay above 99 %, large reports may not. "
             "Judged over "
             "five minutes in which at least 10,000 blocks were read.",
     .advice = "Look for a statement that began to read a whole table (slow statements below, EXPLAIN), then "
               "compare "
               "shared_buffers with the part of the data that is in use.",
     .query = "pulse",
     .read = cache_hit},
    {.name = "connections",
     .title = "Connections",
     .meaning =
         "How much of max_connections, and of each role's and database's own limit, is in use. At 100 % new "
         "connections are refused.",
     .unit = "percent",
     .warn = 80,
     .critical = 90,
     .rule = "90 % is the setting watch.connections_used_percent; 80 % leaves time to look.",
     .advice =
         "See who holds them (the group with most sessions). Idle ones belong to a pool that is too large: "
         "shrink it or put a pooler such as PgBouncer in front. Raising max_connections needs a restart and "
         "memory.",
     .query = "connections",
     .is_surveyed = true,
     .read = connections},
    {.name = "dead_rows",
     .title = "Dead rows",
     .meaning = "Tables with more dead rows than autovacuum should let stand. They grow, and reading them "
                "gets slower.",
     .unit = "times",
     .warn = 2,
     .critical = 10,
     .rule = "Autovacuum comes at autovacuum_vacuum_threshold + autovacuum_vacuum_scale_factor * rows "
             "(PostgreSQL, "
             "Routine Vacuuming); twice that says that it does not keep up.",
     .advice = "Look for what holds it back first: a long transaction, a slot, a prepared transaction. Then "
               "VACUUM the "
               "table, and let autovacuum come earlier or work faster (autovacuum_vacuum_cost_limit).",
     .query = "dead_rows",
     .on_standby = false,
     .read = objects},
    {.name = "duplicate_indexes",
     .title = "Duplicate indexes",
     .meaning = "Indexes that repeat another one of the same table: each costs space and every write.",
     .unit = "bytes",
     .rule = "For information.",
     .advice = "DROP INDEX CONCURRENTLY the repetition, unless a foreign key or a replica identity names it.",
     .query = "duplicate_indexes",
     .is_information = true,
     .read = objects},
    {.name = "idle_in_transaction",
     .title = "Idle in transaction",
     .meaning = "Sessions that began a transaction and do nothing. They keep locks, and vacuum cannot clean "
                "behind them.",
     .unit = "seconds",
     .warn = 60,
     .critical = 300,
     .rule = "300 s is the setting watch.idle_after_s; 60 s is longer than any request of a web application.",
     .advice =
         "Find the code path that leaves transactions open. idle_in_transaction_session_timeout ends such "
         "sessions by itself.",
     .query = "census",
     .is_surveyed = true,
     .read = idle_in_transaction},
    {.name = "inactive_slots",
     .title = "Unread replication slots",
     .meaning = "A slot that nobody reads makes the server keep its log for ever, until the disk is full.",
     .unit = "bytes",
     .warn = 1073741824.0,
     .critical = 10737418240.0,
     .rule = "1 GiB is the setting watch.slot_bytes; ten times that is a disk that fills. A slot whose WAL "
             "is lost or "
             "unreserved (pg_replication_slots.wal_status) is critical at any size.",
     .advice = "Start its reader, or drop it with pg_drop_replication_slot() when nobody needs it. "
               "max_slot_wal_keep_size puts a limit to it.",
     .query = "replication_slots",
     .is_surveyed = true,
     .read = inactive_slots},
    {.name = "invalid_indexes",
     .title = "Invalid indexes",
     .meaning =
         "Leftovers of CREATE INDEX CONCURRENTLY that failed: they cost writes, and no query uses them.",
     .unit = "count",
     .warn = 1,
     .rule = "PostgreSQL, CREATE INDEX: an invalid index is to be dropped, or rebuilt with REINDEX INDEX "
             "CONCURRENTLY.",
     .advice = "DROP INDEX CONCURRENTLY, then build it again.",
     .query = "invalid_indexes",
     .is_surveyed = true,
     .on_standby = false,
     .read = invalid_indexes},
    {.name = "long_transactions",
     .title = "Long transactions",
     .meaning = "The transaction that is open longest. While it lasts, no row that died since is taken away "
                "anywhere.",
     .unit = "seconds",
     .warn = 300,
     .critical = 1800,
     .rule = "1800 s is the setting watch.old_xmin_after_s; 300 s is experience.",
     .advice = "See what it does: a report belongs on a standby, a batch is cut into pieces, a forgotten "
               "session is ended.",
     .query = "census",
     .is_surveyed = true,
     .read = long_transactions},
    {.name = "lossy_settings",
     .title = "Settings that lose data",
     .meaning = "Settings with which a crash loses data, or damage goes unnoticed.",
     .unit = "count",
     .warn = 1,
     .critical = 2,
     .rule =
         "PostgreSQL, Write Ahead Log and Developer Options. 2: data can be lost; 1: only the last commits.",
     .advice = "Turn them back (ALTER SYSTEM RESET …, then reload). They are for loading a database anew, or "
               "for rescue.",
     .query = "lossy_settings",
     .read = objects},
    {.name = "never_analyzed",
     .title = "Statistics never collected",
     .meaning = "Tables of which the planner knows nothing: it guesses, and plans badly.",
     .unit = "bytes",
     .warn = 1048576.0,
     .rule = "PostgreSQL, Updating Planner Statistics; tables below 1 MiB are read whole whatever is known "
             "of them.",
     .advice = "ANALYZE them. After pg_upgrade or a restore run vacuumdb --analyze-in-stages.",
     .query = "never_analyzed",
     .on_standby = false,
     .read = objects},
    {.name = "prepared_transactions",
     .title = "Prepared transactions",
     .meaning = "Transactions that wait for the second phase of a commit. They hold locks over restarts, and "
                "nobody owns them.",
     .unit = "seconds",
     .warn = 300,
     .critical = 3600,
     .rule = "PostgreSQL, PREPARE TRANSACTION: they are to be ended as soon as possible; the numbers are "
             "experience.",
     .advice = "Ask the transaction manager; else COMMIT PREPARED or ROLLBACK PREPARED by hand.",
     .query = "prepared_transactions",
     .on_standby = false,
     .read = objects},
    {.name = "replication_lag",
     .title = "Replication lag",
     .meaning =
         "How far standbys are behind: what readers there do not see yet, and what a failover would lose.",
     .unit = "seconds",
     .warn = 30,
     .critical = 300,
     .rule = "Experience; what is too late depends on what reads there.",
     .advice = "Look at the standby: a long query that holds replay back (max_standby_streaming_delay), a "
               "slow disk, the network.",
     .query = "replicas",
     .read = replication_lag},
    {.name = "requested_checkpoints",
     .title = "Checkpoints requested",
     .meaning = "Checkpoints that came early because the log grew to max_wal_size. Each writes whole pages "
                "again, so writing gets slower.",
     .unit = "percent",
     .warn = 50,
     .critical = 90,
     .rule = "PostgreSQL, WAL Configuration: checkpoints should come by checkpoint_timeout; the shares are "
             "experience, over "
             "the last hour and at least four checkpoints.",
     .advice = "Raise max_wal_size until most checkpoints come by the clock.",
     .query = "checkpoints",
     .read = requested_checkpoints},
    {.name = "sequences",
     .title = "Sequences near their end",
     .meaning = "When a sequence, or the integer column it feeds, is used up, every INSERT fails.",
     .unit = "percent",
     .warn = 75,
     .critical = 90,
     .rule = "75 % is the setting watch.sequence_used_percent.",
     .advice = "Change the column to bigint, in a quiet hour: the table is written anew. On a large table: a "
               "new column, filled in pieces.",
     .query = "sequences",
     .is_surveyed = true,
     .on_standby = false,
     .read = internal::sequences},
    {.name = "unused_indexes",
     .title = "Unused indexes",
     .meaning = "Indexes that no query used for a week or longer, and that enforce nothing.",
     .unit = "bytes",
     .rule = "For information. A month's end or a standby may use them.",
     .advice = "Watch for a month, look at the standbys, then DROP INDEX CONCURRENTLY.",
     .query = "unused_indexes",
     .is_information = true,
     .read = objects},
    {.name = "waiting_sessions",
     .title = "Sessions waiting for a lock",
     .meaning = "Somebody waits for another session's lock: users see a page that does not answer.",
     .unit = "seconds",
     .warn = 5,
     .critical = 30,
     .rule = "30 s is the setting watch.blocked_after_s; 5 s is what people notice.",
     .advice = "Open the incident: it shows who blocks whom, and what ends it.",
     .query = "waits",
     .is_surveyed = true,
     .read = waiting_sessions},
    {.name = "wal_size",
     .title = "Size of the write-ahead log",
     .meaning = "The log's directory is larger than planned: a slot, a failing archive command or "
                "wal_keep_size keeps it.",
     .unit = "times",
     .warn = 2,
     .critical = 5,
     .rule = "PostgreSQL, WAL Configuration: max_wal_size is a soft limit that heavy load passes a little; "
             "the multiples are experience.",
     .advice = "See pg_stat_archiver for a failing archive command, and the unread slots.",
     .query = "wal_size",
     .read = internal::wal_size},
    {.name = "wraparound_multixact",
     .title = "Wraparound of multixacts",
     .meaning = "Row locks shared by several transactions use numbers that run out; before that PostgreSQL "
                "refuses to write.",
     .unit = "percent",
     .warn = 40,
     .critical = 75,
     .rule = "PostgreSQL, Preventing Transaction ID Wraparound Failures: vacuum_multixact_failsafe_age is 75 "
             "% of the "
             "stop. 40 % is four times where autovacuum begins to freeze by itself.",
     .advice = "Find what holds vacuum back, then VACUUM (FREEZE) the oldest tables.",
     .query = "database_ages",
     .is_surveyed = true,
     .on_standby = false,
     .read = multixact_age},
    {.name = "wraparound_xid",
     .title = "Wraparound of transaction ids",
     .meaning =
         "Transaction ids run out unless vacuum freezes old rows; before that PostgreSQL refuses to write.",
     .unit = "percent",
     .warn = 40,
     .critical = 75,
     .rule = "PostgreSQL, Preventing Transaction ID Wraparound Failures: vacuum_failsafe_age is 75 % of the "
             "stop. 40 % is "
             "four times where autovacuum begins to freeze by itself.",
     .advice = "Find what holds vacuum back (a long transaction, a slot, a prepared transaction), then "
               "VACUUM (FREEZE) the oldest tables.",
     .query = "database_ages",
     .is_surveyed = true,
     .on_standby = false,
     .read = xid_age},
};

}  // namespace

std::span<const CheckRow> checks() { return kChecks; }

}  // namespace selfheal::health
