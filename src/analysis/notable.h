#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "analysis/activity.h"
#include "model/error_event.h"

// Lines of a log that are no errors and say something all the same.
namespace selfheal::analysis {

enum class Weight { usual, caution, grave };
BOOST_DESCRIBE_ENUM(Weight, usual, caution, grave)

// What a server writes in English at level LOG or WARNING. The texts live for ever.
struct NotableRow {
  std::string_view name;     // for programs: "lock_wait"
  std::string_view title;    // for people: "waits for locks"
  std::string_view pattern;  // of the whole message; * stands for anything
  Weight weight;
};

// The first row that fits decides.
std::span<const NotableRow> notable_rows();
const NotableRow* find_notable(std::string_view message);

struct Notable {
  const NotableRow* row = nullptr;
  std::int64_t count = 0;
  Time first{};
  Time last{};
  Activity activity;
  ErrorEvent example;  // the last one, which is the one a person can still do something about
};

}  // namespace selfheal::analysis
