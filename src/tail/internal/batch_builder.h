#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/sighting.h"
#include "tail/ports.h"

namespace selfheal::tail {

// Gathers the events of one stretch of log by fingerprint, in the order in which each was first seen.
class BatchBuilder {
 public:
  explicit BatchBuilder(ServerId server) : server_(std::move(server)) {}

  void count_line() { ++lines_; }
  void count_malformed_line() { ++malformed_lines_; }
  // `sighting` is the answer for one event; its times and keys are set here.
  void add(Sighting sighting);
  std::size_t events() const { return events_; }

  // The batch as it stands; the builder is empty afterwards.
  Batch take(Checkpoint checkpoint);

 private:
  ServerId server_;
  std::vector<Sighting> sightings_;
  std::unordered_map<std::string, std::size_t> index_;  // fingerprint -> place in sightings_
  std::size_t events_ = 0;
  std::int64_t lines_ = 0;
  std::int64_t malformed_lines_ = 0;
};

}  // namespace selfheal::tail
