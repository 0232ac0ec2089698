#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "tail/ports.h"

namespace selfheal::test {

// The tail's intake in memory, with the promises of the real one: a batch and its checkpoint are stored
// together or not at all, and keys that are stored already are dropped. One thread at a time.
class MemoryIntake final : public tail::Intake {
 public:
  // With a source of chance, one offer in `refuse_one_in` fails, half of these after it was stored: the
  // answer of a commit can get lost.
  explicit MemoryIntake(Random* chance = nullptr, std::uint64_t refuse_one_in = 4)
      : chance_(chance), refuse_one_in_(refuse_one_in) {}

  Task<void> accept(tail::Batch batch, Deadline) override {
    ++offers;
    if (refuses_all) co_return failure(ErrorCode::unavailable, "the store is away");
    const bool fails = chance_ != nullptr && chance_->below(refuse_one_in_) == 0;
    if (fails && chance_->below(2) == 0) co_return failure(ErrorCode::unavailable, "the store is away");
    keep(batch);
    if (fails) co_return failure(ErrorCode::unavailable, "the answer was lost");
    co_return Status();
  }

  Task<std::optional<tail::Checkpoint>> checkpoint(ServerId, Deadline) override {
    if (refuses_all) co_return failure(ErrorCode::unavailable, "the store is away");
    co_return stored;
  }

  bool refuses_all = false;
  int offers = 0;
  std::optional<tail::Checkpoint> stored;
  std::vector<tail::Batch> batches;
  // Each key once, in the order in which it was stored, and how often stored keys were offered again.
  std::vector<EventKey> keys;
  int dropped_keys = 0;

 private:
  void keep(const tail::Batch& batch) {
    stored = batch.checkpoint;
    batches.push_back(batch);
    for (const auto& sighting : batch.sightings)
      for (const auto& key : sighting.keys) {
        if (known_.emplace(key, true).second)
          keys.push_back(key);
        else
          ++dropped_keys;
      }
  }

  Random* chance_;
  std::uint64_t refuse_one_in_;
  std::map<EventKey, bool> known_;
};

}  // namespace selfheal::test
