#include "healing/remedies/grant_privilege.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pg/identifier.h"

namespace selfheal::healing {
namespace {

const char* word_of(ExactGrant::Object object) {
  return object == ExactGrant::Object::table ? "TABLE" : "SEQUENCE";
}

std::string object_text(const ExactGrant& grant) {
  return fmt::format("{} {}", word_of(grant.object), pg::quote_qualified(grant.schema, grant.name));
}

Step plain(std::string sql) { return {.sql = sql, .params = {}, .shown = sql + ";"}; }

// Until the end of the transaction nobody can drop or rename the object, so that the name means what the
// guard saw. A sequence cannot be locked by name; reading it takes the same lock.
Step hold(const ExactGrant& grant) {
  const auto name = pg::quote_qualified(grant.schema, grant.name);
  return plain(grant.object == ExactGrant::Object::table
                   ? fmt::format("LOCK TABLE ONLY {} IN ACCESS SHARE MODE", name)
                   : fmt::format("SELECT is_called FROM {}", name));
}

Guard guard_of(const ExactGrant& grant) {
  return {
      .condition = fmt::format(
          "n.nspname = $1 AND c.relname = $2 AND pg_get_userbyid(c.relowner) = $3 AND r.rolname = $4 AND "
          "NOT r.rolsuper AND NOT c.relrowsecurity AND has_schema_privilege(r.oid, n.oid, 'USAGE') AND NOT "
          "has_{}_privilege(r.oid, c.oid, $5)",
          grant.object == ExactGrant::Object::table ? "table" : "sequence"),
      .in_words = fmt::format("{} still belongs to {}, has no row-level security, and {} may use its schema "
                              "and still lacks {}",
                              object_text(grant), pg::quote_identifier(grant.owner),
                              pg::quote_identifier(grant.role), fmt::join(grant.privileges, " and "))};
}

}  // namespace

const RemedyKind kGrantPrivilege{
    .name = "grant_privilege",
    .title = "Grant exactly the right that a statement lacked",
    .level = Level::approval,
    .risk =
        "the role can do with this one object what it could not before; a person must know that it should",
    .lock = "ACCESS SHARE on the object, which only keeps it from being dropped or renamed meanwhile",
    .who_notices = "the role, whose statements pass",
    .undo = "the same right is revoked from the same role",
};

std::string grant_text(const ExactGrant& grant) {
  return fmt::format("GRANT {} ON {} TO {}", fmt::join(grant.privileges, ", "), object_text(grant),
                     pg::quote_identifier(grant.role));
}

Remedy grant_privilege(const ExactGrant& grant) {
  const auto guard = guard_of(grant);
  const auto rights = fmt::format("{}", fmt::join(grant.privileges, ", "));
  const Step check{
      .sql =
          "SELECT true AS lacking FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN "
          "pg_roles r WHERE " +
          guard.condition,
      .params = {grant.schema, grant.name, grant.owner, grant.role, rights},
      .shown = "-- in the same transaction: " + guard.in_words,
  };
  const auto object = fmt::format("{}.{}", grant.schema, grant.name);
  const char* kind = grant.object == ExactGrant::Object::table ? "table" : "sequence";
  Remedy::Parts parts{.kind = &kGrantPrivilege,
                      .target = fmt::format("{} {}, {} for {}", kind, object, rights, grant.role),
                      .target_key = fmt::format("grant:{}:{}", object, grant.role),
                      .database = grant.database,
                      .set_role = grant.owner};
  parts.before.push_back(hold(grant));
  parts.after.push_back(plain(grant_text(grant)));
  // The grantor of a right is who granted it: taken back as the same role.
  parts.undo.push_back(plain("SET LOCAL ROLE " + pg::quote_identifier(grant.owner)));
  parts.undo.push_back(plain(
      fmt::format("REVOKE {} ON {} FROM {}", rights, object_text(grant), pg::quote_identifier(grant.role))));
  return Remedy(guard, check, std::move(parts));
}

}  // namespace selfheal::healing
