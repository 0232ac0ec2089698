#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// What can be said about a statement without running it. The text is hostile: shape_of reads any of it in
// linear time, the other two use PostgreSQL's own parser and say what that needs.
namespace selfheal::pg {

struct StatementFacts {
  struct Relation {
    std::string schema;  // empty when the statement does not say
    std::string name;

    friend bool operator==(const Relation&, const Relation&) = default;
  };

  std::string kind;                 // as in a command tag: INSERT, UPDATE, SELECT, CREATE TABLE …
  std::vector<Relation> relations;  // the target of an INSERT, UPDATE, DELETE, MERGE or COPY first; each once
  std::vector<std::string> insert_columns;  // empty when the INSERT names none
  // Columns whose value is the keyword DEFAULT in every row of VALUES, in the order of insert_columns. A
  // statement that names no columns has none, because their names are not known here.
  std::vector<std::string> defaulted_columns;
  bool insert_names_columns = false;
  bool insert_default_values = false;  // INSERT … DEFAULT VALUES
  std::string fingerprint;             // libpg_query's, 16 hexadecimal digits

  friend bool operator==(const StatementFacts&, const StatementFacts&) = default;
};

// The facts of the one statement in `sql`, read from PostgreSQL 15's grammar. Fails with invalid_input when
// the text is longer than kParsedSqlBytes, is not UTF-8, holds a NUL, nests comments deeper than 16, is not
// valid PostgreSQL or holds no or several statements. The error never repeats the text.
//
// Call it on a worker with kWorkerStackBytes of stack only: the parser recurses over the tree and a hostile
// statement that passes every check above still overflows an ordinary thread's stack.
Result<StatementFacts> statement_facts(std::string_view sql);

// libpg_query's fingerprint when the text parses (it may hold several statements) within the limits of
// statement_facts, else "t:" and 32 hexadecimal digits of the SHA-256 of shape_of(sql). Needs the worker's
// stack like statement_facts.
std::string statement_fingerprint(std::string_view sql);

// The statement for people, without its values: literals become `?`, lists of them `(?, …)`, comments and
// surplus white space vanish; identifiers, keywords, operators and $1 stay. What cannot be lexed with
// certainty (an unterminated string, a backslash before a quote in a plain string, whose meaning depends on
// standard_conforming_strings) is replaced up to the end by `‹…›`: a doubt removes more, never less.
// shape_of(shape_of(x)) == shape_of(x). Any thread, any bytes; bytes that are not UTF-8 end the shape in the
// same way.
std::string shape_of(std::string_view sql);

}  // namespace selfheal::pg
