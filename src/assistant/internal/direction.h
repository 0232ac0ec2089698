#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Who holds up whom, as evidence says it and as a sentence claims it: "A blocks B" has the same numbers and
// names as "B blocks A".
namespace selfheal::assistant::internal {

// One holds up the other: sessions by their numbers or by the names of their applications, in lower case.
struct Hold {
  std::string blocker;
  std::string waiter;
  friend bool operator==(const Hold&, const Hold&) = default;
};

// Of a tool's result: the fields `waiter…` and `blocker…` of one record.
std::vector<Hold> holds_in_records(std::string_view text);

// Whether the sentence says of two of those that one holds up the other, and evidence knows only of the
// opposite, at once or by way of others. What evidence does not speak of is not judged here.
bool turns_around(std::string_view sentence, const std::vector<Hold>& known);

}  // namespace selfheal::assistant::internal
