// A role may insert into a table but not take the next number of the sequence that feeds its key.
#include <fmt/format.h>

#include <algorithm>

#include "healing/evidence/sequence_grants.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"
#include "healing/playbooks/refused_access.h"
#include "healing/remedies/grant_privilege.h"
#include "pg/identifier.h"

namespace selfheal::healing {

extern const Playbook missing_sequence_usage;

namespace {

std::string sequence_text(const SequenceGrant& row) {
  return fmt::format("{}.{}", row.sequence_schema, row.sequence);
}

// How the statement came to the sequence.
enum class Use { takes_next, sets, reads, unknown };

Use use_of(const RefusedStatement& statement) {
  if (has_words(statement, {"setval"})) return Use::sets;
  if (has_words(statement, {"nextval"}) || statement.kind == "INSERT" || statement.kind == "COPY")
    return Use::takes_next;
  if (has_words(statement, {"currval"}) || has_words(statement, {"lastval"}) ||
      has_words(statement, {"last_value"}))
    return Use::reads;
  return Use::unknown;
}

// What is known of the one sequence meant: a row of the table that the statement fills, if any.
struct Refusal {
  SequenceGrant row;
  Use use = Use::unknown;
  bool is_insert = false;
  std::string target;  // of the INSERT
  bool feeds_target = false;
};

std::string schema_of_target(const RefusedStatement& statement) {
  return statement.relations.empty() ? std::string() : statement.relations.front().schema;
}

std::optional<Refusal> refusal_of(const Case& facts, std::vector<SequenceGrant> rows) {
  const auto statement = refused_statement(facts);
  if (!statement) return std::nullopt;
  const auto& schema = facts.sighting.exemplar.objects.schema;
  std::erase_if(rows, [&](const SequenceGrant& row) {
    return !row.may_use_schema || row.may_use || row.may_update ||
           (!schema.empty() && row.sequence_schema != schema);
  });
  Refusal refusal{.use = use_of(*statement),
                  .is_insert = statement->kind == "INSERT" || statement->kind == "COPY",
                  .target = statement->target};
  const auto said = schema_of_target(*statement);
  const auto fits = [&](const SequenceGrant& row) {
    return refusal.is_insert && row.table == refusal.target && (said.empty() || row.schema == said);
  };
  if (std::ranges::any_of(rows, fits)) std::erase_if(rows, [&](const auto& row) { return !fits(row); });
  if (rows.empty()) return std::nullopt;
  // Of several sequences with the name, none is known to be the one.
  if (std::ranges::any_of(
          rows, [&](const auto& row) { return row.sequence_schema != rows.front().sequence_schema; }))
    return std::nullopt;
  const auto useful = std::ranges::find_if(rows, &SequenceGrant::may_insert);
  refusal.row = useful == rows.end() ? rows.front() : *useful;
  refusal.feeds_target = fits(refusal.row);
  return refusal;
}

ExactGrant grant_of(const Case& facts, const SequenceGrant& row) {
  ExactGrant grant{.database = facts.incident.database,
                   .owner = row.owner,
                   .object = ExactGrant::Object::sequence,
                   .schema = row.sequence_schema,
                   .name = row.sequence,
                   .privileges = {"USAGE"},
                   .role = row.user};
  return grant;
}

std::optional<Restraint> restraint_for(const Case& facts, const Refusal& refusal) {
  using enum Restraint::Kind;
  const auto& row = refusal.row;
  if (refusal.use == Use::sets)
    return Restraint{
        .kind = never,
        .reason = "setval() needs UPDATE, with which a role can move the sequence back onto numbers in use"};
  if (refusal.use != Use::takes_next)
    return Restraint{.kind = never, .reason = "the statement does not take the sequence's next number"};
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
  if (!row.may_insert)
    return Restraint{
        .kind = never,
        .reason =
            "the role may not insert into a table that the sequence serves, so nothing says that "
            "it should take numbers from it",
        .statement = grant_text(grant_of(facts, row)) + ";"};
  return std::nullopt;
}

void explain(Diagnosis& diagnosis, const Case& facts, const Refusal& refusal) {
  const auto& row = refusal.row;
  const auto evidence = evidence_id(facts, "sequence_grants");
  diagnosis.title = fmt::format("{} may not take numbers from {}", row.user, sequence_text(row));
  diagnosis.explanation = {
      {fmt::format("{} has neither USAGE nor UPDATE on the sequence {}.", row.user, sequence_text(row)),
       evidence}};
  if (!row.table.empty())
    diagnosis.explanation.push_back(
        {fmt::format("The sequence serves {} of {}.{}, into which the role may {}insert.", row.column,
                     row.schema, row.table, row.may_insert ? "" : "not "),
         evidence});
  diagnosis.explanation.push_back(
      {"USAGE is enough for new rows; an identity column would need no grant on its sequence.", evidence});
  diagnosis.ruled_out = {{"missing_table_grant", "PostgreSQL refused the sequence, not a table"}};
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  if (facts.sighting.exemplar.objects.sequence.empty() || !is_permission_denied(facts)) return std::nullopt;
  TRY(auto rows, sequence_grants(facts.evidence));
  const auto refusal = refusal_of(facts, std::move(rows));
  if (!refusal) return std::nullopt;
  const auto& row = refusal->row;
  const auto evidence = evidence_id(facts, "sequence_grants");
  Diagnosis diagnosis{.playbook = missing_sequence_usage.name,
                      .cause = missing_sequence_usage.name,
                      .category = Category::permission_error,
                      .severity = Severity::medium};
  diagnosis.checks = {
      check("usage_is_missing", "the role has no right to the sequence's next number", true, evidence),
      check("may_use_schema", "the role may use the sequence's schema", row.may_use_schema, evidence),
      check("takes_next", "the statement takes the sequence's next number",
            refusal->use == Use::unknown ? std::nullopt : std::optional(refusal->use == Use::takes_next),
            evidence_id(facts, "error_event")),
      check("may_insert", "the role may insert into a table that the sequence serves", row.may_insert,
            evidence),
      check("runs_as_role", "the statement runs in the role's own name", row.definer_functions.empty(),
            evidence),
  };
  diagnosis.restraint = restraint_for(facts, *refusal);
  diagnosis.confidence = diagnosis.restraint ? Confidence::likely : Confidence::confirmed;
  explain(diagnosis, facts, *refusal);
  diagnosis.culprit = {"sequence", fmt::format("{}: USAGE for {}", sequence_text(row), row.user)};
  diagnosis.retry = {.safe = false, .why = "it fails until the right is granted"};
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case& facts) {
  TRY(auto rows, sequence_grants(facts.evidence));
  const auto refusal = refusal_of(facts, std::move(rows));
  if (!refusal || restraint_for(facts, *refusal)) return std::vector<Remedy>{};
  return std::vector{grant_privilege(grant_of(facts, refusal->row))};
}

Result<Verdict> judge(const Case& before, const Case& after) {
  TRY(auto then, sequence_grants(before.evidence));
  const auto refusal = refusal_of(before, std::move(then));
  if (!refusal) return Verdict{VerdictWord::unknown, "the right that was lacking is not known any more"};
  TRY(const auto now, sequence_grants(after.evidence));
  const auto row = std::ranges::find(now, refusal->row.sequence_schema, &SequenceGrant::sequence_schema);
  if (row == now.end()) return Verdict{VerdictWord::unknown, "the sequence is no longer there"};
  if (!row->may_use) return Verdict{VerdictWord::unchanged, "the role still lacks USAGE on the sequence"};
  return Verdict{VerdictWord::cured, "the role may take the sequence's next number"};
}

}  // namespace

const Playbook missing_sequence_usage{
    .name = "missing_sequence_usage",
    .title = "A role may insert, but not use the sequence of the key",
    .answers = {sqlstate("42501")},
    .probes = {"sequence_grants"},
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for =
        {"watch_for_s", 60,
         "an application that was refused tries again within seconds; a minute without one is proof"},
};

}  // namespace selfheal::healing
