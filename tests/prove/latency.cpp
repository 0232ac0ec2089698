// How long it takes from the moment a client has its error back until GET /api/v1/incidents shows the
// incident.
#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "base/thread.h"
#include "prove/figures.h"
#include "prove/scene.h"
#include "support/client_session.h"

namespace selfheal::prove {
namespace {

constexpr Duration kGiveUp = 30s;
constexpr std::size_t kStack = 1u << 20;

struct Wanted {
  int errors = 400;
  Duration p50 = 50ms;
  Duration p99 = 250ms;
};

// What goes wrong in an ordinary application, again and again: about a hundred errors a second from four
// sessions.
class Background {
 public:
  Background(std::string conninfo, Clock& clock)
      : conninfo_(std::move(conninfo)), clock_(clock), began_(clock.steady_now()) {
    thread_ = Thread("background", kStack, [this] { run(); });
  }
  ~Background() {
    stop_ = true;
    thread_.join();
  }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  bool has_begun() const { return errors_ > 20; }
  double errors_per_second() const {
    return errors_ / to_seconds(std::chrono::duration_cast<Duration>(clock_.steady_now() - began_));
  }

 private:
  void run() {
    const char* kWrong[] = {"INSERT INTO ordinary VALUES (1)", "INSERT INTO ordinary VALUES (NULL)",
                            "SELECT 1 / 0", "SELECT * FROM orders_of_nobody"};
    std::vector<test::ClientSession> sessions;
    for (std::size_t i = 0; i < std::size(kWrong); ++i) sessions.emplace_back(conninfo_);
    while (!stop_) {
      for (std::size_t i = 0; i < sessions.size(); ++i)
        sessions[i].send(fmt::format("SELECT pg_sleep(0.035); {}", kWrong[i]));
      for (auto& session : sessions)
        if (!session.collect().sqlstate.empty()) ++errors_;
    }
  }

  std::string conninfo_;
  Clock& clock_;
  Deadline::Moment began_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> errors_ = 0;
  Thread thread_;
};

// The error's own table, which its fingerprint names.
std::string table_of(int error) { return fmt::format("distinct_{:04}", error); }

// A broken primary key and a missing value in turn: the first is looked into by playbooks with probes, the
// second by none.
std::string wrong_statement(int error) {
  return fmt::format("INSERT INTO {} VALUES ({})", table_of(error), error % 2 == 0 ? "1" : "NULL");
}

// Until the first answer of the API that shows the incident; nothing when none ever does.
std::optional<Duration> time_to_incident(int error, test::ClientSession& client, http::Client& api,
                                         Clock& clock) {
  if (!client.exec(wrong_statement(error)).sqlstate.starts_with("235")) return std::nullopt;
  const auto began = clock.steady_now();
  const auto deadline = clock.deadline_in(kGiveUp);
  while (clock.left(deadline) > Duration::zero()) {
    const auto answer = api.send({.target = "/api/v1/incidents"});
    if (!answer || answer->status != 200) return std::nullopt;
    const auto now = clock.steady_now();
    if (answer->body.contains(table_of(error))) return std::chrono::duration_cast<Duration>(now - began);
  }
  return std::nullopt;
}

int report(const Wanted& wanted, const std::vector<Duration>& times, double background) {
  if (times.empty()) return 1;
  const auto p50 = percentile(times, 0.5);
  const auto p99 = percentile(times, 0.99);
  const int missed = wanted.errors - static_cast<int>(times.size());
  std::puts(fmt::format(
                "From the error back at its client to the first answer of `GET /api/v1/incidents` that shows "
                "its incident; {} errors of distinct fingerprints one after the other, beside {:.0f} other "
                "errors a second.\n",
                wanted.errors, background)
                .c_str());
  print_head({"", "measured", "target"});
  print_row({"p50", in_ms(p50), "≤ " + in_ms(wanted.p50)});
  print_row({"p90", in_ms(percentile(times, 0.9)), ""});
  print_row({"p99", in_ms(p99), "≤ " + in_ms(wanted.p99)});
  print_row({"max", in_ms(percentile(times, 1)), ""});
  print_row({"not shown within 30 s, or not tried after such a one", std::to_string(missed), "0"});
  return missed == 0 && p50 <= wanted.p50 && p99 <= wanted.p99 ? 0 : 1;
}

Status make_tables(const server::Stage& stage, int errors) {
  test::ClientSession owner(stage.owner_conninfo());
  const auto make = [&](const std::string& table) {
    return owner
        .exec(fmt::format(
            "CREATE TABLE {0} (id int PRIMARY KEY); INSERT INTO {0} VALUES (1); GRANT ALL ON {0} TO app",
            table))
        .ok;
  };
  bool made = make("ordinary");
  for (int i = 0; i < errors; ++i) made = make(table_of(i)) && made;
  return made ? Status() : failure("the tables could not be made");
}

Result<int> prove(const Wanted& wanted) {
  TRY(const auto scene, Scene::open({.policy = "approve"}));
  auto& stage = scene->stage();
  TRY_OK(make_tables(stage, wanted.errors));
  const Background background(stage.application_conninfo(), scene->clock());
  if (!test::wait_until([&] { return background.has_begun(); }))
    return failure("the background brings no errors");

  test::ClientSession client(stage.application_conninfo());
  auto api = scene->api();
  std::vector<Duration> times;
  for (int i = 0; i < wanted.errors; ++i) {
    const auto time = time_to_incident(i, client, api, scene->clock());
    // One that never appears fails the proof; waiting for more of them would take minutes each.
    if (!time) break;
    times.push_back(*time);
    if (i % 50 == 49) std::fputs(fmt::format("{} of {}\n", i + 1, wanted.errors).c_str(), stderr);
  }
  return report(wanted, times, background.errors_per_second());
}

int number(const char* text) {
  int value = 0;
  std::from_chars(text, text + std::string_view(text).size(), value);
  return value;
}

}  // namespace
}  // namespace selfheal::prove

// latency [ERRORS P50_MS P99_MS]
int main(int count, char** arguments) {
  using namespace selfheal;
  prove::Wanted wanted;
  if (count == 4)
    wanted = {.errors = prove::number(arguments[1]),
              .p50 = std::chrono::milliseconds(prove::number(arguments[2])),
              .p99 = std::chrono::milliseconds(prove::number(arguments[3]))};
  const auto code = prove::prove(wanted);
  if (code) return *code;
  std::fputs(fmt::format("latency: {}\n", code.error().message).c_str(), stderr);
  return 1;
}
