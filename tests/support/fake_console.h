#pragma once

#include <optional>
#include <string>

#include "api/console.h"

namespace selfheal::test {

// Answers every statement with itself.
class FakeConsole final : public api::Console {
 public:
  std::optional<api::SqlProblem> problem;
  Task<api::SqlAnswer> run(ServerId, std::string sql, std::string, Deadline) override {
    if (problem) co_return api::SqlAnswer{.problem = problem};
    co_return api::SqlAnswer{.problem = {},
                             .columns = {"sql"},
                             .rows = {{sql}, {std::nullopt}},
                             .took = Duration(1500),
                             .notice = "as the observing role"};
  }
};

}  // namespace selfheal::test
