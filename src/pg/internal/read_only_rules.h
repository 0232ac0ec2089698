#pragma once

#include <span>
#include <string_view>

// What the gate lets through, as sorted tables. docs/decisions/0008-read-only-gate.md says where each comes
// from.
namespace selfheal::pg::internal {

// Nodes of PostgreSQL's parse tree (nodes/parsenodes.h, nodes/primnodes.h) that only read.
bool is_allowed_node(std::string_view type);
// The type of the struct that a node holds under this field without naming its type: "alias" -> Alias. Empty:
// none is allowed.
std::string_view type_of_field(std::string_view field);
bool is_reviewed_function(std::string_view name);
// Functions of trusted extensions that change something all the same.
bool is_denied_function(std::string_view name);
bool is_trusted_extension(std::string_view name);
// System relations that hold secrets or other people's data.
bool is_denied_relation(std::string_view name);
// Columns of system relations that may hold them.
bool is_denied_column(std::string_view relation, std::string_view column);
bool has_denied_column(std::string_view relation);
// Settings whose value may be a secret; names of an extension (with a dot) only when it is a known one.
bool is_denied_setting(std::string_view name);
// Whether a literal names such a setting, or a part of such a name.
bool hints_at_denied_setting(std::string_view literal);
bool is_explain_option(std::string_view name);

}  // namespace selfheal::pg::internal
