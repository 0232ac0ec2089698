// Step 6 of the story: gather, before the evidence perishes.
#include "healing/collect.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "healing/evidence/error_event.h"
#include "healing/playbooks/refused_access.h"
#include "pg/identifier.h"
#include "pg/params.h"

namespace selfheal::healing {

namespace {

// More would be a report over a whole schema, and no single table its trouble.
constexpr std::size_t kRelations = 50;

// The table that the event names, else those of its statement, each as "schema"."table".
std::vector<std::string> relations_of(const Sighting& sighting) {
  const auto& objects = sighting.exemplar.objects;
  if (!objects.table.empty()) return {pg::quote_qualified(objects.schema, objects.table)};
  std::vector<std::string> relations;
  if (!sighting.statement) return relations;
  for (const auto& relation : sighting.statement->relations)
    if (relations.size() < kRelations)
      relations.push_back(pg::quote_qualified(relation.schema, relation.name));
  return relations;
}

}  // namespace

ProbeParameters parameters_of(const Sighting& sighting) {
  const auto& event = sighting.exemplar;
  const auto& objects = event.objects;
  ProbeParameters parameters;
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) parameters.emplace(name, value);
  };
  put("schema", objects.schema);
  put("table", objects.table);
  put("column", objects.column);
  put("constraint", objects.constraint);
  put("index", objects.index);
  put("sequence", objects.sequence);
  put("role", objects.role);
  put("slot", objects.slot);
  put("user", event.user);
  parameters.emplace("functions", pg::to_array(functions_of_context(event.context)));
  if (auto relations = relations_of(sighting); !relations.empty())
    parameters.emplace("relations", pg::to_array(relations));
  if (event.pid != 0) parameters.emplace("pid", std::to_string(event.pid));
  return parameters;
}

asio::awaitable<Evidence> collect(std::vector<const Playbook*> playbooks, Sighting sighting,
                                  Recording recording, MonitoredDatabase& database, Clock& clock) {
  Evidence evidence;
  evidence.items.push_back(error_event_item(sighting, clock.now()));
  const bool recorded = std::ranges::any_of(playbooks, &Playbook::needs_recording);
  if (recorded) evidence.items.push_back(recording_item(recording, clock.now()));

  std::set<std::string> names;
  for (const auto* playbook : playbooks) names.insert(playbook->probes.begin(), playbook->probes.end());
  const auto parameters = parameters_of(sighting);
  for (const auto& name : names) {
    const auto& asked = probe(name);
    const auto where = asked.is_server_wide() ? std::string() : sighting.exemplar.database;
    auto item = co_await database.run(asked, where, parameters, clock.deadline_in(kProbeTimeout));
    evidence.items.push_back(std::move(item));
  }
  // At the end, so that the ids of what diagnoses speak of stay low.
  if (recorded) evidence.items.push_back(waiting_item(recording, clock.now()));
  for (std::size_t i = 0; i < evidence.items.size(); ++i) evidence.items[i].id = "E" + std::to_string(i + 1);
  co_return evidence;
}

}  // namespace selfheal::healing
