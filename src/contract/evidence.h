#pragma once

#include <boost/describe/class.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace selfheal::contract {

// One piece of evidence. Cells that may hold values of the application are replaced unless raw rows were
// asked for.
struct EvidenceView {
  std::string id;
  std::string probe;
  std::string status;  // answered, failed, not_applicable
  std::string why;
  Time taken_at{};
  double took_s = 0;
  std::string sql;
  std::vector<std::string> columns;
  std::int64_t row_count = 0;
  std::vector<std::vector<std::optional<std::string>>> rows;
  bool raw = false;
};
BOOST_DESCRIBE_STRUCT(EvidenceView, (),
                      (id, probe, status, why, taken_at, took_s, sql, columns, row_count, rows, raw))

}  // namespace selfheal::contract
