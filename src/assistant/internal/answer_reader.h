#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/chat.h"
#include "assistant/internal/refusal.h"
#include "base/result.h"

namespace selfheal::assistant::internal {

// More calls in one answer are a model gone wild.
inline constexpr std::size_t kCallsInAnswer = 16;

// Puts an Answer together: of a whole body, or of the events of a stream. All that comes is hostile: what is
// absent or of another type reads as empty, what exceeds a limit is an error.
class AnswerMaker {
 public:
  // Text, reasoning, refusal and arguments together may hold `limit` bytes.
  explicit AnswerMaker(std::size_t limit) : limit_(limit) {}

  // One event's data. False: the stream is complete ("[DONE]"). invalid_input: no JSON, or a limit exceeded;
  // and failed when the server reports an error, which refusal() then holds.
  Result<bool> take_event(std::string_view data);
  // A whole answer.
  Status take_body(std::string_view body);

  // What text came since the last call of this.
  std::string take_new_text();
  const std::optional<Refusal>& refusal() const { return refusal_; }
  // invalid_input when the stream ended before it was complete, or holds nothing.
  Result<Answer> finish() &&;

 private:
  struct Call {
    std::string id;
    std::string name;
    std::string arguments;
  };

  Status take(const boost::json::object& object, std::string_view part);
  Status take_message(const boost::json::object& message);
  Status take_call(const boost::json::object& call, std::size_t position);
  Status append(std::string& to, std::string_view text);

  std::size_t limit_;
  std::size_t size_ = 0;
  std::string text_;
  std::size_t told_ = 0;  // of text_
  std::string reasoning_;
  std::string refusal_text_;
  std::map<std::int64_t, Call> calls_;
  std::string finish_;
  Usage usage_;
  bool seen_choice_ = false;
  bool done_ = false;
  std::optional<Refusal> refusal_;
};

// The vectors of an embeddings answer, in the order asked for; all `count` there, finite and equally long.
Result<std::vector<std::vector<float>>> embeddings_of(std::string_view body, std::size_t count);

}  // namespace selfheal::assistant::internal
