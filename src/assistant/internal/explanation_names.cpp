// Which words of an explanation are names of this incident's things.
#include <algorithm>
#include <array>
#include <set>

#include "assistant/internal/explanation_writer.h"

namespace selfheal::assistant::internal {
namespace {

// Columns of probes whose cells name something; an array names several. The others hold numbers, times, words
// of PostgreSQL's own, or texts.
constexpr std::array<std::string_view, 48> kNameColumns{// sorted
                                                        "application",
                                                        "builder",
                                                        "column",
                                                        "constraint",
                                                        "database",
                                                        "default_creators",
                                                        "defaulted_columns",
                                                        "definer_functions",
                                                        "index",
                                                        "insert_columns",
                                                        "key_column",
                                                        "not_inherited_from",
                                                        "object_column",
                                                        "object_constraint",
                                                        "object_database",
                                                        "object_datatype",
                                                        "object_index",
                                                        "object_parameter",
                                                        "object_partition",
                                                        "object_role",
                                                        "object_routine",
                                                        "object_schema",
                                                        "object_sequence",
                                                        "object_slot",
                                                        "object_table",
                                                        "owner",
                                                        "partition",
                                                        "partition_owner",
                                                        "partition_schema",
                                                        "plugin",
                                                        "relation",
                                                        "relation_names",
                                                        "relation_schemas",
                                                        "root_schema",
                                                        "root_table",
                                                        "routine",
                                                        "schema",
                                                        "sequence",
                                                        "sequence_schema",
                                                        "server",
                                                        "slot",
                                                        "table",
                                                        "tablespace",
                                                        "user_name",
                                                        "waiter_application",
                                                        "waiter_user",
                                                        "blocker_application",
                                                        "blocker_user"};

// Shorter ones would be found inside ordinary text; "a" is a table's name, too, and stays a word.
constexpr std::size_t kShortestName = 2;
// Of one incident; a probe of a large schema brings a thousand columns, and sentences name a few.
constexpr std::size_t kNames = 5000;

void add_words(std::set<std::string>& names, std::string_view text) {
  constexpr std::string_view kBetween = "{},\"\\ .:@();";
  while (!text.empty()) {
    const auto begin = text.find_first_not_of(kBetween);
    if (begin == std::string_view::npos) return;
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(kBetween), text.size());
    if (end >= kShortestName && names.size() < kNames) names.emplace(text.substr(0, end));
    text.remove_prefix(end);
  }
}

void add_name(std::set<std::string>& names, const std::string& text) {
  if (text.size() >= kShortestName && text.front() != '{' && names.size() < kNames) names.insert(text);
  add_words(names, text);
}

void add_cells(std::set<std::string>& names, const EvidenceItem& item) {
  for (std::size_t i = 0; i < item.columns.size(); ++i) {
    if (std::ranges::find(kNameColumns, item.columns[i]) == kNameColumns.end()) continue;
    for (const auto& row : item.rows)
      if (i < row.size() && row[i]) add_name(names, *row[i]);
  }
}

}  // namespace

std::vector<std::string> names_of(const IncidentDetails& details) {
  std::set<std::string> names;
  const auto& incident = details.incident;
  add_name(names, incident.server.value());
  add_name(names, incident.database);
  for (const auto& item : details.evidence.items) add_cells(names, item);
  for (const auto& treatment : details.treatments) add_name(names, treatment.approved_by);
  std::vector<std::string> sorted(names.begin(), names.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  return sorted;
}

}  // namespace selfheal::assistant::internal
