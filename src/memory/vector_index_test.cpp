#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.h"
#include "base/thread.h"
#include "memory/internal/vector_index.h"

namespace selfheal::memory::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Vector = std::vector<float>;

Vector unit(std::size_t dimension, Random& random) {
  Vector vector(dimension);
  float sum = 0;
  for (float& value : vector) {
    value = static_cast<float>(random.below(2001)) / 1000 - 1;
    sum += value * value;
  }
  for (float& value : vector) value /= std::sqrt(sum);
  return vector;
}

std::vector<std::int64_t> ids_of(const Result<std::vector<Neighbour>>& found) {
  std::vector<std::int64_t> ids;
  if (found)
    for (const auto& one : *found) ids.push_back(one.id);
  return ids;
}

const std::array<Vector, 3> kAxes{Vector{1, 0, 0}, Vector{0, 1, 0}, Vector{0, 0, 1}};

Status add(VectorIndex& index, std::int64_t id, const Vector& vector) {
  return index.add(std::array{id}, vector);
}

TEST(Vectors, AreFoundByInnerProduct) {
  VectorIndex index(3);
  for (std::size_t i = 0; i < 3; ++i) ASSERT_TRUE(add(index, static_cast<std::int64_t>(10 + i), kAxes[i]));
  const auto found = index.search(Vector{.6F, .8F, 0}, 2);
  EXPECT_THAT(ids_of(found), ElementsAre(11, 10));
  EXPECT_NEAR(found->front().cosine, .8, 1e-6);
}

// FAISS pads with the id -1 and answers from an empty index like that too.
TEST(Vectors, AreNeverMoreThanThereAre) {
  VectorIndex index(3);
  EXPECT_THAT(ids_of(index.search(kAxes[0], 5)), IsEmpty());
  ASSERT_TRUE(add(index, 1, kAxes[0]));
  EXPECT_THAT(ids_of(index.search(kAxes[0], 5)), ElementsAre(1));
  EXPECT_THAT(ids_of(index.search(kAxes[0], 0)), IsEmpty());
}

// FAISS takes one id for two rows and gives both back.
TEST(Vectors, HaveOneIdEach) {
  VectorIndex index(3);
  ASSERT_TRUE(add(index, 1, kAxes[0]));
  EXPECT_FALSE(add(index, 1, kAxes[1]));
  EXPECT_FALSE(add(index, -1, kAxes[1]));
  Vector two = kAxes[0];
  two.insert(two.end(), kAxes[1].begin(), kAxes[1].end());
  EXPECT_FALSE(index.add(std::array<std::int64_t, 2>{5, 5}, two));
  EXPECT_FALSE(index.add(std::array<std::int64_t, 1>{5}, two));
  EXPECT_EQ(index.size(), 1U);
}

TEST(Vectors, ThatHaveNoDirectionAreRefused) {
  VectorIndex index(3);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  for (const auto& vector : {Vector{0, 0, 0}, Vector{nan, 0, 1}, Vector{infinity, 0, 0}, Vector{1, 1, 0},
                             Vector{1, 0}, Vector{1, 0, 0, 0}, Vector{}}) {
    EXPECT_FALSE(add(index, 1, vector));
    EXPECT_FALSE(index.search(vector, 1));
  }
  EXPECT_EQ(index.size(), 0U);
}

// FAISS's id map gives wrong ids after a removal over some indexes: each must still answer to its own.
TEST(Vectors, KeepTheirIdsWhenOthersAreRemoved) {
  SeededRandom random(20260504);
  VectorIndex index(16);
  std::vector<Vector> vectors;
  for (std::int64_t id = 0; id < 200; ++id) {
    vectors.push_back(unit(16, random));
    ASSERT_TRUE(add(index, id, vectors.back()));
  }
  std::vector<std::int64_t> gone;
  for (std::int64_t id = 0; id < 200; id += 3) gone.push_back(id);
  gone.push_back(4711);  // unknown
  ASSERT_TRUE(index.remove(gone));
  EXPECT_EQ(index.size(), 133U);
  for (std::int64_t id = 0; id < 200; ++id) {
    const auto found = index.search(vectors[static_cast<std::size_t>(id)], 1);
    EXPECT_EQ(ids_of(found).front() == id, id % 3 != 0) << id;
    EXPECT_EQ(index.vector_of(id), id % 3 != 0 ? vectors[static_cast<std::size_t>(id)] : Vector{}) << id;
  }
  ASSERT_TRUE(add(index, 0, vectors[0]));
  EXPECT_THAT(ids_of(index.search(vectors[0], 1)), ElementsAre(0));
}

// The replaced kernel: every tail of its loop, against the sum written plainly.
TEST(Vectors, AreMultipliedRightInEveryDimension) {
  SeededRandom random(20260505);
  for (std::size_t dimension = 1; dimension <= 100; ++dimension) {
    VectorIndex index(static_cast<int>(dimension));
    const auto one = unit(dimension, random);
    const auto other = unit(dimension, random);
    ASSERT_TRUE(add(index, 1, one));
    const double expected = std::inner_product(one.begin(), one.end(), other.begin(), 0.0);
    const auto found = index.search(other, 1);
    ASSERT_TRUE(found.has_value());
    EXPECT_NEAR(found->front().cosine, expected, 1e-5) << dimension;
  }
}

TEST(Vectors, AreSearchedByManyThreadsAtOnce) {
  SeededRandom random(20260506);
  VectorIndex index(64);
  std::vector<Vector> vectors;
  for (std::int64_t id = 0; id < 500; ++id) {
    vectors.push_back(unit(64, random));
    ASSERT_TRUE(add(index, id, vectors.back()));
  }
  std::array<int, 4> right{};
  {
    std::vector<Thread> threads;
    for (int& count : right)
      threads.emplace_back("search", 1u << 20, [&] {
        for (std::size_t id = 0; id < vectors.size(); ++id)
          count += ids_of(index.search(vectors[id], 3)).front() == static_cast<std::int64_t>(id) ? 1 : 0;
      });
  }
  EXPECT_THAT(right, testing::Each(500));
}

}  // namespace
}  // namespace selfheal::memory::internal
