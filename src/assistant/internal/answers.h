#pragma once

#include "assistant/internal/intents.h"
#include "assistant/internal/run.h"

// What is answered to each intent, from templates over what the tools bring.
namespace selfheal::assistant::internal {

using Answered = asio::awaitable<void>;

// answers_incidents.cpp
Answered answer_evidence(Run& run, Reading reading);
Answered answer_getting_worse(Run& run, Reading reading);
Answered answer_list_incidents(Run& run, Reading reading);
Answered answer_similar(Run& run, Reading reading);
Answered answer_what_did_you_do(Run& run, Reading reading);
Answered answer_why_failed(Run& run, Reading reading);
Answered answer_wish_to_act(Run& run, Reading reading);

// answers_now.cpp
Answered answer_servers(Run& run, Reading reading);
Answered answer_whats_wrong(Run& run, Reading reading);
Answered answer_who_blocks(Run& run, Reading reading);

// answers_statistics.cpp
Answered answer_bloat(Run& run, Reading reading);
Answered answer_connections(Run& run, Reading reading);
Answered answer_indexes(Run& run, Reading reading);
Answered answer_locks(Run& run, Reading reading);
Answered answer_replication(Run& run, Reading reading);
Answered answer_running_now(Run& run, Reading reading);
Answered answer_settings(Run& run, Reading reading);
Answered answer_slowest(Run& run, Reading reading);
Answered answer_table_sizes(Run& run, Reading reading);

// answers_data.cpp
Answered answer_count_rows(Run& run, Reading reading);
Answered answer_describe_table(Run& run, Reading reading);
Answered answer_list_rows(Run& run, Reading reading);
Answered answer_list_tables(Run& run, Reading reading);
Answered answer_sql(Run& run, Reading reading);

// answers_help.cpp
Answered answer_explain_error(Run& run, Reading reading);
Answered answer_help(Run& run, Reading reading);
Answered answer_how_to(Run& run, Reading reading);
Answered answer_not_understood(Run& run, Reading reading);

// The tables of the database that is meant; none when they cannot be read, and then no question names one.
asio::awaitable<std::vector<TableName>> tables_of(Run& run);

// Shared by answers: values of a tool's JSON, empty or zero when absent.
std::string text_at(const boost::json::value& value, std::string_view key);
double number_at(const boost::json::value& value, std::string_view key);
const boost::json::array& list_at(const boost::json::value& value, std::string_view key);
const boost::json::value& part_at(const boost::json::value& value, std::string_view key);
// A cell of {"columns", "rows"} by its column's name.
std::string cell_at(const boost::json::value& table, std::size_t row, std::string_view column);
// "3.1 s", "2 min", "5 h", "12 d".
std::string in_words(double seconds);
// "1 session", "3 sessions".
std::string counted(double count, std::string_view thing);
// Says why a tool could not; true when it could not.
bool say_problem(Run& run, const ToolResult& result);

}  // namespace selfheal::assistant::internal
