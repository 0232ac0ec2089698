#pragma once

#include <cstdint>
#include <memory>

#include "tail/log_decoder.h"

namespace selfheal::tail {

// Knows, without decoding, lines of records that every busy server writes and that hold no trouble: level
// LOG, with the duration of a statement, the statement itself, or a client that comes or goes. English only;
// in other languages such lines are decoded like all others. Where a user's text could have made a line look
// so, the answer is no.
class RoutineFilter {
 public:
  virtual ~RoutineFilter() = default;
  // Whether the line belongs to such a record, as its beginning or as what follows the line before. To be
  // asked for each line in its order, but for those inside a record that the decoder has begun.
  virtual bool takes(LogLine line) = 0;
  // Such records so far.
  std::int64_t records() const { return records_; }
  // Whether the last line taken was a whole record.
  bool was_whole() const { return was_whole_; }

 protected:
  std::int64_t records_ = 0;
  bool was_whole_ = false;
};

std::unique_ptr<RoutineFilter> routine_filter(LogFormat format);

}  // namespace selfheal::tail
