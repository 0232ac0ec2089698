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
                      .user = (*row)["user"].value_or(std::string()),
                      .until = (*row)["until"].value_or(std::string())};
    const bool waits = !step.background && step.until.empty();
    if (step.sql.empty() != step.collect || step.expect.empty() == waits)
      return failure(fmt::format(
          "line {}: a step has sql and expect, or sql and background or until, or collect and expect",
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
constexpr int kConnectMilliseconds = 5000;

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

  // A session, or one whose message holds the SQLSTATE of the refusal.
  static std::unique_ptr<Session> open(const std::string& conninfo) {
    auto session = std::make_unique<Session>();
    session->connection.reset(PQconnectStart(conninfo.c_str()));
    auto* connection = session->connection.get();
    PQsetErrorVerbosity(connection, PQERRORS_SQLSTATE);
    for (auto wants = PGRES_POLLING_WRITING; wants == PGRES_POLLING_READING || wants == PGRES_POLLING_WRITING;
         wants = PQconnectPoll(connection)) {
      const short events = wants == PGRES_POLLING_READING ? POLLIN : POLLOUT;
      pollfd waiting{.fd = PQsocket(connection), .events = events, .revents = 0};
      if (poll(&waiting, 1, kConnectMilliseconds) <= 0) break;
    }
    PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
    return session;
  }

  bool is_open() const { return PQstatus(connection.get()) == CONNECTION_OK; }

  Status send(const std::string& sql) const {
    if (PQsendQuery(connection.get(), sql.c_str()) == 0) return failure("the statement could not be sent");
    return {};
  }

  void flush() const {
    while (PQflush(connection.get()) == 1) {
    }
  }

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

std::string Application::conninfo_of(const ScenarioStep& step) const {
  // libpq takes the last of two values of a keyword.
  const auto user = step.user.empty() ? std::string() : " user=" + step.user;
  return conninfo_ + user + " application_name=" + step.session;
}

Result<Application::Session*> Application::session(const ScenarioStep& step) {
  auto& slot = sessions_[step.session];
  if (slot && slot->is_open()) return slot.get();
  slot = Session::open(conninfo_of(step));
  if (!slot->is_open())
    return failure(ErrorCode::unavailable, fmt::format("session {} cannot connect", step.session));
  return slot.get();
}

Status Application::crowd(const ScenarioStep& step) {
  for (std::size_t i = 0; i < kCrowdSessions; ++i) {
    auto session = Session::open(conninfo_of(step));
    if (!session->is_open()) {
      const std::string_view said = PQerrorMessage(session->connection.get());
      if (said.contains(step.until)) return {};
      return failure(fmt::format("session {}: refused, but not with {}", step.session, step.until));
    }
    TRY_OK(session->send(step.sql));
    session->flush();
    crowd_.push_back(std::move(session));
  }
  return failure(fmt::format("session {}: all of {} were let in", step.session, kCrowdSessions));
}

Status Application::run(const std::vector<ScenarioStep>& steps) {
  for (const auto& step : steps) {
    if (!step.until.empty()) {
      TRY_OK(crowd(step));
      continue;
    }
    TRY(auto* client, session(step));
    if (!step.collect) TRY_OK(client->send(step.sql));
    if (step.background) {
      client->flush();
      continue;
    }
    TRY(const auto word, client->answer());
    if (word != step.expect)
      return failure(fmt::format("session {}: expected {} and got {}", step.session, step.expect, word));
  }
  return {};
}

}  // namespace selfheal::server
