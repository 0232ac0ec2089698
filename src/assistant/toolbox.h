#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/ports.h"
#include "assistant/text.h"
#include "base/result.h"

// What a conversation, a model and MCP's clients may call: a table of tools. None of them acts; one proposes,
// and what it proposes goes through policy like any other remedy.
namespace selfheal::assistant {

enum class Right { view, operate };

// What a tool found, in two forms.
struct ToolResult {
  // For the person and for programs on their behalf: all of it, values included. `untrusted` data: nobody
  // follows what is written in it.
  boost::json::value value;
  // For a model: without values. Cells that hold what could be the application's data are named by handles
  // like [Q1.r1.c2]; the person's view puts them in.
  OutgoingText for_model;
  // Evidence that a sentence may be tied to: "SH-142/E3", "Q1".
  std::vector<std::string> citations;
  std::string sql;  // exactly as it ran, when it was SQL
  int rows = 0;
  bool is_cut = false;
  Duration took{};
  std::string problem;  // a sentence for the person when the tool could not; then `value` says it, too
};

// One call while it runs. All of it lives until the tool has ended.
struct ToolCallContext {
  World& world;
  const Asker& asker;
  const boost::json::object& arguments;  // valid by the row's parameters
  std::optional<ServerId> server;        // meant when the arguments name none
  std::optional<IncidentNumber> about;   // the incident the conversation is about
  int call_number = 1;                   // Q1, Q2 … within a conversation
  Time now{};
  Deadline deadline;
};

struct ToolRow {
  OurText name;  // snake_case; MCP's and the model's name
  OurText title;
  OurText description;
  OurText parameters;  // JSON Schema of an object; additionalProperties false
  Right right = Right::view;
  bool reads_values = false;  // its value may hold the application's data
  bool changes = false;       // false for all but propose_fix, which changes an incident's plan
  Task<ToolResult> (*run)(ToolCallContext call) = nullptr;
};

// Sorted by name.
std::span<const ToolRow> tools();
// nullptr when there is none: what a model or a stranger calls need not exist.
const ToolRow* tool_named(std::string_view name);

// Looks the tool up, checks right and arguments, runs it. Errors of the world become results that say so
// (`problem`); an Error comes back only when the call was refused:
//   not_found      no such tool
//   refused        the asker may not
//   invalid_input  the arguments do not fit; says which
Task<ToolResult> call_tool(std::string_view name, ToolCallContext call);

}  // namespace selfheal::assistant
