#include "assistant/chat.h"

#include <boost/json/parse.hpp>

namespace selfheal::assistant {

Result<boost::json::object> ToolCall::arguments() const {
  boost::system::error_code error;
  auto value = boost::json::parse(arguments_, error);
  if (error || !value.is_object()) {
    return failure(ErrorCode::invalid_input, "tool call: its arguments are no JSON object");
  }
  return std::move(value.get_object());
}

Message Message::assistant(const Answer& answer) {
  Message message(Role::assistant, answer.text);
  message.calls_ = answer.calls;
  return message;
}

Message Message::result(const ToolCall& call, OutgoingText text) {
  Message message(Role::tool, std::move(text));
  message.call_id_ = call.id();
  return message;
}

}  // namespace selfheal::assistant
