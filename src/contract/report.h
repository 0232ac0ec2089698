#pragma once

#include <boost/describe/class.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "contract/json.h"

// Errors that applications report themselves.
namespace selfheal::contract {

BOOST_DESCRIBE_STRUCT(FieldProblem, (), (pointer, detail))

// One error as the application's driver gave it. Everything but the message may be absent; the fields of the
// protocol (constraint_name, table_name …) make the answer better, because they name objects in every
// language.
struct ErrorReport {
  static constexpr std::string_view kRequired[] = {"message"};
  std::string message;
  std::optional<std::string> server;  // a watched server; may be absent while only one is watched
  std::string database;
  std::string sqlstate;
  std::string level;
  std::string detail;
  std::string hint;
  std::string context;
  std::string statement;
  std::string schema_name;
  std::string table_name;
  std::string column_name;
  std::string constraint_name;
  std::string datatype_name;
  std::string routine;
  std::string user;
  std::string application;
  std::string client_host;
  int pid = 0;
  std::optional<Time> occurred_at;
};
BOOST_DESCRIBE_STRUCT(ErrorReport, (),
                      (message, server, database, sqlstate, level, detail, hint, context, statement,
                       schema_name, table_name, column_name, constraint_name, datatype_name, routine, user,
                       application, client_host, pid, occurred_at))

struct ReportResult {
  int line = 0;        // 1, 2, 3 … in the body
  std::string status;  // filed, repeated (was filed before), ignored (not an incident), rejected
  std::optional<std::string> incident;
  std::vector<FieldProblem> errors;
};
BOOST_DESCRIBE_STRUCT(ReportResult, (), (line, status, incident, errors))

struct ReportAnswer {
  int accepted = 0;
  int rejected = 0;
  std::vector<ReportResult> results;
};
BOOST_DESCRIBE_STRUCT(ReportAnswer, (), (accepted, rejected, results))

}  // namespace selfheal::contract
