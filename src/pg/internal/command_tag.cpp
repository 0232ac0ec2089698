#include "pg/internal/command_tag.h"

#include <array>

#include "pg/internal/text.h"

namespace selfheal::pg::internal {
namespace {

// The first row whose node, and whose field when it names one, fit. An empty value means: the field is there
// and true.
struct TagRow {
  std::string_view node;
  std::string_view field;
  std::string_view value;
  std::string_view tag;
};

constexpr std::array kTags = std::to_array<TagRow>({
    {"AlterRoleSetStmt", "", "", "ALTER ROLE"},
    {"AlterDatabaseSetStmt", "", "", "ALTER DATABASE"},
    {"AlterEnumStmt", "", "", "ALTER TYPE"},
    {"AlterOpFamilyStmt", "", "", "ALTER OPERATOR FAMILY"},
    {"AlterSeqStmt", "", "", "ALTER SEQUENCE"},
    {"AlterTableSpaceOptionsStmt", "", "", "ALTER TABLESPACE"},
    {"ClosePortalStmt", "", "", "CLOSE CURSOR"},
    {"CompositeTypeStmt", "", "", "CREATE TYPE"},
    {"ConstraintsSetStmt", "", "", "SET CONSTRAINTS"},
    {"CopyStmt", "", "", "COPY"},
    {"CreateEnumStmt", "", "", "CREATE TYPE"},
    {"CreateFunctionStmt", "is_procedure", "", "CREATE PROCEDURE"},
    {"CreateRangeStmt", "", "", "CREATE TYPE"},
    {"CreateSeqStmt", "", "", "CREATE SEQUENCE"},
    {"CreateStatsStmt", "", "", "CREATE STATISTICS"},
    {"CreateStmt", "", "", "CREATE TABLE"},
    {"CreateTrigStmt", "", "", "CREATE TRIGGER"},
    {"CreatedbStmt", "", "", "CREATE DATABASE"},
    {"DropRoleStmt", "", "", "DROP ROLE"},
    {"DropdbStmt", "", "", "DROP DATABASE"},
    {"FetchStmt", "ismove", "", "MOVE"},
    {"GrantRoleStmt", "is_grant", "", "GRANT ROLE"},
    {"GrantRoleStmt", "", "", "REVOKE ROLE"},
    {"GrantStmt", "is_grant", "", "GRANT"},
    {"GrantStmt", "", "", "REVOKE"},
    {"IndexStmt", "", "", "CREATE INDEX"},
    {"LockStmt", "", "", "LOCK TABLE"},
    {"RefreshMatViewStmt", "", "", "REFRESH MATERIALIZED VIEW"},
    {"RuleStmt", "", "", "CREATE RULE"},
    {"SelectStmt", "intoClause", "", "SELECT INTO"},
    {"TransactionStmt", "kind", "TRANS_STMT_BEGIN", "BEGIN"},
    {"TransactionStmt", "kind", "TRANS_STMT_START", "START TRANSACTION"},
    {"TransactionStmt", "kind", "TRANS_STMT_COMMIT", "COMMIT"},
    {"TransactionStmt", "kind", "TRANS_STMT_SAVEPOINT", "SAVEPOINT"},
    {"TransactionStmt", "kind", "TRANS_STMT_RELEASE", "RELEASE"},
    {"TransactionStmt", "kind", "TRANS_STMT_PREPARE", "PREPARE TRANSACTION"},
    {"TransactionStmt", "kind", "TRANS_STMT_COMMIT_PREPARED", "COMMIT PREPARED"},
    {"TransactionStmt", "kind", "TRANS_STMT_ROLLBACK_PREPARED", "ROLLBACK PREPARED"},
    {"TransactionStmt", "", "", "ROLLBACK"},
    {"TruncateStmt", "", "", "TRUNCATE TABLE"},
    {"VacuumStmt", "is_vacuumcmd", "", "VACUUM"},
    {"VacuumStmt", "", "", "ANALYZE"},
    {"VariableSetStmt", "kind", "VAR_RESET", "RESET"},
    {"VariableSetStmt", "kind", "VAR_RESET_ALL", "RESET"},
    {"VariableSetStmt", "", "", "SET"},
    {"VariableShowStmt", "", "", "SHOW"},
    {"ViewStmt", "", "", "CREATE VIEW"},
});

// Statements whose tag ends with the kind of object that a field holds, as OBJECT_FOREIGN_TABLE.
struct ObjectRow {
  std::string_view node;
  std::string_view field;
  std::string_view verb;
};
constexpr std::array kObjectTags = std::to_array<ObjectRow>({
    {"AlterObjectSchemaStmt", "objectType", "ALTER "},
    {"AlterOwnerStmt", "objectType", "ALTER "},
    {"AlterTableStmt", "objtype", "ALTER "},
    {"CreateTableAsStmt", "objtype", "CREATE "},
    {"DropStmt", "removeType", "DROP "},
    {"RenameStmt", "renameType", "ALTER "},
});

std::string_view text_in(const boost::json::object& body, std::string_view field) {
  const auto* value = body.if_contains(field);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

bool fits(const TagRow& row, const boost::json::object& body) {
  if (row.field.empty()) return true;
  return row.value.empty() ? body.contains(row.field) : text_in(body, row.field) == row.value;
}

// OBJECT_FOREIGN_TABLE as "FOREIGN TABLE".
std::string object_words(std::string_view kind, const boost::json::object& body) {
  // A column or constraint is changed through what it belongs to.
  if (kind == "OBJECT_COLUMN" || kind == "OBJECT_TABCONSTRAINT") kind = text_in(body, "relationType");
  if (kind == "OBJECT_MATVIEW") return "MATERIALIZED VIEW";
  constexpr std::string_view kPrefix = "OBJECT_";
  std::string words(kind.starts_with(kPrefix) ? kind.substr(kPrefix.size()) : "TABLE");
  for (char& c : words)
    if (c == '_') c = ' ';
  return words;
}

// AlterFdwStmt as "ALTER FDW".
std::string words_of(std::string_view node) {
  constexpr std::string_view kSuffix = "Stmt";
  if (node.ends_with(kSuffix)) node.remove_suffix(kSuffix.size());
  std::string words;
  for (const char c : node) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !words.empty()) words += ' ';
    words += upper || !is_letter(c) ? c : static_cast<char>(c - 32);
  }
  return words;
}

}  // namespace

std::string command_tag(std::string_view node_type, const boost::json::object& body) {
  for (const auto& row : kTags)
    if (row.node == node_type && fits(row, body)) return std::string(row.tag);
  for (const auto& row : kObjectTags) {
    if (row.node != node_type) continue;
    std::string tag = std::string(row.verb) + object_words(text_in(body, row.field), body);
    // CREATE TABLE AS is a tag of its own, CREATE MATERIALIZED VIEW is not.
    if (tag == "CREATE TABLE") tag += " AS";
    return tag;
  }
  return words_of(node_type);
}

}  // namespace selfheal::pg::internal
