#include "healing/fingerprint/fingerprint.h"

#include <fmt/format.h>

#include <array>

#include "base/random.h"
#include "pg/identifier.h"
#include "pg/message_template.h"

namespace selfheal::healing {
namespace {

// Stored with every incident; a change of the rules below needs a new version, and a migration that says what
// becomes of the old names.
constexpr std::string_view kVersion = "v1";

struct Role {
  std::string_view name;
  std::string pg::ObjectNames::* field;
};
// sorted
constexpr Role kRoles[] = {
    {"column", &pg::ObjectNames::column},       {"constraint", &pg::ObjectNames::constraint},
    {"datatype", &pg::ObjectNames::datatype},   {"index", &pg::ObjectNames::index},
    {"parameter", &pg::ObjectNames::parameter}, {"partition", &pg::ObjectNames::partition},
    {"role", &pg::ObjectNames::role},           {"routine", &pg::ObjectNames::routine},
    {"sequence", &pg::ObjectNames::sequence},   {"slot", &pg::ObjectNames::slot},
    {"table", &pg::ObjectNames::table},
};

// The protocol gives a type's name alone, sentences its schema too when the search path does not have it, and
// quotes where SQL needs them.
std::string bare_type(const std::string& name) {
  if (!name.starts_with('"') && !name.contains('.')) return name;
  const auto parsed = pg::parse_qualified_name(name);
  return parsed ? parsed->name : name;
}

// What every intake can know of the names. The protocol gives a table with each broken key; the log's
// sentence gives none for unique and exclusion constraints, and for a foreign key the other table. It calls a
// unique constraint that cannot be built an index.
pg::ObjectNames common_names(const ErrorEvent& event) {
  auto names = event.objects;
  names.datatype = bare_type(names.datatype);
  const bool broken_key = event.sqlstate == "23503" || event.sqlstate == "23505" || event.sqlstate == "23P01";
  if (!broken_key) return names;
  if (names.constraint.empty()) names.constraint = names.index;
  names.index.clear();
  if (!names.constraint.empty()) names.table.clear();
  return names;
}

// Names may hold any character; the signs of our own grammar are escaped so that no two lists of names look
// alike.
std::string escaped(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == '|' || c == '=' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

// A schema or database counts where it is what the error is about, not where it says whose an object is.
std::string place_of(const pg::ObjectNames& names) {
  if (!names.schema.empty()) return fmt::format("|schema={}", escaped(names.schema));
  return names.database.empty() ? "" : fmt::format("|database={}", escaped(names.database));
}

std::string family_of(const ErrorEvent& event) {
  auto family =
      fmt::format("{}|{}", kVersion, escaped(event.trouble.empty() ? event.sqlstate : event.trouble));
  // Without either there is at least the application's own word for it.
  if (event.trouble.empty() && event.sqlstate.empty() && !event.code.empty())
    family += fmt::format("|code={}", escaped(event.code));
  if (!has_caller(event)) family += fmt::format("|backend={}", escaped(event.backend_type));
  // What RAISE says of objects is the application's text; the function that says it is known.
  if (const auto function = pg::raised_by(event.context, event.routine))
    return family + fmt::format("|raised={}", escaped(*function));
  const auto names = common_names(event);
  std::string objects;
  for (const auto& role : kRoles) {
    const auto& name = names.*role.field;
    if (!name.empty()) objects += fmt::format("|{}={}", role.name, escaped(name));
  }
  if (objects.empty() && event.trouble.empty()) objects = place_of(names);
  return family + objects;
}

}  // namespace

void complete_from_message(ErrorEvent& event) {
  if (event.message.empty() || !event.trouble.empty() || pg::raised_by(event.context, event.routine)) return;
  auto matched = pg::match_message(event.message);
  if (!matched) matched = pg::match_translated(event.message, event.sqlstate);
  if (!matched) return;
  if (event.sqlstate.empty() && event.code.empty()) event.sqlstate = matched->tmpl->sqlstate;
  const auto names = matched->names();
  for (const auto& role : kRoles)
    if ((event.objects.*role.field).empty()) event.objects.*role.field = names.*role.field;
  if (event.objects.schema.empty()) event.objects.schema = names.schema;
  if (event.objects.database.empty()) event.objects.database = names.database;
}

Fingerprint fingerprint_of(const ErrorEvent& event, std::string_view statement_fingerprint) {
  auto family = family_of(event);
  // A NUL, which neither part can hold, keeps the two apart.
  std::string text = family;
  text += '\0';
  text += statement_fingerprint;
  return {.family = std::move(family), .fingerprint = sha256_hex(text).substr(0, 16)};
}

}  // namespace selfheal::healing
