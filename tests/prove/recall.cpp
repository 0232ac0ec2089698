// How long memory takes to answer with many cases, and what the control thread feels of it.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/pulse.h"
#include "base/random.h"
#include "base/worker.h"
#include "memory/recollection.h"
#include "prove/figures.h"
#include "store/store.h"
#include "support/loop.h"
#include "support/temporary_postgres.h"

namespace selfheal::prove {
namespace {

constexpr std::size_t kBatch = 500;
constexpr std::uint64_t kSeed = 20260501;
constexpr Duration kPatience = 300s;

// Sentences of PostgreSQL's with names that differ, as many applications give them.
struct Kind {
  const char* sqlstate;
  const char* condition;
  const char* object;
  const char* message;
};
constexpr Kind kKinds[] = {
    {"23505", "unique_violation", "constraint", "duplicate key value violates unique constraint \"{}\""},
    {"42P01", "undefined_table", "table", "relation \"{}\" does not exist"},
    {"40P01", "deadlock_detected", "table", "deadlock detected"},
    {"42501", "insufficient_privilege", "table", "permission denied for table {}"},
    {"23514", "check_violation", "constraint",
     "new row for relation \"orders\" violates check constraint \"{}\""},
    {"55P03", "lock_not_available", "table", "canceling statement due to lock timeout"},
    {"57014", "query_canceled", "table", "canceling statement due to statement timeout"},
    {"2200H", "sequence_generator_limit_exceeded", "sequence",
     "nextval: reached maximum value of sequence \"{}\" (2147483647)"},
};

std::string name_of(std::size_t number) {
  static constexpr const char* kWords[] = {"orders", "invoices", "customers", "payments", "shipments",
                                           "ledger", "sessions", "carts",     "stock",    "returns"};
  return fmt::format("{}_{}_{}", kWords[number % 10], kWords[number / 10 % 10], number / 100);
}

Sighting sighting_of(std::size_t number, Time at) {
  const auto& kind = kKinds[number % std::size(kKinds)];
  const auto name = name_of(number);
  Sighting sighting;
  auto& event = sighting.exemplar;
  event.sqlstate = kind.sqlstate;
  event.message = fmt::format(fmt::runtime(kind.message), name);
  event.database = "shop";
  event.level = "ERROR";
  sighting.error_class.category = Category::duplicate_data;
  sighting.error_class.condition = kind.condition;
  sighting.name = {.family = fmt::format("v1|{}|{}={}", kind.sqlstate, kind.object, name),
                   .fingerprint = sha256_hex(std::to_string(number)).substr(0, 16)};
  sighting.keys = {
      {.at = at, .session_id = "67c2f1a0.1f2f", .line_number = static_cast<std::int64_t>(number) + 1}};
  sighting.first_seen = sighting.last_seen = at;
  event.key = sighting.keys.front();
  return sighting;
}

class Recall {
 public:
  explicit Recall(std::size_t cases) : cases_(cases) {
    store_ = *run(store::Store::open({.executor = loop_.context().get_executor(),
                                      .conninfo = server_.conninfo(),
                                      .password = {},
                                      .tenant = TenantId::from_configuration("prove"),
                                      .clock = clock_,
                                      .random = random_},
                                     soon()));
    recollection_ = std::make_unique<memory::Recollection>(
        memory::RecollectionOptions{.control = loop_.context().get_executor(),
                                    .clock = clock_,
                                    .workers = workers_,
                                    .rows = store_->case_rows(),
                                    .embedder = embedder_,
                                    .tenant = "prove",
                                    .file = directory_ / "memory" / "cases.index"});
  }
  ~Recall() { std::filesystem::remove_all(directory_); }
  Recall(const Recall&) = delete;
  Recall& operator=(const Recall&) = delete;

  // Every tenth was cured once.
  void fill() {
    for (std::size_t at = 0; at < cases_; at += kBatch) {
      std::vector<Sighting> batch;
      for (std::size_t i = at; i < std::min(cases_, at + kBatch); ++i)
        batch.push_back(sighting_of(i, clock_.now()));
      auto filed = run(store_->incidents().file(ServerId("orders"), std::move(batch), soon()));
      CHECK(filed.has_value());
      for (std::size_t i = 0; i < filed->size(); i += 10) remember((*filed)[i].incident);
      for (auto& one : *filed) incidents_.push_back(std::move(one.incident));
      std::fprintf(stderr, "\r%zu cases", incidents_.size());
    }
    std::fputs("\n", stderr);
  }

  // How long until the index is there.
  Duration build() {
    const auto start = clock_.steady_now();
    recollection_->start();
    while (!recollection_->standing().is_ready && clock_.steady_now() - start < kPatience)
      loop_.context().run_one_for(100ms);
    CHECK(recollection_->standing().is_ready);
    return std::chrono::duration_cast<Duration>(clock_.steady_now() - start);
  }

  std::vector<Duration> ask(int times, bool in_words) {
    std::vector<Duration> took;
    for (int i = 0; i < times; ++i) {
      const auto& incident = incidents_[random_.below(incidents_.size())];
      const auto start = clock_.steady_now();
      const auto answer = in_words ? run(recollection_->similar_to(incident.redacted_message, 10, soon()))
                                   : run(recollection_->similar_to(incident, 10, soon()));
      CHECK(answer.has_value() && (in_words || !answer->empty()));
      took.push_back(std::chrono::duration_cast<Duration>(clock_.steady_now() - start));
    }
    return took;
  }

  // The longest that a timer of the control thread was late while `work` went on.
  template <class Work>
  std::pair<Duration, std::invoke_result_t<Work>> with_pulse(Work work) {
    Pulse pulse(clock_);
    TaskGroup tasks(loop_.context().get_executor());
    tasks.spawn("pulse", pulse.beat());
    auto result = work();
    const auto latest = pulse.longest_delay();
    CHECK(loop_.run(ended(tasks)).has_value());
    return {latest, std::move(result)};
  }

  void stop() {
    CHECK(loop_.run(ended(*recollection_)).has_value());
    CHECK(loop_.run(ended(*store_)).has_value());
  }
  std::size_t cases() const { return recollection_->standing().cases; }

 private:
  template <class T>
  Result<T> run(Task<T> task) {
    return loop_.run(std::move(task));
  }
  template <class Thing>
  static Task<bool> ended(Thing& thing) {
    co_await thing.stop();
    co_return true;
  }
  void remember(const Incident& incident) {
    const healing::PastCase past{.incident = incident.number,
                                 .cause = "sequence_behind_table",
                                 .action = "advance_sequence",
                                 .verdict = VerdictWord::cured,
                                 .at = clock_.now()};
    CHECK(run(store_->memory().remember(incident.name, past, soon())).has_value());
  }
  Deadline soon() { return clock_.deadline_in(60s); }
  static std::filesystem::path made_directory() {
    auto path = (std::filesystem::temp_directory_path() / "selfheal-recall-XXXXXX").string();
    CHECK(::mkdtemp(path.data()) != nullptr);
    return path;
  }

  std::size_t cases_;
  test::TemporaryPostgres server_;
  SystemClock clock_;
  SeededRandom random_{kSeed};
  test::Loop loop_;
  WorkerPool workers_{1};
  memory::DomainEmbedder domain_;
  memory::EmbedderOnWorker embedder_{domain_, workers_};
  std::filesystem::path directory_ = made_directory();
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<memory::Recollection> recollection_;
  std::vector<Incident> incidents_;
};

}  // namespace

int main_of(std::size_t cases, int times, Duration limit) {
  Recall recall(cases);
  recall.fill();
  const auto [late_building, built] = recall.with_pulse([&] { return recall.build(); });
  const auto [late_asking, by_incident] = recall.with_pulse([&] { return recall.ask(times, false); });
  const auto by_words = recall.ask(times, true);
  std::printf(
      "%zu cases with the runbooks, a store of its own on this machine, %d questions each. The index was "
      "built from the store's rows in %s; meanwhile the control thread was late by %s at most, and by %s "
      "while it asked.\n\n",
      recall.cases(), times, in_ms(built).c_str(), in_ms(late_building).c_str(), in_ms(late_asking).c_str());
  print_head({"asked about", "p50", "p99", "slowest"});
  for (const auto& [what, took] : {std::pair{"an incident", by_incident}, std::pair{"its message", by_words}})
    print_row(
        {what, in_ms(percentile(took, 0.5)), in_ms(percentile(took, 0.99)), in_ms(percentile(took, 1))});
  recall.stop();
  return percentile(by_incident, 0.99) <= limit ? 0 : 1;
}

}  // namespace selfheal::prove

// recall [CASES [QUESTIONS [LIMIT_MS]]]: fails when the 99th percentile is above the limit.
int main(int count, char** words) {
  const auto number = [&](int at, long otherwise) {
    return count > at ? std::strtol(words[at], nullptr, 10) : otherwise;
  };
  return selfheal::prove::main_of(static_cast<std::size_t>(number(1, 10'000)),
                                  static_cast<int>(number(2, 500)),
                                  std::chrono::milliseconds(number(3, 100)));
}
