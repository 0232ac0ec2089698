#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace selfheal::http {

// Reads a chunked body (RFC 9112 section 7.1) from bytes cut anywhere. Not Beast's: that of 1.81 answers
// differently for different cuts when an extension holds a quotation mark, and asserts when the last chunk
// comes in two pieces.
class ChunkedDecoder {
 public:
  explicit ChunkedDecoder(std::size_t body_limit) : body_limit_(body_limit) {}

  enum class State { more, complete, malformed, too_large };
  // Returns how many bytes it took: all while there is more to come. Appends the data to `body`.
  std::size_t feed(std::string_view bytes, std::string& body);
  State state() const { return state_; }

 private:
  enum class Part { size, data, data_end, trailer };
  void take_line_byte(char byte, const std::string& body);
  void take_line(std::string_view line, const std::string& body);
  void take_size(std::string_view line, const std::string& body);

  std::size_t body_limit_;
  State state_ = State::more;
  Part part_ = Part::size;
  std::string line_;        // of a size or a trailer, without its end
  std::uint64_t left_ = 0;  // of the chunk's data
  std::size_t trailer_bytes_ = 0;
};

}  // namespace selfheal::http
