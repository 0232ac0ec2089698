#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/task.h"
#include "model/sighting.h"

// What the watch needs of the store. On the control thread.
namespace selfheal::watch {

// A sighting as people may read it in the watched database itself.
struct WrittenSighting {
  std::int64_t number = 0;  // grows in the order in which sightings are filed
  std::string code;         // the SQLSTATE, or the name of what the watch found
  std::string text;         // redacted
  std::string source;
  Time at{};
};

class SightingBook {
 public:
  virtual ~SightingBook() = default;
  // In one transaction; an event whose key was filed before is not counted again.
  virtual StatusTask file(ServerId server, std::vector<Sighting> sightings, Deadline deadline) = 0;
  // The oldest `limit` of the server's sightings after this number, without those that came from error_logs
  // itself. Of more than kWrittenBehind only the newest: who was away for long is not flooded.
  virtual Task<std::vector<WrittenSighting>> sightings_after(ServerId server, std::int64_t number, int limit,
                                                             Deadline deadline) = 0;
  // Tells two stores that watch the same server apart.
  virtual Task<std::string> installation(Deadline deadline) = 0;
};

inline constexpr std::int64_t kWrittenBehind = 10'000;

}  // namespace selfheal::watch
