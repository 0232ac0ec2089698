// What is known without looking: runbooks, what can be asked, and what was not understood.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "assistant/internal/answers.h"
#include "knowledge/knowledge.h"

namespace selfheal::assistant::internal {
namespace {

void say_part(Run& run, std::string_view heading, const std::string& text, std::string_view source) {
  if (!text.empty()) run.say_line(fmt::format("{}: {} [{}]", heading, text, source));
}

void say_runbook(Run& run, const boost::json::value& runbook, const std::string& source) {
  run.say_line(fmt::format("{} [{}]", text_at(runbook, "title"), source));
  say_part(run, "What it means", text_at(runbook, "meaning"), source);
  say_part(run, "Usual reasons", text_at(runbook, "reasons"), source);
  say_part(run, "How to find out", text_at(runbook, "check"), source);
  say_part(run, "How to fix it", text_at(runbook, "fix"), source);
  say_part(run, "How to prevent it", text_at(runbook, "prevent"), source);
}

void say_examples(Run& run) {
  for (const auto& row : intents())
    if (!row.example.empty()) run.say_line(fmt::format("- {}", row.example));
  run.say_line("- or a statement that only reads, typed directly");
}

}  // namespace

Answered answer_explain_error(Run& run, Reading reading) {
  boost::json::object arguments;
  if (!reading.sqlstate.empty()) arguments["sqlstate"] = reading.sqlstate;
  if (!reading.error.empty()) arguments["message"] = reading.error.substr(0, 2000);
  const auto found = co_await run.call("look_up_error", std::move(arguments));
  if (found.problem.empty())
    say_runbook(run, found.value, found.citations.back());
  else
    run.say_line(
        fmt::format("{}{}.", reading.sqlstate.empty() ? "" : reading.sqlstate + ": ", found.problem));
  if (reading.sqlstate.empty()) co_return;
  const auto seen = co_await run.call("list_incidents", {{"sqlstate", reading.sqlstate}, {"limit", 5}});
  if (!seen.problem.empty()) co_return;
  std::vector<std::string> numbers;
  for (const auto& incident : list_at(seen.value, "incidents"))
    numbers.push_back(text_at(incident, "incident"));
  run.say_line(numbers.empty() ? fmt::format("No incident here has {} [Q2].", reading.sqlstate)
                               : fmt::format("It happened here: {} [Q2].", fmt::join(numbers, ", ")));
  for (const auto& number : numbers) run.suggest("Why did " + number + " happen?");
}

Answered answer_how_to(Run& run, Reading reading) {
  const auto found = co_await run.call("search_similar", {{"words", run.question().text.substr(0, 1000)}});
  if (found.problem.empty()) {
    for (const auto& likeness : list_at(found.value, "similar")) {
      const auto* runbook = knowledge::runbook_named(text_at(likeness, "name"));
      if (text_at(likeness, "what") != "runbook" || runbook == nullptr) continue;
      const auto id = found.citations.front();
      run.say_line(fmt::format("The nearest runbook is \"{}\" [{}].", runbook->title, id));
      say_part(run, "How to find out", std::string(runbook->check), id);
      say_part(run, "How to fix it", std::string(runbook->fix), id);
      say_part(run, "How to prevent it", std::string(runbook->prevent), id);
      co_return;
    }
  }
  co_await answer_not_understood(run, std::move(reading));
}

Answered answer_help(Run& run, Reading) {
  run.say_line(
      "I answer questions about the watched PostgreSQL servers. I only read; what should change becomes a "
      "plan that "
      "policy or a person decides. You can ask:");
  say_examples(run);
  run.suggest("What is wrong now?");
  co_return;
}

Answered answer_not_understood(Run& run, Reading reading) {
  if (reading.unknown.empty())
    run.say_line("I did not understand that.");
  else
    run.say_line(fmt::format("I did not understand that: {} means nothing to me here.",
                             fmt::join(reading.unknown, ", ")));
  run.say_line("What I can answer without a language model:");
  say_examples(run);
  run.suggest("What is wrong now?");
  run.suggest("Which tables are there?");
  co_return;
}

}  // namespace selfheal::assistant::internal
