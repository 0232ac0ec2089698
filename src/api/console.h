#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/task.h"

// What the API needs to have foreign SQL run: a port of its own, since what may run is decided by the gate
// alone (pg/read_only.h).
namespace selfheal::api {

// Why a statement has no answer.
struct SqlProblem {
  bool is_refused = false;  // by the gate; else by PostgreSQL
  std::string rule;         // of the gate
  std::string message;      // of the gate, or PostgreSQL's own, which may hold values
  std::string word;
  int position = 0;  // character of the text, from 1; 0: not told
  std::string instead;
  std::string sqlstate;
};

struct SqlAnswer {
  std::optional<SqlProblem> problem;
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
  bool is_cut = false;
  Duration took{};
  std::string notice;  // what whoever asked should know about how it ran, or empty
};

// Foreign SQL against a watched server. A handler that waits here may be cancelled: the statement then ends.
class Console {
 public:
  virtual ~Console() = default;
  virtual Task<SqlAnswer> run(ServerId server, std::string sql, std::string actor, Deadline deadline) = 0;
};

}  // namespace selfheal::api
