#include "analysis/notable.h"

namespace selfheal::analysis {
namespace {

// The sentences are PostgreSQL 15's (src/backend, `ereport(LOG` and `ereport(WARNING`), those of a kind
// together, the gravest kinds first.
constexpr NotableRow kRows[] = {
    {"crash", "crashed processes", "* was terminated by signal *", Weight::grave},
    {"crash", "crashed processes", "* was terminated by exception *", Weight::grave},
    {"crash_recovery", "restarts after a crash", "database system was interrupted*", Weight::grave},
    {"crash_recovery", "restarts after a crash", "all server processes terminated; reinitializing",
     Weight::grave},
    {"crash_recovery", "restarts after a crash",
     "database system was not properly shut down; automatic recovery in progress", Weight::grave},
    {"damaged_page", "damaged pages", "page verification failed, *", Weight::grave},
    {"damaged_page", "damaged pages", "invalid page in block *", Weight::grave},
    {"wraparound", "wraparound comes near", "database * must be vacuumed within *", Weight::grave},
    {"wraparound", "wraparound comes near", "oldest xmin is far in the past", Weight::grave},
    {"wraparound", "wraparound comes near", "oldest multixact is far in the past", Weight::grave},
    {"slot_invalidated", "replication slots given up", "invalidating slot *", Weight::grave},
    {"slot_invalidated", "replication slots given up", "invalidating obsolete replication slot *",
     Weight::grave},
    {"archive_failed", "WAL archiving fails", "archive command failed with exit code *", Weight::grave},
    {"archive_failed", "WAL archiving fails", "archive command was terminated by *", Weight::grave},
    {"archive_failed", "WAL archiving fails", "archiving write-ahead log file * failed too many times, *",
     Weight::grave},
    {"configuration_refused", "configuration was not taken", "configuration file * contains errors; *",
     Weight::caution},
    {"configuration_refused", "configuration was not taken", "* was not reloaded", Weight::caution},
    {"restart_needed", "settings that wait for a restart",
     "parameter * cannot be changed without restarting the server", Weight::caution},
    {"collation_version", "collation versions that differ", "* has a collation version mismatch",
     Weight::caution},
    {"collation_version", "collation versions that differ", "collation * has version mismatch",
     Weight::caution},
    {"lost_transaction", "clients lost in a transaction",
     "unexpected EOF on client connection with an open transaction", Weight::caution},
    {"lost_client", "clients lost", "could not receive data from client: *", Weight::usual},
    {"lost_client", "clients lost", "could not send data to client: *", Weight::usual},
    {"lock_wait", "waits for locks", "process * still waiting for *", Weight::caution},
    {"lock_wait_over", "waits for locks that ended", "process * acquired * on * after *", Weight::usual},
    {"deadlock_avoided", "deadlocks that resolved themselves", "process * avoided deadlock for *",
     Weight::usual},
    {"deadlock", "deadlocks seen", "process * detected deadlock while waiting for *", Weight::caution},
    {"temporary_file", "temporary files", "temporary file: path *, size *", Weight::usual},
    {"checkpoints_too_often", "checkpoints too often", "checkpoints are occurring too frequently *",
     Weight::caution},
    {"checkpoint", "checkpoints", "checkpoint complete: *", Weight::usual},
    {"checkpoint", "checkpoints", "restartpoint complete: *", Weight::usual},
    {"vacuum_to_prevent_wraparound", "vacuums to prevent wraparound",
     "automatic aggressive vacuum to prevent wraparound of table *", Weight::caution},
    {"vacuum_to_prevent_wraparound", "vacuums to prevent wraparound",
     "automatic vacuum to prevent wraparound of table *", Weight::caution},
    {"autovacuum", "autovacuums", "automatic vacuum of table *", Weight::usual},
    {"autovacuum", "autovacuums", "automatic aggressive vacuum of table *", Weight::usual},
    {"autoanalyze", "autoanalyzes", "automatic analyze of table *", Weight::usual},
    {"started", "starts of the server", "database system is ready to accept connections", Weight::usual},
    {"stopped", "stops of the server", "database system is shut down", Weight::usual},
};

bool fits(std::string_view pattern, std::string_view text) {
  const auto head = pattern.substr(0, pattern.find('*'));
  if (!text.starts_with(head)) return false;
  if (head.size() == pattern.size()) return text.size() == head.size();
  text.remove_prefix(head.size());
  pattern.remove_prefix(head.size() + 1);
  while (true) {
    const auto part = pattern.substr(0, pattern.find('*'));
    if (part.size() == pattern.size()) return text.ends_with(part);
    const auto at = text.find(part);
    if (at == text.npos) return false;
    text.remove_prefix(at + part.size());
    pattern.remove_prefix(part.size() + 1);
  }
}

}  // namespace

std::span<const NotableRow> notable_rows() { return kRows; }

const NotableRow* find_notable(std::string_view message) {
  for (const auto& row : kRows)
    if (fits(row.pattern, message)) return &row;
  return nullptr;
}

}  // namespace selfheal::analysis
