#include "memory/embedder.h"

#include <gmock/gmock.h>

#include <limits>
#include <numeric>

#include "memory/case_index.h"
#include "memory/internal/word_table.h"
#include "support/loop.h"

namespace selfheal::memory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

double inner_product(const Vector& a, const Vector& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

const DomainEmbedder& embedder() {
  static const DomainEmbedder one;
  return one;
}

const std::vector<std::string> kTexts = {
    "deadlock detected",
    "canceling statement due to lock timeout",
    "x",
    "55P03",
    std::string(1 << 20, 'a'),
    "\xFF\xFE\x80 bytes \xC3 that are no \xE2\x82 UTF-8",
    "схема не существует",
};

TEST(DomainEmbedder, GivesVectorsOfLengthOne) {
  for (const auto& text : kTexts) {
    const auto vector = embedder().vector_of(text);
    if (vector.empty()) continue;
    EXPECT_THAT(vector, SizeIs(256));
    EXPECT_NEAR(inner_product(vector, vector), 1, 1e-4) << text.substr(0, 40);
  }
}
TEST(DomainEmbedder, GivesTheSameVectorAgain) {
  const DomainEmbedder another;
  for (const auto& text : kTexts) EXPECT_EQ(embedder().vector_of(text), another.vector_of(text));
  EXPECT_EQ(embedder().id(), another.id());
}
TEST(DomainEmbedder, HasNoVectorForWhatMeansNothing) {
  for (const auto* text : {"", "  \n", "the of a", "—!?", "\xFF\xFF"})
    EXPECT_THAT(embedder().vector_of(text), IsEmpty()) << text;
}
TEST(DomainEmbedder, KnowsWhatWordsMean) {
  const auto lock = embedder().vector_of("two sessions wait for each other");
  const auto deadlock = embedder().vector_of("deadlock detected: process waits for lock");
  const auto disk = embedder().vector_of("could not extend file: no space left on device");
  EXPECT_GT(inner_product(lock, deadlock), inner_product(lock, disk) + .1);
}
TEST(DomainEmbedder, TakesFormsOfAWordItDoesNotHaveForItsOthers) {
  const auto one = embedder().vector_of("deadlocking");
  EXPECT_GT(inner_product(one, embedder().vector_of("deadlock")), .5);
}
TEST(DomainEmbedder, ReadsTheStartOfALongText) {
  std::string text = "deadlock detected ";
  while (text.size() < kRowBytes) text += "and so on ";
  EXPECT_EQ(embedder().vector_of(text), embedder().vector_of(text + " vacuum vacuum vacuum"));
}

Result<std::vector<Vector>> run(Task<std::vector<Vector>> work) {
  test::Loop loop;
  return loop.run(std::move(work));
}

pg::RedactedText some_text() { return pg::redact_own_text("deadlock detected"); }

TEST(DomainEmbedder, EmbedsManyInTheirOrder) {
  SystemClock clock;
  DomainEmbedder one;
  const auto vectors = run(one.embed({some_text(), pg::RedactedText()}, clock.deadline_in(1s)));
  ASSERT_TRUE(vectors.has_value());
  EXPECT_THAT(*vectors, ElementsAre(one.vector_of("deadlock detected"), IsEmpty()));
  EXPECT_FALSE(run(one.embed(std::vector<pg::RedactedText>(kEmbeddedTexts + 1), clock.deadline_in(1s))));
}

// What a server sends, and whether it is taken.
struct Answer {
  std::vector<Vector> vectors;
  bool is_fit;
};

class RemoteEmbedderTakes : public testing::TestWithParam<Answer> {};

TEST_P(RemoteEmbedderTakes, OnlyWhatWasPromised) {
  SystemClock clock;
  RemoteEmbedder remote({.id = "http://127.0.0.1/v1 tiny", .dimension = 2},
                        [](std::vector<pg::RedactedText>, Deadline) -> Task<std::vector<Vector>> {
                          co_return GetParam().vectors;
                        });
  EXPECT_EQ(remote.dimension(), 2);
  const auto vectors = run(remote.embed({some_text(), some_text()}, clock.deadline_in(1s)));
  ASSERT_EQ(vectors.has_value(), GetParam().is_fit);
  if (!vectors) EXPECT_EQ(vectors.error().code, ErrorCode::invalid_input);
  if (vectors)
    for (const auto& vector : *vectors) EXPECT_NEAR(inner_product(vector, vector), 1, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, RemoteEmbedderTakes,
    testing::Values(Answer{{{1, 0}, {3, 4}}, true}, Answer{{{1e-20F, 0}, {-1e30F, 1e30F}}, true},
                    Answer{{{1, 0}}, false}, Answer{{{1, 0}, {0, 1}, {0, 1}}, false},
                    Answer{{{1, 0}, {0, 1, 0}}, false}, Answer{{{1, 0}, {}}, false},
                    Answer{{{1, 0}, {0, 0}}, false},
                    Answer{{{1, 0}, {std::numeric_limits<float>::quiet_NaN(), 1}}, false},
                    Answer{{{1, 0}, {std::numeric_limits<float>::infinity(), 1}}, false}));

TEST(RemoteEmbedder, PassesAnErrorOn) {
  SystemClock clock;
  RemoteEmbedder remote({.id = "tiny", .dimension = 2},
                        [](std::vector<pg::RedactedText>, Deadline) -> Task<std::vector<Vector>> {
                          co_return failure(ErrorCode::unavailable, "embeddings: nobody answers");
                        });
  const auto vectors = run(remote.embed({some_text()}, clock.deadline_in(1s)));
  ASSERT_FALSE(vectors.has_value());
  EXPECT_EQ(vectors.error().code, ErrorCode::unavailable);
}

TEST(WordTable, IsRefusedWhenItIsCut) {
  const auto bytes = embedded::memory_word_vectors().front().text;
  ASSERT_TRUE(internal::read_word_table(bytes).has_value());
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{19}, std::size_t{1000},
                                 bytes.size() / 2, bytes.size() - 1})
    EXPECT_FALSE(internal::read_word_table(bytes.substr(0, size)).has_value()) << size;
  EXPECT_FALSE(internal::read_word_table(std::string(bytes) + "x").has_value());
}
TEST(WordTable, HoldsTheWordsOfTheTrade) {
  const auto& table = internal::word_table();
  EXPECT_EQ(table.dimension, 100U);
  EXPECT_GT(table.words.size(), 8000U);
  for (const auto* word : {"deadlock", "vacuum", "transaction", "replication", "constraint"})
    EXPECT_TRUE(table.words.contains(word)) << word;
}

}  // namespace
}  // namespace selfheal::memory
