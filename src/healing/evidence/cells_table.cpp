#include "healing/evidence/cells.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace selfheal::healing {
namespace {

// What the cells of a column hold, and so what may be shown of them. A column that is not in the table may
// hold anything.
enum class Cells { structure, application, user, client, statement, message };

struct ColumnRow {
  std::string_view name;
  Cells cells;
};

// sorted
constexpr ColumnRow kColumns[] = {
    {"active", Cells::structure},
    {"active_pid", Cells::structure},
    {"allowed", Cells::structure},
    {"analyzing_pid", Cells::structure},
    {"application", Cells::application},
    {"archiver_fails", Cells::structure},
    {"at", Cells::structure},
    {"backend_start", Cells::structure},
    {"backend_type", Cells::structure},
    {"blocker_pid", Cells::structure},
    {"blocker_start", Cells::structure},
    {"blocker_state", Cells::structure},
    {"blocker_xact_start", Cells::structure},
    {"bounds", Cells::statement},
    {"builder_pid", Cells::structure},
    {"catalog_only", Cells::structure},
    {"changed_at", Cells::structure},
    {"changed_rows", Cells::structure},
    {"changes_since", Cells::structure},
    {"client_host", Cells::client},
    {"column", Cells::structure},
    {"column_end", Cells::structure},
    {"column_type", Cells::structure},
    {"condition", Cells::structure},
    {"confirmed_flush_lsn", Cells::structure},
    {"context", Cells::message},
    {"cycles", Cells::structure},
    {"database", Cells::structure},
    {"database_oid", Cells::structure},
    {"dead_rows", Cells::structure},
    {"default_creators", Cells::structure},
    {"default_values", Cells::structure},
    {"defaulted_columns", Cells::structure},
    {"definer_functions", Cells::structure},
    {"definition", Cells::statement},
    {"detail", Cells::message},
    {"feeds_default", Cells::structure},
    {"generated_always", Cells::structure},
    {"granted", Cells::structure},
    {"grants", Cells::structure},
    {"has_advisory_lock", Cells::structure},
    {"has_default", Cells::structure},
    {"held_up", Cells::structure},
    {"held_up_since", Cells::structure},
    {"hint", Cells::message},
    {"idle", Cells::structure},
    {"idle_in_transaction", Cells::structure},
    {"inactive_since", Cells::structure},
    {"incident", Cells::structure},
    {"increment", Cells::structure},
    {"index", Cells::structure},
    {"index_kind", Cells::structure},
    {"index_oid", Cells::structure},
    {"insert_columns", Cells::structure},
    {"internal_query", Cells::statement},
    {"is_active", Cells::structure},
    {"is_attached", Cells::structure},
    {"is_called", Cells::structure},
    {"is_changed", Cells::structure},
    {"is_constraint", Cells::structure},
    {"is_depended_on", Cells::structure},
    {"is_dropped", Cells::structure},
    {"is_held", Cells::structure},
    {"is_held_on_columns", Cells::structure},
    {"is_live", Cells::structure},
    {"is_oldest", Cells::structure},
    {"is_primary", Cells::structure},
    {"is_ready", Cells::structure},
    {"is_schema_change", Cells::structure},
    {"is_synced", Cells::structure},
    {"is_unique", Cells::structure},
    {"is_valid", Cells::structure},
    {"keep_limit_bytes", Cells::structure},
    {"key_column", Cells::structure},
    {"key_columns", Cells::structure},
    {"key_type", Cells::structure},
    {"last_analyze", Cells::structure},
    {"last_statement", Cells::statement},
    {"last_value", Cells::structure},
    {"level", Cells::structure},
    {"live_rows", Cells::structure},
    {"lock_mode", Cells::structure},
    {"lock_type", Cells::structure},
    {"loses_work", Cells::structure},
    {"max_value", Cells::structure},
    {"may_act", Cells::structure},
    {"may_insert", Cells::structure},
    {"may_select", Cells::structure},
    {"may_update", Cells::structure},
    {"may_use", Cells::structure},
    {"may_use_schema", Cells::structure},
    {"message", Cells::message},
    {"names_columns", Cells::structure},
    {"neighbours", Cells::structure},
    {"newer_granted", Cells::structure},
    {"not_inherited_from", Cells::structure},
    {"object_column", Cells::structure},
    {"object_constraint", Cells::structure},
    {"object_index", Cells::structure},
    {"object_partition", Cells::structure},
    {"object_schema", Cells::structure},
    {"object_sequence", Cells::structure},
    {"object_table", Cells::structure},
    {"owner", Cells::structure},
    {"owner_is_superuser", Cells::structure},
    {"partition", Cells::structure},
    {"partition_kind", Cells::structure},
    {"partition_owner", Cells::structure},
    {"partition_schema", Cells::structure},
    {"pid", Cells::structure},
    {"planner_rows", Cells::structure},
    {"plugin", Cells::structure},
    {"position", Cells::structure},
    {"privilege", Cells::structure},
    {"protected_role", Cells::structure},
    {"query", Cells::statement},
    {"query_start", Cells::structure},
    {"relation", Cells::structure},
    {"relation_names", Cells::structure},
    {"relation_schemas", Cells::structure},
    {"restart_lsn", Cells::structure},
    {"retained_bytes", Cells::structure},
    {"root_schema", Cells::structure},
    {"root_table", Cells::structure},
    {"routine", Cells::structure},
    {"row_security", Cells::structure},
    {"safe_wal_bytes", Cells::structure},
    {"schema", Cells::structure},
    {"sequence", Cells::structure},
    {"sequence_end", Cells::structure},
    {"sequence_schema", Cells::structure},
    {"sequence_type", Cells::structure},
    {"size_bytes", Cells::structure},
    {"slot", Cells::structure},
    {"slot_type", Cells::structure},
    {"sqlstate", Cells::structure},
    {"state", Cells::structure},
    {"state_change", Cells::structure},
    {"statement", Cells::statement},
    {"statement_kind", Cells::structure},
    {"strategy", Cells::structure},
    {"table", Cells::structure},
    {"table_kind", Cells::structure},
    {"table_oid", Cells::structure},
    {"table_used_since", Cells::structure},
    {"tablespace", Cells::structure},
    {"transience", Cells::structure},
    {"trouble", Cells::structure},
    {"used", Cells::structure},
    {"user_name", Cells::user},
    {"value_limit", Cells::structure},
    {"waiter_application", Cells::application},
    {"waiter_pid", Cells::structure},
    {"waiter_start", Cells::structure},
    {"waiting", Cells::structure},
    {"waiting_since", Cells::structure},
    {"waits_on_purpose", Cells::structure},
    {"wal_keep_bytes", Cells::structure},
    {"wal_size_bytes", Cells::structure},
    {"wal_status", Cells::structure},
    {"worker_pid", Cells::structure},
    {"xact_start", Cells::structure},
    {"xmin_age", Cells::structure},
};

}  // namespace

pg::RedactedText redacted_cell(std::string_view column, std::string_view cell) {
  const auto* row = std::ranges::lower_bound(kColumns, column, {}, &ColumnRow::name);
  if (row == std::end(kColumns) || row->name != column) return pg::redact_own_text("‹left out›");
  switch (row->cells) {
    case Cells::structure:
      return pg::redact_own_text(cell);
    case Cells::application:
      return pg::redact({.application = std::string(cell)}).application;
    case Cells::user:
      return pg::redact({.user = std::string(cell)}).user;
    case Cells::client:
      return pg::redact({.client_host = std::string(cell)}).client_host;
    case Cells::statement:
      return pg::redact_statement(cell);
    case Cells::message:
      return pg::redact_message(cell);
  }
  return {};
}

}  // namespace selfheal::healing
