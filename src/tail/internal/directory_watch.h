#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"

namespace selfheal::tail {

// Wakes the tail when its log directory changes (inotify). It may stay silent, on network file systems
// always, so each wait has a limit after which the caller looks anyway. One coroutine at a time.
class DirectoryWatch {
 public:
  // `clock` outlives this object.
  DirectoryWatch(std::filesystem::path directory, Clock& clock);
  ~DirectoryWatch();
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

  // Returns when something happened in the directory or `at_most` has passed. True when the list of files may
  // have changed or another file than `current_name` was written.
  boost::asio::awaitable<bool> wait(std::string current_name, Duration at_most);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::tail
