#include "server/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "server/scenario.h"
#include "server/version.h"

namespace selfheal::server {
namespace {

// Files in a directory that goes with the test.
class Configuration : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/selfheal-config-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path file(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name) << text;
    return directory_ / name;
  }
  // What loading a selfheal.toml of this text says when it must fail.
  std::string refusal(const std::string& text) {
    const auto loaded = load_config({.files = {file("selfheal.toml", text)}, .dotenv = directory_ / ".env"});
    return loaded ? "" : loaded.error().message;
  }

  std::filesystem::path directory_;
};

TEST_F(Configuration, LaterSourcesWin) {
  ConfigSources sources{
      .files = {file("a.toml", "listen = '127.0.0.1:1'\ntenant = 'a'\n[log]\nlevel = 'debug'\n"),
                file("b.toml", "tenant = 'b'\nrun_as = 'x'\n")},
      .dotenv = file(".env", "SELFHEAL_RUN_AS='y'\nexport SELFHEAL_SOCKET=/s # not a comment\n"),
      .environment = {{"SELFHEAL_SOCKET", "/t"}},
      .flags = {{"listen", "127.0.0.1:9"}}};
  const auto loaded = load_config(sources);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.listen, "127.0.0.1:9");
  EXPECT_EQ(loaded->config.tenant, "b");
  EXPECT_EQ(loaded->config.run_as, "y");
  EXPECT_EQ(loaded->config.socket, "/t");
  EXPECT_EQ(loaded->config.log_level, "debug");
  EXPECT_EQ(loaded->origins.at("listen"), "flag");
  EXPECT_EQ(loaded->origins.at("socket"), "environment");
  EXPECT_EQ(loaded->origins.at("log.json"), "default");
}

TEST_F(Configuration, DatabaseUrlIsTheFirstWatchedServer) {
  const auto toml =
      file("selfheal.toml", "[[database]]\nname = 'orders'\nurl = 'postgresql://h/o'\nact = false\n");
  const auto loaded = load_config({.files = {toml},
                                   .dotenv = directory_ / ".env",
                                   .environment = {{"DATABASE_URL", "postgresql+psycopg2://h/d"}}});
  ASSERT_TRUE(loaded) << loaded.error().message;
  ASSERT_EQ(loaded->config.databases.size(), 2u);
  EXPECT_EQ(loaded->config.databases[0].name, "main");
  EXPECT_EQ(loaded->config.databases[1].name, "orders");
  EXPECT_FALSE(loaded->config.databases[1].act);
}

TEST_F(Configuration, PolicyAndThresholdsAreTables) {
  const auto toml = file("selfheal.toml",
                         "[policy]\ndefault = 'suggest'\nadvance_sequence = 'auto'\n"
                         "[thresholds]\n'idle_in_transaction_blocker.forgotten_after_s' = 5\n");
  const auto loaded = load_config({.files = {toml}, .dotenv = directory_ / ".env"});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.policy_default, "suggest");
  EXPECT_EQ(loaded->config.modes.at("advance_sequence"), ActionMode::automatic);
  EXPECT_EQ(loaded->config.thresholds.at("idle_in_transaction_blocker.forgotten_after_s"), 5);
}

TEST_F(Configuration, AnErrorNamesFileLineKeyAndWhatIsWrong) {
  const std::vector<std::pair<const char*, std::vector<const char*>>> cases{
      {"tenant = 'a'\nlistn = '127.0.0.1:1'", {"selfheal.toml:2", "listn", "nearest is listen"}},
      {"listen = 'nowhere'", {"selfheal.toml:1", "listen", "host:port"}},
      {"[policy]\ndefault = 'always'", {"selfheal.toml:2", "policy.default", "off, suggest, approve, auto"}},
      {"[policy]\nadvance_sequence = 'maybe'", {"selfheal.toml:2", "policy.advance_sequence"}},
      {"[thresholds]\na = 'b'", {"selfheal.toml:2", "must be a number"}},
      {"[[database]]\nname = 'x'", {"selfheal.toml:1", "needs a name and a url"}},
      {"[[database]]\nname = 'x'\nurl = 'y'\nport = 1", {"selfheal.toml:4", "database.port", "no such key"}},
      {"[[database]]\nname = 'x'\nurl_file = '/does/not/exist'", {"selfheal.toml:3", "cannot be read"}},
      {"state_directory = 'relative'", {"selfheal.toml:1", "absolute"}},
      {"a = [", {"selfheal.toml:1"}},
  };
  for (const auto& [text, words] : cases) {
    const auto message = refusal(text);
    for (const auto* word : words)
      EXPECT_NE(message.find(word), std::string::npos) << text << "\n" << message;
  }
}

TEST_F(Configuration, AMalformedDotenvLineIsNamed) {
  const auto loaded = load_config({.files = {}, .dotenv = file(".env", "A=1\nnonsense\n")});
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find(".env:2"), std::string::npos) << loaded.error().message;
}

TEST_F(Configuration, ErrorsNeverRepeatASecret) {
  const auto message = refusal(
      "[store]\nurl = 'postgresql://u:hunter2@h/d'\n[[database]]\nurl = 'postgresql://u:hunter2@h/d'");
  EXPECT_FALSE(message.empty());
  EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
}

TEST_F(Configuration, TheSampleCanBeRead) {
  EXPECT_EQ(refusal(sample_config()), "");
  for (const auto& key : config_keys())
    EXPECT_NE(sample_config().find(key.environment), std::string::npos) << key.name;
}

TEST(ConfigTable, IsSortedAndEveryRowSaysWhatItIs) {
  EXPECT_TRUE(
      std::ranges::is_sorted(config_keys(), {}, [](const ConfigKey& key) { return std::string(key.name); }));
  for (const auto& key : config_keys()) EXPECT_GT(std::string(key.help).size(), 10u) << key.name;
}

TEST_F(Configuration, AKeyOrABaseUrlMakesALanguageModel) {
  const auto model_with = [&](std::map<std::string, std::string> environment) {
    const auto loaded = load_config({.dotenv = directory_ / ".env", .environment = std::move(environment)});
    EXPECT_TRUE(loaded) << loaded.error().message;
    return loaded->config.language_model();
  };
  EXPECT_FALSE(model_with({}));
  EXPECT_FALSE(model_with({{"OPENAI_API_KEY", ""}, {"OPENAI_BASE_URL", ""}}));
  const auto by_key = model_with({{"OPENAI_API_KEY", "sk-test"}});
  ASSERT_TRUE(by_key);
  EXPECT_EQ(by_key->base_url, "https://api.openai.com/v1");
  const auto local = model_with({{"OPENAI_BASE_URL", "http://localhost:11434/v1"},
                                 {"SELFHEAL_ASSISTANT_MODEL", "llama3"},
                                 {"SELFHEAL_ASSISTANT_TIMEOUT_S", "300"}});
  ASSERT_TRUE(local);
  EXPECT_EQ(local->model, "llama3");
  EXPECT_EQ(local->timeout, 300s);
}

TEST_F(Configuration, AmountsOfTheAssistantAreChecked) {
  EXPECT_EQ(refusal("[assistant]\ntokens_a_day = 1000\ncost_a_day = 2.5\n"), "");
  for (const auto* text : {"tokens_a_day = -1", "cost_a_day = 'much'", "timeout_s = 0", "price_prompt = nan",
                           "base_url = 'localhost'", "model = ''"})
    EXPECT_NE(refusal(std::string("[assistant]\n") + text + "\n"), "") << text;
}

TEST(Version, IsTheOneOfTheBuild) {
  std::ifstream in(std::string(std::getenv("SELFHEAL_SOURCE_DIR")) + "/CMakeLists.txt");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_NE(text.find(std::string("VERSION ") + kVersion + " "), std::string::npos);
}

TEST(Scenarios, CoverEveryPlaybookWithTroubleAndDecoy) {
  const auto all = scenarios();
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_TRUE(std::ranges::is_sorted(*all, {}, &Scenario::name));
  for (const auto& scenario : *all) {
    EXPECT_TRUE(scenario.trouble.cause == scenario.name) << scenario.name;
    const bool differs =
        scenario.decoy.cause != scenario.trouble.cause || scenario.decoy.action != scenario.trouble.action;
    EXPECT_TRUE(differs) << scenario.name << ": the decoy gets the same answer";
  }
}

TEST(Scenarios, AMalformedFileIsRefusedWithItsPlace) {
  const std::vector<std::pair<const char*, const char*>> cases{
      {"title = 'x'\n[trouble", "line 2"},
      {"", "no title"},
      {"title = 'x'", "no [trouble]"},
      {"title = 'x'\n[trouble]\nsteps = []\nexpect = {}\n[decoy]\n", "no steps"},
      {"title = 'x'\n[trouble]\nsteps = [{ session = 'a', sql = 'b' }]\nexpect = {}", "line 3"},
      {"title = 'x'\n[trouble]\nsteps = [{ sql = 'b' }]\nexpect = {}", "needs a session"},
  };
  for (const auto& [text, words] : cases) {
    const auto scenario = parse_scenario({.name = "a.scenario", .text = text});
    ASSERT_FALSE(scenario) << text;
    EXPECT_NE(scenario.error().message.find(words), std::string::npos) << scenario.error().message;
    EXPECT_NE(scenario.error().message.find("a.scenario"), std::string::npos);
  }
}

}  // namespace
}  // namespace selfheal::server
