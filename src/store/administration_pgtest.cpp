#include "store/administration.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <limits>

#include "support/test_store.h"

namespace selfheal::store {
namespace {

class AdministrationTest : public test::StoreTest {
 protected:
  WatchedServer a_server(const std::string& name = "orders") {
    return {.name = ServerId(name),
            .conninfo = "host=db1 dbname=shop",
            .password_from = "env:ORDERS_PASSWORD",
            .settings_json = R"({"log": "/var/log/x"})"};
  }
  std::vector<std::string> audited(Store& store) {
    std::vector<std::string> words;
    for (const auto& record : got(store.reader().audit({}, 50, soon())).items)
      words.push_back(record.entry.what);
    return words;
  }
};

TEST_F(AdministrationTest, ServersAreAddedChangedAndRemovedWithAnEntryEach) {
  auto& store = open();
  auto& admin = store.administration();
  done(admin.put_server(a_server(), "ada", soon()));
  clock_.wall += 1s;
  done(admin.put_server(a_server("a '; DROP SCHEMA selfheal CASCADE; --"), "ada", soon()));
  auto changed = a_server();
  changed.conninfo = "postgresql://db2/shop";
  done(admin.put_server(changed, "ada", soon()));
  const auto servers = got(admin.servers(soon()));
  ASSERT_EQ(servers.size(), 2u);
  EXPECT_EQ(servers[0].name, ServerId("orders"));
  EXPECT_EQ(servers[0].conninfo, "postgresql://db2/shop");
  EXPECT_EQ(servers[0].settings_json, R"({"log": "/var/log/x"})");
  done(admin.remove_server(ServerId("orders"), "bob", soon()));
  EXPECT_EQ(run(admin.remove_server(ServerId("orders"), "bob", soon())).error().code, ErrorCode::not_found);
  EXPECT_EQ(got(admin.servers(soon())).size(), 1u);
  EXPECT_THAT(audited(store),
              testing::ElementsAre("server_removed", "server_put", "server_put", "server_put"));
}

TEST_F(AdministrationTest, AServerWithAPasswordOrBadSettingsIsRefused) {
  auto& admin = open().administration();
  const auto refused = [&](auto change) {
    auto server = a_server();
    change(server);
    const auto status = run(admin.put_server(server, "ada", soon()));
    return !status && status.error().code == ErrorCode::invalid_input &&
           status.error().message.find("hunter2") == std::string::npos;
  };
  EXPECT_TRUE(refused([](auto& s) { s.conninfo = "host=db1 password=hunter2"; }));
  EXPECT_TRUE(refused([](auto& s) { s.conninfo = "postgresql://ada:hunter2@db1/shop"; }));
  EXPECT_TRUE(refused([](auto& s) { s.settings_json = "[1]"; }));
  EXPECT_TRUE(refused([](auto& s) { s.settings_json = "{"; }));
  EXPECT_TRUE(refused([](auto& s) { s.name = ServerId("*"); }));
  EXPECT_TRUE(refused([](auto& s) { s.name = ServerId(""); }));
}

TEST_F(AdministrationTest, WithoutPolicyTheShippedDefaultHolds) {
  const auto settings = got(open().policies().settings_for(ServerId("orders"), soon()));
  EXPECT_EQ(settings.default_mode, ActionMode::approve);
  EXPECT_EQ(settings.version, "0.0");
  EXPECT_FALSE(settings.paused || settings.store_is_watched);
}

TEST_F(AdministrationTest, AServersPolicyLiesOverThePolicyOfAll) {
  auto& store = open();
  auto& admin = store.administration();
  const auto of_all = got(admin.set_policy(
      {.default_mode = ActionMode::suggest,
       .modes = {{"terminate_session", ActionMode::automatic}, {"create_partition", ActionMode::off}},
       .values = {{"a.x_s", 5}, {"a.y_s", 6}}},
      0, "ada", soon()));
  EXPECT_EQ(of_all.version, 1);
  got(admin.set_policy({.server = ServerId("orders"),
                        .modes = {{"create_partition", ActionMode::approve}},
                        .values = {{"a.y_s", 0.1}}},
                       0, "ada", soon()));
  const auto orders = got(store.policies().settings_for(ServerId("orders"), soon()));
  EXPECT_EQ(orders.default_mode, ActionMode::suggest);
  EXPECT_EQ(orders.mode_of("terminate_session"), ActionMode::automatic);
  EXPECT_EQ(orders.mode_of("create_partition"), ActionMode::approve);
  EXPECT_EQ(orders.values, (std::map<std::string, double>{{"a.x_s", 5}, {"a.y_s", 0.1}}));
  EXPECT_EQ(orders.version, "1.1");
  EXPECT_EQ(got(store.policies().settings_for(ServerId("billing"), soon())).mode_of("create_partition"),
            ActionMode::off);
  EXPECT_EQ(got(admin.policies(soon())).size(), 2u);
}

TEST_F(AdministrationTest, APolicyThatChangedMeanwhileIsAConflict) {
  auto& admin = open().administration();
  const PolicyEdit edit{.default_mode = ActionMode::automatic};
  EXPECT_EQ(got(admin.set_policy(edit, 0, "ada", soon())).version, 1);
  EXPECT_EQ(run(admin.set_policy({}, 0, "bob", soon())).error().code, ErrorCode::conflict);
  EXPECT_EQ(run(admin.set_policy({}, 7, "bob", soon())).error().code, ErrorCode::conflict);
  EXPECT_EQ(got(admin.set_policy(edit, 1, "bob", soon())).version, 2);
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.audit"), "2") << "what was refused leaves no entry";
  const PolicyEdit infinite{.values = {{"a.x", std::numeric_limits<double>::infinity()}}};
  EXPECT_EQ(run(admin.set_policy(infinite, 2, "bob", soon())).error().code, ErrorCode::invalid_input);
}

TEST_F(AdministrationTest, TheKillSwitchHoldsForOneServerOrAll) {
  auto& store = open();
  auto& admin = store.administration();
  const auto paused = [&](const char* server) {
    return got(store.policies().settings_for(ServerId(server), soon())).paused;
  };
  done(admin.pause(ServerId("orders"), "migration", "ada", soon()));
  EXPECT_TRUE(paused("orders"));
  EXPECT_FALSE(paused("billing"));
  EXPECT_EQ(got(store.policies().settings_for(ServerId("orders"), soon())).paused_why, "migration");
  EXPECT_EQ(got(store.policies().settings_for(ServerId("orders"), soon())).version, "0.0")
      << "a pause does not spoil plans that were shown";
  done(admin.pause(std::nullopt, "fire", "ada", soon()));
  done(admin.resume(ServerId("orders"), "ada", soon()));
  EXPECT_TRUE(paused("orders") && paused("billing"));
  done(admin.resume(std::nullopt, "ada", soon()));
  EXPECT_FALSE(paused("orders") || paused("billing"));
  EXPECT_THAT(audited(store), testing::ElementsAre("resumed", "resumed", "paused", "paused"));
}

TEST_F(AdministrationTest, AnUnreadablePolicyIsAnErrorNotTheDefault) {
  auto& store = open();
  got(store.administration().set_policy({.modes = {{"x", ActionMode::off}}}, 0, "ada", soon()));
  for (const auto* damage : {R"(modes = '{"x": "sometimes"}')", "modes = '[]'",
                             R"(values = '{"a.x": "soon"}')", "default_mode = 'whatever'"}) {
    look("UPDATE selfheal.policy SET modes = '{}', values = '{}', default_mode = NULL");
    ASSERT_TRUE(run(store.policies().settings_for(ServerId("orders"), soon())));
    look(fmt::format("UPDATE selfheal.policy SET {}", damage));
    EXPECT_FALSE(run(store.policies().settings_for(ServerId("orders"), soon()))) << damage;
  }
}

TEST_F(AdministrationTest, AStoreOnAWatchedServerIsKnown) {
  auto& store = open();
  done(store.administration().put_server(a_server(), "ada", soon()));
  done(store.administration().identified(ServerId("orders"), "1", soon()));
  EXPECT_FALSE(got(store.policies().settings_for(ServerId("orders"), soon())).store_is_watched);
  done(store.administration().identified(ServerId("orders"),
                                         look("SELECT system_identifier FROM pg_control_system()"), soon()));
  EXPECT_TRUE(got(store.policies().settings_for(ServerId("orders"), soon())).store_is_watched);
  EXPECT_FALSE(got(store.policies().settings_for(ServerId("billing"), soon())).store_is_watched);
}

TEST_F(AdministrationTest, UsageCountsWhatWasIntendedAndWhatFailed) {
  auto& store = open();
  done(store.administration().put_server(a_server("orders"), "ada", soon()));
  done(store.administration().put_server(a_server("billing"), "ada", soon()));
  const auto treat = [&](const std::string& on, const std::string& key, TreatmentState state) {
    const auto filed = file(store, {seen("f" + key, key[0])}, on);
    Treatment treatment{
        .incident = filed.at(0).incident.number, .server = ServerId(on), .action = "terminate_session"};
    treatment = got(store.audit().intend(treatment, key, soon()));
    treatment.state = state;
    const bool cured = state == TreatmentState::verified;
    treatment.verdict = Verdict{cured ? VerdictWord::cured : VerdictWord::unchanged, "as it is"};
    treatment.at = clock_.wall;
    treatment.acted_at = clock_.wall;
    got(store.audit().advance(treatment, soon()));
  };
  treat("orders", "a", TreatmentState::failed);
  clock_.wall += 2h;
  treat("orders", "b", TreatmentState::reverted);
  treat("orders", "c", TreatmentState::verified);
  treat("billing", "d", TreatmentState::failed);
  clock_.wall += 5min;
  const auto usage = got(store.policies().usage_of(ServerId("orders"), "terminate_session", "b", soon()));
  EXPECT_EQ(usage.acts_last_hour, 2);
  EXPECT_EQ(usage.acts_last_day, 3);
  EXPECT_EQ(usage.installation_acts_last_hour, 3);
  EXPECT_EQ(usage.failures_last_day, 2);
  EXPECT_EQ(usage.last_on_target, clock_.wall - 5min);
  EXPECT_EQ(usage.servers, 2);
  EXPECT_EQ(usage.servers_with_trouble, 2);
  clock_.wall += 10min;
  const auto later = got(store.policies().usage_of(ServerId("orders"), "another", "never", soon()));
  EXPECT_EQ(later.failures_last_day, 0);
  EXPECT_EQ(later.last_on_target, std::nullopt);
  EXPECT_EQ(later.servers_with_trouble, 0);
}

TEST_F(AdministrationTest, CasesAreRecalledByFingerprintThenFamily) {
  auto& store = open();
  const Fingerprint same{.family = "v1|23505|x", .fingerprint = "aa"};
  const Fingerprint cousin{.family = "v1|23505|x", .fingerprint = "bb"};
  const healing::PastCase past{IncidentNumber(1), "sequence_behind", "advance_sequence", VerdictWord::cured,
                               clock_.wall};
  done(store.memory().remember(same, past, soon()));
  auto younger = past;
  younger.incident = IncidentNumber(2);
  younger.verdict = VerdictWord::unchanged;
  younger.at += 1h;
  done(store.memory().remember(cousin, younger, soon()));
  const auto recalled = got(store.memory().recall(same, soon()));
  ASSERT_EQ(recalled.size(), 2u);
  EXPECT_EQ(recalled[0].incident, IncidentNumber(1));
  EXPECT_EQ(recalled[1].verdict, VerdictWord::unchanged);
  auto corrected = past;
  corrected.verdict = VerdictWord::worse;
  done(store.memory().remember(same, corrected, soon()));
  EXPECT_EQ(got(store.memory().recall(same, soon()))[0].verdict, VerdictWord::worse) << "the last word holds";
  EXPECT_THAT(got(store.memory().recall({"other", "cc"}, soon())), testing::IsEmpty());
}

TEST_F(AdministrationTest, SettingsHaveReasonsAndLimits) {
  auto& store = open();
  auto& admin = store.administration();
  for (const auto& setting : got(admin.settings(soon()))) EXPECT_FALSE(setting.why.empty()) << setting.name;
  done(admin.set_setting("keep_events_days", 7, "ada", soon()));
  const auto settings = got(admin.settings(soon()));
  EXPECT_EQ(std::ranges::find(settings, "keep_events_days", &SettingRow::name)->value, 7);
  EXPECT_EQ(run(admin.set_setting("keep_events_days", 0, "ada", soon())).error().code,
            ErrorCode::invalid_input);
  EXPECT_EQ(
      run(admin.set_setting("keep_events_days", std::numeric_limits<double>::quiet_NaN(), "ada", soon()))
          .error()
          .code,
      ErrorCode::invalid_input);
  EXPECT_EQ(run(admin.set_setting("nothing", 1, "ada", soon())).error().code, ErrorCode::invalid_input);
  EXPECT_THAT(audited(store), testing::ElementsAre("setting_put"));
}

}  // namespace
}  // namespace selfheal::store
