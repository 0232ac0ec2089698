#pragma once

#include <set>
#include <string>
#include <string_view>

namespace selfheal::pg::internal {

// What may be shown of a statement, given what its error said.
struct StatementTrust {
  // Names, in lower case, that the server did not find: the caller's text wherever they stand.
  std::set<std::string> missing;
  // Names that may be a caller's alias or a table's own: removed where quoted.
  std::set<std::string> doubtful;
  // Names, in lower case, that the server itself gave to existing objects.
  std::set<std::string> existing;
  // The statement was parsed by the server. If not, strings and names may have changed places (one quote too
  // many), and only SQL's own words are shown.
  bool parsed = true;
  // The error was understood, so that missing names are known. If not, quoted identifiers are removed.
  bool understood = true;
  // The server had looked up all names before the error arose, so those of a query exist. If not, quoted ones
  // that no ORM would write are removed.
  bool looked_up = true;
  // The statement is at hand and none of its names holds a quote, so names in messages are what they seem.
  bool names_are_plain = false;
};

// shape_of(sql), with quoted labels and the names that `trust` doubts replaced by ‹name›, and swept. At most
// kFieldBytes, cut at a character. Quoted names are kept only where they name what is read or written by a
// query; of other statements, and where a query gives a name of its own, only those that `trust` knows to
// exist.
std::string trusted_shape(std::string_view sql, const StatementTrust& trust);

// Whether the statement, as far as it can be read, ends within itself: no open string, comment or identifier.
bool ends_cleanly(std::string_view sql);

// Whether a name in the statement holds a double quote. In a message, where quotes are not doubled, such a
// name can pose as two: "a"" of relation ""b" reads like a column a of a table b.
bool has_quote_in_name(std::string_view sql);

// Adds the identifiers of a name that the server printed as missing: `cn.f(integer)`, `"Orders"`, `a b`.
void add_missing(std::string_view printed, StatementTrust& trust);
void add_doubtful(std::string_view printed, StatementTrust& trust);

}  // namespace selfheal::pg::internal
