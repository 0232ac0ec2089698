#include "store/private_cluster.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/random.h"
#include "support/client_session.h"
#include "support/unprivileged.h"

namespace selfheal::store {
namespace {

namespace fs = std::filesystem;
using test::ClientSession;
using test::wait_until;

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// Not one that ended and only waits for its parent to notice.
bool alive(pid_t pid) {
  std::error_code error;
  return !fs::read_symlink(fmt::format("/proc/{}/exe", pid), error).empty();
}

// Each test has a state directory of its own, as the account that may run PostgreSQL, and ends every server
// in it.
class PrivateClusterTest : public ::testing::Test {
 protected:
  PrivateClusterTest() : state_(fmt::format("/tmp/shc-{}-{}", getpid(), random_token().substr(0, 6))) {
    fs::create_directory(state_);
  }
  ~PrivateClusterTest() override {
    for (const auto& entry : fs::recursive_directory_iterator(state_))
      if (entry.path().filename() == "postmaster.pid") end_server(entry.path());
    fs::remove_all(state_);
  }

  // A cluster that was made before and stopped: initdb writes through to the disk, which takes seconds.
  void has_been_made(const std::string& name = "store") {
    if (template_.empty()) {
      template_ = fmt::format("/tmp/shc-{}-template", getpid());
      auto cluster = open({.state_directory = template_});
      ASSERT_TRUE(cluster) << cluster.error().message;
      ASSERT_TRUE(stop(*cluster));
    }
    fs::copy(template_ / "store", state_ / name, fs::copy_options::recursive);
  }
  static void TearDownTestSuite() {
    const test::Unprivileged unprivileged;
    if (!template_.empty()) fs::remove_all(template_);
  }

  void end_server(const fs::path& pid_file) {
    const auto pid = std::atoi(read_file(pid_file).c_str());
    std::error_code error;
    if (fs::read_symlink(fmt::format("/proc/{}/cwd", pid), error) != pid_file.parent_path()) return;
    kill(pid, SIGQUIT);
    EXPECT_TRUE(wait_until([&] { return !alive(pid); }, 30s));
  }

  Result<PrivateCluster> open(PrivateClusterOptions options = {}) {
    if (options.state_directory.empty()) options.state_directory = state_;
    if (options.name.empty()) options.name = "store";
    options.settings.try_emplace("fsync", "off");
    return PrivateCluster::open(std::move(options), clock_, clock_.deadline_in(60s));
  }
  Status stop(PrivateCluster& cluster) { return cluster.stop(clock_, clock_.deadline_in(60s)); }

  static std::string ask(const PrivateCluster& cluster, const std::string& sql) {
    ClientSession session(cluster.conninfo());
    EXPECT_TRUE(session.connected()) << session.connecting().message;
    return session.exec(sql).value();
  }

  test::Unprivileged unprivileged_;
  SystemClock clock_;
  fs::path state_;
  inline static fs::path template_;
};

TEST_F(PrivateClusterTest, StartsFromNothingAndStopsCleanly) {
  auto cluster = open();
  ASSERT_TRUE(cluster) << cluster.error().message;
  EXPECT_FALSE(cluster->adopted());
  EXPECT_EQ(ask(*cluster, "select current_user"), cluster->superuser());
  EXPECT_EQ(ask(*cluster, "show data_checksums"), "on");
  EXPECT_EQ(ask(*cluster, "show listen_addresses"), "");
  EXPECT_EQ(ask(*cluster, "show log_min_error_statement"), "panic");
  EXPECT_EQ(fs::status(cluster->socket_directory()).permissions(), fs::perms::owner_all);
  // A session of its own: Ctrl-C on our terminal does not reach it.
  EXPECT_NE(getsid(cluster->postmaster_pid()), getsid(0));
  ASSERT_TRUE(stop(*cluster));
  EXPECT_FALSE(alive(cluster->postmaster_pid()));
  EXPECT_TRUE(stop(*cluster));
}

TEST_F(PrivateClusterTest, KeepsItsDataOverStopAndStart) {
  has_been_made();
  {
    auto cluster = open();
    ASSERT_TRUE(cluster) << cluster.error().message;
    EXPECT_EQ(ask(*cluster, "create table kept (a int); insert into kept values (7) returning a"), "7");
    ASSERT_TRUE(stop(*cluster));
  }
  auto again = open();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE(again->adopted());
  EXPECT_EQ(ask(*again, "table kept"), "7");
}

TEST_F(PrivateClusterTest, AdoptsTheServerOfAKilledOwner) {
  has_been_made();
  pid_t pid = 0;
  {
    auto cluster = open();
    ASSERT_TRUE(cluster) << cluster.error().message;
    pid = cluster->postmaster_pid();
  }
  auto adopting = open({.settings = {{"work_mem", "5MB"}}});
  ASSERT_TRUE(adopting) << adopting.error().message;
  EXPECT_TRUE(adopting->adopted());
  EXPECT_EQ(adopting->postmaster_pid(), pid);
  EXPECT_TRUE(wait_until([&] { return ask(*adopting, "show work_mem") == "5MB"; }));
  ASSERT_TRUE(stop(*adopting));
  EXPECT_FALSE(alive(pid));
}

TEST_F(PrivateClusterTest, StartsAgainAfterTheServerWasKilled) {
  has_been_made();
  pid_t pid = 0;
  {
    auto cluster = open();
    ASSERT_TRUE(cluster) << cluster.error().message;
    pid = cluster->postmaster_pid();
    ASSERT_EQ(kill(pid, SIGKILL), 0);
  }
  auto again = open();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE(again->adopted());
  EXPECT_NE(again->postmaster_pid(), pid);
  EXPECT_EQ(ask(*again, "select 1"), "1");
}

TEST_F(PrivateClusterTest, IsKeptRunningWhoeverEndedIt) {
  has_been_made();
  auto cluster = open();
  ASSERT_TRUE(cluster) << cluster.error().message;
  EXPECT_EQ(ask(*cluster, "create table kept (a int); insert into kept values (7) returning a"), "7");
  for (const int signal : {0, SIGKILL, SIGINT}) {
    const auto before = cluster->postmaster_pid();
    ASSERT_EQ(kill(before, signal), 0);
    if (signal != 0) ASSERT_TRUE(wait_until([&] { return !alive(before); }, 30s));
    const auto kept = cluster->ensure_running(clock_, clock_.deadline_in(60s));
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_EQ(cluster->postmaster_pid() == before, signal == 0) << signal;
    EXPECT_EQ(ask(*cluster, "table kept"), "7");
  }
  ASSERT_TRUE(stop(*cluster));
}

TEST_F(PrivateClusterTest, IsNotMisledByAPidFileThatNamesAnotherProcess) {
  has_been_made();
  auto cluster = open();
  ASSERT_TRUE(cluster) << cluster.error().message;
  ASSERT_TRUE(stop(*cluster));
  std::ofstream(cluster->data_directory() / "postmaster.pid") << getpid() << "\n"
                                                              << cluster->data_directory().string();
  cluster = failure("closed");
  auto again = open();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE(again->adopted());
  EXPECT_EQ(ask(*again, "select 1"), "1");
}

TEST_F(PrivateClusterTest, AnInterruptedInitdbNeverCounts) {
  const auto home = state_ / "store";
  fs::create_directory(home);
  fs::permissions(home, fs::perms::owner_all);
  std::ofstream(home / "selfheal-cluster").flush();
  fs::create_directories(home / "data.unfinished" / "base");
  std::ofstream(home / "data.unfinished" / "PG_VERSION") << "15\n";
  auto cluster = open();
  ASSERT_TRUE(cluster) << cluster.error().message;
  EXPECT_FALSE(fs::exists(home / "data.unfinished"));
  EXPECT_EQ(ask(*cluster, "select 1"), "1");
}

TEST_F(PrivateClusterTest, RefusesADirectoryThatIsNotOurs) {
  const auto home = state_ / "store";
  fs::create_directory(home);
  std::ofstream(home / "somebodys.txt") << "precious";
  EXPECT_EQ(open().error().code, ErrorCode::refused);  // open to others
  fs::permissions(home, fs::perms::owner_all);
  const auto foreign = open();
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, ErrorCode::refused);
  EXPECT_TRUE(foreign.error().message.contains("did not make")) << foreign.error().message;
  EXPECT_EQ(read_file(home / "somebodys.txt"), "precious");
  EXPECT_EQ(open({.state_directory = "/proc/selfheal"}).error().code, ErrorCode::refused);
  fs::create_directory_symlink(state_, state_ / "link");
  EXPECT_EQ(open({.name = "link"}).error().code, ErrorCode::refused);
}

TEST_F(PrivateClusterTest, RefusesDataOfAnotherVersion) {
  const auto home = state_ / "store";
  fs::create_directories(home / "data");
  fs::permissions(home, fs::perms::owner_all);
  std::ofstream(home / "selfheal-cluster").flush();
  std::ofstream(home / "data" / "PG_VERSION") << "14\n";
  EXPECT_EQ(open().error().code, ErrorCode::refused);
}

TEST_F(PrivateClusterTest, RefusesNamesThatHaveNoPlaceInAPath) {
  for (const char* name : {"../x", "a b", "A", "x/y", "."})
    EXPECT_EQ(open({.name = name}).error().code, ErrorCode::invalid_input) << name;
  EXPECT_EQ(open({.state_directory = "/tmp/a\nb"}).error().code, ErrorCode::invalid_input);
}

TEST_F(PrivateClusterTest, IsOpenOnlyOnceAtATime) {
  has_been_made();
  auto first = open();
  ASSERT_TRUE(first) << first.error().message;
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_EQ(ask(*first, "select 1"), "1");
  has_been_made("demo");
  EXPECT_TRUE(open({.name = "demo"}));  // another name is another cluster
}

TEST_F(PrivateClusterTest, FindsAShortPlaceForTheSocketOfALongOrOddPath) {
  const auto odd = state_ / (std::string(120, 'l') + " it's, \"odd\" \\");
  auto cluster = open({.state_directory = odd});
  ASSERT_TRUE(cluster) << cluster.error().message;
  const auto socket = cluster->socket_directory();
  EXPECT_TRUE(socket.string().starts_with(fmt::format("/tmp/selfheal-{}-", geteuid())));
  EXPECT_EQ(fs::status(socket).permissions(), fs::perms::owner_all);
  EXPECT_EQ(ask(*cluster, "select 1"), "1");
  ASSERT_TRUE(stop(*cluster));
  cluster = failure("closed");
  fs::permissions(socket, fs::perms::all);
  EXPECT_EQ(open({.state_directory = odd}).error().code, ErrorCode::refused);
  fs::remove_all(socket);
}

TEST_F(PrivateClusterTest, ServesRolesOfTheDemonstrationByTrustAndTcp) {
  has_been_made("demo");
  SystemRandom random;
  std::optional<Result<PrivateCluster>> cluster;
  for (int attempt = 0; attempt < 5 && (!cluster || !*cluster); ++attempt) {
    const auto port = static_cast<std::uint16_t>(20000 + random.below(12000));
    cluster.emplace(open({.name = "demo",
                          .settings = {{"max_connections", "7"}},
                          .login = LocalLogin::trust,
                          .tcp_port = port}));
  }
  ASSERT_TRUE(*cluster) << cluster->error().message;
  EXPECT_EQ(ask(**cluster, "show max_connections"), "7");
  EXPECT_EQ(ask(**cluster, "create role app login; select 1"), "1");
  ClientSession app((*cluster)->conninfo("postgres", "app"));
  EXPECT_EQ(app.exec("select current_user").value(), "app");
  ClientSession remote(fmt::format("host=127.0.0.1 port={} dbname=postgres user=app", (*cluster)->port()));
  EXPECT_EQ(remote.exec("select current_user").value(), "app");
}

TEST_F(PrivateClusterTest, PeerLetsInNobodyElse) {
  has_been_made();
  auto cluster = open();
  ASSERT_TRUE(cluster) << cluster.error().message;
  EXPECT_EQ(ask(*cluster, "create role app login; select 1"), "1");
  EXPECT_EQ(ClientSession(cluster->conninfo("postgres", "app")).connecting().sqlstate, "28000");
}

TEST_F(PrivateClusterTest, SaysWhyTheServerDoesNotStart) {
  has_been_made();
  const auto cluster = open({.settings = {{"shared_buffers", "nonsense"}}});
  ASSERT_FALSE(cluster);
  EXPECT_EQ(cluster.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(cluster.error().message.contains("configuration file")) << cluster.error().message;
}

TEST(PrivateClusterAsRoot, IsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const SystemClock clock;
  const auto cluster =
      PrivateCluster::open({.state_directory = "/tmp", .name = "x"}, clock, clock.deadline_in(1s));
  ASSERT_FALSE(cluster);
  EXPECT_EQ(cluster.error().code, ErrorCode::refused);
}

}  // namespace
}  // namespace selfheal::store
