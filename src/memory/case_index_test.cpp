#include "memory/case_index.h"

#include <gmock/gmock.h>

#include <atomic>
#include <limits>

#include "base/thread.h"
#include "memory/case_text.h"

namespace selfheal::memory {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

const DomainEmbedder& embedder() {
  static const DomainEmbedder one;
  return one;
}

CaseDocument document(std::string key, std::vector<std::string> texts) {
  CaseDocument one{.key = std::move(key)};
  for (auto& text : texts) one.rows.push_back(row_of(RowKind::error, std::move(text), embedder()));
  return one;
}

std::unique_ptr<CaseIndex> index_of(std::vector<CaseDocument> cases) {
  auto index = std::make_unique<CaseIndex>(embedder().id(), embedder().dimension());
  EXPECT_TRUE(index->put(std::move(cases)).has_value());
  return index;
}

std::unique_ptr<CaseIndex> three() {
  return index_of({document("deadlock", {"deadlock detected", "two sessions waited for each other"}),
                   document("disk", {"could not extend file: no space left on device"}),
                   document("login", {"password authentication failed for user"})});
}

Query asking(std::string text) {
  auto vector = embedder().vector_of(text);
  return {.text = std::move(text), .vector = std::move(vector)};
}

std::vector<std::string> keys(const CaseIndex& index, const Query& query) {
  std::vector<std::string> found;
  const auto hits = index.search(query);
  EXPECT_TRUE(hits.has_value());
  if (hits)
    for (const auto& hit : *hits) found.push_back(hit.key);
  return found;
}

TEST(CaseIndex, FindsACaseByWordsAndMeaning) {
  const auto index = three();
  const auto hits = index->search(asking("The disk has no space"));
  ASSERT_TRUE(hits.has_value() && !hits->empty());
  EXPECT_EQ(hits->front().key, "disk");
  EXPECT_EQ(hits->front().words_rank, 1);
  EXPECT_EQ(hits->front().meaning_rank, 1);
  EXPECT_THAT(hits->front().shared_words, ElementsAre("space", "no"));
  EXPECT_GT(hits->front().cosine, .3);
}
TEST(CaseIndex, GivesACaseOnceWithItsClosestRow) {
  auto one = document("deadlock", {"deadlock detected"});
  one.rows.push_back(row_of(RowKind::note, "the nightly report was moved", embedder()));
  const auto index = index_of({one});
  const auto hits = index->search(asking("report moved"));
  ASSERT_TRUE(hits.has_value());
  ASSERT_EQ(hits->size(), 1U);
  EXPECT_EQ(hits->front().closest, RowKind::note);
}
TEST(CaseIndex, GoesByWordsAloneWithoutAVector) {
  const auto index = three();
  const auto hits = index->search({.text = "password"});
  ASSERT_TRUE(hits.has_value());
  ASSERT_EQ(hits->size(), 1U);
  EXPECT_EQ(hits->front().key, "login");
  EXPECT_EQ(hits->front().meaning_rank, std::nullopt);
}
TEST(CaseIndex, FindsByMeaningWhatSharesNoWord) {
  const auto index = three();
  auto query = asking("credentials");
  query.method = Method::meaning;
  EXPECT_EQ(keys(*index, query).front(), "login");
  query.method = Method::words;
  EXPECT_THAT(keys(*index, query), IsEmpty());
}
TEST(CaseIndex, FindsNothingInNothingAndForNothing) {
  EXPECT_THAT(keys(*index_of({}), asking("deadlock")), IsEmpty());
  EXPECT_THAT(keys(*three(), asking("")), IsEmpty());
  EXPECT_THAT(keys(*three(), asking("\xFF\xFE")), IsEmpty());
}
TEST(CaseIndex, KeepsToTheLimitAndTheFilter) {
  const auto index = three();
  auto query = asking("deadlock space password");
  EXPECT_EQ(keys(*index, query).size(), 3U);
  query.limit = 2;
  EXPECT_EQ(keys(*index, query).size(), 2U);
  query.limit = 0;
  EXPECT_THAT(keys(*index, query), IsEmpty());
  query.limit = 10;
  query.accepts = [](std::string_view key) { return key != "disk"; };
  EXPECT_THAT(keys(*index, query), Not(Contains("disk")));
}
TEST(CaseIndex, ReplacesACaseOfTheSameKey) {
  const auto index = three();
  ASSERT_TRUE(index->put({document("disk", {"the certificate has expired"})}));
  EXPECT_EQ(index->cases(), 3U);
  EXPECT_EQ(index->rows(), 4U);
  EXPECT_EQ(keys(*index, asking("certificate expired")).front(), "disk");
  EXPECT_THAT(keys(*index, {.text = "device"}), IsEmpty());
}
TEST(CaseIndex, TakesTheLaterOfTwoWithOneKey) {
  const auto index = index_of({document("a", {"deadlock"}), document("a", {"vacuum"})});
  EXPECT_EQ(index->cases(), 1U);
  EXPECT_THAT(keys(*index, {.text = "vacuum"}), ElementsAre("a"));
  EXPECT_THAT(keys(*index, {.text = "deadlock"}), IsEmpty());
}
TEST(CaseIndex, ForgetsWhatIsRemoved) {
  const auto index = three();
  index->remove({"disk", "unknown", "disk"});
  EXPECT_EQ(index->cases(), 2U);
  EXPECT_THAT(keys(*index, asking("no space left on device")), Not(Contains("disk")));
  // Its place is given to another, which does not inherit its rows.
  ASSERT_TRUE(index->put({document("new", {"certificate"})}));
  EXPECT_EQ(keys(*index, asking("certificate")).front(), "new");
  index->remove({"deadlock", "login", "new"});
  EXPECT_EQ(index->rows(), 0U);
}
TEST(CaseIndex, RefusesWhatDoesNotFitAndStaysAsItWas) {
  const auto index = three();
  const auto fit = document("fit", {"vacuum"});
  const auto with_vector = [](Vector vector) {
    return CaseDocument{.key = "bad", .rows = {{.text = "vacuum", .vector = std::move(vector)}}};
  };
  const std::vector<CaseDocument> bad = {
      document("", {"no key"}),
      CaseDocument{.key = "no rows"},
      document("many rows", std::vector<std::string>(kRowsOfCase + 1, "x")),
      with_vector({1, 0}),
      with_vector(Vector(256, 0)),
      with_vector(Vector(256, std::numeric_limits<float>::quiet_NaN())),
      with_vector(Vector(256, 1)),
  };
  for (const auto& one : bad) {
    const auto status = index->put({fit, one});
    ASSERT_FALSE(status.has_value()) << one.key;
    EXPECT_EQ(status.error().code, ErrorCode::invalid_input);
    EXPECT_EQ(index->cases(), 3U);
  }
  EXPECT_FALSE(index->search({.text = "vacuum", .vector = {1, 0}}).has_value());
}
TEST(CaseIndex, CutsALongTextAtACharacter) {
  const std::string text = std::string(kRowBytes - 1, 'x') + "é";
  const auto index = index_of({CaseDocument{.key = "long", .rows = {{.text = text}}}});
  EXPECT_EQ(index->documents().front().rows.front().text, std::string(kRowBytes - 1, 'x'));
}
TEST(CaseIndex, PrefersCasesOfTheSameCodeAmongEquals) {
  const auto index = index_of({{.key = "a", .sqlstate = "55P03", .rows = {{.text = "lock"}}},
                               {.key = "b", .sqlstate = "40P01", .rows = {{.text = "lock"}}}});
  EXPECT_THAT(keys(*index, {.text = "lock", .sqlstate = "40P01"}), ElementsAre("b", "a"));
  EXPECT_THAT(keys(*index, {.text = "lock", .sqlstate = "55P03"}), ElementsAre("a", "b"));
}
TEST(CaseIndex, GivesItsDocumentsBack) {
  const auto index = three();
  const auto documents = index->documents();
  ASSERT_EQ(documents.size(), 3U);
  EXPECT_EQ(documents[0].key, "deadlock");
  EXPECT_EQ(documents[0].rows[1].text, "two sessions waited for each other");
  EXPECT_EQ(documents[0].rows[1].vector, embedder().vector_of(documents[0].rows[1].text));
}

// Many cases share a runbook, and with it its cosine.
TEST(CaseIndex, TellsCasesOfOneRunbookApartByTheirErrors) {
  std::vector<CaseDocument> cases;
  for (const auto* text : {"disk quota", "deadlock detected", "certificate expired"}) {
    cases.push_back(document(text, {text}));
    cases.back().rows.push_back(row_of(RowKind::knowledge, "sessions wait for each other", embedder()));
  }
  const auto index = index_of(std::move(cases));
  auto query = asking("sessions wait for each other, deadlock");
  query.method = Method::meaning;
  const auto hits = index->search(query);
  ASSERT_TRUE(hits.has_value());
  EXPECT_EQ(hits->front().key, "deadlock detected");
  EXPECT_EQ(hits->front().closest, RowKind::knowledge);
}

// The best place in the list of meanings may hide behind many rows of cases that are filtered out.
TEST(CaseIndex, LooksBehindEverythingThatIsFilteredOut) {
  std::vector<CaseDocument> cases;
  for (int i = 0; i < 1000; ++i)
    cases.push_back(
        document("other " + std::to_string(i), {"deadlock detected", "deadlock", "deadlock detected"}));
  cases.push_back(document("wanted", {"two sessions lock each other"}));
  const auto index = index_of(std::move(cases));
  auto query = asking("deadlock detected");
  query.method = Method::meaning;
  query.accepts = [](std::string_view key) { return key == "wanted"; };
  EXPECT_THAT(keys(*index, query), ElementsAre("wanted"));
}

TEST(CaseIndex, IsSearchedWhileItChanges) {
  const auto index = three();
  std::atomic<int> wrong = 0;
  {
    std::vector<Thread> threads;
    for (int searcher = 0; searcher < 3; ++searcher)
      threads.emplace_back("search", 1u << 20, [&] {
        for (int i = 0; i < 300; ++i) {
          const auto hits = index->search(asking("password authentication failed"));
          if (!hits || hits->empty() || hits->front().key != "login") ++wrong;
        }
      });
    threads.emplace_back("change", 1u << 20, [&] {
      for (int i = 0; i < 300; ++i) {
        if (!index->put({document("changing", {"vacuum " + std::to_string(i), "bloat"})})) ++wrong;
        if (i % 3 == 0) index->remove({"changing"});
      }
    });
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace selfheal::memory
