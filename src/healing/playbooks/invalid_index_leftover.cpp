// A CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY failed half way. What it left is kept up to date by
// every write and used by no query.
#include <fmt/format.h>

#include "healing/evidence/invalid_index.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"
#include "healing/remedies/drop_invalid_index.h"
#include "pg/identifier.h"

namespace selfheal::healing {

extern const Playbook invalid_index_leftover;

namespace {

std::string index_text(const IndexRow& row) { return fmt::format("{}.{}", row.schema, row.index); }

// The name that REINDEX CONCURRENTLY gives its copy (_ccnew) or what it replaces (_ccold), with a number when
// the name was taken. The index itself is another one, and whole.
bool is_copy_of_reindex(const std::string& name) {
  auto stem = std::string_view(name);
  while (!stem.empty() && stem.back() >= '0' && stem.back() <= '9') stem.remove_suffix(1);
  return stem.ends_with("_ccnew") || stem.ends_with("_ccold");
}

bool is_in_work(const IndexRow& row) { return row.builder_pid || row.worker_pid; }

Restraint declined(std::string reason, std::string statement = {}) {
  return {.kind = Restraint::Kind::never, .reason = std::move(reason), .statement = std::move(statement)};
}

// Why neither we nor anybody should drop it.
std::optional<Restraint> objection(const IndexRow& row) {
  const auto name = pg::quote_qualified(row.schema, row.index);
  if (row.is_valid) return declined("the index is valid by now");
  if (row.index_kind != "i")
    return declined(
        "it is the index of a partitioned table and becomes valid once each partition has its index");
  if (row.is_attached)
    return declined("it is part of a partitioned table's index and cannot be dropped alone",
                    fmt::format("REINDEX INDEX CONCURRENTLY {};", name));
  if (row.is_constraint)
    return declined("a constraint or the replica identity stands on it: it must be built again, not dropped",
                    fmt::format("REINDEX INDEX CONCURRENTLY {};", name));
  if (row.is_depended_on)
    return declined("other objects depend on it: a person decides",
                    fmt::format("REINDEX INDEX CONCURRENTLY {};", name));
  if (row.table_kind != "r")
    return declined("only indexes of ordinary tables are dropped without a person",
                    fmt::format("DROP INDEX CONCURRENTLY {};", name));
  if (row.schema == "pg_catalog") return declined("it is an index of the system's catalogues");
  return std::nullopt;
}

std::optional<Restraint> restraint_for(const Case& facts, const IndexRow& row) {
  if (auto never = objection(row)) return never;
  using enum Restraint::Kind;
  if (is_in_work(row))
    return Restraint{
        .kind = not_yet,
        .reason = fmt::format("session {} is at work on the table: it may be building this very index",
                              row.builder_pid ? *row.builder_pid : *row.worker_pid)};
  const auto patience = setting(invalid_index_leftover, facts, "longest_transaction_s");
  if (row.table_used_since != Time{} && to_seconds(facts.now - row.table_used_since) > patience)
    return Restraint{
        .kind = not_yet,
        .reason = fmt::format("a transaction has used the table for {}; DROP INDEX CONCURRENTLY would wait "
                              "for its end",
                              duration_text(facts.now - row.table_used_since))};
  return std::nullopt;
}

void explain(Diagnosis& diagnosis, const Case& facts, const IndexRow& row) {
  const auto evidence = evidence_id(facts, "invalid_index");
  diagnosis.title = fmt::format("{} is an invalid index that nobody builds", index_text(row));
  diagnosis.explanation = {
      {fmt::format("The index {} of {}.{} is marked invalid, so no query uses it{}.", index_text(row),
                   row.schema, row.table, row.is_ready ? ", while every write keeps it up to date" : ""),
       evidence},
      {"The watch saw it so in two surveys and the probe again, each time without anybody who builds, "
       "rebuilds "
       "or drops an index of that table.",
       evidence},
      {is_copy_of_reindex(row.index)
           ? "By its name it is what a REINDEX CONCURRENTLY left when it failed; the index it was to replace "
             "is "
             "another one."
           : "A CREATE INDEX CONCURRENTLY that fails leaves its index like this. If it is wanted, it must be "
             "built again once the reason of the failure is gone; its definition is kept.",
       evidence}};
  diagnosis.ruled_out = {{"index_being_built", "no session holds the lock that a build holds to its end"}};
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  TRY(const auto rows, invalid_index(facts.evidence));
  if (rows.size() != 1) return std::nullopt;
  const auto& row = rows.front();
  const auto evidence = evidence_id(facts, "invalid_index");
  Diagnosis diagnosis{.playbook = invalid_index_leftover.name,
                      .cause = invalid_index_leftover.name,
                      .category = Category::resource_exhaustion,
                      .severity = Severity::medium};
  diagnosis.checks = {
      check("seen_by_watch", "two surveys of the watch found it invalid and not in work", true,
            evidence_id(facts, "error_event")),
      check("is_invalid", "it is still invalid", !row.is_valid, evidence),
      check("no_builder", "nobody builds, rebuilds or drops an index of the table", !is_in_work(row),
            evidence),
  };
  diagnosis.confidence = confidence_from(diagnosis.checks);
  explain(diagnosis, facts, row);
  diagnosis.culprit = {"index", index_text(row)};
  diagnosis.restraint = restraint_for(facts, row);
  diagnosis.retry = {.safe = false, .why = "the build that failed fails again until its reason is gone"};
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case& facts) {
  TRY(const auto rows, invalid_index(facts.evidence));
  if (rows.size() != 1) return std::vector<Remedy>{};
  const auto& row = rows.front();
  return std::vector{drop_invalid_index(
      {.database = facts.incident.database,
       .owner = row.owner,
       .schema = row.schema,
       .table = row.table,
       .index = row.index,
       .oid = row.oid,
       .definition = row.definition,
       .person_why =
           row.may_act == false
               ? fmt::format("the role that acts here is no member of {}, who owns the index", row.owner)
               : std::string()})};
}

Result<Verdict> judge(const Case&, const Case& after) {
  TRY(const auto rows, invalid_index(after.evidence));
  if (rows.empty()) return Verdict{VerdictWord::cured, "the index is gone"};
  if (rows.front().is_valid) return Verdict{VerdictWord::cured, "there is a valid index of that name"};
  return Verdict{VerdictWord::unchanged, "the index is still there and invalid"};
}

}  // namespace

const Playbook invalid_index_leftover{
    .name = "invalid_index_leftover",
    .title = "A failed build left an invalid index",
    .answers = {trouble("invalid_index")},
    .probes = {"invalid_index"},
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for = {"watch_for_s", 120,
                  "two surveys of the watch: a job that builds it again and fails again is seen by then"},
    .settings =
        {{"longest_transaction_s", 2,
          "the drop gives up after two seconds of waiting for an older transaction; it is not begun when "
          "it would"}},
};

}  // namespace selfheal::healing
