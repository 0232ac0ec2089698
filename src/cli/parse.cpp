// The only file that sees CLI11: it cuts the arguments into options and positionals, by the rows of the
// table.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "cli/internal/parse.h"

namespace selfheal::cli {
namespace {

// A day: nobody waits longer at a terminal.
constexpr double kLongestWaitSeconds = 86400;
// A token is some dozen characters; more is not our file.
constexpr std::size_t kTokenBytes = 4096;
constexpr std::string_view kFallbackServer = "http://127.0.0.1:5000";

using Values = std::map<std::string, std::vector<std::string>>;

// The dashes and name of what was typed, without "=value".
std::string option_name(std::string_view typed) { return std::string(typed.substr(0, typed.find('='))); }

void declare(CLI::App& app, std::span<const Option> options, Values& values) {
  for (const auto& option : options) {
    auto& into = values[long_name(option)];
    if (option.kind == OptionKind::flag) {
      app.add_flag_callback(option.name, [&into] { into = {"true"}; });
    } else {
      const auto keep = [&into](const std::string& value) { into = {value}; };
      app.add_option_function<std::string>(option.name, keep)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
  }
}

void declare(CLI::App& app, std::span<const Positional> positionals, Values& values) {
  for (const auto& positional : positionals) {
    auto& into = values[positional.name];
    if (positional.repeated) {
      app.add_option(positional.name, into);
    } else {
      app.add_option_function<std::string>(positional.name,
                                           [&into](const std::string& value) { into = {value}; });
    }
  }
}

Result<double> parse_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) {
    return failure(ErrorCode::invalid_input, "not a number");
  }
  return number;
}

Status check_value(const Option& option, const std::string& value) {
  const auto wrong = [&option, &value](std::string_view wanted) {
    return failure(ErrorCode::invalid_input,
                   fmt::format("{} takes {}, not \"{}\"", long_name(option), wanted, value));
  };
  if (!option.words.empty() && std::ranges::find(option.words, value) == option.words.end()) {
    return wrong(fmt::format("one of {}", fmt::join(option.words, ", ")));
  }
  if (option.kind == OptionKind::number && !parse_number(value)) return wrong("a number");
  if (option.kind == OptionKind::duration && !parse_duration(value)) return wrong("a time such as 60s or 2m");
  return {};
}

Status check_values(std::span<const Option> options, Values& values) {
  for (const auto& option : options) {
    auto& typed = values[long_name(option)];
    if (typed.empty() && option.required) {
      return failure(ErrorCode::invalid_input, fmt::format("{} is needed", long_name(option)));
    }
    for (const auto& value : typed) TRY_OK(check_value(option, value));
  }
  return {};
}

Status check_positionals(const Command& command, const Values& values) {
  for (const auto& positional : command.positionals) {
    if (positional.required && values.at(positional.name).empty()) {
      return failure(ErrorCode::invalid_input, fmt::format("{} needs {}", command.name, positional.name));
    }
  }
  return {};
}

Status check_nothing_left(const Command& command, std::vector<std::string> left) {
  std::erase(left, "--");  // CLI11 keeps the mark itself
  if (left.empty()) return {};
  const auto option = std::ranges::find_if(left, [](const auto& word) { return word.starts_with('-'); });
  if (option == left.end()) {
    return failure(ErrorCode::invalid_input, fmt::format("{} takes no \"{}\"", command.name, left.front()));
  }
  std::vector<std::string> known;
  for (const auto& row : command.options) known.push_back(long_name(row));
  for (const auto& row : global_options()) known.push_back(long_name(row));
  const auto meant = nearest(option_name(*option), known);
  return failure(ErrorCode::invalid_input,
                 fmt::format("{} has no option {}{}", command.name, option_name(*option),
                             meant.empty() ? "" : fmt::format("; did you mean {}?", meant)));
}

// CLI11 says why in words of its own; only what a person can act on is kept.
Error in_our_words(const CLI::ParseError& error) {
  std::string what = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error)) {
    what = what.substr(0, what.find(':')) + " needs a value";
  }
  return {ErrorCode::invalid_input, std::move(what)};
}

bool takes_value(std::string_view typed) {
  if (typed.contains('=')) return false;
  for (const auto& option : global_options()) {
    if (option.kind != OptionKind::flag && long_name(option) == typed) return true;
  }
  return false;
}

const Command* find_command(std::span<const Command> table, std::string_view name) {
  const auto at = std::ranges::find(table, name, &Command::name);
  return at == table.end() ? nullptr : &*at;
}

std::filesystem::path state_directory(const Streams& streams, bool root) {
  if (root) return "/var/lib/selfheal";
  const auto state = streams.environment("XDG_STATE_HOME").value_or("");
  if (!state.empty()) return std::filesystem::path(state) / "selfheal";
  return std::filesystem::path(streams.environment("HOME").value_or("")) / ".local/state/selfheal";
}

std::string default_server(const Streams& streams, bool root) {
  const auto socket = state_directory(streams, root) / "api.sock";
  std::error_code unreadable;
  const bool there = std::filesystem::is_socket(socket, unreadable);
  return there ? "unix:" + socket.string() : std::string(kFallbackServer);
}

bool is_loopback(std::string_view server) {
  return server.starts_with("http://127.0.0.1:") || server.starts_with("http://localhost:") ||
         server.starts_with("http://[::1]:");
}

// On a unix socket the kernel vouches for us, and the audit trail then shows a name instead of "token". The
// token's file serves a port of this machine, but only one that the person named: where Selfheal does not
// run, another account may listen on the default port and would be given the token.
Secret token_for(const GlobalOptions& global, bool named, const Streams& streams, bool root) {
  const auto token_here = streams.environment("SELFHEAL_TOKEN").value_or("");
  if (!token_here.empty()) return Secret(token_here);
  if (!named || !is_loopback(global.server)) return {};
  std::ifstream file(state_directory(streams, root) / "api.token");
  std::string token(kTokenBytes, '\0');
  file.read(token.data(), static_cast<std::streamsize>(token.size()));
  token.resize(static_cast<std::size_t>(file.gcount()));
  token.erase(token.find_last_not_of(" \t\r\n") + 1);
  return Secret(std::move(token));
}

}  // namespace

bool is_noun(std::span<const Command> table, const std::string& word) {
  return std::ranges::any_of(table, [&word](const Command& row) { return row.name.starts_with(word + " "); });
}

std::string long_name(const Option& option) { return option.name.substr(0, option.name.find(',')); }

Result<Duration> parse_duration(std::string_view text) {
  const auto unit_at = text.find_first_not_of("0123456789.");
  const auto unit = unit_at == text.npos ? "s" : text.substr(unit_at);
  static const std::map<std::string_view, double> seconds{
      {"ms", 0.001}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}};
  const auto factor = seconds.find(unit);
  TRY(const auto number, parse_number(text.substr(0, unit_at)));
  if (factor == seconds.end() || number * factor->second > kLongestWaitSeconds) {
    return failure(ErrorCode::invalid_input, "not a time");
  }
  return std::chrono::round<Duration>(std::chrono::duration<double>(number * factor->second));
}

Words split_words(std::span<const std::string> arguments, std::span<const Command> table) {
  Words words;
  std::vector<std::string> name;
  bool only_positionals = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& word = arguments[i];
    only_positionals = only_positionals || word == "--";
    if (!only_positionals && (word == "--help" || word == "-h")) {
      words.help = true;
    } else if (!only_positionals && word.starts_with('-') && word != "-") {
      words.rest.push_back(word);
      if (takes_value(word) && i + 1 < arguments.size()) words.rest.push_back(arguments[++i]);
    } else if (!only_positionals && (name.empty() || (name.size() == 1 && is_noun(table, name[0])))) {
      name.push_back(word == "inc" && name.empty() ? "incident" : word);
    } else {
      words.rest.push_back(word);
    }
  }
  words.typed = fmt::format("{}", fmt::join(name, " "));
  words.command = find_command(table, words.typed);
  return words;
}

Result<Arguments> parse_arguments(const Command& command, const std::vector<std::string>& rest) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  Values values;
  declare(app, std::span(command.options), values);
  declare(app, global_options(), values);
  declare(app, std::span(command.positionals), values);
  try {
    app.parse(std::vector<std::string>(rest.rbegin(), rest.rend()));  // CLI11 reads from the back
  } catch (const CLI::ParseError& error) {
    return std::unexpected(in_our_words(error));
  }
  TRY_OK(check_nothing_left(command, app.remaining()));
  TRY_OK(check_values(command.options, values));
  TRY_OK(check_values(global_options(), values));
  TRY_OK(check_positionals(command, values));
  Arguments arguments;
  for (const auto& option : command.options) arguments.set_default(long_name(option), option.default_value);
  for (auto& [name, typed] : values) {
    if (!typed.empty()) arguments.set(name, std::move(typed));
  }
  return arguments;
}

std::span<const Option> global_options() {
  static const std::vector<Option> rows{
      {.name = "--server",
       .metavar = "URL",
       .help = "where selfheal serve listens: http://HOST:PORT or unix:/PATH; else SELFHEAL_SERVER, else the "
               "socket "
               "of the state directory"},
      {.name = "--json", .help = "print the API's JSON", .kind = OptionKind::flag},
      {.name = "--no-headers", .help = "no heading above a table", .kind = OptionKind::flag},
      {.name = "--quiet,-q", .help = "only the exit code, and errors", .kind = OptionKind::flag},
      {.name = "--color",
       .metavar = "WHEN",
       .help = "NO_COLOR and TERM=dumb are honoured",
       .default_value = "auto",
       .words = {"auto", "always", "never"}},
      {.name = "--ascii", .help = "no characters beyond ASCII for marks and lines", .kind = OptionKind::flag},
      {.name = "--help,-h", .help = "this text", .kind = OptionKind::flag},
  };
  return rows;
}

GlobalOptions global_options_of(const Arguments& arguments, const Streams& streams, bool root) {
  GlobalOptions global;
  global.server = arguments.text("--server");
  if (global.server.empty()) global.server = streams.environment("SELFHEAL_SERVER").value_or("");
  const bool named = !global.server.empty();
  if (!named) global.server = default_server(streams, root);
  global.token = token_for(global, named, streams, root);
  global.json = arguments.has("--json");
  global.no_headers = arguments.has("--no-headers");
  global.quiet = arguments.has("--quiet");
  global.ascii = arguments.has("--ascii");
  const auto color = arguments.text("--color");
  global.color = color == "always"  ? ColorChoice::always
                 : color == "never" ? ColorChoice::never
                                    : ColorChoice::automatic;
  return global;
}

std::string Arguments::text(const std::string& name) const {
  const auto at = values_.find(name);
  if (at != values_.end() && !at->second.empty()) return at->second.front();
  const auto otherwise = defaults_.find(name);
  return otherwise == defaults_.end() ? "" : otherwise->second;
}
double Arguments::number(const std::string& name) const { return parse_number(text(name)).value_or(0); }
Duration Arguments::duration(const std::string& name) const {
  return parse_duration(text(name)).value_or(Duration::zero());
}
std::vector<std::string> Arguments::list(const std::string& name) const {
  const auto at = values_.find(name);
  return at == values_.end() ? std::vector<std::string>() : at->second;
}

}  // namespace selfheal::cli
