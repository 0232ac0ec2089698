#pragma once

#include <cstdint>
#include <optional>
#include <set>
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
    for (const auto& sighting : batch.sightings) keys_of_lost_answers += fails ? sighting.count() : 0;
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
  std::vector<EventKey> keys;                   // each once, in the order in which they were stored
  std::vector<std::vector<EventKey>> new_keys;  // the same, by batch; batches without new keys left out
  std::int64_t dropped_keys = 0;                // keys that were stored already
  std::int64_t keys_of_lost_answers = 0;        // how many of these a lost answer explains

 private:
  void keep(const tail::Batch& batch) {
    stored = batch.checkpoint;
    batches.push_back(batch);
    std::vector<EventKey> fresh;
    for (const auto& sighting : batch.sightings)
      for (const auto& key : sighting.keys)
        if (known_.insert(key).second)
          fresh.push_back(key);
        else
          ++dropped_keys;
    keys.insert(keys.end(), fresh.begin(), fresh.end());
    if (!fresh.empty()) new_keys.push_back(std::move(fresh));
  }

  Random* chance_;
  std::uint64_t refuse_one_in_;
  std::set<EventKey> known_;
};

}  // namespace selfheal::test
