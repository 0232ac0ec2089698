#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace selfheal::tail {

// Cuts a stream of bytes into lines; gives the same lines however the stream is sliced. Holds at most one
// line of kLogLineBytes and what was fed since.
class LineSplitter {
 public:
  struct Line {
    std::string_view
        text;          // at most kLogLineBytes, without the line feed; valid until the next feed() or clear()
    bool cut = false;  // the line was longer
  };

  void feed(std::string_view bytes);
  // The next complete line.
  std::optional<Line> next();
  // What stands after the last line feed, taken as a line; nothing when that is no byte.
  std::optional<Line> rest();
  // Bytes fed that belong to no line returned so far.
  std::uint64_t pending_bytes() const { return dropped_ + (buffer_.size() - begin_); }
  void clear();

 private:
  void drop_excess();

  std::string buffer_;         // from begin_: the kept beginning of a line, and what follows it
  std::size_t begin_ = 0;      // start of the line in buffer_
  std::size_t searched_ = 0;   // no line feed stands in [begin_, searched_)
  std::uint64_t dropped_ = 0;  // bytes of the unfinished line that were beyond kLogLineBytes
};

}  // namespace selfheal::tail
