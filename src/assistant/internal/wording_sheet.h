#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assistant/explanation.h"

// What a model is shown of an explanation: its sentences about this incident, with slots in place of numbers,
// times and names. Pure functions.
namespace selfheal::assistant::internal {

// "Session {n1} ({x2}) waits" and what the slots stand for, in their order.
struct Masked {
  std::string text;
  std::vector<std::string> slots;  // "{n1}"
  std::vector<std::string> values;
};

struct SheetLine {
  std::string id;            // "S1"
  std::size_t sentence = 0;  // its place in the explanation
  Masked masked;
};

struct Sheet {
  std::vector<SheetLine> lines;
};

// Sentences that stand as they are (SQL, runbooks, what is not proven) are not on it.
Sheet sheet_of(const Explanation& explanation);
// Slots are numbered from `first` on: no two of a sheet are alike.
Masked mask(std::string_view text, const std::vector<std::string>& names, int first);
// The text with the values back in. Slots that are not among them stay.
std::string fill(std::string_view text, const std::vector<const Masked*>& from);

}  // namespace selfheal::assistant::internal
