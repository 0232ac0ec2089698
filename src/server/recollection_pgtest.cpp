// Memory over a real store: what is remembered, found again, refused and forgotten.
#include "memory/recollection.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "base/worker.h"
#include "server/recollection_port.h"
#include "support/test_store.h"

namespace selfheal::server {
namespace {

using healing::Ending;
using memory::Recalled;
using memory::Trust;
using testing::Contains;
using testing::HasSubstr;

class OtherEmbedder final : public memory::Embedder {
 public:
  std::string id() const override { return "other"; }
  int dimension() const override { return 2; }
  Task<std::vector<memory::Vector>> embed(std::vector<pg::RedactedText> texts, Deadline) override {
    co_return std::vector<memory::Vector>(texts.size(), memory::Vector{1, 0});
  }
};

class RecollectionTest : public test::StoreTest {
 protected:
  void TearDown() override {
    recollections_.clear();
    StoreTest::TearDown();
    std::filesystem::remove_all(directory_);
  }

  memory::Recollection& made(store::Store& store, const std::string& tenant = "acme",
                             memory::Embedder* embedder = nullptr) {
    static const memory::DomainEmbedder domain;
    embedders_.push_back(std::make_unique<memory::EmbedderOnWorker>(domain, workers_));
    recollections_.push_back(std::make_unique<memory::Recollection>(
        memory::RecollectionOptions{.control = loop_.context().get_executor(),
                                    .clock = clock_,
                                    .workers = workers_,
                                    .rows = store.case_rows(),
                                    .embedder = embedder != nullptr ? *embedder : *embedders_.back(),
                                    .tenant = tenant,
                                    .file = file()}));
    return *recollections_.back();
  }
  // Started, and in step with the rows.
  memory::Recollection& started(store::Store& store, const std::string& tenant = "acme",
                                memory::Embedder* embedder = nullptr) {
    auto& recollection = made(store, tenant, embedder);
    recollection.start();
    in_step(recollection, store);
    return recollection;
  }
  void in_step(memory::Recollection& recollection, store::Store& store) {
    const auto rows = got(store.case_rows().state(soon()));
    loop_.finish([&] {
      const auto standing = recollection.standing();
      return standing.is_ready && standing.state >= rows.state;
    });
    EXPECT_TRUE(recollection.standing().is_ready);
    EXPECT_GE(recollection.standing().state, rows.state);
  }
  void stop(memory::Recollection& recollection) { EXPECT_TRUE(run(stopped_memory(recollection))); }
  static Task<bool> stopped_memory(memory::Recollection& recollection) {
    co_await recollection.stop();
    co_return true;
  }

  // A trouble of its own: an SQLSTATE, a table and a message.
  Sighting trouble(const std::string& fingerprint, const std::string& sqlstate, const std::string& object,
                   const std::string& message) {
    auto sighting = seen(fingerprint, ++line_);
    auto& event = sighting.exemplar;
    event.sqlstate = sqlstate;
    event.message = message;
    event.detail.clear();
    event.statement.clear();
    sighting.error_class.condition.clear();
    sighting.name = {.family = "v1|" + sqlstate + "|" + object, .fingerprint = fingerprint};
    return sighting;
  }
  Sighting deadlock(const std::string& fingerprint) {
    return trouble(fingerprint, "40P01", "table=orders", "deadlock detected");
  }
  Sighting duplicate(const std::string& fingerprint, const std::string& constraint) {
    return trouble(fingerprint, "23505", "constraint=" + constraint,
                   "duplicate key value violates unique constraint \"" + constraint + "\"");
  }
  Incident filed(store::Store& store, Sighting sighting) {
    const auto news = file(store, {std::move(sighting)});
    EXPECT_EQ(news.size(), 1u);
    return news.empty() ? Incident{} : news.front().incident;
  }
  void treated(store::Store& store, const Incident& incident, const std::string& action,
               VerdictWord verdict) {
    healing::PastCase past{.incident = incident.number,
                           .cause = "sequence_behind_table",
                           .action = action,
                           .verdict = verdict,
                           .at = clock_.wall,
                           .treatment = TreatmentNumber(++treatment_)};
    done(store.memory().remember(incident.name, std::move(past), soon()));
  }
  void resolved(store::Store& store, const Incident& incident, const std::string& note) {
    healing::PastCase past{
        .incident = incident.number, .at = clock_.wall, .ending = Ending::by_person, .note = note};
    done(store.memory().remember(incident.name, std::move(past), soon()));
  }
  std::vector<Recalled> similar(memory::Recollection& recollection, const Incident& incident,
                                std::size_t limit = 10) {
    return got(recollection.similar_to(incident, limit, soon()));
  }
  std::vector<Recalled> similar(memory::Recollection& recollection, const std::string& words,
                                std::size_t limit = 10) {
    return got(recollection.similar_to(words, limit, soon()));
  }
  static std::vector<std::string> fingerprints(const std::vector<Recalled>& recalled) {
    std::vector<std::string> names;
    for (const auto& one : recalled)
      if (one.runbook == nullptr) names.push_back(one.past.fingerprint);
    return names;
  }

  using StoreTest::file;
  std::filesystem::path file() const { return directory_ / "memory" / "cases.index"; }

  WorkerPool workers_{1};
  std::filesystem::path directory_ = [] {
    auto path = (std::filesystem::temp_directory_path() / "selfheal-memory-XXXXXX").string();
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    return path;
  }();
  std::vector<std::unique_ptr<memory::EmbedderOnWorker>> embedders_;
  std::vector<std::unique_ptr<memory::Recollection>> recollections_;
  std::int64_t line_ = 0;
  std::int64_t treatment_ = 0;
};

TEST_F(RecollectionTest, SaysWhatWorkedThenAndHowOften) {
  using enum VerdictWord;
  auto& store = open();
  const auto first = filed(store, duplicate("aaaaaaaaaaaaaaaa", "orders_pkey"));
  for (const auto verdict : {cured, cured, unchanged, unknown})
    treated(store, first, "advance_sequence", verdict);
  treated(store, first, "terminate_session", worse);
  resolved(store, first, "the import of Monday had set the ids itself");
  const auto cousin = filed(store, [&] {
    auto sighting = duplicate("bbbbbbbbbbbbbbbb", "orders_pkey");
    return sighting;
  }());
  auto& recollection = started(store);

  const auto recalled = similar(recollection, cousin);
  ASSERT_FALSE(recalled.empty());
  const auto& best = recalled.front();
  EXPECT_EQ(best.past.fingerprint, "aaaaaaaaaaaaaaaa");
  EXPECT_EQ(best.incident, first.number);
  EXPECT_EQ(best.trust, Trust::verified);
  EXPECT_THAT(best.why, Contains(HasSubstr("the same objects (constraint orders_pkey)")));
  ASSERT_EQ(best.records.size(), 2u);
  EXPECT_EQ(best.records[0].action, "advance_sequence");
  EXPECT_EQ(best.records[0].helped, 2);
  EXPECT_EQ(best.records[0].tried, 3) << "unknown counts nothing";
  EXPECT_EQ(best.records[1].helped, 0);
  EXPECT_THAT(best.notes, testing::ElementsAre("the import of Monday had set the ids itself"));
  EXPECT_EQ(
      best.experience,
      "advance_sequence helped 2 of 3 times; terminate_session helped 0 of 1 times; a person corrected it "
      "once");
  ASSERT_NE(recalled.back().runbook, nullptr) << "there is a runbook of unique_violation";
  stop(recollection);
}

TEST_F(RecollectionTest, TheSameTroubleComesFirstAndSaysSo) {
  auto& store = open();
  const auto first = filed(store, deadlock("aaaaaaaaaaaaaaaa"));
  treated(store, first, "cancel_waiting_ddl", VerdictWord::cured);
  filed(store, deadlock("cccccccccccccccc"));
  auto again = deadlock("aaaaaaaaaaaaaaaa");
  again.exemplar.database = "other";
  const auto second = filed(store, again);
  auto& recollection = started(store);
  const auto recalled = similar(recollection, second);
  ASSERT_GE(recalled.size(), 2u);
  EXPECT_THAT(recalled[0].why, Contains(HasSubstr("The same trouble")));
  EXPECT_EQ(recalled[0].incident, first.number) << "where something was done, not the incident itself";
  EXPECT_EQ(recalled[1].past.fingerprint, "cccccccccccccccc");
  EXPECT_EQ(recalled[1].trust, Trust::seen);
  EXPECT_TRUE(recalled[1].records.empty());
  stop(recollection);
}

TEST_F(RecollectionTest, AnIncidentWithoutAPastIsNotSimilarToItself) {
  auto& store = open();
  const auto only = filed(store, deadlock("aaaaaaaaaaaaaaaa"));
  auto& recollection = started(store);
  EXPECT_TRUE(fingerprints(similar(recollection, only)).empty());
  stop(recollection);
}

TEST_F(RecollectionTest, HowAnIncidentEndedIsNotItsOwnPast) {
  auto& store = open();
  auto incident = filed(store, deadlock("aaaaaaaaaaaaaaaa"));
  treated(store, incident, "cancel_waiting_ddl", VerdictWord::cured);
  auto& recollection = started(store);
  EXPECT_FALSE(fingerprints(similar(recollection, incident)).empty()) << "it came back: it is its past now";
  incident.state = IncidentState::healed;
  EXPECT_TRUE(fingerprints(similar(recollection, incident)).empty());
  treated(store, incident, "terminate_session", VerdictWord::worse);
  EXPECT_FALSE(fingerprints(similar(recollection, incident)).empty());
  stop(recollection);
}

TEST_F(RecollectionTest, WordsFindRunbooksNotesAndErrors) {
  auto& store = open();
  const auto incident = filed(store, duplicate("aaaaaaaaaaaaaaaa", "invoices_pkey"));
  resolved(store, incident, "the warehouse exporter restarted its numbering");
  auto& recollection = started(store);
  const auto by_note = similar(recollection, "warehouse exporter numbering");
  ASSERT_FALSE(by_note.empty());
  EXPECT_EQ(by_note.front().past.fingerprint, "aaaaaaaaaaaaaaaa");
  EXPECT_EQ(by_note.front().trust, Trust::resolved);
  EXPECT_THAT(by_note.front().why, Contains(HasSubstr("warehouse")));
  const auto by_code = similar(recollection, "what do I do about 40P01");
  ASSERT_FALSE(by_code.empty());
  ASSERT_NE(by_code.front().runbook, nullptr);
  EXPECT_THAT(by_code.front().runbook->sqlstates, Contains("40P01"));
  EXPECT_TRUE(similar(recollection, "").empty());
  stop(recollection);
}

TEST_F(RecollectionTest, WhatIsLearnedWhileItRunsIsFoundByItsWords) {
  auto& store = open();
  auto& recollection = started(store);
  const auto incident = filed(store, duplicate("aaaaaaaaaaaaaaaa", "invoices_pkey"));
  in_step(recollection, store);
  EXPECT_THAT(fingerprints(similar(recollection, "duplicate key invoices_pkey")),
              Contains("aaaaaaaaaaaaaaaa"));
  resolved(store, incident, "the warehouse exporter restarted its numbering");
  in_step(recollection, store);
  const auto recalled = similar(recollection, "warehouse exporter");
  ASSERT_FALSE(recalled.empty());
  EXPECT_EQ(recalled.front().trust, Trust::resolved);
  EXPECT_EQ(std::ranges::count(fingerprints(recalled), "aaaaaaaaaaaaaaaa"), 1) << "it moved to the proven";
  stop(recollection);
}

TEST_F(RecollectionTest, ARestartReadsTheFileWhenItAgrees) {
  auto& store = open();
  treated(store, filed(store, deadlock("aaaaaaaaaaaaaaaa")), "cancel_waiting_ddl", VerdictWord::cured);
  auto& before = started(store);
  const auto found = fingerprints(similar(before, "deadlock"));
  EXPECT_FALSE(before.standing().came_from_file);
  stop(before);
  struct stat facts{};
  ASSERT_EQ(::stat(file().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat(file().parent_path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0700U);

  auto& after = started(store);
  EXPECT_TRUE(after.standing().came_from_file);
  EXPECT_EQ(after.standing().cases, before.standing().cases);
  EXPECT_EQ(fingerprints(similar(after, "deadlock")), found);
  stop(after);
}

TEST_F(RecollectionTest, AFileThatDisagreesIsBuiltAnew) {
  auto& store = open();
  filed(store, deadlock("aaaaaaaaaaaaaaaa"));
  stop(started(store));

  // Rows that changed while nobody looked.
  filed(store, deadlock("bbbbbbbbbbbbbbbb"));
  auto& older = started(store);
  EXPECT_FALSE(older.standing().came_from_file);
  EXPECT_THAT(fingerprints(similar(older, "deadlock")), Contains("bbbbbbbbbbbbbbbb"));
  stop(older);

  // A byte on the disk.
  {
    std::fstream bytes(file(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(std::filesystem::file_size(file()) / 2));
    bytes.put('\x55');
    bytes.put('\xaa');
  }
  auto& damaged = started(store);
  EXPECT_FALSE(damaged.standing().came_from_file);
  EXPECT_THAT(fingerprints(similar(damaged, "deadlock")), testing::SizeIs(2));
  stop(damaged);

  // Vectors of another kind, and then ours again.
  OtherEmbedder other;
  auto& foreign = started(store, "acme", &other);
  EXPECT_FALSE(foreign.standing().came_from_file);
  stop(foreign);
  auto& ours = started(store);
  EXPECT_FALSE(ours.standing().came_from_file);
  stop(ours);

  // Another tenant's file in this one's place.
  auto& stranger_store = open("stranger");
  auto& stranger = started(stranger_store, "stranger");
  EXPECT_FALSE(stranger.standing().came_from_file);
  EXPECT_TRUE(fingerprints(similar(stranger, "deadlock detected")).empty());
  stop(stranger);
}

TEST_F(RecollectionTest, TenantsSeeNothingOfEachOther) {
  auto& ours = open("acme");
  auto& theirs = open("umbrella");
  for (int i = 0; i < 20; ++i) {
    const auto name = fmt::format("{:016x}", i + 1);
    const auto incident = filed(theirs, duplicate(name, "secret_pkey"));
    treated(theirs, incident, "advance_sequence", VerdictWord::cured);
    resolved(theirs, incident, "umbrella moved its warehouse");
  }
  const auto incident = filed(ours, duplicate("0000000000000001", "secret_pkey"));
  auto& recollection = started(ours);
  EXPECT_TRUE(fingerprints(similar(recollection, incident, 100)).empty());
  for (const auto* words : {"umbrella moved its warehouse", "secret_pkey", "duplicate key"})
    for (const auto& recalled : similar(recollection, words, 100)) {
      EXPECT_TRUE(recalled.runbook != nullptr || recalled.past.incident == incident.number);
      EXPECT_TRUE(recalled.notes.empty());
      EXPECT_TRUE(recalled.records.empty());
    }
  stop(recollection);
}

TEST_F(RecollectionTest, AThousandPoisonedCasesChangeNothingThatWasProven) {
  auto& store = open();
  const auto cured = filed(store, duplicate("aaaaaaaaaaaaaaaa", "orders_pkey"));
  treated(store, cured, "advance_sequence", VerdictWord::cured);
  const auto asked = filed(store, duplicate("bbbbbbbbbbbbbbbb", "orders_pkey"));
  RecollectionOverMemory port(store.incidents(), started(store));
  const auto before = got(port.similar_to(asked.number, 5, soon()));
  ASSERT_FALSE(before.empty());

  // Errors that anybody who may raise errors can raise: of the same family, by other statements, and others
  // near it in words.
  std::vector<Sighting> poison;
  for (int i = 0; i < 500; ++i) poison.push_back(duplicate(fmt::format("f{:015x}", i), "orders_pkey"));
  for (int i = 0; i < 500; ++i)
    poison.push_back(duplicate(fmt::format("e{:015x}", i), fmt::format("orders_pkey{}", i)));
  for (auto at = poison.begin(); at != poison.end(); at += 500)
    file(store, std::vector<Sighting>(at, at + 500));
  auto& recollection = *recollections_.back();
  in_step(recollection, store);
  EXPECT_GE(recollection.standing().cases, 1000u);

  const auto after = got(port.similar_to(asked.number, 5, soon()));
  ASSERT_FALSE(after.empty());
  EXPECT_EQ(after.front().name, before.front().name);
  EXPECT_EQ(after.front().action, "advance_sequence");
  EXPECT_EQ(after.front().helped, 1);
  EXPECT_EQ(after.front().tried, 1);
  const auto words = got(port.similar_to("duplicate key value violates orders_pkey", 10, soon()));
  ASSERT_FALSE(words.empty());
  EXPECT_THAT(words, Contains(testing::Field(&api::SimilarCase::action, "advance_sequence")));
  for (const auto* list : {&after, &words})
    for (const auto& one : *list) {
      if (one.trust != "seen") continue;
      EXPECT_EQ(one.action, "");
      EXPECT_EQ(one.tried, 0);
      EXPECT_TRUE(one.outcomes.empty());
    }
  stop(recollection);
}

TEST_F(RecollectionTest, BeforeTheIndexIsReadyTheSameTroubleIsFound) {
  auto& store = open();
  const auto first = filed(store, deadlock("aaaaaaaaaaaaaaaa"));
  treated(store, first, "cancel_waiting_ddl", VerdictWord::cured);
  const auto cousin = filed(store, deadlock("bbbbbbbbbbbbbbbb"));
  auto& recollection = made(store);
  const auto recalled = similar(recollection, cousin);
  ASSERT_FALSE(recalled.empty());
  EXPECT_EQ(recalled.front().past.fingerprint, "aaaaaaaaaaaaaaaa");
  EXPECT_EQ(recalled.front().records.front().helped, 1);
}

TEST_F(RecollectionTest, WithoutTheStoreItSaysThatItCannotAnswer) {
  auto& store = open();
  const auto incident = filed(store, deadlock("aaaaaaaaaaaaaaaa"));
  treated(store, incident, "cancel_waiting_ddl", VerdictWord::cured);
  auto& recollection = started(store);
  EXPECT_TRUE(run(stopped(store)));
  const auto by_incident = run(recollection.similar_to(incident, 5, soon()));
  ASSERT_FALSE(by_incident);
  EXPECT_EQ(by_incident.error().code, ErrorCode::unavailable);
  const auto by_words = run(recollection.similar_to("deadlock detected", 5, soon()));
  ASSERT_FALSE(by_words);
  EXPECT_EQ(by_words.error().code, ErrorCode::unavailable);
  stop(recollection);
}

TEST_F(RecollectionTest, WhatWasOnlySeenIsForgottenWithItsIncidents) {
  auto& store = open();
  filed(store, deadlock("aaaaaaaaaaaaaaaa"));
  const auto proven = filed(store, deadlock("bbbbbbbbbbbbbbbb"));
  treated(store, proven, "cancel_waiting_ddl", VerdictWord::cured);
  auto& recollection = started(store);
  const auto cases = recollection.standing().cases;
  for (auto incident : got(store.incidents().unfinished(soon()))) {
    incident.state = IncidentState::resolved;
    ASSERT_TRUE(run(store.incidents().update(incident, {}, soon())));
  }
  clock_.wall += std::chrono::days(5000);
  done(store.maintain(soon()));
  in_step(recollection, store);
  EXPECT_EQ(recollection.standing().cases, cases - 1);
  const auto words = similar(recollection, "deadlock detected");
  EXPECT_THAT(fingerprints(words), testing::ElementsAre("bbbbbbbbbbbbbbbb"));
  const auto kept = std::ranges::find(words, nullptr, &Recalled::runbook);
  ASSERT_NE(kept, words.end());
  ASSERT_EQ(kept->records.size(), 1u) << "experience outlives the incident";
  EXPECT_EQ(kept->records.front().helped, 1);
  stop(recollection);
}

TEST_F(RecollectionTest, ANoteAddsToTheEndingAndTheNewestHolds) {
  auto& store = open();
  const auto incident = filed(store, deadlock("aaaaaaaaaaaaaaaa"));
  const auto note = [&](Ending ending, const std::string& text) {
    healing::PastCase past{.incident = incident.number, .at = clock_.wall, .ending = ending, .note = text};
    done(store.memory().remember(incident.name, std::move(past), soon()));
  };
  note(Ending::by_person, "done");
  note(Ending::noted, "the exporter takes the locks in another order");
  note(Ending::by_itself, "");
  note(Ending::noted, "the exporter was corrected");
  auto& recollection = started(store);
  const auto recalled = similar(recollection, "exporter corrected");
  ASSERT_FALSE(recalled.empty());
  EXPECT_THAT(recalled.front().notes, testing::ElementsAre("the exporter was corrected"));
  EXPECT_EQ(recalled.front().experience, "it went away by itself once");
  stop(recollection);
}

TEST_F(RecollectionTest, ANoteKeepsNoSecretInRowsOrFile) {
  auto& store = open();
  const auto incident = filed(store, deadlock("aaaaaaaaaaaaaaaa"));
  resolved(store, incident,
           "connected with postgres://admin:canary4711@db/prod and killed it; tell eve@example.org");
  stop(started(store));
  EXPECT_EQ(
      look("SELECT count(*) FROM selfheal.past_case WHERE note LIKE '%canary4711%' OR note LIKE '%eve@%'"),
      "0");
  std::ifstream in(file(), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  EXPECT_FALSE(bytes.empty());
  EXPECT_EQ(bytes.find("canary4711"), std::string::npos);
  EXPECT_EQ(bytes.find("4711"), std::string::npos) << "nor a value of an error's detail";
}

}  // namespace
}  // namespace selfheal::server
