#pragma once

#include <boost/describe/enum.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/text.h"
#include "base/result.h"

// A conversation with a language model as values.
namespace selfheal::assistant {

// What the model wants called. Its name and arguments are the model's: look the name up in a table of ours,
// validate the arguments, and remember that it may do what an attacker's text told it.
class ToolCall {
 public:
  const std::string& id() const { return id_; }
  const std::string& name() const { return name_; }
  const std::string& raw_arguments() const { return arguments_; }
  // invalid_input when they are no JSON object.
  Result<boost::json::object> arguments() const;

 private:
  friend class internal::AnswerMaker;
  std::string id_;
  std::string name_;
  std::string arguments_;
};

// Tokens as the server counts them; zero when it does not tell.
struct Usage {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
};

enum class Finish {
  stop,
  length,  // the answer is cut: it reached its token limit
  tool_calls,
  content_filter,
  unknown,
};

struct Answer {
  ModelText text;
  ModelText reasoning;  // of models that show it; never sent back
  ModelText refusal;    // the model's words why it will not answer; else empty
  std::vector<ToolCall> calls;
  Finish finish = Finish::unknown;
  Usage usage;
  boost::json::value json;  // of a request with a schema: valid by it
  std::string request_id;   // the server's, safe to log; empty when it gave none
};

enum class Role { system, user, assistant, tool };
BOOST_DESCRIBE_ENUM(Role, system, user, assistant, tool)

class Message {
 public:
  static Message system(OutgoingText text) { return {Role::system, std::move(text)}; }
  static Message user(OutgoingText text) { return {Role::user, std::move(text)}; }
  // The model's own turn, with its calls; each call needs its result next.
  static Message assistant(const Answer& answer);
  static Message result(const ToolCall& call, OutgoingText text);

  Role role() const { return role_; }
  const std::string& text() const { return text_.text(); }
  const std::vector<ToolCall>& calls() const { return calls_; }
  const std::string& call_id() const { return call_id_; }

 private:
  Message(Role role, OutgoingText text) : role_(role), text_(std::move(text)) {}
  Role role_;
  OutgoingText text_;
  std::vector<ToolCall> calls_;
  std::string call_id_;
};

struct Tool {
  OurText name;
  OurText description;
  OurText parameters;  // a JSON Schema object
};

struct Schema {
  OurText name;
  OurText schema;  // JSON Schema; strict: every key required, additionalProperties false
};

struct ChatRequest {
  std::vector<Message> messages;
  std::vector<Tool> tools = {};
  bool may_call_tools = true;         // false in the last round: tools are named, and may not be called
  std::optional<Schema> schema = {};  // wants JSON; the answer's `json` is then valid by it
  int answer_tokens = 0;              // 0: the setting's
  // Streams: called on the caller's thread with each piece of text, in order. The pieces of an answer that
  // fails later were still shown. Not with a schema.
  std::function<void(std::string_view)> on_text = {};
};

}  // namespace selfheal::assistant
