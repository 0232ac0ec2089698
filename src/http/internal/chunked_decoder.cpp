#include "http/internal/chunked_decoder.h"

#include <algorithm>
#include <charconv>

namespace selfheal::http {
namespace {

// A size has few digits; extensions and trailers mean nothing to us, and nobody we know sends any.
constexpr std::size_t kLineBytes = 256;
constexpr std::size_t kTrailerBytes = 4096;

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7F; });
}

}  // namespace

std::size_t ChunkedDecoder::feed(std::string_view bytes, std::string& body) {
  std::size_t taken = 0;
  while (taken < bytes.size() && state_ == State::more) {
    if (part_ != Part::data) {
      take_line_byte(bytes[taken++], body);
      continue;
    }
    const auto piece =
        bytes.substr(taken, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    body += piece;
    taken += piece.size();
    left_ -= piece.size();
    if (left_ == 0) part_ = Part::data_end;
  }
  return taken;
}

void ChunkedDecoder::take_line_byte(char byte, const std::string& body) {
  line_ += byte;
  if (byte != '\n') {
    if (line_.size() > kLineBytes) state_ = State::malformed;
    return;
  }
  const auto line = std::exchange(line_, {});
  if (!line.ends_with("\r\n")) {
    state_ = State::malformed;
  } else {
    take_line(std::string_view(line).substr(0, line.size() - 2), body);
  }
}

void ChunkedDecoder::take_line(std::string_view line, const std::string& body) {
  if (has_control_character(line)) {
    state_ = State::malformed;
  } else if (part_ == Part::size) {
    take_size(line, body);
  } else if (part_ == Part::data_end) {
    part_ = Part::size;
    if (!line.empty()) state_ = State::malformed;
  } else if (line.empty()) {
    state_ = State::complete;
  } else {
    trailer_bytes_ += line.size();
    if (trailer_bytes_ > kTrailerBytes || line.find(':') == line.npos) state_ = State::malformed;
  }
}

void ChunkedDecoder::take_size(std::string_view line, const std::string& body) {
  const auto* end = line.data() + line.size();
  const auto read = std::from_chars(line.data(), end, left_, 16);
  const bool begins_with_digit = !line.empty() && line.front() != '-' && read.ec == std::errc();
  if (!begins_with_digit || (read.ptr != end && *read.ptr != ';')) {
    state_ = State::malformed;
  } else if (left_ == 0) {
    part_ = Part::trailer;
  } else if (left_ > body_limit_ || body.size() > body_limit_ - left_) {
    state_ = State::too_large;
  } else {
    part_ = Part::data;
  }
}

}  // namespace selfheal::http
