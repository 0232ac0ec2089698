#include "pg/internal/read_only_rules.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>

#include "pg/internal/embedded_rules.h"

namespace selfheal::pg::internal {
namespace {

// sorted
constexpr std::string_view kNodes[] = {
    "A_ArrayExpr",
    "A_Const",
    "A_Expr",
    "A_Indices",
    "A_Indirection",
    "A_Star",
    "Alias",
    "BitString",
    "BoolExpr",
    "Boolean",
    "BooleanTest",
    "CTECycleClause",
    "CTESearchClause",
    "CaseExpr",
    "CaseWhen",
    "CoalesceExpr",
    "CollateClause",
    "ColumnDef",
    "ColumnRef",
    "CommonTableExpr",
    "DefElem",
    "ExplainStmt",
    "Float",
    "FuncCall",
    "GroupingFunc",
    "GroupingSet",
    "Integer",
    "JoinExpr",
    "List",
    "MinMaxExpr",
    "NamedArgExpr",
    "NullTest",
    "RangeFunction",
    "RangeSubselect",
    "RangeTableFunc",
    "RangeTableFuncCol",
    "RangeTableSample",
    "RangeVar",
    "ResTarget",
    "RowExpr",
    "SQLValueFunction",
    "SelectStmt",
    "SortBy",
    "String",
    "SubLink",
    "TypeCast",
    "TypeName",
    "VariableShowStmt",
    "WindowDef",
    "WithClause",
    "XmlExpr",
    "XmlSerialize",
};

struct FieldRow {
  std::string_view field, type;
};
// sorted
constexpr FieldRow kFields[] = {
    {"alias", "Alias"},
    {"boolval", "Boolean"},
    {"bsval", "BitString"},
    {"cycle_clause", "CTECycleClause"},
    {"fval", "Float"},
    {"ival", "Integer"},
    {"join_using_alias", "Alias"},
    {"larg", "SelectStmt"},
    {"over", "WindowDef"},
    {"rarg", "SelectStmt"},
    {"search_clause", "CTESearchClause"},
    {"sval", "String"},
    {"typeName", "TypeName"},
    {"withClause", "WithClause"},
};

// Their functions only compute. sorted
constexpr std::string_view kTrustedExtensions[] = {
    "btree_gin", "btree_gist", "citext",   "cube",     "earthdistance",      "fuzzystrmatch",
    "hstore",    "intarray",   "isn",      "ltree",    "pg_stat_statements", "pg_trgm",
    "pgcrypto",  "seg",        "unaccent", "uuid-ossp"};
// sorted
constexpr std::string_view kDeniedFunctions[] = {"pg_stat_statements_reset", "set_limit"};

// sorted
constexpr std::string_view kDeniedRelations[] = {
    "column_options",
    "foreign_data_wrapper_options",
    "foreign_server_options",
    "foreign_table_options",
    "pg_authid",
    "pg_db_role_setting",
    "pg_file_settings",
    "pg_foreign_data_wrapper",
    "pg_foreign_server",
    "pg_foreign_table",
    "pg_hba_file_rules",
    "pg_ident_file_mappings",
    "pg_largeobject",
    "pg_shadow",
    "pg_statistic",
    "pg_statistic_ext_data",
    "pg_stats",
    "pg_stats_ext",
    "pg_stats_ext_exprs",
    "pg_subscription",
    "pg_user_mapping",
    "pg_user_mappings",
    "user_mapping_options",
};

struct ColumnRow {
  std::string_view relation, column;
};
// sorted
constexpr ColumnRow kDeniedColumns[] = {
    {"pg_roles", "rolconfig"},
    {"pg_stat_wal_receiver", "conninfo"},
    {"pg_user", "useconfig"},
};

// sorted
constexpr std::string_view kDeniedSettings[] = {
    "archive_cleanup_command",
    "archive_command",
    "config_file",
    "data_directory",
    "event_source",
    "external_pid_file",
    "hba_file",
    "ident_file",
    "krb_server_keyfile",
    "primary_conninfo",
    "recovery_end_command",
    "restore_command",
    "ssl_ca_file",
    "ssl_cert_file",
    "ssl_crl_dir",
    "ssl_crl_file",
    "ssl_dh_params_file",
    "ssl_key_file",
    "ssl_passphrase_command",
    "unix_socket_directories",
};
constexpr std::string_view kSecretParts[] = {"conninfo", "passphrase", "password",
                                             "keyfile",  "key_file",   "_command"};
constexpr std::string_view kKnownPrefixes[] = {"auto_explain.", "pg_stat_statements.", "pg_trgm."};

// sorted. ANALYZE runs the statement and BUFFERS, WAL and TIMING tell only of that.
constexpr std::string_view kExplainOptions[] = {"buffers",  "costs",   "format",
                                                "settings", "summary", "verbose"};

template <std::size_t n>
bool holds(const std::string_view (&table)[n], std::string_view key) {
  return std::ranges::binary_search(table, key);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return c < 0x80 ? std::tolower(c) : c; });
  return out;
}

}  // namespace

bool is_allowed_node(std::string_view type) { return holds(kNodes, type); }

std::string_view type_of_field(std::string_view field) {
  const auto row = std::ranges::lower_bound(kFields, field, {}, &FieldRow::field);
  return row != std::end(kFields) && row->field == field ? row->type : std::string_view();
}

bool is_reviewed_function(std::string_view name) {
  return std::ranges::binary_search(reviewed_function_names(), name);
}
bool is_denied_function(std::string_view name) { return holds(kDeniedFunctions, name); }
bool is_trusted_extension(std::string_view name) { return holds(kTrustedExtensions, name); }
// The views that information_schema builds its own from (_pg_user_mappings …) show options whole.
bool is_denied_relation(std::string_view name) {
  return holds(kDeniedRelations, name) || name.starts_with("_pg_");
}
bool is_explain_option(std::string_view name) { return holds(kExplainOptions, lower(name)); }

bool is_denied_column(std::string_view relation, std::string_view column) {
  return std::ranges::any_of(
      kDeniedColumns, [&](const ColumnRow& row) { return row.relation == relation && row.column == column; });
}

bool has_denied_column(std::string_view relation) {
  return std::ranges::find(kDeniedColumns, relation, &ColumnRow::relation) != std::end(kDeniedColumns);
}

bool is_denied_setting(std::string_view name) {
  const auto setting = lower(name);
  if (setting == "all" || holds(kDeniedSettings, setting) || hints_at_denied_setting(setting)) return true;
  if (!setting.contains('.')) return false;
  return std::ranges::none_of(kKnownPrefixes,
                              [&](std::string_view prefix) { return setting.starts_with(prefix); });
}

bool hints_at_denied_setting(std::string_view literal) {
  const auto text = lower(literal);
  return holds(kDeniedSettings, text) ||
         std::ranges::any_of(kSecretParts, [&](std::string_view part) { return text.contains(part); });
}

std::span<const std::string_view> reviewed_function_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    auto text = embedded::pg_read_only().front().text;
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      if (end > 0) all.push_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    std::ranges::sort(all);
    return all;
  }();
  return names;
}

}  // namespace selfheal::pg::internal
