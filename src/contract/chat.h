#pragma once

#include <array>
#include <boost/describe/class.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

// Conversations about the watched servers. Contents are hostile: an answer may repeat what stands in a
// database; show it as plain text.
namespace selfheal::contract {

struct NewChat {
  static constexpr std::array<std::string_view, 0> kRequired{};
  std::optional<std::string> title;
  std::optional<std::string> about;   // an incident: SH-142
  std::optional<std::string> server;  // a watched one; may be absent while only one is watched
};
BOOST_DESCRIBE_STRUCT(NewChat, (), (title, about, server))

struct ChatTurn {
  std::string role;  // user, assistant
  std::string text;
  boost::json::value tools;  // what was looked up, without rows; null for none
  Time at{};
};
BOOST_DESCRIBE_STRUCT(ChatTurn, (), (role, text, tools, at))

struct Chat {
  std::string id;
  std::string title;
  std::optional<std::string> about;
  std::optional<std::string> server;
  Time at{};                    // of the last change
  std::vector<ChatTurn> turns;  // oldest first, the last ones; empty in lists
};
BOOST_DESCRIBE_STRUCT(Chat, (), (id, title, about, server, at, turns))

struct ChatMessage {
  static constexpr std::string_view kRequired[] = {"text"};
  std::string text;
  std::optional<std::string> server;  // overrides the chat's
  std::optional<std::string> about;   // likewise
};
BOOST_DESCRIBE_STRUCT(ChatMessage, (), (text, server, about))

// What the events of an answer hold; each is named as its comment says.
struct ChatRun {  // run
  std::string run;
  std::string chat;
  std::string answered_by;  // model, templates
  std::string notice;       // why not by the model, or that the context was trimmed; may be empty
};
BOOST_DESCRIBE_STRUCT(ChatRun, (), (run, chat, answered_by, notice))

struct ChatToolCall {  // tool_call
  std::string id;      // "Q1"
  std::string name;
  std::string title;
  std::string sql;  // exactly as it runs; empty when it is no SQL
};
BOOST_DESCRIBE_STRUCT(ChatToolCall, (), (id, name, title, sql))

struct ChatToolResult {  // tool_result
  std::string id;
  int rows = 0;
  double ms = 0;
  bool truncated = false;
  std::string problem;  // why it could not; else empty
  boost::json::value value;
};
BOOST_DESCRIBE_STRUCT(ChatToolResult, (), (id, rows, ms, truncated, problem, value))

struct ChatToken {  // token
  std::string text;
  bool proven = true;  // false: nothing that was gathered supports it
};
BOOST_DESCRIBE_STRUCT(ChatToken, (), (text, proven))

struct ChatCitation {       // citation
  std::string evidence_id;  // "Q1", "SH-142/E3"
};
BOOST_DESCRIBE_STRUCT(ChatCitation, (), (evidence_id))

struct ChatUsage {  // usage
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  double cost = 0;
};
BOOST_DESCRIBE_STRUCT(ChatUsage, (), (prompt_tokens, completion_tokens, cost))

struct ChatError {  // error; what was said before it stays
  std::string title;
  std::string detail;
  std::optional<int> retry_after;  // seconds
};
BOOST_DESCRIBE_STRUCT(ChatError, (), (title, detail, retry_after))

struct ChatDone {  // done, the last one
  std::vector<std::string> suggestions;
  bool stopped = false;  // somebody stopped it
};
BOOST_DESCRIBE_STRUCT(ChatDone, (), (suggestions, stopped))

// All of the events as one document.
struct ChatAnswer {
  std::string run;
  std::string chat;
  std::string answered_by;
  std::string notice;
  std::string text;  // of all tokens
  std::vector<ChatToken> tokens;
  std::vector<ChatToolCall> tool_calls;
  std::vector<ChatToolResult> tool_results;
  std::vector<ChatCitation> citations;
  std::optional<ChatUsage> usage;
  std::optional<ChatError> error;
  std::vector<std::string> suggestions;
  bool stopped = false;
};
BOOST_DESCRIBE_STRUCT(ChatAnswer, (),
                      (run, chat, answered_by, notice, text, tokens, tool_calls, tool_results, citations,
                       usage, error, suggestions, stopped))

}  // namespace selfheal::contract
