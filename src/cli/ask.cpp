// ask: a question in plain words about the watched servers, answered as it comes to be.
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <istream>
#include <iterator>
#include <ostream>
#include <stop_token>

#include "cli/internal/commands.h"
#include "contract/chat.h"

namespace selfheal::cli {
namespace {

using contract::Reading;

// More than the server takes: it says how much that is.
constexpr std::size_t kQuestionBytes = 64u << 10;

template <class Event>
Event event_of(const std::string& data) {
  return contract::from_text<Event>(data, Reading::lenient).value;
}

// Made safe line by line: an answer has several.
std::string safe_lines(std::string_view text) {
  std::string safe;
  for (std::size_t begin = 0;;) {
    const auto end = text.find('\n', begin);
    safe += safe_text(text.substr(begin, end - begin));
    if (end == text.npos) return safe;
    safe += '\n';
    begin = end + 1;
  }
}

Answer<std::string> question_of(const Invocation& invocation) {
  const auto words = invocation.arguments.list("QUESTION");
  if (words != std::vector<std::string>{"-"}) return fmt::format("{}", fmt::join(words, " "));
  std::string text(kQuestionBytes, '\0');
  auto& in = invocation.streams.in;
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return std::unexpected(Trouble{kFailed, "cannot read standard input"});
  return text;
}

// Without --chat each question begins a conversation.
Answer<std::string> chat_of(const Invocation& invocation, Api& api) {
  if (auto named = invocation.arguments.text("--chat"); !named.empty()) return named;
  TRY(const auto body, api.post("/chats", "{}"));
  TRY(const auto chat, api.read<contract::Chat>(body));
  return chat.id;
}

std::string message_of(const Invocation& invocation, const std::string& question) {
  boost::json::object message{{"text", question}};
  if (const auto server = invocation.arguments.text("--db"); !server.empty()) message["server"] = server;
  if (const auto about = invocation.arguments.text("--about"); !about.empty()) message["about"] = about;
  return boost::json::serialize(message);
}

// Shows an answer while it comes: what it says on standard output, how it came to be on a terminal's error
// stream.
class Screen {
 public:
  explicit Screen(const Invocation& invocation)
      : invocation_(invocation), style_(invocation), talks_(invocation.streams.err_is_terminal) {}

  void show(const std::string& event, const std::string& data) {
    if (event == "run") return show(event_of<contract::ChatRun>(data));
    if (event == "tool_call") return show(event_of<contract::ChatToolCall>(data));
    if (event == "tool_result") return show(event_of<contract::ChatToolResult>(data));
    if (event == "token") return show(event_of<contract::ChatToken>(data));
    if (event == "usage") usage_ = event_of<contract::ChatUsage>(data);
    if (event == "done") return show(event_of<contract::ChatDone>(data));
  }

 private:
  void show(const contract::ChatRun& run) {
    if (!run.notice.empty()) talk(run.notice);
  }
  void show(const contract::ChatToolCall& call) {
    const auto what = call.sql.empty() ? call.title : fmt::format("{}  {}", call.title, call.sql);
    if (talks_) talk("> " + cut(safe_text(what), style_.width() - 2, style_.ascii()));
  }
  void show(const contract::ChatToolResult& result) {
    if (!talks_) return;
    talk(result.problem.empty() ? fmt::format("  {:.0f} ms, {} row{}{}", result.ms, result.rows,
                                              result.rows == 1 ? "" : "s", result.truncated ? ", cut" : "")
                                : "  " + result.problem);
  }
  void show(const contract::ChatToken& token) {
    if (token.proven) end_unproven();
    unproven_ = !token.proven;
    const auto text = safe_lines(token.text);
    if (!text.empty()) ends_line_ = text.back() == '\n';
    print(invocation_, token.proven ? text : style_.toned(Tone::caution, text));
  }
  void show(const contract::ChatDone& done) {
    end_unproven();
    if (!std::exchange(ends_line_, true)) print(invocation_, "\n");
    if (!talks_) return;
    if (usage_ && usage_->prompt_tokens + usage_->completion_tokens > 0)
      talk(fmt::format("{} tokens, {:.3g}", usage_->prompt_tokens + usage_->completion_tokens, usage_->cost));
    for (const auto& suggestion : done.suggestions) talk("? " + suggestion);
  }
  // What nothing supports says so, in a pipe as on a terminal.
  void end_unproven() {
    if (std::exchange(unproven_, false)) print(invocation_, " (unproven)");
  }
  void talk(const std::string& line) {
    auto& err = invocation_.streams.err;
    if (!std::exchange(ends_line_, true)) print(invocation_, "\n");
    err << style_.toned(Tone::quiet, safe_text(line)) << '\n' << std::flush;
  }

  const Invocation& invocation_;
  Style style_;
  bool talks_;
  bool unproven_ = false;
  bool ends_line_ = true;
  std::optional<contract::ChatUsage> usage_;
};

// What came so far, for --json and for how it ended.
struct Heard {
  contract::ChatAnswer answer;
  bool is_done = false;
};

void hear(Heard& heard, const std::string& event, const std::string& data) {
  auto& answer = heard.answer;
  if (event == "run") {
    const auto run = event_of<contract::ChatRun>(data);
    answer.run = run.run;
    answer.chat = run.chat;
    answer.answered_by = run.answered_by;
    answer.notice = run.notice;
  } else if (event == "tool_call") {
    answer.tool_calls.push_back(event_of<contract::ChatToolCall>(data));
  } else if (event == "tool_result") {
    answer.tool_results.push_back(event_of<contract::ChatToolResult>(data));
  } else if (event == "token") {
    answer.tokens.push_back(event_of<contract::ChatToken>(data));
    answer.text += answer.tokens.back().text;
  } else if (event == "citation") {
    answer.citations.push_back(event_of<contract::ChatCitation>(data));
  } else if (event == "usage") {
    answer.usage = event_of<contract::ChatUsage>(data);
  } else if (event == "error") {
    answer.error = event_of<contract::ChatError>(data);
  } else if (event == "done") {
    const auto done = event_of<contract::ChatDone>(data);
    answer.suggestions = done.suggestions;
    answer.stopped = done.stopped;
    heard.is_done = true;
  }
}

// One event a line, for programs that show it while it comes.
std::string line_of(const http::SseEvent& event) {
  return fmt::format("{{\"event\":{},\"data\":{}}}\n",
                     boost::json::serialize(boost::json::string(event.event)), event.data);
}

Answer<int> ended(const Invocation& invocation, const Heard& heard) {
  const auto& answer = heard.answer;
  if (answer.stopped) return kInterrupted;
  if (answer.error)
    return std::unexpected(
        Trouble{kFailed, fmt::format("{}: {}", answer.error->title, answer.error->detail)});
  if (!heard.is_done) return std::unexpected(Trouble{kFailed, "the answer ended in the middle"});
  if (invocation.streams.err_is_terminal && !invocation.arguments.has("--chat") && !invocation.global.quiet)
    invocation.streams.err << fmt::format("go on: selfheal ask --chat {} …\n", answer.chat);
  return kOk;
}

}  // namespace

Answer<int> ask(Invocation& invocation) {
  TRY(const auto question, question_of(invocation));
  Api api(invocation);
  TRY(const auto chat, chat_of(invocation, api));
  const bool as_lines = invocation.arguments.has("--ndjson");
  const bool as_text = !as_lines && !invocation.global.json;
  Screen screen(invocation);
  Heard heard;
  std::stop_source stop;
  const auto watch = invocation.streams.on_interrupt ? invocation.streams.on_interrupt(stop) : nullptr;
  http::ClientRequest request{.method = "POST",
                              .target = path_of("chats", chat) + "/messages",
                              .headers = {},
                              .body = message_of(invocation, question),
                              .stop = stop.get_token()};
  request.headers.set("Accept", "text/event-stream");
  const auto told = api.tell(std::move(request), [&](const http::SseEvent& event) {
    hear(heard, event.event, event.data);
    if (as_lines) print(invocation, line_of(event));
    if (as_text) screen.show(event.event, event.data);
    return true;
  });
  if (!told && stop.stop_requested() && !heard.answer.run.empty()) {
    // Leaving stops it as well; asking makes sure that it has stopped when we end.
    const auto stopped = api.send({.method = "DELETE", .target = path_of("runs", heard.answer.run)});
    return std::unexpected(
        Trouble{kInterrupted, stopped ? "stopped: nothing of it runs any more" : "stopped"});
  }
  if (!told) return std::unexpected(told.error());
  if (invocation.global.json && !as_lines)
    print_json(invocation, contract::to_text(contract::to_json(heard.answer)));
  return ended(invocation, heard);
}

}  // namespace selfheal::cli
