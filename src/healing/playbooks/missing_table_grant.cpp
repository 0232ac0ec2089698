// A role was refused a table that it is meant to use: the table is new, and the grant was forgotten with it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "healing/evidence/table_grants.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"
#include "healing/playbooks/refused_access.h"
#include "healing/remedies/grant_privilege.h"
#include "pg/identifier.h"

namespace selfheal::healing {

extern const Playbook missing_table_grant;

namespace {

// One table that the role was refused, and the rights that it lacked: rows of the probe.
struct Refusal {
  std::vector<TableGrant> lacking;
  std::optional<RefusedStatement> statement;  // nothing: it is not known in whose name it ran

  const TableGrant& table() const { return lacking.front(); }
  std::string table_text() const { return fmt::format("{}.{}", table().schema, table().table); }
  std::string rights_text() const {
    std::vector<std::string> rights;
    for (const auto& row : lacking) rights.push_back(row.privilege);
    return fmt::format("{}", fmt::join(rights, ", "));
  }
};

// The schema that the statement gives for the table, or empty.
std::string schema_said(const RefusedStatement& statement, const std::string& table) {
  const auto at = std::ranges::find(statement.relations, table, &pg::StatementFacts::Relation::name);
  return at == statement.relations.end() ? std::string() : at->schema;
}

// Rows of the rights that the statement needs and the role lacks. Nothing when that is no table or several.
std::optional<Refusal> refusal_of(const Case& facts, const std::vector<TableGrant>& rows) {
  const auto& table = facts.sighting.exemplar.objects.table;
  Refusal refusal{.statement = refused_statement(facts)};
  if (!refusal.statement || !names_relation(*refusal.statement, table)) return std::nullopt;
  const auto needed = needed_rights(*refusal.statement, table);
  auto schema = facts.sighting.exemplar.objects.schema;
  if (schema.empty()) schema = schema_said(*refusal.statement, table);
  for (const auto& row : rows) {
    // Without USAGE on the schema the error would have named the schema.
    if (!row.may_use_schema || row.is_held || (!schema.empty() && row.schema != schema)) continue;
    if (std::ranges::find(needed, row.privilege) != needed.end()) refusal.lacking.push_back(row);
  }
  const auto elsewhere = [&](const TableGrant& row) { return row.schema != refusal.table().schema; };
  if (refusal.lacking.empty() || std::ranges::any_of(refusal.lacking, elsewhere)) return std::nullopt;
  return refusal;
}

ExactGrant grant_of(const Case& facts, const Refusal& refusal) {
  const auto& table = refusal.table();
  ExactGrant grant{.database = facts.incident.database,
                   .owner = table.owner,
                   .object = ExactGrant::Object::table,
                   .schema = table.schema,
                   .name = table.table,
                   .role = table.user};
  for (const auto& row : refusal.lacking) grant.privileges.push_back(row.privilege);
  return grant;
}

// Whether the right was meant: the role has it on the tables around, or gets it on new ones.
bool is_meant(const Case& facts, const TableGrant& row) {
  if (!row.default_creators.empty()) return true;
  const auto share = setting(missing_table_grant, facts, "neighbours_share");
  return row.granted > 0 && row.newer_granted == 0 &&
         static_cast<double>(row.granted) >= share * static_cast<double>(row.neighbours);
}

bool is_meant(const Case& facts, const Refusal& refusal) {
  return std::ranges::all_of(refusal.lacking, [&](const auto& row) { return is_meant(facts, row); });
}

bool is_system(const std::string& schema) {
  return schema.starts_with("pg_") || schema == "information_schema";
}

std::optional<Restraint> restraint_for(const Case& facts, const Refusal& refusal) {
  using enum Restraint::Kind;
  const auto& row = refusal.table();
  const auto role = pg::quote_identifier(row.user);
  const auto statement = grant_text(grant_of(facts, refusal)) + ";";
  if (is_system(row.schema))
    return Restraint{.kind = never,
                     .reason = "it is a system table: PostgreSQL keeps it from this role on purpose"};
  if (!row.definer_functions.empty())
    return Restraint{
        .kind = never,
        .reason = fmt::format("the function {} may run as its owner, so that it is not known who lacks "
                              "the right",
                              row.definer_functions.front())};
  if (!row.not_inherited_from.empty())
    return Restraint{
        .kind = never,
        .reason = fmt::format("the role has the right through {}, but must take that role on first",
                              row.not_inherited_from.front()),
        .statement = fmt::format("SET ROLE {};  -- in the application",
                                 pg::quote_identifier(row.not_inherited_from.front()))};
  if (row.row_security)
    return Restraint{
        .kind = never,
        .reason = "the table has row-level security: who may see which rows is a person's decision",
        .statement = statement};
  if (std::ranges::any_of(refusal.lacking, &TableGrant::is_held_on_columns))
    return Restraint{
        .kind = never,
        .reason = "the role was given single columns of the table, so the rest is kept from it on purpose",
        .statement = fmt::format("GRANT {} (…) ON TABLE {} TO {};  -- only the columns it needs",
                                 row.privilege, pg::quote_qualified(row.schema, row.table), role)};
  if (!is_meant(facts, refusal))
    return Restraint{.kind = never,
                     .reason =
                         "nothing says that the role should have this right: it lacks it on other tables of "
                         "the schema too, or newer tables were granted and this one was left out",
                     .statement = statement};
  if (row.owner_is_superuser)
    return Restraint{.kind = never,
                     .reason = "the table belongs to a superuser, in whose name Selfheal does nothing",
                     .statement = statement};
  return std::nullopt;
}

std::string default_privileges_text(const Refusal& refusal) {
  const auto& table = refusal.table();
  return fmt::format("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA {} GRANT {} ON TABLES TO {};",
                     pg::quote_identifier(table.owner), pg::quote_identifier(table.schema),
                     refusal.rights_text(), pg::quote_identifier(table.user));
}

void explain(Diagnosis& diagnosis, const Case& facts, const Refusal& refusal) {
  const auto& row = refusal.table();
  const auto evidence = evidence_id(facts, "table_grants");
  diagnosis.title = fmt::format("{} lacks {} on {}", row.user, refusal.rights_text(), refusal.table_text());
  diagnosis.explanation = {
      {fmt::format("The statement needs {} on {}, which {} does not have; it may use the schema.",
                   refusal.rights_text(), refusal.table_text(), row.user),
       evidence},
      {fmt::format("It has {} on {} of {} other tables there.", row.privilege, row.granted, row.neighbours),
       evidence}};
  if (!row.default_creators.empty() &&
      std::ranges::find(row.default_creators, row.owner) == row.default_creators.end())
    diagnosis.explanation.push_back(
        {fmt::format("New tables of {} give it the right; this one was made by {}.",
                     fmt::join(row.default_creators, ", "), row.owner),
         evidence});
  if (!diagnosis.restraint)
    diagnosis.explanation.push_back(
        {"So that the next table does not lack it again: " + default_privileges_text(refusal), evidence});
  diagnosis.ruled_out = {
      {"missing_schema_privilege", "the role may use the schema"},
      {"not_owner_ddl", "the statement asks for a right that can be granted, not for ownership"}};
  if (!row.row_security)
    diagnosis.ruled_out.push_back({"rls_policy_rejects", "the table has no row-level security"});
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  const auto& event = facts.sighting.exemplar;
  if (event.objects.table.empty() || !event.objects.column.empty() || !is_permission_denied(facts))
    return std::nullopt;
  TRY(const auto rows, table_grants(facts.evidence));
  const auto refusal = refusal_of(facts, rows);
  if (!refusal) return std::nullopt;
  const auto& row = refusal->table();
  const auto evidence = evidence_id(facts, "table_grants");
  Diagnosis diagnosis{.playbook = missing_table_grant.name,
                      .cause = missing_table_grant.name,
                      .category = Category::permission_error,
                      .severity = Severity::medium};
  diagnosis.checks = {
      check("right_is_missing", "the role lacks a right on the table that the statement needs", true,
            evidence),
      check("may_use_schema", "the role may use the table's schema", row.may_use_schema, evidence),
      check("no_row_security", "the table has no row-level security", !row.row_security, evidence),
      check("runs_as_role", "the statement runs in the role's own name", row.definer_functions.empty(),
            evidence),
      check("is_meant", "the role has the right on the other tables, or gets it on new ones",
            is_meant(facts, *refusal), evidence),
  };
  diagnosis.restraint = restraint_for(facts, *refusal);
  diagnosis.confidence = diagnosis.restraint ? Confidence::likely : Confidence::confirmed;
  explain(diagnosis, facts, *refusal);
  diagnosis.culprit = {"table",
                       fmt::format("{}: {} for {}", refusal->table_text(), refusal->rights_text(), row.user)};
  diagnosis.retry = {.safe = false, .why = "it fails until the right is granted"};
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case& facts) {
  TRY(const auto rows, table_grants(facts.evidence));
  const auto refusal = refusal_of(facts, rows);
  if (!refusal || restraint_for(facts, *refusal)) return std::vector<Remedy>{};
  return std::vector{grant_privilege(grant_of(facts, *refusal))};
}

Result<Verdict> judge(const Case& before, const Case& after) {
  TRY(const auto then, table_grants(before.evidence));
  const auto refusal = refusal_of(before, then);
  if (!refusal) return Verdict{VerdictWord::unknown, "the right that was lacking is not known any more"};
  TRY(const auto now, table_grants(after.evidence));
  for (const auto& lacked : refusal->lacking) {
    const auto row = std::ranges::find_if(now, [&](const TableGrant& candidate) {
      return candidate.schema == lacked.schema && candidate.privilege == lacked.privilege;
    });
    if (row == now.end()) return Verdict{VerdictWord::unknown, "the table is no longer there"};
    if (!row->is_held) return Verdict{VerdictWord::unchanged, "the role still lacks the right"};
  }
  return Verdict{VerdictWord::cured, "the role has the right that its statement lacked"};
}

}  // namespace

const Playbook missing_table_grant{
    .name = "missing_table_grant",
    .title = "A role lacks a right on a table that it is meant to use",
    .answers = {sqlstate("42501")},
    .probes = {"table_grants"},
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for =
        {"watch_for_s", 60,
         "an application that was refused tries again within seconds; a minute without one is proof"},
    .settings = {{"neighbours_share", 0.8,
                  "a role that has a right on four of five tables has it by rule; on fewer, table by table"}},
};

}  // namespace selfheal::healing
