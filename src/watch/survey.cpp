#include "watch/survey.h"

#include "watch/internal/session_row.h"

namespace selfheal::watch {
namespace {

template <class Row>
Result<Seen<Row>> read_all(std::string query, pg::Rows rows, Row (*read)(healing::RowReader&)) {
  const auto item = internal::as_item(std::move(query), std::move(rows));
  Seen<Row> seen;
  for (std::size_t i = 0; i < item.rows.size(); ++i) {
    healing::RowReader row(item, i);
    if (i == 0) seen.at = row.time("at");
    seen.rows.push_back(read(row));
    TRY_OK(row.status());
  }
  return seen;
}

LimitSeen read_limit(healing::RowReader& row) {
  return {.kind = row.text("kind"),
          .name = row.text("name"),
          .allowed = row.number("allowed"),
          .used = row.number("used"),
          .idle = row.number("idle"),
          .group_sessions = row.number("group_sessions"),
          .group_idle = row.number("group_idle"),
          .group_user = row.text("user_name"),
          .group_application = row.text("application"),
          .group_client_address = row.text("client_address")};
}

XminHolder read_holder(healing::RowReader& row) {
  return {.session = internal::read_session(row),
          .slot = row.text("slot"),
          .held = row.text("held"),
          .xmin_age = row.number("xmin_age"),
          .catalog_only = row.boolean("catalog_only")};
}

SlotSeen read_slot(healing::RowReader& row) {
  return {.slot = row.text("slot"),
          .database = row.text("database"),
          .wal_status = row.text("wal_status"),
          .retained = row.number("retained"),
          .keep_size = row.number("keep_size")};
}

DatabaseAge read_age(healing::RowReader& row) {
  return {.database = row.text("database"),
          .xid_age = row.number("xid_age"),
          .mxid_age = row.number("mxid_age"),
          .freeze_max_age = row.number("freeze_max_age"),
          .multixact_freeze_max_age = row.number("multixact_freeze_max_age"),
          .failsafe_age = row.number("failsafe_age"),
          .multixact_failsafe_age = row.number("multixact_failsafe_age"),
          .autovacuum = row.boolean("autovacuum"),
          .track_counts = row.boolean("track_counts"),
          .may_connect = row.boolean("may_connect"),
          .is_here = row.boolean("is_here")};
}

InvalidIndex read_index(healing::RowReader& row) {
  return {.schema = row.text("schema"),
          .table = row.text("table_name"),
          .index = row.text("index_name"),
          .oid = row.number("oid"),
          .in_work = row.boolean("in_work")};
}

SequenceSeen read_sequence(healing::RowReader& row) {
  return {.schema = row.text("schema"),
          .sequence = row.text("sequence"),
          .oid = row.number("oid"),
          .table = row.text("table_name"),
          .column = row.text("column_name"),
          .value = row.number("value"),
          .last = row.number("last"),
          .used_percent = row.number("used_percent", 100)};
}

TableSeen read_table(healing::RowReader& row) {
  return {.schema = row.text("schema"),
          .table = row.text("table_name"),
          .oid = row.number("oid"),
          .live = row.number("live"),
          .dead = row.number("dead"),
          .changed = row.number("changed"),
          .is_stale = row.boolean("is_stale"),
          .is_unvacuumed = row.boolean("is_unvacuumed"),
          .last_analyze = row.time("last_analyze")};
}

}  // namespace

Result<Seen<LimitSeen>> read_connections(pg::Rows rows) {
  return read_all("connections", std::move(rows), read_limit);
}
Result<Seen<XminHolder>> read_xmin_holders(pg::Rows rows) {
  return read_all("xmin_holders", std::move(rows), read_holder);
}
Result<Seen<SlotSeen>> read_replication_slots(pg::Rows rows) {
  return read_all("replication_slots", std::move(rows), read_slot);
}
Result<Seen<DatabaseAge>> read_database_ages(pg::Rows rows) {
  return read_all("database_ages", std::move(rows), read_age);
}
Result<Seen<InvalidIndex>> read_invalid_indexes(pg::Rows rows) {
  return read_all("invalid_indexes", std::move(rows), read_index);
}
Result<Seen<TableSeen>> read_tables(pg::Rows rows) { return read_all("tables", std::move(rows), read_table); }

Result<SequencePage> read_sequences(pg::Rows rows) {
  const auto item = internal::as_item("sequences", std::move(rows));
  if (item.rows.empty()) return failure("the page of sequences brought no row");
  healing::RowReader first(item, 0);
  SequencePage page{.near_end = {.at = first.time("at"), .rows = {}},
                    .last_oid = first.number("last_oid"),
                    .sequences = first.number("sequences")};
  TRY_OK(first.status());
  for (std::size_t i = 0; i < item.rows.size(); ++i) {
    healing::RowReader row(item, i);
    auto sequence = read_sequence(row);
    TRY_OK(row.status());
    // The row that stands for a page without any has none.
    if (!sequence.sequence.empty()) page.near_end.rows.push_back(std::move(sequence));
  }
  return page;
}

}  // namespace selfheal::watch
