#pragma once

#include <compare>
#include <string>

namespace selfheal::pg {

// The existing objects that an error names, in the server's spelling without surrounding quotes; empty when
// the error does not name one. Only names whose existence the server asserts stand here, never a name or
// value that a caller sent and the server did not find.
struct ObjectNames {
  std::string database;
  std::string schema;
  std::string table;  // also views, and a relation whose kind the message does not tell
  std::string column;
  std::string constraint;
  std::string index;
  std::string datatype;
  std::string role;
  std::string routine;  // with argument types when the message has them
  std::string sequence;
  std::string parameter;  // a configuration parameter
  std::string partition;
  std::string slot;  // a replication slot

  friend auto operator<=>(const ObjectNames&, const ObjectNames&) = default;
};

}  // namespace selfheal::pg
