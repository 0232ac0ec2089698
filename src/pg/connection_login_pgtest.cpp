#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pg/connection.h"
#include "support/client_session.h"
#include "support/loop.h"
#include "support/temporary_postgres.h"

// Logging in, and what becomes of sessions when the server goes away.
namespace selfheal::pg {
namespace {

using test::ClientSession;
using test::Loop;
using test::StopMode;
using test::TemporaryPostgres;
using test::wait_until;

Result<std::unique_ptr<Connection>> log_in(Loop& loop, std::string conninfo, Duration limit = 10s,
                                           std::string password = "") {
  ConnectOptions options{
      .name = "orders-1", .conninfo = std::move(conninfo), .password = Secret(std::move(password))};
  return loop.run(Connection::connect(std::move(options), loop.in(limit)));
}

Result<Rows> query(Loop& loop, Connection& connection, std::string sql) {
  return loop.run(connection.query(std::move(sql), {}, loop.in(30s)));
}

// A socket on loopback: listening, so that the kernel accepts and nobody answers, or only bound.
class Socket {
 public:
  explicit Socket(bool listening) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(socket_, generic, size), 0);
    EXPECT_EQ(getsockname(socket_, generic, &size), 0);
    port_ = ntohs(address.sin_port);
    if (listening) EXPECT_EQ(listen(socket_, 5), 0);
  }
  ~Socket() { close(socket_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  std::string conninfo() const { return fmt::format("host=127.0.0.1 port={} user=x dbname=x", port_); }

 private:
  int socket_;
  int port_ = 0;
};

constexpr const char* kPasswordRules = "local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n";

TEST(Login, LooksUpHostNamesAndChecksThePassword) {
  TemporaryPostgres server({.tcp = true, .hba = kPasswordRules});
  ClientSession admin(server.conninfo());
  ASSERT_TRUE(admin.exec("create role app login password 'right'").ok);
  Loop loop;
  const auto conninfo = fmt::format("host=localhost port={} dbname=postgres user=app", server.port());
  EXPECT_TRUE(log_in(loop, conninfo, 10s, "right"));
  const auto wrong = log_in(loop, conninfo, 10s, "wrong");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::refused);
  EXPECT_EQ(wrong.error().sqlstate, "28P01");
  EXPECT_EQ(wrong.error().message,
            "connect to orders-1: server answered 28P01: password authentication failed for user \"app\"");
  const auto none = log_in(loop, conninfo);
  EXPECT_EQ(none.error().code, ErrorCode::refused);
  EXPECT_EQ(none.error().message, "connect to orders-1: fe_sendauth: no password supplied");
}

TEST(Login, TellsThatTheDatabaseDoesNotExistOrTheRuleRefuses) {
  TemporaryPostgres server({.hba = "local postgres postgres trust\nlocal nothing all trust\n"});
  Loop loop;
  EXPECT_EQ(log_in(loop, server.conninfo("nothing")).error().sqlstate, "3D000");
  const auto refused = log_in(loop, server.conninfo("template1"));
  EXPECT_EQ(refused.error().sqlstate, "28000");
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
}

TEST(Login, TriesAllPlacesInOrder) {
  TemporaryPostgres server({.tcp = true});
  Loop loop;
  const auto conninfo = fmt::format(
      "host=/nonexistent,localhost,127.0.0.1 port=5432,1,{} user=postgres dbname=postgres", server.port());
  EXPECT_TRUE(log_in(loop, conninfo));
  const auto url = fmt::format("postgresql://postgres@127.0.0.1:1,localhost:{}/postgres", server.port());
  EXPECT_TRUE(log_in(loop, url));
}

TEST(Login, TellsWhatIsWrongWithAConninfoWithoutRepeatingIt) {
  Loop loop;
  for (const char* conninfo : {"hidden", "host=a,b port=1,2,3", "postgresql://u:hidden@[h/", "service=hidden",
                               "host=a hostaddr=127.0.0.1,127.0.0.2"}) {
    const auto answer = log_in(loop, conninfo);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::invalid_input) << conninfo;
    EXPECT_FALSE(answer.error().message.contains("hidden"));
  }
}

TEST(Login, IsUnavailableWhenNobodyListens) {
  Loop loop;
  const Socket bound(false);
  const auto refused = log_in(loop, bound.conninfo());
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_EQ(refused.error().message, "connect to orders-1: Connection refused");
  const auto no_socket = log_in(loop, "host=/nonexistent user=x dbname=x");
  EXPECT_EQ(no_socket.error().code, ErrorCode::unavailable);
  EXPECT_EQ(no_socket.error().message, "connect to orders-1: No such file or directory");
  const auto no_name = log_in(loop, "host=nowhere.invalid user=x dbname=x");
  EXPECT_EQ(no_name.error().code, ErrorCode::unavailable) << no_name.error().message;
}

TEST(Login, TimesOutWhenNobodyAnswers) {
  Loop loop;
  const Socket silent(true);
  const auto answer = log_in(loop, silent.conninfo(), 100ms);
  EXPECT_EQ(answer.error().code, ErrorCode::timed_out);
  EXPECT_EQ(answer.error().message, "connect to orders-1: no answer before the deadline");
}

TEST(Login, TellsThatAllSlotsAreTaken) {
  TemporaryPostgres server({.settings = {{"max_connections", "5"}, {"superuser_reserved_connections", "1"}}});
  ClientSession admin(server.conninfo());
  ASSERT_TRUE(admin.exec("create role app login").ok);
  Loop loop;
  std::vector<std::unique_ptr<Connection>> sessions;
  std::optional<Error> full;
  while (!full && sessions.size() < 10) {
    auto session = log_in(loop, server.conninfo("postgres", "app"));
    if (session)
      sessions.push_back(*std::move(session));
    else
      full = session.error();
  }
  ASSERT_TRUE(full);
  EXPECT_EQ(full->sqlstate, "53300");
  EXPECT_EQ(full->code, ErrorCode::unavailable);
  EXPECT_EQ(sessions.size(), 3u);
}

TEST(ServerGoesAway, TheNextStatementIsToldWhy) {
  TemporaryPostgres server;
  Loop loop;
  const auto connection = log_in(loop, server.conninfo());
  ASSERT_TRUE(connection);
  server.stop(StopMode::fast);
  const auto answer = query(loop, **connection, "select 1");
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
  EXPECT_EQ(answer.error().sqlstate, "57P01");
  EXPECT_EQ(log_in(loop, server.conninfo()).error().code, ErrorCode::unavailable);
}

TEST(ServerGoesAway, ACrashOfAnotherBackendIsTold) {
  TemporaryPostgres server;
  Loop loop;
  const auto connection = log_in(loop, server.conninfo());
  ASSERT_TRUE(connection);
  ClientSession victim(server.conninfo());
  ASSERT_TRUE(victim.connected());
  // A backend that is still busy with its last answer cannot say anything.
  const auto waiting =
      fmt::format("select 1 from pg_stat_activity where pid = {} and wait_event = 'ClientRead'",
                  (*connection)->backend_pid());
  ASSERT_TRUE(wait_until([&] { return victim.exec(waiting).value() == "1"; }));
  ASSERT_EQ(kill(victim.backend_pid(), SIGKILL), 0);
  const auto gone = fmt::format("/proc/{}", (*connection)->backend_pid());
  ASSERT_TRUE(wait_until([&] { return access(gone.c_str(), F_OK) != 0; }));
  const auto answer = query(loop, **connection, "select 1");
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
  EXPECT_EQ(answer.error().sqlstate, "57P02") << answer.error().message;
  EXPECT_FALSE((*connection)->usable());
}

TEST(ServerGoesAway, AKilledServerIsUnavailable) {
  TemporaryPostgres server;
  Loop loop;
  const auto connection = log_in(loop, server.conninfo());
  ASSERT_TRUE(connection);
  server.kill9();
  const auto answer = query(loop, **connection, "select 1");
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
  EXPECT_FALSE((*connection)->usable());
  server.start();
  EXPECT_TRUE(log_in(loop, server.conninfo()));
}

}  // namespace
}  // namespace selfheal::pg
