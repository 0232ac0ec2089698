#pragma once

#include <span>
#include <string_view>

#include "assistant/internal/question.h"
#include "base/task.h"
#include "base/words.h"

// What people want when they ask, as a table: by which concepts it is told, and how it is asked.
namespace selfheal::assistant::internal {

enum class Intent {
  bloat,
  connections,
  count_rows,
  describe_table,
  evidence,
  explain_error,
  getting_worse,
  help,
  how_to,
  indexes,
  list_incidents,
  list_rows,
  list_tables,
  locks,
  not_understood,
  replication,
  running_now,
  servers,
  settings,
  similar,
  slowest,
  sql,
  table_sizes,
  what_did_you_do,
  whats_wrong,
  who_blocks,
  why_failed,
  wish_to_act,
};
BOOST_DESCRIBE_ENUM(Intent, bloat, connections, count_rows, describe_table, evidence, explain_error,
                    getting_worse, help, how_to, indexes, list_incidents, list_rows, list_tables, locks,
                    not_understood, replication, running_now, servers, settings, similar, slowest, sql,
                    table_sizes, what_did_you_do, whats_wrong, who_blocks, why_failed, wish_to_act)

class Run;

struct IntentRow {
  Intent intent;
  // Runs the tools and writes the answer.
  asio::awaitable<void> (*answer)(Run& run, Reading reading);
  // Alternatives, separated by ";": concepts that must all be there. "!" before one: must not. Of the intents
  // that fit, the one with the most concepts wins, among equals the first of the table.
  std::string_view told_by;
  // Words that are neither a concept nor a table which the question may hold. More, and we would answer
  // something else than what was asked.
  int strange_words = 0;
  std::string_view example;  // for help
};
std::span<const IntentRow> intents();

Intent recognise(const Reading& reading);

// Answers without a model: reads the question, runs tools, says sentences. The tables that a question may
// name are asked for when the words leave open what is meant.
asio::awaitable<void> answer_by_intents(Run& run);

}  // namespace selfheal::assistant::internal
