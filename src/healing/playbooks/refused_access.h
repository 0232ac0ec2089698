#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/case.h"

// What the playbooks on 42501 both have to find out: which statement was refused, and in whose name.
namespace selfheal::healing {

struct RefusedStatement {
  std::string kind;    // command tag: INSERT, SELECT …; empty: not known
  std::string target;  // of an INSERT, UPDATE, DELETE or COPY, without its schema; or empty
  std::vector<pg::StatementFacts::Relation> relations;  // empty when it runs inside a function
  std::vector<std::string> words;  // lower case, in order; without values and quoted names
  std::string shape;               // the whole of it, without values
  bool is_inside_function = false;
};

// Whether PostgreSQL itself said "permission denied for …", in any of its languages: not an owner's right,
// not row-level security, not an application that borrowed the code.
bool is_permission_denied(const Case& facts);

// The statement that the server was at: the client's own, or the one that a function ran, as far as
// PostgreSQL's CONTEXT quotes it. Nothing when neither is known.
std::optional<RefusedStatement> refused_statement(const Case& facts);

// Functions that the error came through, innermost first, without schema and arguments.
std::vector<std::string> functions_of_context(std::string_view context);

// Whether the words stand in the statement next to each other.
bool has_words(const RefusedStatement& statement, std::vector<std::string_view> words);

// Whether the statement names the relation itself, and so not through a view.
bool names_relation(const RefusedStatement& statement, const std::string& name);

// The rights that the statement needs on the table, from what it does with it: {"UPDATE", "SELECT"}. Empty
// when that is not understood.
std::vector<std::string> needed_rights(const RefusedStatement& statement, const std::string& table);

}  // namespace selfheal::healing
