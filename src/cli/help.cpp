// --help, printed from the table: usage, examples first, options, exit codes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "cli/command.h"

namespace selfheal::cli {
namespace {

struct ExitRow {
  int code;
  const char* meaning;
};
constexpr auto kExitCodes = std::to_array<ExitRow>({
    {kOk, "ok"},
    {kFailed, "failed"},
    {kUsage, "wrong usage"},
    {kProblemsFound, "it ran, and found problems"},
    {kNotAllowed, "not signed in, or not allowed"},
    {kNotFound, "not found"},
    {kConflict, "stale: it changed, or is resolved already"},
    {kRefused, "refused by policy, or approval is needed"},
    {kUnreachable, "the server or a database cannot be reached"},
    {kNotHealed, "a fix was applied and did not verify"},
    {kTimedOut, "time ran out"},
    {kInterrupted, "interrupted"},
});

constexpr std::size_t kNameColumn = 26;

std::string row(const std::string& name, const std::string& help) {
  if (name.size() >= kNameColumn) return fmt::format("  {}\n  {:{}}{}\n", name, "", kNameColumn, help);
  return fmt::format("  {:<{}}{}\n", name, kNameColumn, help);
}

std::string option_row(const Option& option) {
  auto name = option.name;
  if (const auto comma = name.find(','); comma != name.npos) name.replace(comma, 1, ", ");
  if (!option.metavar.empty()) name += " " + option.metavar;
  auto help = option.help;
  if (!option.words.empty()) help = fmt::format("{}: {}", fmt::join(option.words, "|"), help);
  if (option.required) help += " (needed)";
  if (!option.default_value.empty()) help += fmt::format(" [{}]", option.default_value);
  return row(name, help);
}

std::string usage(const Command& command) {
  auto text = "selfheal " + command.name;
  for (const auto& option : command.options) {
    if (option.required)
      text += fmt::format(" {} {}", option.name.substr(0, option.name.find(',')), option.metavar);
  }
  for (const auto& positional : command.positionals) {
    const auto name = positional.name + (positional.repeated ? "…" : "");
    text += positional.required ? " " + name : " [" + name + "]";
  }
  return text + " [options]";
}

std::string exit_codes() {
  std::string text = "\nExit codes:\n";
  for (const auto& [code, meaning] : kExitCodes)
    text += fmt::format("  {:>3}  {}\n", static_cast<int>(code), meaning);
  return text;
}

std::string help_of_command(const Command& command) {
  auto text = fmt::format("{}: {}\n\nExamples:\n", usage(command), command.summary);
  for (const auto& example : command.examples) text += fmt::format("  {}\n", example);
  if (!command.positionals.empty()) text += "\nArguments:\n";
  for (const auto& positional : command.positionals) text += row(positional.name, positional.help);
  if (!command.options.empty()) text += "\nOptions:\n";
  for (const auto& option : command.options) text += option_row(option);
  text += "\nOptions of every command:\n";
  for (const auto& option : global_options()) text += option_row(option);
  return text + exit_codes();
}

// All commands, or those of one noun.
std::string help_of_list(std::string_view noun, std::span<const Command> table) {
  auto text = noun.empty() ? std::string("selfheal COMMAND [options]: the on-call engineer for PostgreSQL\n")
                           : fmt::format("selfheal {} COMMAND [options]\n", noun);
  const auto listed = [noun](const Command& command) {
    return noun.empty() || command.name.starts_with(std::string(noun) + " ");
  };
  text += "\nExamples:\n";
  if (noun.empty()) text += "  selfheal demo\n  selfheal status\n  selfheal incident show SH-142\n";
  for (const auto& command : table) {
    if (!noun.empty() && listed(command)) text += fmt::format("  {}\n", command.examples.front());
  }
  text += "\nCommands:\n";
  for (const auto& command : table) {
    if (listed(command)) text += row(command.name, command.summary);
  }
  text += "\nOptions of every command:\n";
  for (const auto& option : global_options()) text += option_row(option);
  return text + exit_codes() + "\nselfheal COMMAND --help says more.\n";
}

}  // namespace

std::string help_of(std::string_view name, std::span<const Command> table) {
  const auto at = std::ranges::find(table, name, &Command::name);
  return at == table.end() ? help_of_list(name, table) : help_of_command(*at);
}

}  // namespace selfheal::cli
