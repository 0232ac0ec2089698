#include "cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "cli/internal/parse.h"
#include "cli/internal/terminal_fixture.h"

namespace selfheal::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Echoes what it was given.
std::vector<Command> local_commands() {
  const auto echo = [](Invocation& invocation) {
    const auto& arguments = invocation.arguments;
    invocation.streams.out
        << "for=" << arguments.text("--for") << " n=" << arguments.number("--count") << " ms="
        << std::chrono::duration_cast<std::chrono::milliseconds>(arguments.duration("--timeout")).count()
        << " flag=" << arguments.has("--flag") << " first=" << arguments.text("FIRST") << " rest=";
    for (const auto& word : arguments.list("REST")) invocation.streams.out << word << ",";
    invocation.streams.out << " server=" << invocation.global.server << " json=" << invocation.global.json
                           << "\n";
    return 17;
  };
  return {
      {.name = "check",
       .summary = "s",
       .examples = {"selfheal check --local"},
       .options = {{.name = "--local", .help = "h", .kind = OptionKind::flag}},
       .run = [](Invocation&) { return 42; }},
      {.name = "echo",
       .summary = "says what it was given",
       .examples = {"selfheal echo a"},
       .options = {{.name = "--for", .metavar = "W", .help = "h", .default_value = "x", .words = {"x", "y"}},
                   {.name = "--count,-n", .metavar = "N", .help = "h", .kind = OptionKind::number},
                   {.name = "--timeout", .metavar = "T", .help = "h", .kind = OptionKind::duration},
                   {.name = "--flag", .help = "h", .kind = OptionKind::flag}},
       .positionals = {{.name = "FIRST", .help = "h"},
                       {.name = "REST", .help = "h", .required = false, .repeated = true}},
       .run = echo}};
}

Ran run_local(const std::vector<std::string>& line, Terminal terminal = {}) {
  terminal.environment.try_emplace("SELFHEAL_SERVER", "unix:/nowhere/api.sock");
  const auto commands = local_commands();
  return run_line(line, terminal, commands);
}

TEST(CommandTable, IsSortedAndSaysEverythingAboutEachCommand) {
  const auto commands = api_commands();
  EXPECT_TRUE(std::ranges::is_sorted(commands, {}, &Command::name));
  EXPECT_GE(commands.size(), 20u);
  for (const auto& command : commands) {
    SCOPED_TRACE(command.name);
    EXPECT_FALSE(command.summary.empty());
    EXPECT_FALSE(command.summary.ends_with('.'));
    EXPECT_GE(command.examples.size(), 2u);
    EXPECT_LE(command.examples.size(), 3u);
    EXPECT_TRUE(command.run);
    for (const auto& option : command.options) {
      SCOPED_TRACE(option.name);
      EXPECT_FALSE(option.help.empty());
      EXPECT_EQ(option.metavar.empty(), option.kind == OptionKind::flag);
    }
    for (const auto& positional : command.positionals) {
      EXPECT_FALSE(positional.help.empty());
      EXPECT_TRUE(!positional.repeated || &positional == &command.positionals.back());
    }
  }
}

TEST(CommandTable, HasExamplesThatParse) {
  const auto table = command_table({});
  for (const auto& command : table) {
    const auto help = help_of(command.name, table);
    EXPECT_THAT(help, HasSubstr(command.summary));
    EXPECT_LT(help.find(command.examples.front()), help.find("Options of every command"));
    for (const auto& option : command.options) EXPECT_THAT(help, HasSubstr(long_name(option)));
    for (const auto& example : command.examples) {
      SCOPED_TRACE(example);
      if (example.contains('|')) continue;  // a pipeline of a shell
      std::vector<std::string> words;
      std::string word;
      char quote = 0;
      for (const char c : example.substr(std::string("selfheal ").size()) + " ") {
        if (quote ? c == quote : (c == '\'' || c == '"'))
          quote = quote ? '\0' : c;
        else if (c == ' ' && !quote)
          words.push_back(std::exchange(word, {}));
        else
          word += c;
      }
      const auto split = split_words(words, table);
      ASSERT_TRUE(split.command);
      EXPECT_EQ(split.command->name, command.name);
      const auto parsed = parse_arguments(*split.command, split.rest);
      EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error().message);
    }
  }
}

TEST(CommandTable, NoCommandTakesANameOfTheGlobalOptions) {
  std::set<std::string> global;
  for (const auto& option : global_options()) global.insert(long_name(option));
  for (const auto& command : api_commands()) {
    std::set<std::string> own;
    for (const auto& option : command.options) {
      EXPECT_FALSE(global.contains(long_name(option))) << command.name << " " << option.name;
      EXPECT_TRUE(own.insert(long_name(option)).second) << command.name << " " << option.name;
    }
  }
}

TEST(Help, ListsEveryCommandWithItsSummary) {
  for (const auto& line : std::vector<std::vector<std::string>>{{}, {"--help"}, {"-h"}, {"help"}}) {
    const auto ran = run_local(line);
    EXPECT_EQ(ran.code, kOk);
    for (const auto& command : command_table(local_commands())) {
      EXPECT_THAT(ran.out, HasSubstr("  " + command.name + " "));
      EXPECT_THAT(ran.out, HasSubstr(command.summary));
    }
    EXPECT_THAT(ran.out, HasSubstr("Exit codes:\n    0  ok\n    1  failed\n"));
    EXPECT_THAT(ran.out, HasSubstr("\n  124  time ran out\n  130  interrupted\n"));
  }
}

TEST(Help, OfACommandShowsExamplesBeforeOptions) {
  const auto ran = run_local({"echo", "--help", "--nonsense"});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_THAT(
      ran.out,
      StartsWith(
          "selfheal echo FIRST [REST…] [options]: says what it was given\n\nExamples:\n  selfheal echo a\n"));
  EXPECT_THAT(ran.out, HasSubstr("  --for W                   x|y: h [x]\n"));
  EXPECT_THAT(ran.out, HasSubstr("  --count, -n N             h\n"));
}

TEST(Help, OfANounShowsItsVerbs) {
  const auto ran = run_local({"incident", "--help"});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_THAT(ran.out, HasSubstr("incident watch"));
  EXPECT_THAT(ran.out, Not(HasSubstr("policy pause")));
}

TEST(Run, ReadsOptionsBeforeBetweenAndAfter) {
  const auto expected = "for=y n=2.5 ms=1500 flag=1 first=a rest=b,-c, server=unix:/s json=1\n";
  EXPECT_EQ(run_local({"--server", "unix:/s", "--json", "echo", "a", "--for=y", "-n", "2.5", "--timeout",
                       "1.5s", "--flag", "b", "--", "-c"})
                .out,
            expected);
  const auto ran = run_local({"echo", "--for", "y", "a", "b", "--server=unix:/s", "--flag", "--count=2.5",
                              "--timeout", "1500ms", "--json", "--", "-c"});
  EXPECT_EQ(ran.out, expected);
  EXPECT_EQ(ran.code, 17) << ran.err;
}

TEST(Run, GivesDefaultsWithoutCallingThemTyped) {
  EXPECT_EQ(run_local({"echo", "a"}).out,
            "for=x n=0 ms=0 flag=0 first=a rest= server=unix:/nowhere/api.sock json=0\n");
}

TEST(Run, AWordThatIsACommandTooMayBeAnArgument) {
  EXPECT_THAT(run_local({"echo", "echo", "status"}).out, HasSubstr("first=echo rest=status,"));
}

TEST(Run, RefusesWhatDoesNotFit) {
  struct Case {
    std::vector<std::string> line;
    std::string what;
  };
  const std::vector<Case> cases{
      {{"echo"}, "selfheal: echo needs FIRST\ntry: selfheal echo --help\n"},
      {{"echo", "a", "--fro", "y"},
       "selfheal: echo has no option --fro; did you mean --for?\ntry: selfheal echo --help\n"},
      {{"echo", "a", "--jsn"},
       "selfheal: echo has no option --jsn; did you mean --json?\ntry: selfheal echo --help\n"},
      {{"echo", "a", "--nothing-like-it"},
       "selfheal: echo has no option --nothing-like-it\ntry: selfheal echo --help\n"},
      {{"echo", "a", "--for", "z"},
       "selfheal: --for takes one of x, y, not \"z\"\ntry: selfheal echo --help\n"},
      {{"echo", "a", "--count", "many"},
       "selfheal: --count takes a number, not \"many\"\ntry: selfheal echo --help\n"},
      {{"echo", "a", "--count", "nan"},
       "selfheal: --count takes a number, not \"nan\"\ntry: selfheal echo --help\n"},
      {{"echo", "a", "--timeout", "5 weeks"},
       "selfheal: --timeout takes a time such as 60s or 2m, not \"5 weeks\"\ntry: selfheal echo --help\n"},
      {{"echo", "a", "--timeout"}, "selfheal: --timeout needs a value\ntry: selfheal echo --help\n"},
      {{"echo", "a", "--color", "blue"},
       "selfheal: --color takes one of auto, always, never, not \"blue\"\ntry: selfheal echo --help\n"},
      {{"status", "now"}, "selfheal: status takes no \"now\"\ntry: selfheal status --help\n"},
      {{"incident", "mute", "SH-1"}, "selfheal: --why is needed\ntry: selfheal incident mute --help\n"},
      {{"stauts"}, "selfheal: there is no command \"stauts\"\ntry: selfheal status\n"},
      {{"incident", "lsit"},
       "selfheal: there is no command \"incident lsit\"\ntry: selfheal incident list\n"},
      {{"inc", "lst"}, "selfheal: there is no command \"incident lst\"\ntry: selfheal incident list\n"},
      {{"xyzzyplugh"}, "selfheal: there is no command \"xyzzyplugh\"\ntry: selfheal --help\n"},
      {{"xyzzyplugh", "--help"}, "selfheal: there is no command \"xyzzyplugh\"\ntry: selfheal --help\n"},
      {{"incident"}, "selfheal: incident needs a second word\ntry: selfheal incident --help\n"},
      {{"--json"}, "{\"type\":\"about:blank\",\"title\":\"no command among the options\"}\n"},
      {{"\x1b[2J"}, "selfheal: there is no command \"\\x1b[2J\"\ntry: selfheal --help\n"},
  };
  for (const auto& [line, what] : cases) {
    const auto ran = run_local(line);
    EXPECT_EQ(ran.code, kUsage) << what;
    EXPECT_EQ(ran.err, what);
    EXPECT_EQ(ran.out, "");
  }
}

TEST(Run, ALocalRowTakesOverWhenItsOwnOptionIsGiven) {
  EXPECT_EQ(run_local({"check", "--local"}).code, 42);
  EXPECT_EQ(run_local({"check"}).code, kUnreachable);
}

TEST(Run, SaysWhereItLookedForAServer) {
  const auto ran = run_local({"status"});
  EXPECT_EQ(ran.code, kUnreachable);
  EXPECT_THAT(ran.err, StartsWith("selfheal: cannot reach unix:/nowhere/api.sock: "));
  EXPECT_THAT(ran.err, HasSubstr("\ntry: selfheal serve\n"));
}

TEST(Duration, ReadsUnitsAndRefusesTheRest) {
  EXPECT_EQ(parse_duration("500ms").value(), 500ms);
  EXPECT_EQ(parse_duration("60").value(), 60s);
  EXPECT_EQ(parse_duration("2m").value(), 2min);
  EXPECT_EQ(parse_duration("1.5h").value(), 90min);
  for (const auto* bad : {"", "s", "1d", "-1s", "1e9", "99999999s", "1s2", "inf"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Nearest, FindsSlipsAndNothingFarther) {
  const std::vector<std::string> names{"status", "locks", "incident list"};
  EXPECT_EQ(nearest("statsu", names), "status");
  EXPECT_EQ(nearest("lock", names), "locks");
  EXPECT_EQ(nearest("sttaus", names), "status");
  EXPECT_EQ(nearest("serve", names), "");
  EXPECT_EQ(nearest(std::string(1u << 20, 'x'), names), "");
}

// A directory with a listening socket and a token file, as a running server leaves them.
class StateDirectory {
 public:
  StateDirectory() {
    std::filesystem::create_directory(path_ + "/selfheal");
    std::ofstream(path_ + "/selfheal/api.token") << "s3cret\n";
  }
  ~StateDirectory() { std::filesystem::remove_all(path_); }
  void listen() {
    sockaddr_un address{.sun_family = AF_UNIX};
    std::strncpy(address.sun_path, socket().c_str(), sizeof address.sun_path - 1);
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(descriptor);
  }
  std::string socket() const { return path_ + "/selfheal/api.sock"; }
  GlobalOptions options(const std::map<std::string, std::string>& more, const std::string& typed = {}) const {
    auto environment = more;
    environment["XDG_STATE_HOME"] = path_;
    StillClock clock;
    std::stringstream nothing;
    const Streams streams{.out = nothing,
                          .err = nothing,
                          .in = nothing,
                          .clock = clock,
                          .environment = [&](const std::string& name) -> std::optional<std::string> {
                            const auto at = environment.find(name);
                            return at == environment.end() ? std::nullopt : std::optional(at->second);
                          },
                          .pause = {}};
    Arguments arguments;
    if (!typed.empty()) arguments.set("--server", {typed});
    return global_options_of(arguments, streams, false);
  }

 private:
  static std::string made() {
    auto path = (std::filesystem::temp_directory_path() / "selfheal-cli-XXXXXX").string();
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    return path;
  }
  std::string path_ = made();
};

TEST(Server, IsTheSocketOfTheStateDirectoryWhenThereIsOne) {
  StateDirectory state;
  EXPECT_EQ(state.options({}).server, "http://127.0.0.1:5000");
  state.listen();
  EXPECT_EQ(state.options({}).server, "unix:" + state.socket());
  EXPECT_EQ(state.options({{"SELFHEAL_SERVER", "http://a:1"}}).server, "http://a:1");
  EXPECT_EQ(state.options({{"SELFHEAL_SERVER", "http://a:1"}}, "http://b:2").server, "http://b:2");
}

TEST(Token, GoesOnlyWherePeopleSentIt) {
  StateDirectory state;
  EXPECT_TRUE(state.options({}).token.empty());  // whoever listens on the default port would get it
  EXPECT_TRUE(state.options({}, "http://elsewhere:5000").token.empty());
  EXPECT_TRUE(state.options({}, "http://127.0.0.1.evil.example:5000").token.empty());
  EXPECT_EQ(state.options({}, "http://127.0.0.1:5000").token.reveal_to_client(), "s3cret");
  EXPECT_EQ(state.options({{"SELFHEAL_TOKEN", "other"}}, "https://elsewhere").token.reveal_to_client(),
            "other");
}

}  // namespace
}  // namespace selfheal::cli
