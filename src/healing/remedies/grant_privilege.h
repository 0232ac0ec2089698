#pragma once

#include <string>
#include <vector>

#include "healing/remedies/remedy.h"

namespace selfheal::healing {

extern const RemedyKind kGrantPrivilege;

// Exactly what a statement lacked, as evidence found it.
struct ExactGrant {
  enum class Object { table, sequence };
  std::string database;
  std::string owner;              // the role the act runs as
  Object object = Object::table;  // table: also a view
  std::string schema;
  std::string name;
  std::vector<std::string> privileges;  // PostgreSQL's words: SELECT, INSERT, UPDATE, DELETE, TRUNCATE, USAGE
  std::string role;
};

// The statement, with the semicolon left out. Never to PUBLIC, because the role's name is always quoted.
std::string grant_text(const ExactGrant& grant);

// Grants it as the object's owner. A GRANT without the right to grant succeeds and only warns (01007), which
// acting takes for the failure that it is.
Remedy grant_privilege(const ExactGrant& grant);

}  // namespace selfheal::healing
