#pragma once

#include <string>

#include "base/words.h"

namespace selfheal {

// What kind of trouble an error is. The first seven are the product's categories; `none` is not an incident.
enum class Category {
  duplicate_data,
  connection_issue,
  lock_contention,
  permission_error,
  query_syntax,
  constraint_violation,
  resource_exhaustion,
  internal_or_corruption,
  application_raised,
  none,
  unknown,
};
BOOST_DESCRIBE_ENUM(Category, duplicate_data, connection_issue, lock_contention, permission_error,
                    query_syntax, constraint_violation, resource_exhaustion, internal_or_corruption,
                    application_raised, none, unknown)

enum class Severity { low, medium, high };
BOOST_DESCRIBE_ENUM(Severity, low, medium, high)

// Whether the same request may succeed later without anybody changing anything.
enum class Transience { no, yes, conditional };
BOOST_DESCRIBE_ENUM(Transience, no, yes, conditional)

// The answer of the classification table: a prior, from the code alone. Evidence decides the cause.
struct ErrorClass {
  Category category = Category::unknown;
  // Nearest of the seven, for consumers that know only those; `none` where there is none.
  Category category7 = Category::none;
  Severity severity = Severity::medium;
  Transience transient = Transience::no;
  bool auto_fixable = false;
  // The condition name of PostgreSQL's appendix A, e.g. "unique_violation".
  std::string condition;
  std::string why;
};

// "DUPLICATE_DATA": how the API, the command line and the page write a category.
std::string to_text(Category category);

}  // namespace selfheal
