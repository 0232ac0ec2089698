#pragma once

#include <span>
#include <string_view>

// Messages of PostgreSQL's log that are no errors but matter to whoever runs the server.
namespace selfheal::pg {

struct LogNotice {
  std::string_view name;  // e.g. "temp_file"; the taxonomy has a row for each
  // From the start of the English message on; `*` stands for any text, also none.
  std::string_view pattern;
  // A number in the message decides whether it counts: the first behind `measure`, or, when `is_before`, the
  // last in front of it. Empty: it always counts.
  std::string_view measure = {};
  bool is_before = false;
  double least = 0;
};

// The first that fits decides. They live for ever.
std::span<const LogNotice> log_notices();

// What a message of level LOG or WARNING says, or null when it is none that matters or too little of it.
// Cheap enough for every line of a log. Any thread.
const LogNotice* log_notice_of(std::string_view message);

}  // namespace selfheal::pg
