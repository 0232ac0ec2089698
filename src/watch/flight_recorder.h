#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "model/recording.h"
#include "pg/connection.h"

// Evidence of locks perishes with the wait, so it is recorded before there is an error. Who blocked whom is
// read from a recording with healing/evidence/blocking.h.
namespace selfheal::watch {

// The last kRecorderSpan of looks at one server. Pure: no clock and no connection of its own.
class FlightRecorder {
 public:
  // `moment` is when the look was answered, by our steady clock; never earlier than in the call before. The
  // sample's own time is the server's.
  void add(BlockingSample sample, Deadline::Moment moment);
  // The next look does not follow on the last one: the connection was lost, or rights were missing.
  void interrupt();

  // What is at most kRecorderSpan old at `now`, oldest first. Looks at which nobody waited are in it, without
  // edges.
  Recording recording(Deadline::Moment now) const;
  std::size_t edges() const { return edges_; }

 private:
  struct Look {
    BlockingSample sample;
    Deadline::Moment moment;
  };
  void drop_oldest();

  std::deque<Look> looks_;
  std::size_t edges_ = 0;             // in all looks
  bool running_ = false;              // the next look follows on the last one
  Deadline::Moment running_since_{};  // looks came without a break since then, and are all kept
};

// Edges kept in all looks together; beyond it the oldest looks go. About 25 MB at 50 sessions that wait for a
// minute.
inline constexpr std::size_t kRecordedEdges = 20'000;

// The answer of queries/waits.sql as a sample. Fails when a column is missing or does not read: then nothing
// is known, not that nobody waits.
//
// A session that queues behind others for the same lock in the same mode is blocked by all of them; only the
// edges that lead on to the blockers of the first in the queue are kept, so a queue of n gives n edges and
// not n * n.
Result<BlockingSample> read_waits(pg::Rows rows);

}  // namespace selfheal::watch
