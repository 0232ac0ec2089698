#pragma once

#include <map>
#include <string>
#include <vector>

// What PostgreSQL's deadlock detector says of the circle it found, in any of its languages.
namespace selfheal::healing {

struct DeadlockReport {
  std::vector<int> circle;                // pids; each waits for the next, the last for the first
  std::map<int, std::string> statements;  // raw, by pid; empty in what a client reports
};

// From the DETAIL: "Process 1 waits for … ; blocked by process 2." for each, then, in the log, "Process 1:
// …". An empty circle when it is no such report. Of a line only its first and its last number are read, since
// these stand in the same place in every language.
DeadlockReport deadlock_report(const std::string& detail);

}  // namespace selfheal::healing
