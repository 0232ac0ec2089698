#include "tail/internal/line_splitter.h"

#include <utility>

#include "base/limits.h"

namespace selfheal::tail {

void LineSplitter::feed(std::string_view bytes) {
  buffer_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  buffer_.append(bytes);
}

std::optional<LineSplitter::Line> LineSplitter::next() {
  const auto end = buffer_.find('\n', searched_);
  if (end == std::string::npos) {
    searched_ = buffer_.size();
    drop_excess();
    return std::nullopt;
  }
  const auto whole = std::string_view(buffer_).substr(begin_, end - begin_);
  const Line line{whole.substr(0, kLogLineBytes), dropped_ > 0 || whole.size() > kLogLineBytes};
  begin_ = searched_ = end + 1;
  dropped_ = 0;
  return line;
}

std::optional<LineSplitter::Line> LineSplitter::rest() {
  const auto whole = std::string_view(buffer_).substr(begin_);
  if (whole.empty()) return std::nullopt;
  const Line line{whole.substr(0, kLogLineBytes), dropped_ > 0 || whole.size() > kLogLineBytes};
  begin_ = searched_ = buffer_.size();
  dropped_ = 0;
  return line;
}

void LineSplitter::clear() { *this = LineSplitter(); }

// Keeps only the beginning of a line that is too long. The views of lines returned before stand in front of
// begin_ and stay where they are.
void LineSplitter::drop_excess() {
  const auto kept = buffer_.size() - begin_;
  if (kept <= kLogLineBytes) return;
  dropped_ += kept - kLogLineBytes;
  buffer_.resize(begin_ + kLogLineBytes);
  searched_ = buffer_.size();
}

}  // namespace selfheal::tail
