#include "tail/internal/batch_builder.h"

#include <algorithm>
#include <utility>

namespace selfheal::tail {

void BatchBuilder::add(Sighting sighting) {
  ++events_;
  const auto key = sighting.exemplar.key;
  const auto [entry, is_new] = index_.try_emplace(sighting.name.fingerprint, sightings_.size());
  if (is_new) {
    sighting.first_seen = sighting.last_seen = key.at;
    sighting.keys = {key};
    sightings_.push_back(std::move(sighting));
    return;
  }
  // Sessions write side by side, so the log is not quite in the order of time.
  auto& known = sightings_[entry->second];
  known.first_seen = std::min(known.first_seen, key.at);
  known.last_seen = std::max(known.last_seen, key.at);
  known.keys.push_back(key);
}

Batch BatchBuilder::take(Checkpoint checkpoint) {
  Batch batch{.server = server_,
              .sightings = std::move(sightings_),
              .checkpoint = std::move(checkpoint),
              .lines = lines_,
              .malformed_lines = malformed_lines_};
  *this = BatchBuilder(server_);
  return batch;
}

}  // namespace selfheal::tail
