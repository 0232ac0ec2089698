#pragma once

#include <string>
#include <utility>
#include <vector>

#include "api/recollection.h"

namespace selfheal::test {

// Knows what it was told, and says so of everything that it is asked about.
class FakeRecollection final : public api::Recollection {
 public:
  std::vector<api::SimilarCase> known;
  bool down = false;
  std::string asked;

  Task<std::vector<api::SimilarCase>> similar_to(IncidentNumber number, int limit, Deadline) override {
    asked = to_text(number);
    co_return first(limit);
  }
  Task<std::vector<api::SimilarCase>> similar_to(std::string words, int limit, Deadline) override {
    asked = std::move(words);
    co_return first(limit);
  }

 private:
  Result<std::vector<api::SimilarCase>> first(int limit) const {
    if (down) return failure(ErrorCode::unavailable, "the store cannot be reached");
    auto some = known;
    if (some.size() > static_cast<std::size_t>(limit)) some.resize(static_cast<std::size_t>(limit));
    return some;
  }
};

}  // namespace selfheal::test
