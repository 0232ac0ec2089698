// From the words that were typed to the command that answers them.
#include "cli/command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ostream>
#include <set>

#include "cli/internal/parse.h"
#include "cli/output.h"

namespace selfheal::cli {
namespace {

// One that differs by more letters than this is another word.
constexpr std::size_t kNear = 2;

// How many letters to insert, drop, replace or swap with the next (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        rows[i][j] = i + j;
        continue;
      }
      rows[i][j] =
          std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
      }
    }
  }
  return rows[a.size()][b.size()];
}

std::vector<std::string> names_of(std::span<const Command> table) {
  std::set<std::string> names;
  for (const auto& command : table) {
    names.insert(command.name);
    names.insert(command.name.substr(0, command.name.find(' ')));
  }
  return {names.begin(), names.end()};
}

int unknown_command(const Words& words, std::span<const Command> table, const Invocation& invocation) {
  const auto meant = nearest(words.typed, names_of(table));
  const bool incomplete = is_noun(table, words.typed);
  const auto what = incomplete ? fmt::format("{} needs a second word", words.typed)
                               : fmt::format("there is no command \"{}\"", words.typed);
  const auto shown = incomplete ? words.typed : meant;
  return report(invocation, Trouble{.exit_code = kUsage,
                                    .what = what,
                                    .try_instead = shown.empty() || shown == words.typed
                                                       ? fmt::format("selfheal {}{}--help", shown,
                                                                     shown.empty() ? "" : " ")
                                                       : "selfheal " + shown});
}

// `local`, when one of the options that it adds is given; else what it joined.
Command joined(const Command& api, const Command& local) {
  auto row = api;
  std::vector<std::string> added;
  for (const auto& option : local.options) {
    added.push_back(long_name(option));
    row.options.push_back(option);
  }
  row.examples.insert(row.examples.end(), local.examples.begin(), local.examples.end());
  row.run = [over_api = api.run, locally = local.run, added](Invocation& invocation) {
    const bool asked =
        std::ranges::any_of(added, [&](const auto& name) { return invocation.arguments.has(name); });
    return asked ? locally(invocation) : over_api(invocation);
  };
  return row;
}

}  // namespace

std::string nearest(std::string_view typed, const std::vector<std::string>& candidates) {
  // Long hostile words are not worth the square of their length.
  if (typed.size() > 64) return {};
  std::string best;
  std::size_t best_distance = kNear + 1;
  for (const auto& candidate : candidates) {
    const auto steps = distance(typed, candidate);
    if (steps < best_distance) {
      best = candidate;
      best_distance = steps;
    }
  }
  return best;
}

std::vector<Command> command_table(std::span<const Command> local_commands) {
  const auto api = api_commands();
  std::vector<Command> table(api.begin(), api.end());
  for (const auto& local : local_commands) {
    const auto same = std::ranges::find(table, local.name, &Command::name);
    if (same == table.end()) {
      table.push_back(local);
    } else {
      *same = joined(*same, local);
    }
  }
  std::ranges::sort(table, {}, &Command::name);
  return table;
}

int run(std::span<const char* const> arguments, std::span<const Command> local_commands, Streams& streams) {
  const auto table = command_table(local_commands);
  std::vector<std::string> typed(arguments.begin(), arguments.end());
  if (!typed.empty() && typed[0] == "--version") typed[0] = "version";
  if (!typed.empty() && typed[0] == "help") {
    typed.erase(typed.begin());
    typed.push_back("--help");
  }
  const auto words = split_words(typed, table);
  Invocation invocation{.command = words.typed, .arguments = {}, .global = {}, .streams = streams};
  invocation.global.json = std::ranges::find(words.rest, "--json") != words.rest.end();
  const bool listable = words.typed.empty() || is_noun(table, words.typed);
  if ((words.help && (words.command || listable)) || (words.typed.empty() && words.rest.empty())) {
    streams.out << help_of(words.typed, table);
    return kOk;
  }
  if (words.typed.empty()) {
    return report(invocation, Trouble{kUsage, "no command among the options", "selfheal --help"});
  }
  if (!words.command) return unknown_command(words, table, invocation);
  auto parsed = parse_arguments(*words.command, words.rest);
  if (!parsed) {
    return report(invocation, Trouble{kUsage, parsed.error().message, "selfheal " + words.typed + " --help"});
  }
  invocation.arguments = *std::move(parsed);
  invocation.global = global_options_of(invocation.arguments, streams, ::geteuid() == 0);
  return words.command->run(invocation);
}

}  // namespace selfheal::cli
