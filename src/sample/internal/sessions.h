#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "pg/connection.h"
#include "sample/application.h"

namespace selfheal::sample::internal {

using Settings = std::vector<std::pair<std::string, std::string>>;

// Opens the application's sessions: one for each request of a visitor, kSessions at a time.
class Sessions {
 public:
  // The right to have a session, given back by its destructor. Outlived by the Sessions.
  class Place {
   public:
    explicit Place(Sessions& sessions) : sessions_(&sessions) { --sessions.free_; }
    ~Place() {
      if (sessions_ != nullptr) ++sessions_->free_;
    }
    Place(Place&& other) noexcept : sessions_(std::exchange(other.sessions_, nullptr)) {}
    Place& operator=(Place&&) = delete;

   private:
    Sessions* sessions_;
  };

  Sessions(pg::ConnectionTarget target, Clock& clock) : target_(std::move(target)), clock_(clock) {}

  // unavailable: others had all places until the deadline, or close() was called.
  Task<Place> place(Deadline deadline);
  Task<std::unique_ptr<pg::Connection>> open(Settings settings, Deadline deadline) const;
  // Nothing opens from now on.
  void close() { closed_ = true; }

 private:
  pg::ConnectionTarget target_;
  Clock& clock_;
  int free_ = kSessions;
  bool closed_ = false;
};

}  // namespace selfheal::sample::internal
