// How often the incident of a lock timeout names the session that was at the root of the wait.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/thread.h"
#include "prove/figures.h"
#include "prove/scene.h"
#include "support/client_session.h"

namespace selfheal::prove {
namespace {

namespace json = boost::json;
using test::ClientSession;

constexpr int kTrials = 200;
constexpr int kLanes = 6;
constexpr double kTarget = 0.99;
constexpr std::uint64_t kSeed = 20260501;
constexpr std::size_t kStack = 1u << 20;
constexpr Duration kDeadlockTimeout = 1s;
constexpr Duration kShortest = 300ms;
constexpr Duration kLongest = 5s;
constexpr Duration kDiagnosed = 20s;

// How the root takes its lock, and what the victim then waits for. `{}` is a table.
struct Lock {
  const char* name;
  const char* taken;
  const char* wanted;
};
constexpr std::array kLocks{
    Lock{"a row", "UPDATE {} SET v = 1 WHERE id = 1", "UPDATE {} SET v = 2 WHERE id = 1"},
    Lock{"a table, LOCK TABLE", "LOCK TABLE {}", "SELECT count(*) FROM {}"},
    Lock{"a table, ALTER TABLE", "ALTER TABLE {} ADD COLUMN more int", "INSERT INTO {} VALUES (7, 7)"}};

struct Trial {
  int number = 0;
  Lock lock{};
  bool idle = false;     // the root is idle in its transaction; else a statement of it runs
  bool chain = false;    // the victim waits for a session that itself waits for the root
  bool lets_go = false;  // the root gives its lock back as soon as the victim has its error
  Duration timeout{};

  // Told apart by letters: digits in a table's name do not make another fingerprint.
  std::string table() const {
    std::string name = "trial_";
    for (int left = number, i = 0; i < 3; ++i, left /= 26) name += static_cast<char>('a' + left % 26);
    return name;
  }
  std::string second_table() const { return table() + "_second"; }
};

struct Outcome {
  Trial trial;
  bool right = false;
  std::string why_not;
};

// Every combination about equally often, in an order of chance.
std::vector<Trial> trials(Random& random) {
  std::vector<Trial> all;
  for (int i = 0; i < kTrials; ++i) {
    const bool above = i % 2 == 1;
    const auto from = above ? kDeadlockTimeout : kShortest;
    const auto to = above ? kLongest : kDeadlockTimeout;
    const auto spread = static_cast<std::uint64_t>((to - from).count());
    all.push_back({.lock = kLocks[static_cast<std::size_t>(i / 16) % kLocks.size()],
                   .idle = i / 2 % 2 == 0,
                   .chain = i / 4 % 2 == 1,
                   .lets_go = i / 8 % 2 == 1,
                   .timeout = from + Duration(static_cast<std::int64_t>(random.below(spread)))});
  }
  for (std::size_t i = all.size() - 1; i > 0; --i) std::swap(all[i], all[random.below(i + 1)]);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].number = static_cast<int>(i);
  return all;
}

std::string on(const char* statement, const std::string& table) {
  return fmt::format(fmt::runtime(statement), table);
}

std::string text_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

// The sessions of one trial. The constructor plays it up to the victim's error.
class Play {
 public:
  Play(const Trial& trial, server::Stage& stage)
      : trial_(trial),
        admin_(stage.owner_conninfo()),
        root_(stage.application_conninfo()),
        middle_(stage.application_conninfo()),
        victim_(stage.application_conninfo()) {
    take_locks();
    const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(trial.timeout).count();
    victim_.exec(fmt::format("SET lock_timeout = {}", timeout));
    const auto failed = victim_.exec(on(trial.lock.wanted, wanted_table()));
    if (failed.sqlstate != "55P03") why_not_ = "the victim got " + failed.sqlstate + " " + failed.message;
    if (trial.lets_go) let_go();
  }
  ~Play() { let_go(); }
  Play(const Play&) = delete;
  Play& operator=(const Play&) = delete;

  const std::string& why_not() const { return why_not_; }
  int root_pid() const { return root_.backend_pid(); }
  std::string wanted_table() const { return trial_.chain ? trial_.second_table() : trial_.table(); }

 private:
  void take_locks() {
    if (!root_.exec("BEGIN; " + on(trial_.lock.taken, trial_.table())).ok) why_not_ = "the root has no lock";
    if (!trial_.idle) root_.send("SELECT pg_sleep(60)");
    if (!trial_.chain) return;
    middle_.exec("BEGIN; " + on(trial_.lock.taken, trial_.second_table()));
    middle_.send(on(trial_.lock.wanted, trial_.table()));
    const auto waits = [&] {
      return admin_
                 .exec(fmt::format("SELECT FROM pg_stat_activity WHERE pid = {} AND wait_event_type = 'Lock'",
                                   middle_.backend_pid()))
                 .rows.size() == 1;
    };
    if (!test::wait_until(waits)) why_not_ = "the session between does not wait";
  }
  void let_go() {
    if (gone_) return;
    gone_ = true;
    if (!trial_.idle) {
      admin_.exec(fmt::format("SELECT pg_cancel_backend({})", root_.backend_pid()));
      root_.collect();
    }
    root_.exec("ROLLBACK");
    if (!trial_.chain) return;
    middle_.collect();
    middle_.exec("ROLLBACK");
  }

  Trial trial_;
  ClientSession admin_;
  ClientSession root_;
  ClientSession middle_;
  ClientSession victim_;
  bool gone_ = false;
  std::string why_not_;
};

// Whether the incident was filed for a statement on this table, as its raw evidence shows: names that may be
// values are not shown anywhere else.
bool is_about(const std::string& id, const std::string& table, const server::Stage& stage) {
  const auto evidence = stage.get("/api/v1/incidents/" + id + "/evidence?raw=true");
  if (!evidence) return false;
  return std::ranges::any_of(evidence->at("items").as_array(), [&](const json::value& item) {
    return item.at("probe") == "error_event" && json::serialize(item).contains(table);
  });
}

// The lock timeout's incident, by its id; empty when there is none (yet).
std::string incident_id_of(const std::string& table, Time since, const server::Stage& stage) {
  const auto page = stage.get("/api/v1/incidents?limit=200&category=LOCK_CONTENTION&since=" +
                              http::percent_encoded(to_timestamptz(since)));
  if (!page) return "";
  for (const auto& item : page->at("items").as_array()) {
    const auto& incident = item.as_object();
    auto id = text_at(incident, "id");
    if (text_at(incident, "sqlstate") == "55P03" && is_about(id, table, stage)) return id;
  }
  return "";
}

bool is_diagnosed(const json::object& incident) {
  for (const auto& entry : incident.at("timeline").as_array())
    if (text_at(entry.as_object(), "what") == "diagnosed") return true;
  return false;
}

// The incident once it is diagnosed; empty when that takes too long.
json::object diagnosed(const std::string& table, Time since, Scene& scene) {
  json::object incident;
  const auto is_there = [&] {
    const auto id = incident_id_of(table, since, scene.stage());
    if (id.empty()) return false;
    const auto shown = scene.stage().get("/api/v1/incidents/" + id);
    if (!shown || !is_diagnosed(shown->as_object())) return false;
    incident = shown->as_object();
    return true;
  };
  scene.stage().wait_for(is_there, scene.clock().deadline_in(kDiagnosed));
  return incident;
}

// What the incident says instead of the right root; empty when it is right. A session idle in its transaction
// must be named by the diagnosis, too.
std::string misnamed(const json::object& incident, const Trial& trial, int root_pid) {
  if (incident.empty()) return "no diagnosed incident appeared";
  const auto* graph = incident.if_contains("blocking");
  if (graph == nullptr || !graph->is_object()) return "it has no graph";
  std::string roots;
  for (const auto& node : graph->as_object().at("nodes").as_array())
    if (node.at("root").as_bool()) roots += fmt::format(" {}", node.at("pid").as_int64());
  if (roots != fmt::format(" {}", root_pid))
    return fmt::format("{}: the roots of its graph are{}, not {}", text_at(incident, "id"), roots, root_pid);
  if (!trial.idle) return "";
  const bool named = text_at(incident, "cause") == "idle_in_transaction_blocker" &&
                     text_at(incident, "title").contains(fmt::format("session {} ", root_pid));
  return named ? ""
               : fmt::format("{}: cause '{}', '{}', not session {}", text_at(incident, "id"),
                             text_at(incident, "cause"), text_at(incident, "title"), root_pid);
}

Outcome play(const Trial& trial, Scene& scene) {
  const auto since = scene.clock().now();
  const Play played(trial, scene.stage());
  Outcome outcome{.trial = trial, .why_not = played.why_not()};
  if (outcome.why_not.empty())
    outcome.why_not = misnamed(diagnosed(played.wanted_table(), since, scene), trial, played.root_pid());
  outcome.right = outcome.why_not.empty();
  return outcome;
}

std::vector<Outcome> play_all(const std::vector<Trial>& all, Scene& scene) {
  std::vector<Outcome> outcomes;
  std::mutex mutex;
  std::atomic<std::size_t> next = 0;
  const auto lane = [&] {
    for (auto i = next++; i < all.size(); i = next++) {
      auto outcome = play(all[i], scene);
      const std::lock_guard lock(mutex);
      if (!outcome.right)
        std::fputs(
            fmt::format("trial {} (timeout {} ms): {}\n", i, outcome.trial.timeout / 1ms, outcome.why_not)
                .c_str(),
            stderr);
      outcomes.push_back(std::move(outcome));
    }
  };
  std::vector<Thread> lanes;
  for (int i = 0; i < kLanes; ++i) lanes.emplace_back(fmt::format("lane {}", i), kStack, lane);
  for (auto& thread : lanes) thread.join();
  return outcomes;
}

bool below_deadlock_timeout(const Trial& trial) { return trial.timeout < kDeadlockTimeout; }

int report(const std::vector<Outcome>& outcomes) {
  const auto count = [&](const std::function<bool(const Trial&)>& counts) {
    int right = 0;
    int all = 0;
    for (const auto& outcome : outcomes) {
      if (!counts(outcome.trial)) continue;
      ++all;
      right += outcome.right ? 1 : 0;
    }
    return std::pair(right, all);
  };
  std::puts(fmt::format(
                "{} lock timeouts of 300 ms to 5 s in {} lanes at once, deadlock_timeout 1 s. Right: the one "
                "root in the graph of the victim's incident is the session at the end of the chain, and for "
                "an idle one the diagnosis names it as well.\n",
                outcomes.size(), kLanes)
                .c_str());
  print_head({"", "root named rightly"});
  const auto row = [&](const std::string& title, const std::function<bool(const Trial&)>& counts) {
    const auto [right, all] = count(counts);
    print_row({title, of_all(right, all)});
  };
  row("lock_timeout below deadlock_timeout", below_deadlock_timeout);
  row("lock_timeout above deadlock_timeout", std::not_fn(below_deadlock_timeout));
  for (const auto& lock : kLocks)
    row(fmt::format("waits for {}", lock.name), [&](const Trial& t) { return t.lock.name == lock.name; });
  row("root idle in its transaction", [](const Trial& t) { return t.idle; });
  row("root runs a statement", [](const Trial& t) { return !t.idle; });
  row("victim waits for the root", [](const Trial& t) { return !t.chain; });
  row("victim waits for one who waits for the root", [](const Trial& t) { return t.chain; });
  row("root keeps its lock after the error", [](const Trial& t) { return !t.lets_go; });
  row("root gives its lock back with the error", [](const Trial& t) { return t.lets_go; });
  const auto [right, all] = count([](const Trial&) { return true; });
  print_row({fmt::format("**all** (target ≥ {:.0f} %)", kTarget * 100), "**" + of_all(right, all) + "**"});
  return right >= kTarget * all ? 0 : 1;
}

Result<int> prove() {
  // The thresholds as shipped: no trouble of the watch's own takes the victims' incidents over.
  TRY(const auto scene, Scene::open({.policy = "approve",
                                     .thresholds = {{"idle_in_transaction_blocker.forgotten_after_s", 60},
                                                    {"watch.blocked_after_s", 30}},
                                     .server_settings = {{"deadlock_timeout", "1s"}}}));
  SeededRandom random(kSeed);
  const auto all = trials(random);
  ClientSession owner(scene->stage().owner_conninfo());
  for (const auto& trial : all)
    for (const auto& table : {trial.table(), trial.second_table()}) {
      const auto made =
          owner.exec(fmt::format("CREATE TABLE {0} (id int PRIMARY KEY, v int); INSERT INTO {0} VALUES (1, "
                                 "0); ALTER TABLE {0} OWNER TO app",
                                 table));
      if (!made.ok) return failure("table " + table + " could not be made");
    }
  return report(play_all(all, *scene));
}

}  // namespace
}  // namespace selfheal::prove

int main() {
  const auto code = selfheal::prove::prove();
  if (code) return *code;
  std::fputs(fmt::format("blockers: {}\n", code.error().message).c_str(), stderr);
  return 1;
}
