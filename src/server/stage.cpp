#include "server/stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <future>

#include "base/log.h"
#include "base/thread.h"
#include "contract/administration.h"
#include "contract/json.h"
#include "contract/session.h"
#include "http/client.h"
#include "sample/application.h"
#include "server/installation.h"
#include "store/private_cluster.h"

namespace selfheal::server {
namespace {

namespace json = boost::json;

constexpr Duration kStart = 60s;
constexpr Duration kOutcome = 30s;
// An incident that nobody may claim to know is given this long to be claimed wrongly.
constexpr Duration kSettle = 2s;
// Where nothing may be found: longer than the lowered thresholds, so that what is found wrongly appears.
constexpr Duration kSilence = 8s;
constexpr Duration kLook = 100ms;
constexpr std::size_t kControlStack = 8u << 20;

// What an administrator does once, as `selfheal doctor` says it.
constexpr const char* kRoles = R"(
CREATE ROLE shop_owner NOLOGIN;
CREATE ROLE app LOGIN;
CREATE ROLE employees_web LOGIN CONNECTION LIMIT 12;
CREATE ROLE selfheal_observe LOGIN;
GRANT pg_monitor, pg_read_all_data TO selfheal_observe;
ALTER ROLE selfheal_observe SET default_transaction_read_only = on;
CREATE ROLE selfheal_act LOGIN CONNECTION LIMIT 4;
GRANT pg_monitor, pg_signal_backend, pg_read_all_data, shop_owner TO selfheal_act;
CREATE DATABASE shop OWNER shop_owner;
)";
constexpr const char* kDatabase = R"(
GRANT ALL ON SCHEMA public TO shop_owner;
GRANT USAGE ON SCHEMA public TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT USAGE ON SEQUENCES TO selfheal_act;
)";

std::map<std::string, std::string> watched_settings(const std::map<std::string, std::string>& more) {
  std::map<std::string, std::string> settings{{"log_destination", "jsonlog"},
                                              {"logging_collector", "on"},
                                              {"log_min_messages", "warning"},
                                              {"log_lock_waits", "on"},
                                              {"log_min_error_statement", "error"},
                                              {"deadlock_timeout", "200ms"},
                                              {"log_error_verbosity", "verbose"},
                                              {"lc_messages", "C"},
                                              {"log_timezone", "UTC"},
                                              {"log_directory", "log"},
                                              {"max_connections", "60"},
                                              {"track_commit_timestamp", "on"}};
  for (const auto& [name, value] : more) settings[name] = value;
  return settings;
}

// Runs SQL as one session each of a role.
Status run_as(const std::string& conninfo, const std::string& sql) {
  Application session(conninfo);
  return session.run({{.session = "setup", .sql = sql, .expect = "ok"}});
}

std::string text_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::string action_of(const json::object& incident) {
  const auto* remedy = incident.if_contains("remedy");
  return remedy != nullptr && remedy->is_object() ? text_at(remedy->as_object(), "action") : std::string();
}

std::optional<Time> time_at(const json::object& object, std::string_view key) {
  const auto text = text_at(object, key);
  if (text.empty()) return std::nullopt;
  const auto time = parse_time(text);
  return time ? std::optional(*time) : std::nullopt;
}

bool is_settled(const json::object& incident, const ScenarioPart& part) {
  const auto state = text_at(incident, "state");
  if (!part.verdict.empty()) return state == "healed" || state == "failed";
  if (part.cause.empty()) return true;
  return part.state.empty() ? state == "refused" : state == part.state && action_of(incident) == part.action;
}

}  // namespace

std::map<std::string, double> lowered_thresholds() {
  return {{"brakes.acts_per_day", 1000},
          {"brakes.acts_per_hour", 1000},
          {"connection_leak.leaked_after_s", 2},
          {"connection_leak.watch_for_s", 2},
          {"ddl_lock_queue.watch_for_s", 2},
          {"genuine_duplicate.watch_for_s", 2},
          {"idle_in_transaction_blocker.forgotten_after_s", 2},
          {"idle_in_transaction_blocker.watch_for_s", 2},
          {"invalid_index_leftover.watch_for_s", 2},
          {"missing_partition.watch_for_s", 2},
          {"sequence_behind_table.watch_for_s", 2},
          {"slot_retains_wal.retained_bytes", 1 << 20},
          {"stale_statistics.watch_for_s", 2},
          {"watch.blocked_after_s", 1},
          {"watch.database_survey_every_s", 1},
          {"watch.old_xmin_after_s", 5},
          {"watch.slot_after_s", 4},
          {"watch.slot_bytes", 1 << 20},
          {"watch.stale_after_s", 1},
          {"watch.survey_every_s", 1},
          {"xmin_held_by_idle_transaction.forgotten_after_s", 5},
          {"xmin_held_by_idle_transaction.watch_for_s", 2}};
}

struct Stage::State {
  explicit State(Clock& k) : clock(k) {}
  ~State() {
    if (installation) installation->stop();
    control.join();
    if (watched) {
      const auto stopped = watched->stop(clock, clock.deadline_in(kStart));
      if (!stopped) log::error("the watched cluster did not stop: {}", stopped.error().message);
    }
    installation.reset();  // last: until now a second Ctrl-C is taken and does no harm
  }

  std::string conninfo(const std::string& role) const {
    return fmt::format("host={} port={} dbname=shop user={}", watched->socket_directory().string(),
                       watched->port(), role);
  }

  Clock& clock;
  StageOptions options;
  std::optional<store::PrivateCluster> watched;
  std::unique_ptr<Installation> installation;
  std::filesystem::path token_file;
  std::filesystem::path socket;
  std::vector<std::string> addresses;
  std::filesystem::path log_directory;
  std::promise<Status> ended;
  std::future<Status> ended_future = ended.get_future();
  Thread control;
};

Stage::Stage(std::unique_ptr<State> state) : state_(std::move(state)) {}
Stage::~Stage() = default;

namespace {

Status open_watched(std::optional<store::PrivateCluster>& slot, const StageOptions& options, Clock& clock) {
  TRY(auto cluster, store::PrivateCluster::open({.state_directory = options.directory,
                                                 .name = "watched",
                                                 .settings = watched_settings(options.server_settings),
                                                 .login = store::LocalLogin::trust,
                                                 .temporary = true},
                                                clock, clock.deadline_in(kStart)));
  slot.emplace(std::move(cluster));
  for (const std::string statement : {kRoles}) {
    // One statement each: CREATE DATABASE does not run in a transaction.
    std::size_t from = 0;
    for (auto end = statement.find(';'); end != std::string::npos;
         from = end + 1, end = statement.find(';', from))
      TRY_OK(run_as(slot->conninfo(), statement.substr(from, end - from)));
  }
  TRY_OK(run_as(slot->conninfo("shop"), kDatabase));
  return run_as(slot->conninfo("shop"), "SET ROLE shop_owner; " + std::string(sample::setup_sql()));
}

Config config_of(const StageOptions& options) {
  Config config{.listen = options.listen, .state_directory = options.directory / "selfheal"};
  config.policy_default = options.policy;
  config.ui_directory = options.ui_directory;
  config.thresholds = lowered_thresholds();
  for (const auto& [name, value] : options.thresholds) config.thresholds[name] = value;
  return config;
}

}  // namespace

Result<std::unique_ptr<Stage>> Stage::open(StageOptions options, Clock& clock) {
  auto state = std::make_unique<State>(clock);
  state->options = std::move(options);
  TRY_OK(open_watched(state->watched, state->options, clock));
  state->log_directory = state->watched->data_directory() / "log";

  auto config = config_of(state->options);
  config.databases = {{.name = "shop",
                       .url = Secret(state->conninfo("selfheal_observe")),
                       .act_url = Secret(state->conninfo("selfheal_act"))}};
  config.sample_url = Secret(state->conninfo("employees_web"));
  state->token_file = config.token_file();
  state->socket = config.api_socket();
  TRY(state->installation, Installation::open(std::move(config), clock));

  std::promise<std::vector<std::string>> ready;
  auto listening = ready.get_future();
  state->control = Thread("control", kControlStack, [raw = state.get(), &ready] {
    bool told = false;
    auto status = raw->installation->run([&](const Started& started) {
      told = true;
      ready.set_value(started.addresses);
    });
    if (!told) ready.set_value({});
    raw->ended.set_value(std::move(status));
  });
  state->addresses = listening.get();
  if (state->addresses.empty()) {
    TRY_OK(state->ended_future.get());
    return failure("the installation ended before it listened");
  }

  auto stage = std::make_unique<Stage>(std::move(state));
  std::string why;
  const auto is_watched = [&] {
    const auto server = stage->get("/api/v1/databases/shop");
    if (!server) why = server.error().message;
    if (!server || !server->is_object()) return false;
    const auto& state = server->as_object();
    why = text_at(state, "state_why") + text_at(state, "act_why") + text_at(state, "log_why");
    return text_at(state, "state") == "up" && why.empty();
  };
  if (!stage->wait_for(is_watched, clock.deadline_in(kStart)))
    return failure(ErrorCode::timed_out, "the watched server is not watched in time: " + why);
  return stage;
}

bool Stage::wait_for(const std::function<bool()>& holds, Deadline deadline) const {
  http::Client events({.address = "unix:" + state_->socket.string(), .longest_stream = kLook});
  bool held = holds();
  while (!held && !ended() && state_->clock.left(deadline) > Duration::zero()) {
    // Silence and a lost stream both only mean: look again.
    static_cast<void>(events.stream({.target = "/api/v1/events"}, [&](const http::SseEvent&) {
      held = holds();
      return !held;
    }));
    if (!held) held = holds();
  }
  return held;
}

Result<json::value> Stage::get(const std::string& target) const {
  http::Client client({.address = "unix:" + state_->socket.string()});
  TRY(const auto response, client.send({.target = target}));
  if (response.status != 200)
    return failure(ErrorCode::unavailable, fmt::format("GET {} was answered {}", target, response.status));
  boost::system::error_code error;
  auto value = json::parse(response.body, error);
  if (error) return failure(fmt::format("GET {} was not answered with JSON", target));
  return value;
}

Result<std::string> Stage::sign_in_url() const {
  http::Client client({.address = "unix:" + state_->socket.string()});
  TRY(const auto response, client.send({.method = "POST", .target = "/api/v1/session/invitations"}));
  const auto invitation =
      contract::from_text<contract::Invitation>(response.body, contract::Reading::lenient);
  if (response.status != 200 || !invitation.problems.empty())
    return failure(fmt::format("asking for an invitation was answered {}", response.status));
  return invitation.value.url;
}

Status Stage::ask_before_acting() const {
  http::Client client({.address = "unix:" + state_->socket.string()});
  TRY(const auto listed, get("/api/v1/policies"));
  const auto policies = contract::from_json<contract::Policies>(listed, contract::Reading::lenient).value;
  contract::PolicyEdit edit{.default_mode = "approve"};
  for (const auto& policy : policies.items) {
    if (policy.server) continue;
    edit.modes = policy.modes;
    edit.values = policy.values;
  }
  const auto body = contract::to_text(contract::to_json(edit));
  TRY(const auto response, client.send({.method = "PUT", .target = "/api/v1/policies", .body = body}));
  if (response.status != 200)
    return failure(fmt::format("setting the policy was answered {}", response.status));
  return {};
}

namespace {

// Incidents seen since, newest first, as the API lists them.
std::vector<json::object> incidents_since(const Stage& stage, Time since) {
  std::vector<json::object> found;
  const auto page = stage.get("/api/v1/incidents?since=" + http::percent_encoded(to_timestamptz(since)));
  if (!page || !page->is_object()) return found;
  const auto* items = page->as_object().if_contains("items");
  if (items == nullptr || !items->is_array()) return found;
  for (const auto& item : items->as_array())
    if (item.is_object()) found.push_back(item.as_object());
  return found;
}

const json::object* incident_of(const std::vector<json::object>& found, const ScenarioPart& part) {
  const auto fits = [&](const json::object& incident) { return text_at(incident, "cause") == part.cause; };
  const auto at = std::ranges::find_if(found, fits);
  if (at != found.end()) return &*at;
  return found.empty() ? nullptr : &found.back();
}

std::string difference(const json::object& incident, const ScenarioPart& part) {
  const auto differs = [](const char* what, const std::string& got, const std::string& wanted) {
    return got == wanted ? std::string()
                         : fmt::format("{} is {} instead of {}", what, got.empty() ? "none" : got,
                                       wanted.empty() ? "none" : wanted);
  };
  auto text = differs("cause", text_at(incident, "cause"), part.cause);
  if (text.empty()) text = differs("action", action_of(incident), part.action);
  if (text.empty()) text = differs("verdict", text_at(incident, "verdict"), part.verdict);
  return text;
}

// Of a part in which the trouble must not be seen, at its end.
Played silence(Played played, std::vector<json::object> found) {
  const auto claims = [&](const json::object& incident) {
    return text_at(incident, "cause") == played.trouble.substr(0, played.trouble.find(' '));
  };
  const auto at = std::ranges::find_if(found, claims);
  if (at == found.end()) return played;
  played.incident = *at;
  played.why_not = "an incident appeared where there was no trouble";
  return played;
}

}  // namespace

Played Stage::play(const Scenario& scenario, bool decoy) {
  const auto& part = decoy ? scenario.decoy : scenario.trouble;
  Played played{.trouble = scenario.name + (decoy ? " decoy" : ""), .title = scenario.title};
  auto set_up = decoy ? Status{} : run_as(owner_conninfo(), "SET ROLE shop_owner; " + scenario.setup);
  if (set_up && !part.setup.empty()) set_up = run_as(owner_conninfo(), "SET ROLE shop_owner; " + part.setup);
  Application application(application_conninfo());
  const auto started = state_->clock.now();
  const auto injected = set_up ? application.run(part.steps) : set_up;
  played.injected_at = state_->clock.now();
  if (!injected) {
    played.why_not = injected.error().message;
    return played;
  }
  const auto is_over = [&] {
    const auto now = state_->clock.now();
    if (part.silent) return now - played.injected_at > kSilence;
    const auto found = incidents_since(*this, started);
    const auto* incident = incident_of(found, part);
    if (incident == nullptr) return false;
    if (!played.detected_after) played.detected_after = now - played.injected_at;
    played.incident = *incident;
    const bool given_time = !part.cause.empty() || now - played.injected_at > kSettle;
    return given_time && text_at(*incident, "cause") == part.cause && is_settled(*incident, part);
  };
  wait_for(is_over, state_->clock.deadline_in(kOutcome));
  if (const auto relieved = time_at(played.incident, "relieved_at"))
    played.relieved_after = std::max(*relieved - played.injected_at, Duration::zero());
  if (part.silent)
    played = silence(std::move(played), incidents_since(*this, started));
  else
    played.why_not = played.incident.empty() ? "no incident appeared" : difference(played.incident, part);
  if (played.why_not.empty()) {
    const auto went_on = application.run(part.afterwards);
    if (!went_on) played.why_not = "afterwards, " + went_on.error().message;
  }
  played.as_expected = played.why_not.empty();
  return played;
}

std::vector<std::string> Stage::addresses() const { return state_->addresses; }
std::filesystem::path Stage::token_file() const { return state_->token_file; }
std::string Stage::application_conninfo() const { return state_->conninfo("app"); }
std::string Stage::owner_conninfo() const { return state_->watched->conninfo("shop"); }
const std::filesystem::path& Stage::log_directory() const { return state_->log_directory; }

Status Stage::wait() { return state_->ended_future.get(); }
bool Stage::ended() const {
  return !state_->ended_future.valid() ||
         state_->ended_future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

}  // namespace selfheal::server
