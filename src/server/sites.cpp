#include "server/sites.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>

#include "base/log.h"
#include "base/random.h"
#include "notify/ports.h"

namespace selfheal::server {
namespace {

namespace json = boost::json;

constexpr Duration kStoreTimeout = 5s;
constexpr const char* kConfiguration = "configuration";

// The connection strings of a server that was added at run time, each with its password, in one file that
// only our account reads. The store holds them without.
std::filesystem::path secret_file(const Config& config, const std::string& name) {
  return config.state_directory / "servers" / sha256_hex(name).substr(0, 32);
}

Status write_secret(const std::filesystem::path& file, const std::string& text) {
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  std::filesystem::permissions(file.parent_path(), std::filesystem::perms::owner_all, error);
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written =
      descriptor >= 0 && ::write(descriptor, text.data(), text.size()) == ssize_t(text.size());
  if (descriptor >= 0) ::close(descriptor);
  if (!written) return failure(fmt::format("{} cannot be written", file.string()));
  return {};
}

Result<DatabaseConfig> read_secret(const std::filesystem::path& file, const std::string& name) {
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto text_at = [&](const char* key) {
    const auto* field = object == nullptr ? nullptr : object->if_contains(key);
    return field != nullptr && field->is_string() ? std::string(field->as_string()) : std::string();
  };
  if (text_at("url").empty()) return failure(fmt::format("{} does not hold a connection", file.string()));
  return DatabaseConfig{.name = name,
                        .url = Secret(text_at("url")),
                        .act_url = Secret(text_at("act_url")),
                        .ask_url = Secret(text_at("ask_url")),
                        .log_directory = text_at("log_directory"),
                        .act = text_at("act") != "false"};
}

Result<pg::ConnectionTarget> target_of(const Secret& url, const std::string& name, const char* which) {
  auto target = pg::parse_connection_string(url.reveal_to_client());
  if (!target)
    return failure(target.error().code, fmt::format("{} of {}: {}", which, name, target.error().message));
  return target;
}

}  // namespace

Status valid_server_name(const std::string& name) {
  const auto fits = [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == '/';
  };
  if (name.empty() || name.size() > 100 || !std::ranges::all_of(name, fits))
    return failure(
        ErrorCode::invalid_input,
        "a server's name is 1 to 100 letters, digits, '_', '-', '.' and '/', such as orders or acme/prod");
  if (name == notify::kOwnServer)
    return failure(ErrorCode::invalid_input, "selfheal is the name of this program: give the server another");
  return {};
}

Sites::Sites(SitesOptions options, const Config& config)
    : options_(options),
      config_(config),
      policies_(options.store.policies(), config.state_directory / "paused", config.paused),
      ourselves_(options.clock),
      own_ports_{.incidents = options.store.incidents(),
                 .database = ourselves_,
                 .policies = policies_,
                 .memory = options.store.memory(),
                 .audit = options.store.audit(),
                 .announcer = options.announcements,
                 .clock = options.clock},
      healer_(options.control, [this](const ServerId& name) -> healing::Ports* {
        if (name.value() == notify::kOwnServer) return &own_ports_;
        const auto found = sites_.find(name);
        return found == sites_.end() ? nullptr : &found->second->ports();
      }) {}

Sites::~Sites() = default;

StatusTask Sites::apply_policy() {
  const auto deadline = options_.clock.deadline_in(kStoreTimeout);
  CO_TRY(const auto stored, co_await options_.store.administration().policies(deadline));
  const auto general = std::ranges::find_if(stored, [](const auto& policy) { return !policy.policy.server; });
  const auto before = general == stored.end() ? store::StoredPolicy{} : *general;
  auto wanted = before.policy;
  wanted.server.reset();
  if (!config_.policy_default.empty()) wanted.default_mode = action_mode_from(config_.policy_default);
  for (const auto& [action, mode] : config_.modes) wanted.modes[action] = mode;
  for (const auto& [name, value] : config_.thresholds) wanted.values[name] = value;
  if (wanted.default_mode == before.policy.default_mode && wanted.modes == before.policy.modes &&
      wanted.values == before.policy.values)
    co_return Status{};
  CO_TRY(const auto saved, co_await options_.store.administration().set_policy(
                               std::move(wanted), before.version, kConfiguration, deadline));
  log::info("policy version {} as the configuration says", saved.version);
  co_return Status{};
}

StatusTask Sites::open() {
  CO_TRY_OK(co_await apply_policy());
  const auto deadline = options_.clock.deadline_in(kStoreTimeout);
  CO_TRY(const auto stored, co_await options_.store.administration().servers(deadline));
  for (const auto& database : config_.databases) {
    CO_TRY_OK(valid_server_name(database.name));
    CO_TRY(const auto target, target_of(database.url, database.name, "url"));
    CO_TRY_OK(
        co_await options_.store.administration().put_server({.name = ServerId(database.name),
                                                             .conninfo = target.conninfo_without_password,
                                                             .password_from = kConfiguration},
                                                            kConfiguration, deadline));
    CO_TRY_OK(start(database));
  }
  for (const auto& server : stored) {
    if (sites_.contains(server.name) || server.password_from == kConfiguration) continue;
    const auto database = read_secret(secret_file(config_, server.name.value()), server.name.value());
    const auto started = database ? start(*database) : Status(std::unexpected(database.error()));
    if (!started) log::warning("{} is not watched: {}", server.name.value(), started.error().message);
  }
  co_return Status{};
}

Status Sites::start(const DatabaseConfig& database) {
  TRY(auto observe, target_of(database.url, database.name, "url"));
  SiteOptions site{.name = ServerId(database.name),
                   .observe = observe,
                   .log_directory = database.log_directory,
                   .mirror = config_.state_directory / "logs" / sha256_hex(database.name).substr(0, 32)};
  if (database.act && database.act_url.empty()) site.act = observe;
  if (database.act && !database.act_url.empty()) {
    TRY(auto act, target_of(database.act_url, database.name, "act_url"));
    site.act = std::move(act);
  }
  if (!database.ask_url.empty()) {
    TRY(auto ask, target_of(database.ask_url, database.name, "ask_url"));
    site.ask = std::move(ask);
  }
  auto& slot = sites_[site.name];
  slot = std::make_unique<Site>(std::move(site), Surroundings{.control = options_.control,
                                                              .clock = options_.clock,
                                                              .store = options_.store,
                                                              .healer = healer_,
                                                              .announcer = options_.announcements,
                                                              .policies = policies_,
                                                              .sampled = [this] {
                                                                options_.announcements.sampled(
                                                                    options_.clock.steady_now());
                                                              }});
  slot->start();
  return {};
}

asio::awaitable<void> Sites::leave(ServerId name) {
  const auto found = sites_.find(name);
  if (found == sites_.end()) co_return;
  // Out of the map first: nothing new reaches it while it stops.
  retired_.push_back(std::move(found->second));
  auto& site = *retired_.back();
  sites_.erase(found);
  co_await site.stop();
}

StatusTask Sites::add(DatabaseConfig database, std::string actor) {
  CO_TRY_OK(valid_server_name(database.name));
  CO_TRY(const auto target, target_of(database.url, database.name, "url"));
  const auto file = secret_file(config_, database.name);
  const json::object kept{{"url", database.url.reveal_to_client()},
                          {"act_url", database.act_url.reveal_to_client()},
                          {"ask_url", database.ask_url.reveal_to_client()},
                          {"log_directory", database.log_directory},
                          {"act", database.act ? "true" : "false"}};
  CO_TRY_OK(write_secret(file, json::serialize(kept)));
  CO_TRY_OK(co_await options_.store.administration().put_server({.name = ServerId(database.name),
                                                                 .conninfo = target.conninfo_without_password,
                                                                 .password_from = "file:" + file.string()},
                                                                std::move(actor),
                                                                options_.clock.deadline_in(kStoreTimeout)));
  co_await leave(ServerId(database.name));
  CO_TRY_OK(start(database));
  options_.announcements.server_changed(ServerId(database.name));
  co_return Status{};
}

StatusTask Sites::remove(ServerId name, std::string actor) {
  CO_TRY_OK(co_await options_.store.administration().remove_server(
      name, std::move(actor), options_.clock.deadline_in(kStoreTimeout)));
  co_await leave(name);
  std::error_code ignored;
  std::filesystem::remove(secret_file(config_, name.value()), ignored);
  options_.announcements.server_changed(name);
  co_return Status{};
}

asio::awaitable<void> Sites::stop() {
  // The healer first: its acts and follow-ups use the sites.
  co_await healer_.stop();
  while (!sites_.empty()) {
    const auto name = sites_.begin()->first;
    co_await leave(name);
  }
}

const Site* Sites::find(const ServerId& name) const {
  const auto found = sites_.find(name);
  return found == sites_.end() ? nullptr : found->second.get();
}

Site* Sites::find(const ServerId& name) {
  const auto found = sites_.find(name);
  return found == sites_.end() ? nullptr : found->second.get();
}

std::vector<const Site*> Sites::all() const {
  std::vector<const Site*> list;
  for (const auto& [_, site] : sites_) list.push_back(site.get());
  return list;
}

}  // namespace selfheal::server
