#pragma once

#include <boost/describe/class.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/report.h"

namespace selfheal::contract {

// A part of a list. next_cursor asks for the part behind it; null at the end.
template <class T>
struct Page {
  std::vector<T> items;
  std::optional<std::string> next_cursor;
  BOOST_DESCRIBE_CLASS(Page, (), (items, next_cursor), (), ())
};

// An error as it looks on the wire, RFC 9457.
struct Problem {
  std::string type;  // "/problems/plan-stale"
  std::string title;
  int status = 0;
  std::string detail;
  std::string instance;
  std::string request_id;
  std::vector<FieldProblem> errors;
};
BOOST_DESCRIBE_STRUCT(Problem, (), (type, title, status, detail, instance, request_id, errors))

}  // namespace selfheal::contract
