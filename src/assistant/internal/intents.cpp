#include "assistant/internal/intents.h"

#include <algorithm>
#include <ranges>
#include <string>

#include "assistant/internal/answers.h"

namespace selfheal::assistant::internal {
namespace {

// Words about databases make it likely that the rest is, too.
constexpr int kStrangeAmongDatabaseWords = 2;

// By which the first of equals wins: the more particular before the more general.
constexpr IntentRow kIntents[] = {
    // Told by the text itself, and by what no row fits.
    {Intent::sql, answer_sql, "", 0, ""},
    {Intent::not_understood, answer_not_understood, "", 0, ""},
    {Intent::wish_to_act, answer_wish_to_act,
     "approve;approve fix;approve incident;a_command approve incident;a_command approve fix;kill "
     "session;kill block;kill query;kill database;kill number;fix incident;fix it_is_meant;propose;propose "
     "fix incident;fix database;change a_table !why !howto !count !last !what;change query !block !who !what "
     "!why !fail !slow;change index !block !who !what !why !fail !slow;fixit;fixit fix incident;change "
     "a_setting !block !who !what !why !fail !slow;a_command change;a_command kill;a_command fix "
     "incident;change column !block !who !what !why !fail !slow;change setting !block !who !what !why !fail "
     "!slow;change row !block !who !what !why !fail !slow;kill connection;change a_table column !block !who "
     "!what !why !fail !slow",
     3, ""},
    {Intent::explain_error, answer_explain_error,
     "code a_code;an_error;a_code;howto a_code;explain a_code;why an_error;howto an_error", 99,
     "How do I fix SQLSTATE 23505?"},
    {Intent::how_to, answer_how_to,
     "howto block;howto fail;howto slow;howto bloat;howto connection;howto lock;howto duplicate;howto "
     "replication;howto prevent block;howto prevent bloat;howto prevent duplicate;howto prevent fail;howto "
     "prevent connection;howto prevent slow;howto prevent replication;howto deadlock prevent;howto "
     "disk;howto index;howto setting;howto prevent index;howto prevent deadlock block",
     0, "How do I avoid deadlocks?"},
    {Intent::replication, answer_replication,
     "replication;replication list;replication running;replication connection;replication size", 0,
     "Is the replica lagging?"},
    {Intent::who_blocks, answer_who_blocks,
     "who block;what block;block;block query;block lock;block session;why block;why query block;block "
     "list;block last;block lock session;what block lock query;deadlock block;who lock;who lock a_table;who "
     "block lock",
     0, "Who blocks whom?"},
    {Intent::evidence, answer_evidence,
     "evidence;evidence incident;evidence list;evidence list incident;what evidence", 0,
     "Show me the evidence for SH-7."},
    {Intent::similar, answer_similar,
     "before happen;similar;similar incident;before similar;before incident similar;before similar "
     "incident;similar what before;before similar trouble incident;before fail happen",
     0, "Did this happen before?"},
    {Intent::what_did_you_do, answer_what_did_you_do,
     "done you;done what;treatment;you treatment;treatment list;done treatment what;you change;you kill;you "
     "change what;you done what;done incident what;treatment done;you fix;you done change;you kill "
     "session;treatment list you;you treatment list what",
     0, "What did you do?"},
    {Intent::getting_worse, answer_getting_worse,
     "more !how_many;trend;compare yesterday;compare fail;more fail;more block;more deadlock block;more "
     "trouble;more happen;more how;compare more fail;trend fail;compare more fail yesterday;more count "
     "incident;more fail trend;more trouble incident;more trouble incident count;compare more trend;more "
     "fail trouble;compare yesterday trend",
     0, "Is it getting worse?"},
    {Intent::bloat, answer_bloat,
     "bloat;bloat table;when bloat;bloat a_table;bloat last a_table when;bloat row;bloat change;when bloat "
     "change a_table last",
     0, "Which tables have dead rows?"},
    {Intent::indexes, answer_indexes, "unused index;index list;index what unused;index", 0,
     "Which indexes are not used?"},
    {Intent::settings, answer_settings,
     "setting;setting list;setting what;a_setting;what a_setting;setting open running what", 0,
     "What are the settings?"},
    {Intent::slowest, answer_slowest,
     "slow;slow query;slow query list;slow what;slow why;slow query what;long query running average;query "
     "running long slow;slow list;where slow;long query average;query running long average",
     0, "Show me the slowest statements."},
    {Intent::running_now, answer_running_now,
     "running query;running query long;running what;running query list;running query open list;query running "
     "open;idle;idle query;idle session;idle query session;long query",
     0, "What is running right now?"},
    {Intent::locks, answer_locks,
     "lock;lock list;lock block who a_table;lock block what;lock what !query;lock list a_table", 0,
     "Which locks are held?"},
    {Intent::connections, answer_connections,
     "connection;connection who;connection count;connection what;connection running;session;session "
     "list;session count;connection open;connection open count",
     0, "How many connections are there?"},
    {Intent::describe_table, answer_describe_table,
     "describe a_table;column a_table;column a_table what;describe table a_table", 0,
     "Which columns does a table have?"},
    {Intent::table_sizes, answer_table_sizes,
     "size table;size database;size table what;size what;size disk;size table disk;size a_table;disk "
     "table;disk size what;size how table",
     0, "Which tables are the largest?"},
    {Intent::list_tables, answer_list_tables,
     "tables;tables list;tables table;table list !a_table;table what !a_table;tables describe;tables table "
     "list;tables table what",
     0, "Which tables are there?"},
    {Intent::count_rows, answer_count_rows,
     "count a_table;count row a_table;count list a_table;count row;size row a_table;size row table a_table",
     0, "How many rows are in a table?"},
    {Intent::why_failed, answer_why_failed,
     "why fail;why incident;incident a_number;why a_number;last fail;last incident;explain incident "
     "a_number;why trouble;why trouble a_table;why last fail;why not write;why write fail;why write;why "
     "write fail a_table;why a_table fail;happen a_table;why write a_table;why happen a_table;why last query "
     "fail;why incident open;explain last incident;explain last fail;why what incident;why fail trouble;why "
     "a_table change fail;a_table fail",
     1, "Why did SH-7 happen?"},
    {Intent::list_incidents, answer_list_incidents,
     "incident many;incident last many;incident many list;incident many list block lock;fail many;fail many "
     "last;incident list;incident;incident many list open;incident what;fail list;fail what happen;incident "
     "list lock;trouble incident list;incident last list;fail what;last incident list;incident last !why "
     "!explain",
     0, "List the incidents of this week."},
    {Intent::servers, answer_servers,
     "server;database list;server database;what server database;server what;server you what", 0,
     "Which servers are watched?"},
    {Intent::list_rows, answer_list_rows,
     "list a_table;who a_table;list row a_table;sample a_table;list sample a_table;what a_table;list sample "
     "row a_table;list table a_table;row a_table",
     0, "Show me the first rows of a table."},
    {Intent::help, answer_help, "help;greet;help you;you help what;nothing_said", 0, ""},
    {Intent::whats_wrong, answer_whats_wrong,
     "health;trouble;trouble open;trouble what;trouble database;health;health database;overview;overview "
     "list;happen what;happen;up database;how database;how is_general;open incident list;health "
     "trouble;trouble open list;overview happen;what happen database;trouble database server;trouble up "
     "database",
     0, "What is wrong now?"},
};

bool has(const Reading& reading, std::string_view name) {
  if (name == "a_table") return !reading.tables.empty();
  if (name == "a_number") return reading.incident.has_value();
  if (name == "a_code") return !reading.sqlstate.empty();
  if (name == "an_error") return !reading.error.empty();
  if (name == "a_setting") return !reading.setting.empty();
  if (name == "number") return reading.number.has_value();
  if (name == "a_command") return reading.is_command;
  if (name == "nothing_said") return reading.is_empty;
  return reading.concepts.contains(name);
}

// How many concepts of the alternative are there, or 0 when it does not fit.
int fit(const Reading& reading, std::string_view alternative) {
  int score = 0;
  for (const auto part : alternative | std::views::split(' ')) {
    const std::string_view word(part);
    if (word.empty()) continue;
    if (word.starts_with('!')) {
      if (has(reading, word.substr(1))) return 0;
    } else if (has(reading, word)) {
      ++score;
    } else {
      return 0;
    }
  }
  return score;
}

int fit(const Reading& reading, const IntentRow& row) {
  int best = 0;
  for (const auto part : row.told_by | std::views::split(';'))
    best = std::max(best, fit(reading, std::string_view(part)));
  return best;
}

bool is_too_strange(const Reading& reading, const IntentRow& row) {
  const int allowed = row.strange_words + (reading.speaks_of_databases ? kStrangeAmongDatabaseWords : 0);
  return static_cast<int>(reading.unknown.size()) > allowed;
}

}  // namespace

std::span<const IntentRow> intents() { return kIntents; }

Intent recognise(const Reading& reading) {
  if (reading.sql) return Intent::sql;
  // A sentence of PostgreSQL's own leaves nothing to guess.
  if (!reading.error.empty()) return Intent::explain_error;
  if (!reading.sqlstate.empty() && (has(reading, "howto") || has(reading, "code") || has(reading, "explain")))
    return Intent::explain_error;
  const IntentRow* best = nullptr;
  int best_score = 0;
  for (const auto& row : kIntents) {
    const int score = fit(reading, row);
    if (score <= best_score) continue;
    best = &row;
    best_score = score;
  }
  if (best == nullptr || is_too_strange(reading, *best)) return Intent::not_understood;
  return best->intent;
}

}  // namespace selfheal::assistant::internal
