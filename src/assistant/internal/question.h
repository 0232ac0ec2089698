#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

// What a person's words are about, without a model: words become concepts, and what is left over may name a
// table or is not understood. Pure functions.
namespace selfheal::assistant::internal {

struct TableName {
  std::string schema;
  std::string name;
  friend auto operator<=>(const TableName&, const TableName&) = default;
};

// A question read once.
struct Reading {
  std::set<std::string_view> concepts;
  std::vector<std::string> unknown;  // content words that are no concept and no table
  std::vector<TableName> tables;     // that it names; several when one word fits several
  std::optional<IncidentNumber> incident;
  std::string sqlstate;  // upper case, or empty
  std::string error;     // PostgreSQL's message in it, or empty
  std::optional<std::string> sql;
  std::optional<int> number;  // a small one: how many are wanted
  std::string setting;        // a name with an underscore that is no table
  bool speaks_of_databases = false;
  bool is_command = false;  // begins with a verb that changes something
  bool is_empty = false;    // no word at all
};

Reading read_question(std::string_view text, std::span<const TableName> tables);

// A word in its plainest form: "blocking" and "blocks" are "block".
std::string stem(std::string_view word);

// One word of the language people ask in. Words are separated by spaces; phrases use "_" between theirs.
struct ConceptRow {
  std::string_view name;
  std::string_view words;
  bool is_of_databases = false;
};
// Sorted by name.
std::span<const ConceptRow> concepts();

// PostgreSQL's message in a pasted error, without what clients put around it; empty when there is none.
std::string error_in(std::string_view text);
// The SQLSTATE in a question, upper case; empty when there is none. `speaks_of_codes`: a word like "SQLSTATE"
// is there, so that digits alone count.
std::string sqlstate_in(std::string_view text, bool speaks_of_codes);

}  // namespace selfheal::assistant::internal
