#include "assistant/internal/request_body.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/check.h"
#include "base/words.h"

namespace selfheal::assistant::internal {
namespace {

namespace json = boost::json;

// A schema of ours.
json::value parsed(OurText text) {
  boost::system::error_code failed;
  auto value = json::parse(text.text(), failed);
  CHECK(!failed && value.is_object());
  return value;
}

json::object call_json(const ToolCall& call) {
  return {{"id", call.id()},
          {"type", "function"},
          {"function", json::object{{"name", call.name()}, {"arguments", call.raw_arguments()}}}};
}

json::object message_json(const Message& message) {
  json::object object{{"role", to_word(message.role())}, {"content", message.text()}};
  if (!message.call_id().empty()) object["tool_call_id"] = message.call_id();
  if (message.calls().empty()) return object;
  json::array calls;
  for (const auto& call : message.calls()) calls.push_back(call_json(call));
  object["tool_calls"] = std::move(calls);
  return object;
}

void add_tools(json::object& body, const ChatRequest& request) {
  if (request.tools.empty()) return;
  json::array tools;
  for (const auto& tool : request.tools) {
    tools.push_back(json::object{{"type", "function"},
                                 {"function", json::object{{"name", tool.name.text()},
                                                           {"description", tool.description.text()},
                                                           {"parameters", parsed(tool.parameters)}}}});
  }
  body["tools"] = std::move(tools);
  body["tool_choice"] = request.may_call_tools ? "auto" : "none";
}

json::array messages_json(const ChatRequest& request, const Dialect& dialect) {
  json::array messages;
  for (const auto& message : request.messages) messages.push_back(message_json(message));
  if (request.schema && dialect.json != Dialect::Json::schema) {
    messages.push_back(json::object{
        {"role", "user"},
        {"content", "Answer with one JSON object and nothing else. It must be valid by this JSON Schema: " +
                        std::string(request.schema->schema.text())}});
  }
  return messages;
}

void add_schema(json::object& body, const ChatRequest& request, const Dialect& dialect) {
  if (!request.schema || dialect.json == Dialect::Json::prompt) return;
  if (dialect.json == Dialect::Json::object) {
    body["response_format"] = json::object{{"type", "json_object"}};
    return;
  }
  body["response_format"] =
      json::object{{"type", "json_schema"},
                   {"json_schema", json::object{{"name", request.schema->name.text()},
                                                {"strict", true},
                                                {"schema", parsed(request.schema->schema)}}}};
}

}  // namespace

std::string chat_body(const ChatRequest& request, const Settings& settings, const Dialect& dialect) {
  json::object body{{"model", settings.model}, {"messages", messages_json(request, dialect)}};
  const int tokens = request.answer_tokens > 0 ? request.answer_tokens : settings.answer_tokens;
  body[dialect.max_completion_tokens ? "max_completion_tokens" : "max_tokens"] = tokens;
  add_tools(body, request);
  add_schema(body, request, dialect);
  if (request.on_text) {
    body["stream"] = true;
    if (dialect.stream_options) body["stream_options"] = json::object{{"include_usage", true}};
  }
  return json::serialize(body);
}

std::string embeddings_body(std::span<const OutgoingText> texts, const Settings& settings) {
  json::array input;
  for (const auto& text : texts) input.emplace_back(text.text());
  return json::serialize(json::object{
      {"model", settings.embedding_model}, {"input", std::move(input)}, {"encoding_format", "float"}});
}

}  // namespace selfheal::assistant::internal
