#include "server/commands.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <ostream>

#include "base/log.h"
#include "server/config.h"
#include "server/demo.h"
#include "server/doctor.h"
#include "server/installation.h"
#include "server/notifications.h"
#include "server/privileges.h"
#include "server/report_read.h"
#include "server/slack_check.h"
#include "server/version.h"

namespace selfheal::server {
namespace {

namespace json = boost::json;
using cli::Invocation;
using cli::OptionKind;

const cli::Option kConfigFile{
    .name = "--config", .metavar = "FILE", .help = "read this file instead of the usual ones"};

const cli::Option kPages{
    .name = "--ui-dir", .metavar = "DIR", .help = "read the pages from there, for work on them"};

int fail(Invocation& call, int code, const std::string& what, const std::string& attempt = {}) {
  call.streams.err << "selfheal: " << what << "\n";
  if (!attempt.empty()) call.streams.err << "try: " << attempt << "\n";
  return code;
}

Result<LoadedConfig> configuration(Invocation& call) {
  std::map<std::string, std::string> flags;
  const auto take = [&](const char* option, const char* key) {
    if (call.arguments.has(option)) flags[key] = call.arguments.text(option);
  };
  take("--listen", "listen");
  take("--state-directory", "state_directory");
  take("--run-as", "run_as");
  take("--ui-dir", "ui_directory");
  std::optional<std::filesystem::path> file;
  if (call.arguments.has("--config")) file = call.arguments.text("--config");
  return load_config(process_sources(file, std::move(flags)));
}

log::Level level_of(const std::string& word) {
  if (word == "debug") return log::Level::debug;
  if (word == "warning") return log::Level::warning;
  return word == "error" ? log::Level::error : log::Level::info;
}

// Not logged: it is a secret for as long as it works, and logs are collected.
void tell_first(std::ostream& out, const std::string& url) {
  out << "Nobody can sign in yet. This link makes the first administrator, once, within an hour; `selfheal "
         "sign-in` or a restart prints a new one:\n  "
      << url << std::endl;
}

int serve(Invocation& call) {
  auto loaded = configuration(call);
  if (!loaded) return fail(call, cli::kUsage, loaded.error().message, "selfheal config sample");
  if (call.arguments.has("--check-config")) {
    call.streams.out << "the configuration is right\n";
    return cli::kOk;
  }
  auto& config = loaded->config;
  log::configure(level_of(config.log_level), config.log_json);
  if (const auto dropped = drop_root(config.run_as, {config.state_directory}); !dropped)
    return fail(call, cli::kFailed, dropped.error().message);
  const auto token_file = config.token_file().string();
  auto installation = Installation::open(std::move(config), call.streams.clock);
  if (!installation) return fail(call, cli::kFailed, installation.error().message);
  const auto ended = (*installation)->run([&](const Started& started) {
    for (const auto& address : started.addresses) log::info("listening on http://{}", address);
    if (!started.first_administrator_url.empty()) tell_first(call.streams.out, started.first_administrator_url);
    log::info("the token for it is in {}", token_file);
  });
  return ended ? cli::kOk : fail(call, cli::kFailed, ended.error().message);
}

int demo(Invocation& call) {
  log::configure(log::Level::warning, false);
  return run_demo({.listen = call.arguments.text("--listen"),
                   .exit = call.arguments.has("--exit"),
                   .hands_on = call.arguments.has("--hands-on"),
                   .json = call.global.json,
                   .ui_directory = call.arguments.text("--ui-dir")},
                  call.streams.clock);
}

const char* glyph(Finding finding) {
  switch (finding) {
    case Finding::right:
      return "✓";
    case Finding::problem:
      return "✗";
    case Finding::note:
      return "–";
  }
  return "?";
}

void print(Invocation& call, const Examination& examination) {
  auto& out = call.streams.out;
  out << examination.server << "\n";
  for (const auto& check : examination.checks) {
    out << fmt::format("{} {:<13} {}\n", glyph(check.finding), check.name, check.detail);
    if (!check.fix.empty()) out << fmt::format("  {:<13} run as admin:  {}\n", "", check.fix);
  }
  out << fmt::format("{} problem{}. {}.\n", examination.problems(), examination.problems() == 1 ? "" : "s",
                     examination.summary());
}

json::value to_json(const Examination& examination) {
  json::array checks;
  for (const auto& check : examination.checks)
    checks.push_back({{"name", check.name},
                      {"finding", check.finding == Finding::right     ? "right"
                                  : check.finding == Finding::problem ? "problem"
                                                                      : "note"},
                      {"detail", check.detail},
                      {"fix", check.fix}});
  return {{"server", examination.server},
          {"problems", examination.problems()},
          {"summary", examination.summary()},
          {"checks", std::move(checks)}};
}

Result<std::optional<pg::ConnectionTarget>> act_target(const DatabaseConfig& database) {
  if (!database.act) return std::nullopt;
  const auto& url = database.act_url.empty() ? database.url : database.act_url;
  TRY(auto target, pg::parse_connection_string(url.reveal_to_client()));
  return target;
}

Result<Examination> examined(const DatabaseConfig& database, const Clock& clock) {
  TRY(const auto observe, pg::parse_connection_string(database.url.reveal_to_client()));
  TRY(const auto act, act_target(database));
  std::optional<pg::ConnectionTarget> ask;
  if (!database.ask_url.empty()) {
    TRY(ask, pg::parse_connection_string(database.ask_url.reveal_to_client()));
  }
  return examine(database.name, {.observe = observe, .act = act, .ask = std::move(ask)}, clock);
}

// Channels that nobody asked for are a note; one that somebody wanted and that stays silent is a problem.
Examination examined_channels(const Config& config, Clock& clock) {
  Examination examination{.server = "notifications"};
  for (const auto& channel : channels_in(config)) {
    const auto on = channel.off_why.empty();
    const auto detail = on ? fmt::format("{} at {}; `selfheal notify test {}` tries it", channel.kind,
                                         channel.destination, channel.name)
                           : "off: " + channel.off_why;
    const auto finding = on ? Finding::right : channel.is_mistake ? Finding::problem : Finding::note;
    examination.checks.push_back({.name = channel.name, .finding = finding, .detail = detail, .fix = ""});
  }
  for (auto& check : examine_slack(config, clock)) examination.checks.push_back(std::move(check));
  return examination;
}

int report_channels(Invocation& call, const Config& config, json::array& all) {
  const auto channels = examined_channels(config, call.streams.clock);
  if (call.global.json) {
    auto entry = to_json(channels);
    entry.as_object()["summary"] = "who is told outside";
    all.push_back(std::move(entry));
    return channels.problems();
  }
  call.streams.out << channels.server << "\n";
  for (const auto& check : channels.checks)
    call.streams.out << fmt::format("{} {:<13} {}\n", glyph(check.finding), check.name, check.detail);
  return channels.problems();
}

// What `doctor --error-logs` does to one database.
Result<std::string> error_logs(const DatabaseConfig& database, std::string_view what,
                               const std::string& owner, const Clock& clock) {
  TRY(const auto observe, pg::parse_connection_string(database.url.reveal_to_client()));
  TRY(const auto act, act_target(database));
  const auto& working = act ? *act : observe;
  if (what == "print") return error_logs_statements(database.name, working, clock);
  TRY(const auto as,
      owner.empty() ? Result<pg::ConnectionTarget>(observe) : pg::parse_connection_string(owner));
  TRY_OK(create_error_logs(database.name, working, as, clock));
  return fmt::format("{}: error_logs is ready; selfheal serve finds it within half a minute\n",
                     database.name);
}

int doctor(Invocation& call) {
  const auto loaded = configuration(call);
  if (!loaded) return fail(call, cli::kUsage, loaded.error().message);
  const auto wanted = call.arguments.text("DB");
  const auto what = call.arguments.text("--error-logs");
  if (!what.empty() && what != "print" && what != "create")
    return fail(call, cli::kUsage, "--error-logs is either print or create, not " + what);
  int problems = 0, seen = 0;
  json::array all;
  for (const auto& database : loaded->config.databases) {
    if (!wanted.empty() && database.name != wanted) continue;
    ++seen;
    if (!what.empty()) {
      const auto done = error_logs(database, what, call.arguments.text("--as"), call.streams.clock);
      if (!done) return fail(call, cli::kFailed, database.name + ": " + done.error().message);
      call.streams.out << *done;
      continue;
    }
    const auto examination = examined(database, call.streams.clock);
    if (!examination) return fail(call, cli::kUsage, database.name + ": " + examination.error().message);
    problems += examination->problems();
    if (call.global.json)
      all.push_back(to_json(*examination));
    else
      print(call, *examination);
  }
  if (seen > 0 && wanted.empty() && what.empty()) problems += report_channels(call, loaded->config, all);
  if (seen == 0)
    return fail(call, cli::kNotFound,
                wanted.empty() ? "no database is configured" : "no database is called " + wanted,
                "DATABASE_URL=postgresql://… selfheal doctor");
  if (call.global.json && what.empty()) call.streams.out << json::serialize(all) << "\n";
  return problems == 0 ? cli::kOk : cli::kProblemsFound;
}

int config_show(Invocation& call) {
  const auto loaded = configuration(call);
  if (!loaded) return fail(call, cli::kUsage, loaded.error().message);
  json::object values;
  for (const auto& key : config_keys()) {
    const auto value = key.get(loaded->config);
    const auto origin = loaded->origins.at(key.name);
    values[key.name] = {{"value", value}, {"origin", origin}};
    if (!call.global.json) call.streams.out << fmt::format("{}\t{}\t{}\n", key.name, value, origin);
  }
  for (const auto& database : loaded->config.databases)
    if (!call.global.json) call.streams.out << fmt::format("database\t{}\t\n", database.name);
  if (call.global.json) call.streams.out << json::serialize(values) << "\n";
  return cli::kOk;
}

int config_path(Invocation& call) {
  const auto loaded = configuration(call);
  if (!loaded) return fail(call, cli::kUsage, loaded.error().message);
  for (const auto& file : loaded->files) call.streams.out << file.string() << "\n";
  call.streams.out << loaded->config.token_file().string() << "\n";
  return cli::kOk;
}

int config_validate(Invocation& call) {
  const auto loaded = configuration(call);
  if (!loaded) return fail(call, cli::kUsage, loaded.error().message);
  for (const auto& database : loaded->config.databases)
    if (const auto target = pg::parse_connection_string(database.url.reveal_to_client()); !target)
      return fail(call, cli::kUsage, database.name + ": " + target.error().message);
  call.streams.out << "the configuration is right\n";
  return cli::kOk;
}

int config_sample(Invocation& call) {
  call.streams.out << sample_config();
  return cli::kOk;
}

int version(Invocation& call) {
  if (call.global.json)
    call.streams.out << json::serialize(json::value{{"name", "selfheal"}, {"version", kVersion}}) << "\n";
  else
    call.streams.out << "selfheal " << kVersion << "\n";
  return cli::kOk;
}

cli::Command doctor_command() {
  const cli::Option error_logs{
      .name = "--error-logs",
      .metavar = "WHAT",
      .help = "`print` or `create` what lets applications report errors by INSERT into the table error_logs"};
  const cli::Option as{
      .name = "--as", .metavar = "URL", .help = "the owner that creates it; the configured role when absent"};
  return {
      .name = "doctor",
      .summary = "what keeps Selfheal from seeing or acting, with the statements that help",
      .examples = {"DATABASE_URL=postgresql://selfheal@db/shop selfheal doctor",
                   "selfheal doctor orders --json",
                   "selfheal doctor --error-logs create --as postgresql://owner@db/shop"},
      .options = {kConfigFile, error_logs, as},
      .positionals = {{.name = "DB", .help = "a configured database; all when absent", .required = false}},
      .run = doctor};
}

}  // namespace

std::vector<cli::Command> local_commands() {
  const cli::Option listen{.name = "--listen",
                           .metavar = "HOST:PORT",
                           .help = "where API and pages listen",
                           .default_value = "127.0.0.1:5000"};
  // sorted
  return {
      {.name = "config path",
       .summary = "the files that were read, and where the API token is",
       .examples = {"selfheal config path"},
       .options = {kConfigFile},
       .run = config_path},
      {.name = "config sample",
       .summary = "a selfheal.toml with every key, its default and what it means",
       .examples = {"selfheal config sample > selfheal.toml"},
       .run = config_sample},
      {.name = "config show",
       .summary = "every value and where it came from; secrets only as set or not",
       .examples = {"selfheal config show", "selfheal config show --json"},
       .options = {kConfigFile},
       .run = config_show},
      {.name = "config validate",
       .summary = "whether the configuration can be read",
       .examples = {"selfheal config validate --config selfheal.toml"},
       .options = {kConfigFile},
       .run = config_validate},
      {.name = "demo",
       .summary = "play real troubles on a private PostgreSQL and watch them being healed",
       .examples = {"selfheal demo", "selfheal demo --hands-on", "selfheal demo --exit --json"},
       .options = {listen,
                   {.name = "--exit", .help = "end after the troubles", .kind = OptionKind::flag},
                   {.name = "--hands-on",
                    .help = "play none: you cause them on /employees and approve the fix",
                    .kind = OptionKind::flag},
                   kPages},
       .run = demo},
      doctor_command(),
      report_read_command(),
      {.name = "serve",
       .summary = "watch, heal and answer until SIGTERM",
       .examples = {"DATABASE_URL=postgresql://selfheal@db/shop selfheal serve",
                    "selfheal serve --config selfheal.toml", "selfheal serve --check-config"},
       .options =
           {listen,
            kConfigFile,
            {.name = "--state-directory", .metavar = "DIR", .help = "where the store and the token live"},
            {.name = "--run-as", .metavar = "USER", .help = "account to become when started as root"},
            kPages,
            {.name = "--check-config", .help = "only read the configuration", .kind = OptionKind::flag}},
       .run = serve},
      {.name = "version",
       .summary = "the version of this program",
       .examples = {"selfheal version", "selfheal version --json"},
       .run = version},
  };
}

}  // namespace selfheal::server
