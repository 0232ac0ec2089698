// How the watched servers are now.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "assistant/internal/answers.h"

namespace selfheal::assistant::internal {
namespace {

namespace json = boost::json;

// A transaction that is open this long holds back vacuum and keeps locks; most applications' end within
// seconds.
constexpr double kLongTransaction = 60;
constexpr double kManyConnections = 0.8;  // of max_connections
constexpr std::size_t kListed = 10;

// Neither over nor settled by a person or a rule that leaves it as it is.
bool is_open(std::string_view text) {
  const auto state = from_word<IncidentState>(text);
  return state && !is_closed(*state) && *state != IncidentState::refused && *state != IncidentState::muted;
}

double as_number(const std::string& text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Returns how many are open.
int say_open_incidents(Run& run, const ToolResult& listed) {
  int open = 0;
  for (const auto& incident : list_at(listed.value, "incidents")) {
    if (!is_open(text_at(incident, "state"))) continue;
    if (++open > static_cast<int>(kListed)) continue;
    const auto number = text_at(incident, "incident");
    const auto title = text_at(incident, "title");
    run.say_line(fmt::format("{} on {} is {}: {} ({}, {}, last seen {}) [{}].", number,
                             text_at(incident, "server"), text_at(incident, "state"),
                             title.empty() ? text_at(incident, "message") : title,
                             text_at(incident, "category"), counted(number_at(incident, "events"), "event"),
                             text_at(incident, "last_seen"), number));
    run.suggest("Why did " + number + " happen?");
  }
  if (open > static_cast<int>(kListed)) run.say_line(fmt::format("{} incidents are open in all.", open));
  return open;
}

// Returns how many troubles were told.
int say_sessions(Run& run, const json::value& sessions) {
  int troubles = 0;
  for (std::size_t i = 0; i < list_at(sessions, "rows").size(); ++i) {
    const auto longest = as_number(cell_at(sessions, i, "longest_transaction_s"));
    const auto state = cell_at(sessions, i, "state");
    if (longest < kLongTransaction || state == "not told") continue;
    run.say_line(
        fmt::format("A transaction of a session that is {} is open for {} [Q2].", state, in_words(longest)));
    ++troubles;
  }
  return troubles;
}

int say_numbers(Run& run, const json::value& numbers) {
  const auto used = as_number(cell_at(numbers, 0, "connections"));
  const auto most = as_number(cell_at(numbers, 0, "max_connections"));
  if (most <= 0 || used < most * kManyConnections) return 0;
  run.say_line(fmt::format("{:.0f} of {:.0f} connections are in use [Q2].", used, most));
  return 1;
}

int say_waiting(Run& run, const json::value& waiting, std::string_view call) {
  const auto count = number_at(waiting, "waiting_sessions");
  if (count < 1) return 0;
  run.say_line(fmt::format("{} for a lock [{}].",
                           count < 2 ? "1 session waits" : counted(count, "session") + " wait", call));
  run.suggest("Who blocks whom?");
  return 1;
}

// What could not be checked is never well. Returns whether all was.
bool say_unchecked(Run& run, const json::value& health) {
  bool all = true;
  for (const auto* part : {"numbers", "sessions", "dead_rows", "replicas"}) {
    const auto why = text_at(part_at(health, part), "could_not_be_checked");
    if (why.empty()) continue;
    run.say_line(fmt::format("I could not check its {}: {}.",
                             std::string_view(part) == "dead_rows" ? "dead rows" : part, why));
    all = false;
  }
  return all;
}

void say_waits(Run& run, const json::value& tree) {
  std::size_t told = 0;
  for (const auto& wait : list_at(tree, "waits")) {
    if (++told > kListed) break;
    const auto table = text_at(wait, "table");
    run.say_line(fmt::format("Session {:.0f} waits for session {:.0f} since {}{} ({}) [Q1].",
                             number_at(wait, "waiter"), number_at(wait, "blocker"),
                             in_words(number_at(wait, "waiting_s")), table.empty() ? "" : " on " + table,
                             text_at(wait, "lock")));
  }
}

}  // namespace

Answered answer_whats_wrong(Run& run, Reading) {
  const auto listed = co_await run.call("list_incidents", {{"limit", 50}});
  if (say_problem(run, listed)) co_return;
  int troubles = say_open_incidents(run, listed);
  for (const auto& server : run.world().servers()) {
    if (server.state == "up") continue;
    run.say_line(fmt::format("{} is {}{}.", server.name.value(), server.state,
                             server.state_why.empty() ? "" : ": " + server.state_why));
    ++troubles;
  }
  if (!run.server()) {
    run.say_line(troubles == 0 ? "No incident is open [Q1]. Name a server and I look at it more closely."
                               : "Name a server and I look at it more closely.");
    co_return;
  }
  const auto health = co_await run.call("health_check", {});
  if (say_problem(run, health)) co_return;
  troubles += say_waiting(run, part_at(health.value, "waiting"), "Q2");
  troubles += say_sessions(run, part_at(health.value, "sessions"));
  troubles += say_numbers(run, part_at(health.value, "numbers"));
  const bool all_checked = say_unchecked(run, health.value);
  if (troubles == 0)
    run.say_line(
        fmt::format("{} on {}: no open incident [Q1], nobody waits for a lock, no transaction older than a "
                    "minute that I can see, and connections are free [Q2].",
                    all_checked ? "Nothing is wrong" : "I see nothing wrong", run.server()->value()));
  run.suggest("Show me the slowest statements.");
}

Answered answer_who_blocks(Run& run, Reading) {
  const auto tree = co_await run.call("get_blocking_tree", {});
  if (say_problem(run, tree)) co_return;
  if (number_at(tree.value, "waiting_sessions") < 1) {
    run.say_line("Nobody waits for a lock now [Q1].");
    run.suggest("What is running right now?");
    co_return;
  }
  for (const auto& root : list_at(tree.value, "roots")) {
    const auto statement = text_at(root, "statement");
    const auto application = text_at(root, "application");
    run.say_line(
        fmt::format("Session {:.0f}{} is at the root: {} of others wait for it, the longest for {}; it is "
                    "{}, its transaction is "
                    "open for {} [Q1].",
                    number_at(root, "pid"), application.empty() ? "" : " (" + application + ")",
                    number_at(root, "victims"), in_words(number_at(root, "longest_wait_s")),
                    text_at(root, "state"), in_words(number_at(root, "transaction_s"))));
    if (!statement.empty()) run.say_line(fmt::format("Its last statement: {} [Q1].", statement));
  }
  if (list_at(tree.value, "roots").empty())
    run.say_line(
        "The sessions wait for each other in a circle: a deadlock, which PostgreSQL ends by itself [Q1].");
  say_waits(run, tree.value);
  run.suggest("What can be done about it?");
}

Answered answer_servers(Run& run, Reading) {
  const auto listed = co_await run.call("list_databases", {});
  if (say_problem(run, listed)) co_return;
  const auto& servers = list_at(listed.value, "servers");
  if (servers.empty()) run.say_line("No server is watched yet: `selfheal db add` [Q1].");
  for (const auto& server : servers) {
    const auto version = text_at(server, "version");
    run.say_line(fmt::format("{} is {}{}; {} [Q1].", text_at(server, "server"), text_at(server, "state"),
                             version.empty() ? "" : ", PostgreSQL " + version,
                             part_at(server, "can_act") == json::value(true) ? "selfheal may act on it"
                                                                             : "selfheal may not act on it"));
  }
}

}  // namespace selfheal::assistant::internal
