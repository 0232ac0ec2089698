#include "tail/stderr_log.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "tail/internal/line_prefix.h"
#include "tail/internal/stderr_message.h"

namespace selfheal::tail {
namespace {

// Messages of different processes whose lines may be mixed. The server writes each message at once, so more
// than a few are never open.
constexpr std::size_t kOpenMessages = 16;
// Places in a line that look like the time of a prefix, at most so many are tried.
constexpr int kResyncs = 8;

std::unexpected<Error> malformed(std::string_view what) {
  return failure(ErrorCode::invalid_input, "stderr log: " + std::string(what));
}

class StderrDecoder final : public LogDecoder {
 public:
  StderrDecoder(ServerId server, const StderrOptions& options)
      : server_(std::move(server)), prefix_(options.log_line_prefix) {}

  Decoded take(LogLine line, Time read_at) override {
    Decoded decoded;
    if (line.text.starts_with('\t')) {
      if (current_ != nullptr)
        current_->go_on(line.text.substr(1), line.cut);
      else
        decoded.push_back(malformed("a line that continues none"));
    } else if (!line.text.empty()) {
      take_head(line, read_at, decoded);
    }
    return decoded;
  }

  Decoded finish(Time read_at) override {
    Decoded decoded;
    flush(read_at, decoded);
    return decoded;
  }

  bool is_pending() const override { return !open_.empty(); }

 private:
  void take_head(LogLine line, Time read_at, Decoded& decoded) {
    auto head = prefix_.match(line.text);
    if (!head) {
      current_ = nullptr;
      head = resynchronise(line);
      decoded.push_back(malformed("a line without log_line_prefix or without a level"));
      if (!head) return;
    }
    if (head->label.part == LogPart::message)
      begin(*head, line, read_at, decoded);
    else
      add_part(*head, line, decoded);
  }

  // A server that was killed while writing leaves half a line, and the next one continues it.
  std::optional<LinePrefix::Match> resynchronise(LogLine& line) const {
    if (!prefix_.begins_with_time()) return std::nullopt;
    constexpr std::size_t kYear = 4;
    int tries = 0;
    for (auto dash = line.text.find('-', kYear + 1); dash != line.text.npos && tries < kResyncs;
         dash = line.text.find('-', dash + 1)) {
      const auto rest = line.text.substr(dash - kYear);
      if (!begins_with_moment(rest)) continue;
      ++tries;
      if (auto head = prefix_.match(rest)) {
        line.text = rest;
        return head;
      }
    }
    return std::nullopt;
  }

  void begin(const LinePrefix::Match& head, LogLine line, Time read_at, Decoded& decoded) {
    const auto process = StderrMessage::process_of(head);
    for (auto& message : open_)
      if (process.empty() || message.process() == process) message.complete();
    if (open_.size() >= kOpenMessages || std::ranges::all_of(open_, &StderrMessage::is_complete))
      flush(read_at, decoded);
    open_.emplace_back(head, line);
    current_ = &open_.back();
  }

  void add_part(const LinePrefix::Match& head, LogLine line, Decoded& decoded) {
    const auto process = StderrMessage::process_of(head);
    const auto owner = std::find_if(open_.rbegin(), open_.rend(), [&](const StderrMessage& message) {
      return message.process() == process && message.takes(head.label.part);
    });
    current_ = owner == open_.rend() ? nullptr : &*owner;
    if (current_ == nullptr)
      decoded.push_back(malformed("a part of a message whose beginning is missing"));
    else
      current_->begin_part(head.label.part, line.text.substr(head.bytes), line.cut);
  }

  void flush(Time read_at, Decoded& decoded) {
    for (auto& message : open_) {
      is_verbose_ = is_verbose_ || message.has_location();
      auto record = message.take(clock_, read_at, is_verbose_);
      record.event.server = server_;
      decoded.emplace_back(std::move(record));
    }
    open_.clear();
    current_ = nullptr;
  }

  ServerId server_;
  LinePrefix prefix_;
  LogClock clock_;
  std::deque<StderrMessage> open_;    // in the order of their first lines
  StderrMessage* current_ = nullptr;  // in open_: whose lines those with a tab are
  bool is_verbose_ = false;
};

}  // namespace

std::unique_ptr<LogDecoder> stderr_decoder(ServerId server, StderrOptions options) {
  return std::make_unique<StderrDecoder>(std::move(server), options);
}

}  // namespace selfheal::tail
