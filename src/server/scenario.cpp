#include "server/scenario.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>
#include <toml++/toml.h>

#include <span>

#include "base/clock.h"
#include "server/internal/embedded_scenarios.h"

namespace selfheal::server {
namespace {

Result<std::vector<ScenarioStep>> read_steps(const toml::table& table, std::string_view key) {
  std::vector<ScenarioStep> steps;
  const auto* list = table[key].as_array();
  if (list == nullptr) return steps;
  for (const auto& node : *list) {
    const auto* row = node.as_table();
    if (row == nullptr || !(*row)["session"].is_string())
      return failure(fmt::format("line {}: a step needs a session", node.source().begin.line));
    ScenarioStep step{.session = (*row)["session"].value_or(std::string()),
                      .sql = (*row)["sql"].value_or(std::string()),
                      .expect = (*row)["expect"].value_or(std::string()),
                      .background = (*row)["background"].value_or(false),
                      .collect = (*row)["collect"].value_or(false),
                      .user = (*row)["user"].value_or(std::string())};
    if (step.sql.empty() != step.collect || step.expect.empty() != step.background)
      return failure(
          fmt::format("line {}: a step has sql and expect, or sql and background, or collect and expect",
                      node.source().begin.line));
    steps.push_back(std::move(step));
  }
  return steps;
}

Result<ScenarioPart> read_part(const toml::table& file, std::string_view name) {
  const auto* table = file[name].as_table();
  if (table == nullptr) return failure(fmt::format("there is no [{}]", name));
  const auto expected = (*table)["expect"];
  ScenarioPart part{.setup = (*table)["setup"].value_or(std::string()),
                    .cause = expected["cause"].value_or(std::string()),
                    .action = expected["action"].value_or(std::string()),
                    .verdict = expected["verdict"].value_or(std::string()),
                    .state = expected["state"].value_or(std::string()),
                    .silent = expected["silent"].value_or(false)};
  if (!expected.is_table()) return failure(fmt::format("[{}] does not say what to expect", name));
  TRY(part.steps, read_steps(*table, "steps"));
  TRY(part.afterwards, read_steps(*table, "afterwards"));
  if (part.steps.empty()) return failure(fmt::format("[{}] has no steps", name));
  return part;
}

Result<Scenario> read_scenario(EmbeddedFile file, const toml::table& table) {
  Scenario scenario{.name = std::string(file.name.substr(0, file.name.rfind('.'))),
                    .title = table["title"].value_or(std::string()),
                    .setup = table["setup"].value_or(std::string())};
  if (scenario.title.empty()) return failure("there is no title");
  TRY(scenario.trouble, read_part(table, "trouble"));
  TRY(scenario.decoy, read_part(table, "decoy"));
  return scenario;
}

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using OwnedResult = std::unique_ptr<PGresult, ClearResult>;

}  // namespace

Result<Scenario> parse_scenario(EmbeddedFile file) {
  Result<Scenario> scenario = failure("");
  try {
    scenario = read_scenario(file, toml::parse(file.text));
  } catch (const toml::parse_error& error) {
    scenario = failure(fmt::format("line {}: {}", error.source().begin.line, error.description()));
  }
  if (!scenario)
    return failure(ErrorCode::invalid_input, fmt::format("{}: {}", file.name, scenario.error().message));
  return scenario;
}

Result<std::vector<Scenario>> scenarios() {
  std::vector<Scenario> all;
  for (const auto& file : embedded::playbook_scenarios()) {
    TRY(auto scenario, parse_scenario(file));
    all.push_back(std::move(scenario));
  }
  return all;
}

struct Application::Session {
  std::unique_ptr<PGconn, CloseConnection> connection;

  // The answer to what was sent: "ok", or the SQLSTATE of the first error. PQexec would lose the 57P01 of a
  // terminated session.
  Result<std::string> answer() const {
    const SystemClock clock;
    const auto deadline = clock.deadline_in(kStepTimeout);
    std::string word = "ok";
    for (;;) {
      while (PQisBusy(connection.get())) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(clock.left(deadline)).count();
        pollfd waiting{.fd = PQsocket(connection.get()), .events = POLLIN, .revents = 0};
        if (left <= 0 || poll(&waiting, 1, static_cast<int>(left)) <= 0)
          return failure(ErrorCode::timed_out, "no answer in time");
        if (PQconsumeInput(connection.get()) == 0) break;
      }
      const OwnedResult result(PQgetResult(connection.get()));
      if (!result) return word;
      const auto* sqlstate = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
      if (word == "ok" && sqlstate != nullptr) word = sqlstate;
      if (word == "ok" && PQresultStatus(result.get()) == PGRES_FATAL_ERROR) word = "connection lost";
    }
  }
};

Application::Application(std::string conninfo) : conninfo_(std::move(conninfo)) {}
Application::~Application() = default;
Application::Application(Application&&) noexcept = default;

Result<Application::Session*> Application::session(const ScenarioStep& step) {
  auto& slot = sessions_[step.session];
  if (slot && PQstatus(slot->connection.get()) == CONNECTION_OK) return slot.get();
  slot = std::make_unique<Session>();
  // libpq takes the last of two values of a keyword.
  const auto user = step.user.empty() ? std::string() : " user=" + step.user;
  slot->connection.reset(
      PQconnectdb((conninfo_ + user + " connect_timeout=5 application_name=" + step.session).c_str()));
  if (PQstatus(slot->connection.get()) != CONNECTION_OK)
    return failure(ErrorCode::unavailable, fmt::format("session {} cannot connect", step.session));
  return slot.get();
}

Status Application::run(const std::vector<ScenarioStep>& steps) {
  for (const auto& step : steps) {
    TRY(auto* client, session(step));
    if (!step.collect && PQsendQuery(client->connection.get(), step.sql.c_str()) == 0)
      return failure(fmt::format("session {}: the statement could not be sent", step.session));
    if (step.background) {
      while (PQflush(client->connection.get()) == 1) {
      }
      continue;
    }
    TRY(const auto word, client->answer());
    if (word != step.expect)
      return failure(fmt::format("session {}: expected {} and got {}", step.session, step.expect, word));
  }
  return {};
}

}  // namespace selfheal::server
