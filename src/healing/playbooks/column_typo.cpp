// The application misspelt a column: the table has one with almost the same name.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "healing/evidence/relation_columns.h"
#include "healing/playbooks/edit_distance.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"
#include "pg/identifier.h"
#include "pg/message_template.h"

namespace selfheal::healing {

extern const Playbook column_typo;

namespace {

// The column that the statement asked for. Never shown: in a statement that was quoted wrongly it is a value.
struct Wanted {
  std::string qualifier;  // a table or the name it has in the statement, or empty
  std::string name;
};

// `column "emial" does not exist`, `column c.emial does not exist`, `column "emial" of relation "customers"
// …`.
std::optional<Wanted> wanted_column(const Case& facts) {
  const auto& event = facts.sighting.exemplar;
  if (pg::raised_by(event.context, event.routine)) return std::nullopt;
  auto matched = pg::match_message(event.message);
  if (!matched) matched = pg::match_translated(event.message, event.sqlstate);
  if (!matched || matched->tmpl->sqlstate != "42703" || matched->slots.empty() ||
      !matched->tmpl->text.starts_with("column ") || matched->slots.front().kind != pg::SlotKind::missing)
    return std::nullopt;
  const std::string name(matched->slots.front().text);
  if (matched->tmpl->text.starts_with("column \"")) return Wanted{.qualifier = {}, .name = name};
  // A qualified name is not quoted by PostgreSQL: a dot inside a part cannot be told from the one between.
  const auto dot = name.find('.');
  if (dot == std::string::npos || name.find('.', dot + 1) != std::string::npos) return std::nullopt;
  return Wanted{.qualifier = name.substr(0, dot), .name = name.substr(dot + 1)};
}

// Columns of the tables that the statement can mean.
Result<std::vector<RelationColumn>> columns_of(const Case& facts, const Wanted& wanted) {
  TRY(auto columns, relation_columns(facts.evidence));
  const auto& statement = facts.sighting.statement;
  const auto& table = facts.sighting.exemplar.objects.table;
  std::erase_if(columns, [&](const RelationColumn& column) {
    if (!table.empty() && column.table != table) return true;
    if (!statement) return false;
    return std::ranges::none_of(statement->relations, [&](const auto& relation) {
      return relation.name == column.table && (relation.schema.empty() || relation.schema == column.schema);
    });
  });
  // Only where the qualifier is a table's own name does it tell which table is meant.
  const bool is_table = std::ranges::find(columns, wanted.qualifier, &RelationColumn::table) != columns.end();
  if (is_table)
    std::erase_if(columns, [&](const RelationColumn& column) { return column.table != wanted.qualifier; });
  return columns;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// Half of a short name's characters make another name, not a misspelt one.
std::size_t reach(const Case& facts, const std::string& name) {
  return std::min(static_cast<std::size_t>(setting(column_typo, facts, "farthest_name")),
                  characters_of(name) / 2);
}

struct Reading {
  std::vector<RelationColumn> columns;
  std::vector<RelationColumn> near;  // those of the nearby names
  std::set<std::string> names;       // the nearby names
};

// Nothing when the name itself is there in some spelling: then it is not misspelt.
std::optional<Reading> read(const Case& facts, const Wanted& wanted, std::vector<RelationColumn> columns) {
  Reading reading;
  const auto farthest = reach(facts, wanted.name);
  for (const auto& column : columns) {
    if (column.is_dropped) continue;
    if (lowered(column.column) == lowered(wanted.name)) return std::nullopt;
    if (edit_distance(column.column, wanted.name) > farthest) continue;
    reading.near.push_back(column);
    reading.names.insert(column.column);
  }
  reading.columns = std::move(columns);
  return reading;
}

// Whether a table around the near column was changed lately, so that the name may have been right until then.
// Nothing when the time of a change is not known.
std::optional<bool> changed_lately(const Case& facts, const Reading& reading) {
  const auto lately = setting(column_typo, facts, "recent_change_s");
  bool is_known = true;
  for (const auto& column : reading.columns) {
    const auto same_table = [&](const RelationColumn& near) {
      return near.schema == column.schema && near.table == column.table;
    };
    const bool could_be = column.is_dropped || reading.names.contains(column.column);
    if (!column.is_changed || !could_be || std::ranges::none_of(reading.near, same_table)) continue;
    if (!column.changed_at)
      is_known = false;
    else if (to_seconds(facts.now - *column.changed_at) < lately)
      return true;
  }
  return is_known ? std::optional(false) : std::nullopt;
}

std::string tables_text(const Reading& reading) {
  std::set<std::string> tables;
  for (const auto& column : reading.near) tables.insert(fmt::format("{}.{}", column.schema, column.table));
  return fmt::format("{}", fmt::join(tables, " and "));
}

Restraint restraint_for(const Reading& reading) {
  if (reading.names.size() > 1)
    return {.kind = Restraint::Kind::never,
            .reason = "several columns have almost this name: only the author of the statement knows which"};
  return {
      .kind = Restraint::Kind::never,
      .reason = "the statement is to be corrected, not the table: adding or renaming a column would hide it",
      .statement = fmt::format("{}  -- write the column so, in the application",
                               pg::quote_identifier(*reading.names.begin()))};
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  const auto wanted = wanted_column(facts);
  if (!wanted) return std::nullopt;
  TRY(auto columns, columns_of(facts, *wanted));
  const auto reading = read(facts, *wanted, std::move(columns));
  if (!reading || reading->near.empty()) return std::nullopt;
  const auto lately = changed_lately(facts, *reading);
  if (lately == true) return std::nullopt;

  const auto evidence = evidence_id(facts, "relation_columns");
  const bool is_one = reading->names.size() == 1;
  const auto names = fmt::format("{}", fmt::join(reading->names, ", "));
  const auto tables = tables_text(*reading);
  Diagnosis diagnosis{.playbook = column_typo.name,
                      .cause = column_typo.name,
                      .title = fmt::format("A statement misspells {} of {}",
                                           is_one ? "the column " + names : std::string("a column"), tables),
                      .category = Category::query_syntax,
                      .severity = Severity::low};
  diagnosis.checks = {
      check("no_such_column", "no table of the statement has the column, in upper or lower case", true,
            evidence),
      check("one_near_name", "exactly one column has almost the same name", is_one, evidence),
      check("not_renamed", "that column was not renamed, and none was dropped beside it, lately",
            lately ? std::optional(!*lately) : std::nullopt, evidence),
  };
  diagnosis.confidence = confidence_from(diagnosis.checks);
  diagnosis.explanation = {
      {fmt::format("No column of {} has the name that the statement uses; almost the same: {}.", tables,
                   names),
       evidence}};
  if (lately)
    diagnosis.ruled_out = {
        {"renamed_column", "the near column has had its name for long, and none was dropped"}};
  diagnosis.culprit = {"table", fmt::format("{}: {}", tables, names)};
  diagnosis.restraint = restraint_for(*reading);
  diagnosis.retry = {.safe = false, .why = "the same statement fails again"};
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case&) { return std::vector<Remedy>{}; }

Result<Verdict> judge(const Case&, const Case&) {
  return Verdict{VerdictWord::unknown, "nothing was done, so there is nothing to judge"};
}

}  // namespace

const Playbook column_typo{
    .name = "column_typo",
    .title = "A statement misspells a column",
    .answers = {sqlstate("42703")},
    .probes = {"relation_columns"},
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for = {"watch_for_s", 60, "not used: nothing is done"},
    .settings = {{"farthest_name", 2, "two slips of the finger; with three, unrelated short names meet"},
                 {"recent_change_s", 604'800,
                  "a statement that a migration broke is found within a release cycle of a week"}},
};

}  // namespace selfheal::healing
