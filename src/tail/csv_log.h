#pragma once

#include <memory>

#include "base/ids.h"
#include "tail/log_decoder.h"

// PostgreSQL's csvlog: one record of comma-separated fields a message, which spans several lines when a text
// does; the manual lists the fields in "Using CSV-Format Log Output" (section 20.8.4). Read are the 23 of
// PostgreSQL 9.0 to 12, and what later versions add behind them: backend_type, leader_pid, query_id.
namespace selfheal::tail {

// Fails with invalid_input, naming what does not fit and never the content, for a record that lacks fields,
// or whose fields are not what their place says. A server that died while writing leaves half a record: the
// next line that can only be the beginning of a record ends it.
class CsvLogDecoder final : public LogDecoder {
 public:
  explicit CsvLogDecoder(ServerId server);
  ~CsvLogDecoder() override;

  Decoded take(LogLine line, Time read_at) override;
  Decoded finish(Time read_at) override;
  bool is_pending() const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::tail
