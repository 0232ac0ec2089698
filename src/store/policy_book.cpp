// Policies and usage as healing asks for them. What cannot be read is an error, and then nobody acts.
#include "store/internal/parts.h"
#include "store/internal/policies.h"

namespace selfheal::store {
namespace {

class StoredPolicies final : public healing::PolicyBook {
 public:
  explicit StoredPolicies(const Context& context) : context_(context) {}
  Task<Settings> settings_for(ServerId server, Deadline deadline) override;
  Task<healing::Usage> usage_of(ServerId server, std::string action, std::string target_key,
                                Deadline deadline) override;

 private:
  const Context& context_;
};

Task<Settings> StoredPolicies::settings_for(ServerId server, Deadline deadline) {
  std::vector<pg::Param> params{storable_param(server.value())};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "policy_in_force", std::move(params), deadline));
  StoredPolicy of_all;
  StoredPolicy own;
  bool store_is_watched = false;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    Row row(rows, i);
    store_is_watched = row.truth("store_is_watched");
    CO_TRY_OK(row.status());
    if (row.is_null("server")) continue;
    CO_TRY(auto policy, policy_from(row));
    (policy.policy.server ? own : of_all) = std::move(policy);
  }
  co_return settings_from(of_all, own, store_is_watched);
}

Task<healing::Usage> StoredPolicies::usage_of(ServerId server, std::string action, std::string target_key,
                                              Deadline deadline) {
  std::vector<pg::Param> params{storable_param(server.value()), storable_param(action),
                                storable_param(target_key), pg::to_param(context_.clock.now())};
  CO_TRY(const auto rows, co_await ask(context_, context_.readers, "usage", std::move(params), deadline));
  Row row(rows, 0);
  const auto count = [&](std::string_view column) { return static_cast<int>(row.number(column)); };
  healing::Usage usage{.acts_last_hour = count("acts_last_hour"),
                       .acts_last_day = count("acts_last_day"),
                       .installation_acts_last_hour = count("installation_acts_last_hour"),
                       .failures_last_day = count("failures_last_day"),
                       .last_on_target = row.optional_time("last_on_target"),
                       .servers_with_trouble = count("servers_with_trouble"),
                       .servers = count("servers")};
  CO_TRY_OK(row.status());
  co_return usage;
}

}  // namespace

std::unique_ptr<healing::PolicyBook> make_policy_book(const Context& context) {
  return std::make_unique<StoredPolicies>(context);
}

}  // namespace selfheal::store
