// What people change. Each change and its audit entry are one transaction.
#include "store/administration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pg/connection_string.h"
#include "store/internal/audit.h"
#include "store/internal/parts.h"
#include "store/internal/policies.h"
#include "store/internal/store_settings.h"
#include "store/internal/text.h"

namespace selfheal::store {
namespace {

using healing::AuditEntry;

class StoredAdministration final : public Administration {
 public:
  explicit StoredAdministration(const Context& context) : context_(context) {}
  Task<std::vector<WatchedServer>> servers(Deadline deadline) override;
  StatusTask put_server(WatchedServer server, std::string actor, Deadline deadline) override;
  StatusTask remove_server(ServerId name, std::string actor, Deadline deadline) override;
  StatusTask identified(ServerId name, std::string system_identifier, Deadline deadline) override;
  Task<std::vector<StoredPolicy>> policies(Deadline deadline) override;
  Task<StoredPolicy> set_policy(PolicyEdit policy, std::int64_t expected_version, std::string actor,
                                Deadline deadline) override;
  StatusTask pause(std::optional<ServerId> server, std::string why, std::string actor,
                   Deadline deadline) override;
  StatusTask resume(std::optional<ServerId> server, std::string actor, Deadline deadline) override;
  Task<std::vector<SettingRow>> settings(Deadline deadline) override;
  StatusTask set_setting(std::string name, double value, std::string actor, Deadline deadline) override;

 private:
  StatusTask turn(std::optional<ServerId> server, bool paused, std::string why, AuditEntry entry,
                  Deadline deadline);
  // One statement and its audit entry. not_found, and nothing stored, when the statement touched no row.
  StatusTask change_one(std::string query, std::vector<pg::Param> params, AuditEntry entry,
                        std::string missing, Deadline deadline);
  const Context& context_;
};

std::string of_whom(const std::optional<ServerId>& server) {
  return server ? server->value() : "all servers";
}

Result<WatchedServer> watched_from(Row row) {
  WatchedServer server{.name = ServerId(row.text("name")),
                       .conninfo = row.text("conninfo"),
                       .password_from = row.text("password_from"),
                       .settings_json = row.text("settings"),
                       .system_identifier = row.text("system_identifier"),
                       .added_at = row.time("added_at")};
  TRY_OK(row.status());
  return server;
}

Status check_server(WatchedServer& server) {
  const auto& name = server.name.value();
  if (name.empty() || name == kAllServers || name.size() > kStoredNameBytes)
    return failure(ErrorCode::invalid_input,
                   fmt::format("a server's name has 1 to {} bytes and is not *", kStoredNameBytes));
  TRY(const auto target, pg::parse_connection_string(server.conninfo));
  if (!target.password.empty())
    return failure(ErrorCode::invalid_input,
                   "the connection string holds a password: name where it stands instead");
  if (server.settings_json.empty()) server.settings_json = "{}";
  boost::system::error_code error;
  const auto settings = json::parse(server.settings_json, error);
  if (error || !settings.is_object())
    return failure(ErrorCode::invalid_input, "the settings are no JSON object");
  return {};
}

StatusTask StoredAdministration::change_one(std::string query, std::vector<pg::Param> params,
                                            AuditEntry entry, std::string missing, Deadline deadline) {
  CO_TRY(auto change, co_await Change::begin(context_, deadline));
  CO_TRY(const auto rows, co_await change.attempt(query, std::move(params)));
  if (rows.affected == 0) {
    CO_TRY_OK(co_await change.rollback());
    co_return failure(ErrorCode::not_found, std::move(missing));
  }
  CO_TRY_OK(co_await append_audit(context_, change, std::move(entry)));
  co_return co_await change.commit();
}

Task<std::vector<WatchedServer>> StoredAdministration::servers(Deadline deadline) {
  CO_TRY(const auto rows, co_await ask(context_, context_.readers, "servers_list", {}, deadline));
  std::vector<WatchedServer> out;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    CO_TRY(auto server, watched_from(Row(rows, i)));
    out.push_back(std::move(server));
  }
  co_return out;
}

StatusTask StoredAdministration::put_server(WatchedServer server, std::string actor, Deadline deadline) {
  CO_TRY_OK(check_server(server));
  std::vector<pg::Param> params{
      storable_param(server.name.value()),      storable_param(server.conninfo),
      storable_param(server.password_from),     storable_param(server.settings_json),
      storable_param(server.system_identifier), pg::to_param(context_.clock.now())};
  AuditEntry entry{.actor = std::move(actor),
                   .what = "server_put",
                   .subject = "server " + server.name.value(),
                   .text = "Watches " + server.name.value() + "."};
  co_return co_await change_one("server_put", std::move(params), std::move(entry), "nothing was stored",
                                deadline);
}

StatusTask StoredAdministration::remove_server(ServerId name, std::string actor, Deadline deadline) {
  std::vector<pg::Param> params{storable_param(name.value())};
  AuditEntry entry{.actor = std::move(actor),
                   .what = "server_removed",
                   .subject = "server " + name.value(),
                   .text = "No longer watches " + name.value() + "."};
  co_return co_await change_one("server_remove", std::move(params), std::move(entry),
                                "there is no watched server " + name.value(), deadline);
}

StatusTask StoredAdministration::identified(ServerId name, std::string system_identifier, Deadline deadline) {
  std::vector<pg::Param> params{storable_param(name.value()), storable_param(system_identifier)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.writer, "server_identified", std::move(params), deadline));
  if (rows.affected == 0)
    co_return failure(ErrorCode::not_found, "there is no watched server " + name.value());
  co_return Status();
}

Task<std::vector<StoredPolicy>> StoredAdministration::policies(Deadline deadline) {
  CO_TRY(const auto rows, co_await ask(context_, context_.readers, "policies_list", {}, deadline));
  std::vector<StoredPolicy> out;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    CO_TRY(auto policy, policy_from(Row(rows, i)));
    out.push_back(std::move(policy));
  }
  co_return out;
}

Status check_policy(const PolicyEdit& policy) {
  if (policy.server && (policy.server->value().empty() || policy.server->value() == kAllServers))
    return failure(ErrorCode::invalid_input,
                   "a policy is of a named server, or of all when no server is given");
  for (const auto& [name, value] : policy.values)
    if (!std::isfinite(value))
      return failure(ErrorCode::invalid_input, "setting " + name + " is no finite number");
  return {};
}

std::string in_words(const PolicyEdit& policy) {
  std::string text = fmt::format("Policy of {}: ", of_whom(policy.server));
  text +=
      policy.default_mode ? "default " + to_text(*policy.default_mode) : std::string("no default of its own");
  for (const auto& [action, mode] : policy.modes) text += fmt::format(", {} {}", action, to_text(mode));
  for (const auto& [name, value] : policy.values) text += fmt::format(", {} = {}", name, value);
  return text + ".";
}

Task<StoredPolicy> StoredAdministration::set_policy(PolicyEdit policy, std::int64_t expected_version,
                                                    std::string actor, Deadline deadline) {
  CO_TRY_OK(check_policy(policy));
  const auto key = policy_key(policy.server);
  CO_TRY(auto change, co_await Change::begin(context_, deadline));
  std::vector<pg::Param> of_server{storable_param(key)};
  CO_TRY_OK(co_await change.ask("policy_ensure", of_server));
  const auto mode = policy.default_mode ? pg::Param(to_text(*policy.default_mode)) : pg::Param();
  std::vector<pg::Param> params{storable_param(key), mode, json::serialize(modes_json(policy)),
                                json::serialize(values_json(policy)), pg::to_param(expected_version)};
  CO_TRY(const auto rows, co_await change.ask("policy_set", std::move(params)));
  if (rows.rows.empty()) {
    CO_TRY_OK(co_await change.rollback());
    co_return failure(ErrorCode::conflict,
                      "the policy of " + of_whom(policy.server) + " has changed meanwhile: look at it again");
  }
  CO_TRY(auto stored, policy_from(Row(rows, 0)));
  AuditEntry entry{
      .actor = std::move(actor), .what = "policy_set", .subject = "policy " + key, .text = in_words(policy)};
  CO_TRY_OK(co_await append_audit(context_, change, std::move(entry)));
  CO_TRY_OK(co_await change.commit());
  co_return stored;
}

StatusTask StoredAdministration::turn(std::optional<ServerId> server, bool paused, std::string why,
                                      AuditEntry entry, Deadline deadline) {
  CO_TRY_OK(check_policy({.server = server}));
  const auto key = policy_key(server);
  CO_TRY(auto change, co_await Change::begin(context_, deadline));
  std::vector<pg::Param> of_server{storable_param(key)};
  CO_TRY_OK(co_await change.ask("policy_ensure", std::move(of_server)));
  std::vector<pg::Param> params{storable_param(key), pg::to_param(paused), storable_param(why)};
  CO_TRY_OK(co_await change.ask("policy_pause", std::move(params)));
  CO_TRY_OK(co_await append_audit(context_, change, std::move(entry)));
  co_return co_await change.commit();
}

StatusTask StoredAdministration::pause(std::optional<ServerId> server, std::string why, std::string actor,
                                       Deadline deadline) {
  AuditEntry entry{.actor = std::move(actor),
                   .what = "paused",
                   .subject = "policy " + policy_key(server),
                   .text = fmt::format("Nothing is done on {} from now on: {}", of_whom(server), why)};
  co_return co_await turn(std::move(server), true, std::move(why), std::move(entry), deadline);
}

StatusTask StoredAdministration::resume(std::optional<ServerId> server, std::string actor,
                                        Deadline deadline) {
  AuditEntry entry{.actor = std::move(actor),
                   .what = "resumed",
                   .subject = "policy " + policy_key(server),
                   .text = fmt::format("The policy of {} is in force again.", of_whom(server))};
  co_return co_await turn(std::move(server), false, "", std::move(entry), deadline);
}

Task<std::vector<SettingRow>> StoredAdministration::settings(Deadline deadline) {
  CO_TRY(const auto values, co_await settings_in_force(context_, deadline));
  std::vector<SettingRow> out;
  for (const auto& setting : store_settings())
    out.push_back({.name = setting.row.name, .value = values.at(setting.row.name), .why = setting.row.why});
  co_return out;
}

StatusTask StoredAdministration::set_setting(std::string name, double value, std::string actor,
                                             Deadline deadline) {
  const auto found =
      std::ranges::find(store_settings(), name, [](const auto& setting) { return setting.row.name; });
  if (found == store_settings().end())
    co_return failure(ErrorCode::invalid_input, "the store has no such setting");
  if (!(value >= found->least && value <= found->most))
    co_return failure(ErrorCode::invalid_input,
                      fmt::format("{} is from {} to {}", name, found->least, found->most));
  std::vector<pg::Param> params{storable_param(name), pg::to_param(value)};
  AuditEntry entry{.actor = std::move(actor),
                   .what = "setting_put",
                   .subject = "setting " + name,
                   .text = fmt::format("Setting {} is now {}.", name, value)};
  co_return co_await change_one("setting_put", std::move(params), std::move(entry), "nothing was stored",
                                deadline);
}

}  // namespace

std::unique_ptr<Administration> make_administration(const Context& context) {
  return std::make_unique<StoredAdministration>(context);
}

}  // namespace selfheal::store
