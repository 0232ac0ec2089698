// How often a session is ended that was no longer the one the plan was made for.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "healing/policy/policy.h"
#include "healing/remedies/terminate_session.h"
#include "prove/figures.h"
#include "support/watch_runner.h"

namespace selfheal::prove {
namespace {

using healing::ActReport;
using healing::Remedy;
using test::ClientSession;
using test::WatchRunner;

constexpr std::uint64_t kSeed = 20260502;
const TreatmentNumber kTreatment(12);

struct Wanted {
  int races = 1000;
  int controls = 50;
  int concurrent = 1000;
};

// What the session does between plan and act.
struct Change {
  const char* name;
  const char* sql;       // nullptr: disconnects, and another session comes
  bool working = false;  // still runs when the act comes
};
constexpr std::array kChanges{
    Change{"commits and idles in a new transaction", "COMMIT; BEGIN; UPDATE acc SET bal = 2 WHERE id = 1"},
    Change{"commits and is idle", "COMMIT"},
    Change{"disconnects, another session comes", nullptr},
    Change{"starts to work in the same transaction", "SELECT pg_sleep(60)", true},
    Change{"rolls back", "ROLLBACK"},
    Change{"runs one more statement in the same transaction", "UPDATE acc SET bal = 3 WHERE id = 2"}};

healing::ApprovedRemedy approved(const Remedy& remedy) {
  Diagnosis diagnosis;
  diagnosis.confidence = Confidence::confirmed;
  Settings settings;
  settings.default_mode = ActionMode::automatic;
  return *healing::Policy::decide(remedy, diagnosis, Incident{}, settings, {}, Time{}).approved;
}

// The server, the watch on it, and who looks from outside.
class Arena {
 public:
  Arena() { test::make_roles(postgres_); }

  bool is_up() {
    watch_.emplace(test::watching(postgres_));
    admin_.emplace(postgres_.conninfo());
    return watch_->wait_until_up();
  }
  ClientSession session() const { return ClientSession(postgres_.conninfo("postgres", "app")); }
  ClientSession actor() const { return ClientSession(postgres_.conninfo("postgres", "actor")); }
  // Idle in a transaction that sets the balance.
  ClientSession idle_session(int balance = 1) const {
    auto idle = session();
    idle.exec(fmt::format("BEGIN; UPDATE acc SET bal = {} WHERE id = 1", balance));
    return idle;
  }
  int balance() {
    int found = 0;
    const auto text = admin_->exec("SELECT bal FROM acc WHERE id = 1").value();
    std::from_chars(text.data(), text.data() + text.size(), found);
    return found;
  }
  // The remedy for the session as it is now.
  Remedy plan_for(ClientSession& session) {
    const auto row = admin_->exec(
        fmt::format("SELECT backend_start, xact_start, state_change FROM pg_stat_activity WHERE pid = {}",
                    session.backend_pid()));
    const auto moment = [&](std::size_t column) { return parse_time(row.value(0, column)).value_or(Time{}); };
    return healing::terminate_session({.pid = session.backend_pid(),
                                       .backend_start = moment(0),
                                       .xact_start = moment(1),
                                       .state_change = moment(2)});
  }
  // The act, under way; `report` is set when it has ended.
  void start(const Remedy& plan, std::optional<Result<ActReport>>& report) {
    asio::co_spawn(watch_->context(), watch_->server().act(approved(plan), kTreatment, watch_->in(20s)),
                   [&report](std::exception_ptr, Result<ActReport> answer) { report = std::move(answer); });
  }
  bool finished(std::optional<Result<ActReport>>& report) {
    return watch_->wait([&] { return report.has_value(); }, 30s) && report->has_value();
  }
  bool holds(const std::string& condition) {
    return admin_->exec("SELECT FROM pg_stat_activity WHERE " + condition).rows.size() == 1;
  }

  WatchRunner& watch() { return *watch_; }
  ClientSession& admin() { return *admin_; }

 private:
  test::TemporaryPostgres postgres_;
  std::optional<WatchRunner> watch_;
  std::optional<ClientSession> admin_;
};

// Makes the session change; false when it does not.
bool change(const Change& kind, ClientSession& session, Arena& arena) {
  if (kind.sql == nullptr) {
    session.close();
    session = arena.session();
    return session.exec("BEGIN; UPDATE acc SET bal = 2 WHERE id = 1").ok;
  }
  if (!kind.working) return session.exec(kind.sql).ok;
  session.send(kind.sql);
  const auto works = fmt::format("pid = {} AND state = 'active'", session.backend_pid());
  return test::wait_until([&] { return arena.holds(works); });
}

// Whether the session is still there, and can go on.
bool lives(const Change& kind, ClientSession& session, Arena& arena) {
  if (kind.working) {
    arena.admin().exec(fmt::format("SELECT pg_cancel_backend({})", session.backend_pid()));
    if (session.collect().sqlstate != "57014") return false;
    return session.exec("ROLLBACK").ok;
  }
  return session.exec("SELECT 1").ok;
}

// The act with `between` happening before its guarded statement: before the act begins, or, `late`, behind an
// earlier statement of its transaction that has read pg_stat_activity. Nothing when the act or `between`
// fails.
std::optional<ActReport> act(const Remedy& plan, bool late, Arena& arena,
                             const std::function<bool()>& between) {
  std::optional<Result<ActReport>> report;
  if (!late) {
    if (!between()) return std::nullopt;
    arena.start(plan, report);
    return arena.finished(report) ? std::optional(**report) : std::nullopt;
  }
  auto gate = arena.session();
  if (!gate.exec("BEGIN; SELECT pg_advisory_xact_lock(1)").ok) return std::nullopt;
  auto parts = plan.parts();
  parts.before = {{.sql = "SELECT count(state) FROM pg_stat_activity"},
                  {.sql = "SELECT pg_advisory_xact_lock(1)"}};
  arena.start(Remedy(plan.guard(), plan.guarded(), std::move(parts)), report);
  const auto at_gate =
      fmt::format("application_name = 'selfheal heal:{}' AND wait_event_type = 'Lock'", kTreatment.value());
  const bool ready =
      arena.watch().wait([&] { return report.has_value() || arena.holds(at_gate); }) && !report;
  const bool changed = ready && between();
  gate.exec("COMMIT");
  return arena.finished(report) && changed ? std::optional(**report) : std::nullopt;
}

struct Count {
  int all = 0;
  int hit = 0;      // the session was ended
  int claimed = 0;  // the act says that it ended a session
  int failed = 0;   // the trial itself failed, and says nothing
};

void add(Count& count, const std::optional<ActReport>& report, bool alive) {
  ++count.all;
  count.failed += report ? 0 : 1;
  count.hit += report && !alive ? 1 : 0;
  count.claimed += report && report->touched ? 1 : 0;
}

Count races(const Change& kind, bool late, int all, Arena& arena) {
  Count count;
  for (int i = 0; i < all; ++i) {
    auto session = arena.idle_session();
    const auto plan = arena.plan_for(session);
    const auto report = act(plan, late, arena, [&] { return change(kind, session, arena); });
    add(count, report, report && lives(kind, session, arena));
  }
  return count;
}

// The same acts on sessions that do not change: all must be ended.
Count unchanged(bool late, int all, Arena& arena) {
  Count count;
  for (int i = 0; i < all; ++i) {
    auto session = arena.idle_session();
    const auto plan = arena.plan_for(session);
    const auto report = act(plan, late, arena, [] { return true; });
    add(count, report, report && session.exec("SELECT 1").sqlstate != "57P01");
  }
  return count;
}

// The guarded statement as a careless program would run it: behind an earlier look at pg_stat_activity in the
// same transaction, which PostgreSQL then keeps. Shows that the danger is real.
Count careless(int all, Arena& arena) {
  Count count;
  auto actor = arena.actor();
  for (int i = 0; i < all; ++i) {
    auto session = arena.idle_session();
    const auto plan = arena.plan_for(session);
    std::string values;
    for (const auto& param : plan.guarded().params)
      values += fmt::format("{}'{}'", values.empty() ? "" : ", ", param.value_or(""));
    actor.exec("PREPARE guarded AS " + plan.guarded().sql);
    actor.exec("BEGIN; SELECT count(state) FROM pg_stat_activity");
    const bool changed = change(kChanges[0], session, arena);
    const auto answer = actor.exec(fmt::format("EXECUTE guarded({})", values));
    actor.exec("COMMIT; DEALLOCATE guarded");
    const bool alive = session.exec("SELECT 1").ok;
    add(count,
        changed && answer.ok ? std::optional(ActReport{.touched = answer.value() == "t"}) : std::nullopt,
        alive);
  }
  return count;
}

struct Concurrent {
  int all = 0;
  int session_first = 0;  // it committed and lives
  int act_first = 0;      // it was ended, and did not commit
  int both = 0;           // it committed and was then ended
  int failed = 0;
};

// The session sends its COMMIT at a moment of chance around the act. Whether it committed is read from the
// table: an answer may be lost with the session.
Concurrent concurrent(int all, Duration within, Random& random, Arena& arena) {
  Concurrent count{.all = all};
  for (int i = 0; i < all; ++i) {
    const int balance = 1000 + i;
    auto session = arena.idle_session(balance);
    const auto plan = arena.plan_for(session);
    std::optional<Result<ActReport>> report;
    arena.start(plan, report);
    const auto moment = random.below(static_cast<std::uint64_t>(within.count()) + 1);
    arena.watch().pass(Duration(static_cast<std::int64_t>(moment)));
    session.send("COMMIT");
    const bool finished = arena.finished(report);
    session.collect();
    const bool alive = session.exec("SELECT 1").ok;
    const bool committed = arena.balance() == balance;
    count.failed += finished && (committed || !alive) ? 0 : 1;
    count.session_first += committed && alive ? 1 : 0;
    count.act_first += !committed && !alive ? 1 : 0;
    count.both += committed && !alive ? 1 : 0;
  }
  return count;
}

// How long an act takes to its guarded statement's answer: the median of some that find the session moved on.
// One that ends a session then waits for its end.
Duration time_to_the_guard(Arena& arena) {
  std::vector<Duration> times;
  for (int i = 0; i < 25; ++i) {
    auto session = arena.idle_session();
    const auto plan = arena.plan_for(session);
    session.exec("COMMIT");
    const auto began = arena.watch().clock().steady_now();
    if (act(plan, false, arena, [] { return true; }))
      times.push_back(std::chrono::duration_cast<Duration>(arena.watch().clock().steady_now() - began));
  }
  return times.empty() ? 5ms : percentile(times, 0.5);
}

bool report_races(const Wanted& wanted, Arena& arena) {
  std::puts(
      "The session changes after the plan and before the guarded statement. A wrong hit: a session that "
      "changed is gone afterwards, or the act says that it ended one.\n");
  print_head({"the session", "before the act", "after a look in the act's transaction", "wrong hits"});
  const int halves = static_cast<int>(kChanges.size()) * 2;
  int all = 0;
  int wrong = 0;
  int failed = 0;
  for (std::size_t i = 0; i < kChanges.size(); ++i) {
    const auto share = [&](int half) {
      const int at = static_cast<int>(i) * 2 + half;
      return wanted.races * (at + 1) / halves - wanted.races * at / halves;
    };
    const auto early = races(kChanges[i], false, share(0), arena);
    const auto late = races(kChanges[i], true, share(1), arena);
    const int hits = std::max(early.hit, early.claimed) + std::max(late.hit, late.claimed);
    all += early.all + late.all;
    wrong += hits;
    failed += early.failed + late.failed;
    print_row({kChanges[i].name, std::to_string(early.all), std::to_string(late.all), std::to_string(hits)});
    std::fputs(fmt::format("{} races\n", all).c_str(), stderr);
  }
  print_row({"**all** (target 0)", "", "", fmt::format("**{} of {}**", wrong, all)});
  if (failed > 0) std::puts(fmt::format("\n{} races failed and say nothing.", failed).c_str());
  return wrong == 0 && failed == 0 && all == wanted.races;
}

bool report_controls(const Wanted& wanted, Arena& arena) {
  const auto early = unchanged(false, wanted.controls / 2, arena);
  const auto late = unchanged(true, wanted.controls - early.all, arena);
  const int hit = std::min(early.hit + late.hit, early.claimed + late.claimed);
  std::puts(fmt::format("\nControl: of sessions that did not change, the same acts ended {} (target all).",
                        of_all(hit, wanted.controls))
                .c_str());
  const auto danger = careless(wanted.controls, arena);
  std::puts(
      fmt::format("\nThat the danger is real: the same guarded statement behind an earlier look, without "
                  "`pg_stat_clear_snapshot()`, ended {} sessions that had committed and begun anew.",
                  of_all(danger.hit, danger.all))
          .c_str());
  return hit == wanted.controls && danger.hit > 0 && danger.failed == 0;
}

bool report_concurrent(const Wanted& wanted, Arena& arena) {
  const auto takes = time_to_the_guard(arena);
  SeededRandom random(kSeed);
  const auto count = concurrent(wanted.concurrent, takes * 5 / 4, random, arena);
  std::puts(
      fmt::format(
          "\nTruly at the same time: the client sends COMMIT at a moment of chance within {} of the act's "
          "start ({} to the answer of its guarded statement). PostgreSQL's signal to a session is not part "
          "of a snapshot: between "
          "the guard and the signal a session can still move, and no guard can exclude it.\n",
          in_ms(takes * 5 / 4), in_ms(takes))
          .c_str());
  print_head({"", "of " + std::to_string(count.all)});
  print_row({"it committed first and lives", std::to_string(count.session_first)});
  print_row({"the act came first: it was ended and rolled back", std::to_string(count.act_first)});
  print_row({"it committed and was ended all the same", std::to_string(count.both)});
  if (count.failed > 0) std::puts(fmt::format("\n{} failed and say nothing.", count.failed).c_str());
  return count.failed == 0;
}

int prove(const Wanted& wanted) {
  Arena arena;
  if (!arena.is_up()) {
    std::fputs("races: the server is not watched\n", stderr);
    return 1;
  }
  bool held = report_races(wanted, arena);
  held = report_controls(wanted, arena) && held;
  held = report_concurrent(wanted, arena) && held;
  // What the shared runner itself expects is told by the test library.
  return held && !::testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed() ? 0 : 1;
}

int number(const char* text) {
  int value = 0;
  std::from_chars(text, text + std::string_view(text).size(), value);
  return value;
}

}  // namespace
}  // namespace selfheal::prove

// races [RACES CONTROLS CONCURRENT]
int main(int count, char** arguments) {
  using namespace selfheal;
  prove::Wanted wanted;
  if (count == 4)
    wanted = {.races = prove::number(arguments[1]),
              .controls = prove::number(arguments[2]),
              .concurrent = prove::number(arguments[3])};
  return prove::prove(wanted);
}
