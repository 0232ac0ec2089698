#pragma once

#include <boost/describe/class.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "contract/incident.h"

// How an incident came and went: who blocked whom moment by moment, how many waited, how often it was seen.
namespace selfheal::contract {

// Who waited for whom, unchanged from `at` to `until`.
struct BlockingMoment {
  Time at{};
  Time until{};
  Blocking blocking;
};
BOOST_DESCRIBE_STRUCT(BlockingMoment, (), (at, until, blocking))

// Sessions of the whole server that waited for a lock in the second that begins at `at`.
struct WaitingCount {
  Time at{};
  std::int64_t sessions = 0;
};
BOOST_DESCRIBE_STRUCT(WaitingCount, (), (at, sessions))

// Events that came together. Redacted.
struct Occurrence {
  Time first_seen{};
  Time last_seen{};
  std::int64_t count = 0;
  std::string message;
  std::string statement;  // its shape
};
BOOST_DESCRIBE_STRUCT(Occurrence, (), (first_seen, last_seen, count, message, statement))

// All oldest first. What the recorder did not see is absent, not zero.
struct IncidentHistory {
  std::vector<BlockingMoment> moments;
  std::vector<WaitingCount> waiting;
  std::vector<Occurrence> occurrences;
};
BOOST_DESCRIBE_STRUCT(IncidentHistory, (), (moments, waiting, occurrences))

}  // namespace selfheal::contract
