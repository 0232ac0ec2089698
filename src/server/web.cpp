#include "server/web.h"

#include <pwd.h>
#include <unistd.h>

#include "api/api.h"
#include "api/assistant_world.h"
#include "assistant/client.h"
#include "base/pulse.h"
#include "base/random.h"
#include "base/worker.h"
#include "http/router.h"
#include "http/server.h"
#include "sample/application.h"
#include "server/answering_port.h"
#include "server/api_ports.h"
#include "server/health_ports.h"
#include "server/recollection_port.h"
#include "server/slack_door.h"
#include "server/version.h"
#include "ui/pages.h"

namespace selfheal::server {
namespace {

// Reports are parsed there; one more would only take the control thread's core.
constexpr int kWorkers = 1;

std::string account_name(uid_t user) {
  const auto* entry = getpwuid(user);
  return entry == nullptr ? "uid " + std::to_string(user) : entry->pw_name;
}

// Our own account and root are admin on the unix socket: whoever is root can become us anyway.
api::Credentials credentials_of(const WebOptions& options) {
  return {.token_sha256 = sha256_hex(options.token.reveal_to_client()),
          .members = {{0, "root"}, {geteuid(), account_name(geteuid())}},
          .token_file = options.config.token_file().string()};
}

std::unique_ptr<assistant::Client> client_of(const WebOptions& options, Random& random) {
  const auto settings = options.config.language_model();
  return settings ? std::make_unique<assistant::Client>(*settings, options.clock, random) : nullptr;
}

std::unique_ptr<assistant::Wording> wording_of(const WebOptions& options, assistant::Client* model) {
  if (model == nullptr) return nullptr;
  return std::make_unique<assistant::Wording>(
      assistant::Wording::Parts{
          .usage = options.store.model_usage(), .model = *model, .clock = options.clock},
      options.config.model.model, options.config.conversation);
}

std::unique_ptr<sample::Application> sample_of(const WebOptions& options) {
  const auto target = pg::parse_connection_string(options.config.sample_url.reveal_to_client());
  if (options.config.sample_url.empty() || !target) return nullptr;  // a wrong one is refused when it is read
  return std::make_unique<sample::Application>(
      sample::Options{.executor = options.control, .target = *target}, options.clock);
}

std::vector<http::Route> routes_of(api::Api& api, const Config& config) {
  auto routes = api.routes();
  for (auto& page : ui::page_routes({.directory = config.ui_directory})) routes.push_back(std::move(page));
  return routes;
}

// Null: nobody presses anything in Slack.
std::unique_ptr<SlackDoor> slack_door_of(const WebOptions& options, api::Api& api, Random& random) {
  const auto way = slack_way_in(options.config);
  if (way == SlackWayIn::none) return nullptr;
  const auto& notify = options.config.notify;
  auto desk = std::make_unique<SlackDeskOverApi>(
      api.routes(), options.store.incidents(),
      [&people = options.people](std::string_view member) { return people.find_by_slack(member); });
  return std::make_unique<SlackDoor>(
      SlackDoor::Options{.control = options.control,
                         .clock = options.clock,
                         .random = random,
                         .client = *options.notifications.slack(),
                         .socket_mode = way == SlackWayIn::socket_mode,
                         .listener = {.listen = notify.slack_listen,
                                      .hosts = options.config.hosts,
                                      .signing_secret = notify.slack_signing_secret}},
      std::move(desk));
}

}  // namespace

struct Web::State {
  explicit State(WebOptions o)
      : options(std::move(o)),
        pulse(options.clock),
        tasks(options.control),
        workers(kWorkers),
        ports{.control = options.control,
              .clock = options.clock,
              .store = options.store,
              .sites = options.sites,
              .workers = workers},
        book(ports),
        administration(ports),
        clinic(ports),
        console(ports),
        recollection(options.store.incidents(), options.memory),
        language_model(client_of(options, random)),
        wording(wording_of(options, language_model.get())),
        world({.book = book,
               .administration = administration,
               .clinic = clinic,
               .console = console,
               .recollection = recollection}),
        conversation({.world = world,
                      .usage = options.store.model_usage(),
                      .model = language_model.get(),
                      .clock = options.clock},
                     options.config.conversation),
        answering(conversation),
        monitors(options.sites),
        ourselves(options.sites, options.memory, language_model.get()),
        telling{.notifier = options.notifications.notifier(),
                .outbox = options.store.outbox(),
                .mutes = options.store.mutes(),
                .heartbeat = [this] { return options.notifications.heartbeat(); }},
        sample(sample_of(options)),
        api({.book = book,
             .administration = administration,
             .clinic = clinic,
             .console = console,
             .recollection = recollection,
             .feed = options.announcements.feed(),
             .clock = options.clock,
             .people = options.people,
             .assistance = {world, options.store.chats(), answering},
             .random = random,
             .pulse = pulse,
             .wording = wording.get(),
             .monitors = &monitors,
             .health_history = &options.store.health_history(),
             .ourselves = &ourselves,
             .telling = &telling,
             .sample = sample.get()},
            {.credentials = credentials_of(options),
             .version = kVersion,
             .pages = "http://" + options.config.listen}),
        server(options.control, options.clock,
               {.listen = {options.config.listen},
                .unix_path = options.config.api_socket().string(),
                .hosts = options.config.hosts,
                .before = api.before()},
               http::Router(routes_of(api, options.config))),
        slack(slack_door_of(options, api, random)) {}

  WebOptions options;
  SystemRandom random;
  Pulse pulse;
  TaskGroup tasks;
  WorkerPool workers;
  ApiPortsOptions ports;
  BookOverStore book;
  AdministrationOverStore administration;
  ClinicOverHealer clinic;
  ConsoleOverSites console;
  RecollectionOverMemory recollection;
  std::unique_ptr<assistant::Client> language_model;  // null: there is none
  std::unique_ptr<assistant::Wording> wording;        // likewise
  api::AssistantWorld world;
  assistant::Conversation conversation;
  AnsweringOverConversation answering;
  MonitorsOverSites monitors;
  PartsOfServer ourselves;
  api::TellingPeople telling;
  std::unique_ptr<sample::Application> sample;  // null: it is off
  api::Api api;
  http::Server server;
  std::unique_ptr<SlackDoor> slack;  // null: no presses come in
};

Web::Web(WebOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Web::~Web() = default;

Status Web::listen() {
  state_->tasks.spawn("the pulse of the control thread", state_->pulse.beat());
  if (state_->slack) TRY_OK(state_->slack->open());
  return state_->server.listen();
}
std::vector<std::string> Web::addresses() const { return state_->server.addresses(); }

std::optional<std::string> Web::first_administrator_url() { return state_->api.first_administrator_url(); }

asio::awaitable<void> Web::stop(Deadline deadline) {
  if (state_->slack) co_await state_->slack->stop(deadline);
  co_await state_->server.stop(deadline);
  if (state_->sample) co_await state_->sample->stop();
  co_await state_->tasks.stop();
}

}  // namespace selfheal::server
