#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/recording.h"
#include "pg/connection.h"

// What the slow surveys of a server bring: the rows of queries/*.sql as values. Each read fails when a column
// is missing or does not read: then nothing is known, not that all is well.
namespace selfheal::watch {

// The time of the server's clock at which the rows were read; nothing when there are none.
template <class Row>
struct Seen {
  std::optional<Time> at;
  std::vector<Row> rows;
};

// connections.sql
struct LimitSeen {
  std::string kind;  // server, role, database
  std::string name;  // of the role or database
  std::int64_t allowed = 0;
  std::int64_t used = 0;
  std::int64_t idle = 0;
  // The largest group of sessions under this limit.
  std::int64_t group_sessions = 0;
  std::int64_t group_idle = 0;
  std::string group_user;
  std::string group_application;
  std::string group_client_address;
};
Result<Seen<LimitSeen>> read_connections(pg::Rows rows);

// xmin_holders.sql
struct XminHolder {
  SessionSeen session;  // backend_type tells the kind, see troubles.h
  std::string slot;
  std::string held;  // the transaction id
  std::int64_t xmin_age = 0;
  bool catalog_only = false;  // dead rows of catalogs only
};
Result<Seen<XminHolder>> read_xmin_holders(pg::Rows rows);

// replication_slots.sql
struct SlotSeen {
  std::string slot;
  std::string database;  // of a logical slot
  std::string wal_status;
  std::int64_t retained = 0;   // bytes of WAL
  std::int64_t keep_size = 0;  // max_slot_wal_keep_size in bytes; negative: no limit
};
Result<Seen<SlotSeen>> read_replication_slots(pg::Rows rows);

// database_ages.sql
struct DatabaseAge {
  std::string database;
  std::int64_t xid_age = 0;
  std::int64_t mxid_age = 0;
  std::int64_t freeze_max_age = 0;
  std::int64_t multixact_freeze_max_age = 0;
  std::int64_t failsafe_age = 0;
  std::int64_t multixact_failsafe_age = 0;
  bool autovacuum = true;    // of the server, the same in every row
  bool track_counts = true;  // likewise
  bool may_connect = false;  // the role of the survey
  bool is_here = false;      // the database of the survey's connection
};
Result<Seen<DatabaseAge>> read_database_ages(pg::Rows rows);

// invalid_indexes.sql
struct InvalidIndex {
  std::string schema;
  std::string table;
  std::string index;
  std::int64_t oid = 0;
  bool in_work = false;  // somebody builds, rebuilds or drops it
};
Result<Seen<InvalidIndex>> read_invalid_indexes(pg::Rows rows);

// sequences.sql
struct SequenceSeen {
  std::string schema;
  std::string sequence;
  std::int64_t oid = 0;
  std::string table;  // with its column, when the column feeds from this sequence and has its schema
  std::string column;
  std::int64_t value = 0;
  std::int64_t last = 0;  // the last value that can be used
  std::int64_t used_percent = 0;
};
struct SequencePage {
  Seen<SequenceSeen> near_end;
  std::int64_t last_oid = 0;   // where the next page begins
  std::int64_t sequences = 0;  // in this page; fewer than kSequencesInPage: it was the last
};
inline constexpr std::int64_t kSequencesInPage = 200;
Result<SequencePage> read_sequences(pg::Rows rows);

// tables.sql
struct TableSeen {
  std::string schema;
  std::string table;
  std::int64_t oid = 0;
  std::int64_t live = 0;
  std::int64_t dead = 0;
  std::int64_t changed = 0;  // since the last ANALYZE
  bool is_stale = false;
  bool is_unvacuumed = false;
  Time last_analyze{};  // Time{}: never
};
Result<Seen<TableSeen>> read_tables(pg::Rows rows);

}  // namespace selfheal::watch
