#pragma once

#include <span>
#include <string_view>
#include <vector>

// What an experienced administrator knows about PostgreSQL's troubles, as short runbooks: one for each
// playbook, each SQLSTATE and class, and one for a single message where a code covers several troubles. Texts
// of our own, in plain words; they hold nothing of any user. Memory searches in them, explanations and the
// chat quote them. They stand in runbooks/*.txt.
// Any thread.
namespace selfheal::knowledge {

struct Runbook {
  std::string_view name;  // snake_case, unique
  std::string_view title;
  // What it answers to. None of the three for a trouble without an error (slowness, bloat, a restore): only
  // search finds that.
  std::vector<std::string_view> causes;     // playbooks
  std::vector<std::string_view> sqlstates;  // five characters, or the two of a class
  // Of pg::message_templates(): narrower than the code. Narrower still with a {datatype} or {word} filled in:
  // `invalid input syntax for type uuid: "{value}"`.
  std::vector<std::string_view> messages;
  // How people say it who do not know PostgreSQL's words: phrases, separated by semicolons.
  std::string_view aliases;
  // Each a sentence or a few.
  std::string_view meaning;
  std::string_view reasons;  // usual reasons, the most frequent first
  std::string_view if_nobody_acts;
  std::string_view check;  // how to find out which reason it is; may quote SQL that only reads
  std::string_view fix;
  std::string_view prevent;
};

// All of them, sorted by name. Lives for ever.
std::span<const Runbook> runbooks();
// nullptr when there is none.
const Runbook* runbook_named(std::string_view name);
const Runbook* runbook_for_cause(std::string_view playbook);
// The narrowest: that of the message, of the code, of its class. `message` is the primary message in English,
// raw or redacted; may be empty. A message that PostgreSQL raises with another code than `sqlstate` does not
// count. An empty `sqlstate` is taken from the message. nullptr when neither is known.
const Runbook* runbook_for_error(std::string_view sqlstate, std::string_view message);

}  // namespace selfheal::knowledge
