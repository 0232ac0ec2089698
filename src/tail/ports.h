#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/task.h"
#include "model/sighting.h"

// What the tail needs of the world. Called on the tail's own thread; the implementation crosses to the control thread
// and comes back, so a slow store stops the reading: the log file is the buffer.
namespace selfheal::tail {

// Where reading stands, stored in the transaction that stores the batch. A file is known by device, inode and the
// hash of its first bytes, since inodes are reused at once.
struct Checkpoint {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::string head_hash;         // SHA-256 of the first `head_bytes` bytes
  std::uint64_t head_bytes = 0;  // at most 1024
  std::uint64_t offset = 0;      // everything before it is filed; always at the start of a line
  std::string file_name;         // for people
  Time file_time{};              // modification time when it was read: orders rotated files

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// What came out of one stretch of a log.
struct Batch {
  ServerId server;
  std::vector<Sighting> sightings;
  Checkpoint checkpoint;
  std::int64_t lines = 0;
  std::int64_t malformed_lines = 0;
};

class Intake {
 public:
  virtual ~Intake() = default;
  // Files the batch and its checkpoint in one transaction. An error: nothing was stored, offer it again later.
  virtual Task<void> accept(Batch batch, Deadline deadline) = 0;
  // Where reading stood; nothing at the first start.
  virtual Task<std::optional<Checkpoint>> checkpoint(ServerId server, Deadline deadline) = 0;
};

}  // namespace selfheal::tail
