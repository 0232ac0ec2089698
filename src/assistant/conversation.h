#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "assistant/chat.h"
#include "assistant/client.h"
#include "assistant/ports.h"
#include "assistant/toolbox.h"
#include "base/clock.h"
#include "base/task.h"

// Answers a question about the watched databases: with a model when there is one that answers, else by the
// intents that people have and templates. Both use the same tools, and neither can act.
namespace selfheal::assistant {

// What happens while an answer comes to be, in the order a page shows it. Texts are safe to show as plain
// text: no HTML, no images, no link to another site.
// Once more, with "templates", when the model fell away before it had said anything.
struct RunBegan {
  std::string run;
  std::string answered_by;  // "model" or "templates"
  std::string notice;       // why not by the model, or that the context was trimmed; may be empty
};
struct ToolBegan {
  std::string id;    // "Q1"
  std::string name;  // of a tool
  std::string title;
  std::string sql;  // exactly as it runs, when it is SQL
};
struct ToolEnded {
  std::string id;
  int rows = 0;
  Duration took{};
  bool is_cut = false;
  std::string problem;
  boost::json::value value;  // the person's view
};
struct Token {
  std::string text;
  bool is_proven = true;  // false: nothing that was gathered supports the sentence
};
struct Citation {
  std::string evidence_id;  // "Q1", "SH-142/E3"
};
struct RunUsage {
  Usage tokens;
  double cost = 0;
};
// The answer stops here; what was said before stays.
struct RunFailed {
  std::string title;
  std::string detail;
  std::optional<Duration> retry_after;
};
struct RunDone {
  std::vector<std::string> suggestions;  // questions that make sense next
};
using RunEvent = std::variant<RunBegan, ToolBegan, ToolEnded, Token, Citation, RunUsage, RunFailed, RunDone>;

struct Question {
  std::string run;                 // its id, made by the caller
  std::string text;                // as it was typed
  std::vector<Turn> before;        // of this chat, oldest first
  std::optional<ServerId> server;  // the one meant; absent while only one is watched
  std::optional<IncidentNumber> about;
};

struct ConversationParts {
  World& world;
  UsageBook& usage;
  Client* model;  // nullptr: there is none
  Clock& clock;
};

struct ConversationSettings {
  int rounds = 6;                       // of model and tools
  std::int64_t tokens_a_day = 200'000;  // prompt and completion together; 0: no limit
  double price_per_million_prompt = 0;  // for the cost that is shown and limited
  double price_per_million_completion = 0;
  double cost_a_day = 0;  // 0: no limit
};

class Conversation {
 public:
  // The parts outlive it.
  Conversation(ConversationParts parts, ConversationSettings settings);

  // Runs to the end; `show` is called on the caller's thread with each event. Cancelling it cancels model and
  // SQL, and what came until then is the turn. What goes wrong later is told as RunFailed. Returns the turn
  // to keep; its tools_json has no cells, so that a model may see it later. Fails only before it began:
  //   invalid_input  the question is empty or too long
  //   refused        the asker may not even view
  Task<Turn> answer(Question question, Asker asker, std::function<void(RunEvent)> show, Deadline deadline);

 private:
  ConversationParts parts_;
  ConversationSettings settings_;
};

// Longest question: a page of text with a statement in it.
inline constexpr std::size_t kQuestionBytes = 16u << 10;

}  // namespace selfheal::assistant
