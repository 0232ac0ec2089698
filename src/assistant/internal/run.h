#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "assistant/conversation.h"

namespace selfheal::assistant::internal {

// One answer while it comes to be: calls tools and says sentences, and shows both. Lives as long as the
// coroutine that answers.
class Run {
 public:
  struct Parts {
    World& world;
    Clock& clock;
    const Question& question;
    const Asker& asker;
    const std::function<void(RunEvent)>& show;
    Deadline deadline;
  };
  explicit Run(Parts parts) : parts_(parts) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // What could not be done is told in the result's `problem`, refusals included.
  asio::awaitable<ToolResult> call(std::string name, boost::json::object arguments);

  // A sentence of ours, which needs no proof beyond the citations in it: "[Q1]". Ends with a space.
  void say(std::string_view sentence) { show_text(std::string(sentence) + " ", true); }
  // The same with a new line behind it.
  void say_line(std::string_view sentence) { show_text(std::string(sentence) + "\n", true); }
  // Makes it safe and shows it; cites what stands in brackets in it.
  void show_text(std::string text, bool is_proven);
  void show(RunEvent event) const { parts_.show(std::move(event)); }
  void suggest(std::string question);

  // May be cited from now on.
  void know(std::vector<std::string> citations) {
    citations_.insert(std::make_move_iterator(citations.begin()), std::make_move_iterator(citations.end()));
  }
  // The citation as it is kept ("SH-7/E3" for "E3" in a conversation about SH-7), or empty when no tool gave
  // it.
  std::string known_citation(std::string_view id) const;
  // The cell behind "Q1.r1.c2"; nothing when no such cell came back.
  std::optional<std::string> cell(std::string_view handle) const;

  World& world() const { return parts_.world; }
  const Question& question() const { return parts_.question; }
  const Asker& asker() const { return parts_.asker; }
  Deadline deadline() const { return parts_.deadline; }
  Time now() const { return parts_.clock.now(); }
  bool has_spoken() const { return !text_.empty(); }
  const std::vector<std::string>& suggestions() const { return suggestions_; }
  // The server that is meant: named in the question, the chat's, the only one; nothing when it is open.
  std::optional<ServerId> server() const;
  void note(std::string_view key, std::string_view text) { notes_[key] = text; }
  // What is kept of the answer.
  Turn turn() const;

 private:
  Parts parts_;
  int calls_ = 0;
  std::string text_;
  std::set<std::string, std::less<>> citations_;
  std::set<std::string, std::less<>> cited_;
  std::map<std::string, boost::json::value, std::less<>> rows_;  // by the call's id
  boost::json::array tools_;
  boost::json::object notes_;
  std::vector<std::string> suggestions_;
};

// What stands in brackets in a text, without them: "Q1", "SH-7/E3", "Q1.r1.c2".
std::vector<std::string_view> bracketed(std::string_view text);
// Whether the name stands in the text, not as a part of a longer one.
bool names(std::string_view text, std::string_view name);

}  // namespace selfheal::assistant::internal
