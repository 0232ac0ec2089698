#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"

// The command line as a table: one row a command. Parsing, --help, the man pages and completion all read it.
namespace selfheal::cli {

// What the program ends with; stable, scripts read them. Printed at the end of every --help.
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kProblemsFound = 3;  // it ran, and found problems
inline constexpr int kNotAllowed = 4;     // not signed in, or not with these rights
inline constexpr int kNotFound = 5;
inline constexpr int kConflict = 6;     // stale: the plan changed, the incident is resolved already
inline constexpr int kRefused = 7;      // by policy, or a person must approve
inline constexpr int kUnreachable = 8;  // the server or the database
inline constexpr int kNotHealed = 9;    // a fix was applied and did not verify
inline constexpr int kTimedOut = 124;
inline constexpr int kInterrupted = 130;

// Where a command reads and writes: a process's own, or a test's. Outlives the run.
struct Streams {
  std::ostream& out;  // data
  std::ostream& err;  // talk: errors, questions, progress
  std::istream& in;
  Clock& clock;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::size_t width = 80;  // of the terminal, in columns
  std::function<std::optional<std::string>(const std::string& name)> environment;
  // Waits that long; false when the person pressed Ctrl-C meanwhile. At any other time Ctrl-C ends the
  // process.
  std::function<bool(Duration)> pause;
  // While what it returns lives, Ctrl-C asks `stop` to stop instead of ending the process. Null: it cannot.
  std::function<std::shared_ptr<void>(std::stop_source stop)> on_interrupt = {};
};
// Standard input and output, the environment and the terminal of this process.
Streams process_streams(Clock& clock);

enum class OptionKind {
  flag,
  text,
  number,
  duration,  // "500ms", "60s", "2m", "1h"; a bare number is seconds
};

struct Option {
  std::string name;          // "--timeout"; a short form after a comma: "--quiet,-q"
  std::string metavar = {};  // "TIME"; flags have none
  std::string help;
  OptionKind kind = OptionKind::text;
  std::string default_value = {};  // shown in --help, and what the command sees when the option is absent
  std::vector<std::string> words = {};  // the values it accepts; empty: any
  bool required = false;
};

struct Positional {
  std::string name;  // "INCIDENT"
  std::string help;
  bool required = true;
  bool repeated = false;  // takes all that is left; only the last one
};

// What was typed after the command's name, checked against its row: each option has its kind and its words.
class Arguments {
 public:
  bool has(const std::string& name) const { return values_.contains(name); }  // typed, not a default
  // The (first) value, the default, or "". `name` without the short form; of a positional its name.
  std::string text(const std::string& name) const;
  double number(const std::string& name) const;      // 0 when absent
  Duration duration(const std::string& name) const;  // 0 when absent
  std::vector<std::string> list(const std::string& name) const;
  void set(const std::string& name, std::vector<std::string> values) { values_[name] = std::move(values); }
  void set_default(const std::string& name, std::string value) { defaults_[name] = std::move(value); }

 private:
  std::map<std::string, std::vector<std::string>> values_;
  std::map<std::string, std::string> defaults_;
};

enum class ColorChoice { automatic, always, never };

// The options that every command takes.
struct GlobalOptions {
  std::string server;  // "http://…" or "unix:/…", resolved from the option, SELFHEAL_SERVER or the default
  Secret token;        // SELFHEAL_TOKEN, or for a port of this machine the file api.token
  bool json = false;
  bool no_headers = false;
  bool quiet = false;
  bool ascii = false;
  ColorChoice color = ColorChoice::automatic;
};

struct Invocation {
  std::string command;  // the row's name
  Arguments arguments;
  GlobalOptions global;
  Streams& streams;
};

struct Command {
  std::string name;                   // "status", "incident list"
  std::string summary;                // one line, begins small, no full stop
  std::vector<std::string> examples;  // whole command lines, the commonest first
  std::vector<Option> options = {};
  std::vector<Positional> positionals = {};
  std::function<int(Invocation&)> run;  // its exit code
};

// The commands that talk to a server, sorted by name.
std::span<const Command> api_commands();

// Parses, runs and returns the exit code. `arguments` is argv without the program's name. `local_commands`
// join the table; one with the name of an API command adds its options to that row and runs instead of it
// when one of them is given (`check --local`). An unknown command or option is answered with the nearest name
// and kUsage.
int run(std::span<const char* const> arguments, std::span<const Command> local_commands, Streams& streams);

// The whole table as run() sees it, sorted by name: for man pages and completion.
std::vector<Command> command_table(std::span<const Command> local_commands);
std::span<const Option> global_options();

// What `selfheal <name> --help` prints; of an empty name the list of commands, of a noun its verbs.
std::string help_of(std::string_view name, std::span<const Command> table);

}  // namespace selfheal::cli
