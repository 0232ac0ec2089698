#pragma once

#include <span>
#include <string_view>

#include "model/error_class.h"
#include "model/error_event.h"

// What kind of trouble an error is, from its code and, where one code covers several troubles, its sentence.
// A prior only: evidence decides the cause. All of it is data; the rules are in taxonomy.cpp, in their order.
namespace selfheal::healing {

// Whether a machine may put it right: never, with a person's consent, by repeating the whole transaction, by
// a change that is safe by itself, or only for some of the causes that share the code.
enum class AutoFix { no, approval, conditional, retry, yes };
BOOST_DESCRIBE_ENUM(AutoFix, no, approval, conditional, retry, yes)

// What one SQLSTATE says by itself. The texts live for ever.
struct CodeRow {
  std::string_view sqlstate;   // or the two characters of its class
  std::string_view condition;  // PostgreSQL's name for it
  Category category;
  Category category7;  // nearest of the seven, none where there is none
  Severity severity;
  Transience transient;
  AutoFix auto_fix;
  std::string_view why;
};

// Every SQLSTATE of PostgreSQL 15, sorted.
std::span<const CodeRow> code_rows();
// The row of exactly this code, or null.
const CodeRow* find_code(std::string_view sqlstate);

// Any event has a class: unknown when there is nothing to go by. `auto_fixable` is true for AutoFix::yes and
// AutoFix::retry only. Any thread.
ErrorClass classify(const ErrorEvent& event);

}  // namespace selfheal::healing
