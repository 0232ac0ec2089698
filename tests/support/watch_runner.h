#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "support/client_session.h"
#include "support/temporary_postgres.h"
#include "watch/watched_server.h"

namespace selfheal::test {

// Roles as the product uses them: an observer with pg_monitor, an actor that may end sessions, an
// application.
inline void make_roles(TemporaryPostgres& server) {
  ClientSession admin(server.conninfo());
  const auto made = admin.exec(
      "CREATE ROLE observer LOGIN; GRANT pg_monitor, pg_read_all_data TO observer;"
      "CREATE ROLE actor LOGIN; GRANT pg_monitor, pg_signal_backend TO actor;"
      "CREATE ROLE app LOGIN; CREATE TABLE acc (id int PRIMARY KEY, bal int); INSERT INTO acc SELECT g, 0 "
      "FROM "
      "generate_series(1, 100) g; GRANT ALL ON acc TO app, actor");
  ASSERT_TRUE(made.ok) << made.message;
}

inline watch::WatchedServerOptions watching(const TemporaryPostgres& server) {
  watch::WatchedServerOptions options{.server = ServerId("orders-1"), .own_users = {"observer", "actor"}};
  options.observe.conninfo_without_password = server.conninfo("postgres", "observer");
  options.act = pg::ConnectionTarget{.conninfo_without_password = server.conninfo("postgres", "actor")};
  options.name = [](ErrorEvent event) {
    Sighting sighting;
    sighting.name = {"v1|" + event.trouble, event.trouble};
    sighting.exemplar = std::move(event);
    return sighting;
  };
  return options;
}

// A watched server on an event loop that the test turns by hand; stopped when destroyed.
class WatchRunner {
 public:
  explicit WatchRunner(watch::WatchedServerOptions options)
      : server_(collecting(std::move(options)), clock_, context_.get_executor()) {
    server_.start();
  }
  ~WatchRunner() {
    bool stopped = false;
    asio::co_spawn(context_, server_.stop(), [&](std::exception_ptr) { stopped = true; });
    EXPECT_TRUE(wait([&] { return stopped; }));
  }
  WatchRunner(const WatchRunner&) = delete;
  WatchRunner& operator=(const WatchRunner&) = delete;

  // Turns the loop until `done`; false when the limit passes first.
  template <class Done>
  bool wait(Done done, Duration limit = 20s) {
    const auto end = clock_.steady_now() + limit;
    context_.restart();
    while (!done() && clock_.steady_now() < end)
      context_.run_one_until(std::min(end, clock_.steady_now() + 5ms));
    return done();
  }
  void pass(Duration time) {
    wait([] { return false; }, time);
  }
  bool wait_until_up() {
    return wait([&] {
      const auto status = server_.status();
      return status.state == watch::LinkState::up && status.can_observe && status.can_act;
    });
  }

  // Runs a coroutine to its end.
  template <class T>
  T get(asio::awaitable<T> work) {
    std::optional<T> answer;
    asio::co_spawn(context_, std::move(work), [&](std::exception_ptr thrown, T value) {
      EXPECT_FALSE(thrown);
      answer.emplace(std::move(value));
    });
    EXPECT_TRUE(wait([&] { return answer.has_value(); }, 60s));
    return *std::move(answer);
  }
  // Runs the session's statements while the loop turns.
  Answer exec(ClientSession& session, const std::string& sql) {
    session.send(sql);
    EXPECT_TRUE(wait([&] { return session.answered(); }));
    return session.collect();
  }

  watch::WatchedServer& server() { return server_; }
  asio::io_context& context() { return context_; }
  Clock& clock() { return clock_; }
  Deadline in(Duration duration) const { return clock_.deadline_in(duration); }
  std::vector<Sighting> found;

 private:
  watch::WatchedServerOptions collecting(watch::WatchedServerOptions options) {
    options.found = [this](std::vector<Sighting> sightings) {
      for (auto& sighting : sightings) found.push_back(std::move(sighting));
    };
    return options;
  }

  SystemClock clock_;
  asio::io_context context_{1};
  watch::WatchedServer server_;
};

}  // namespace selfheal::test
