#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "server/config.h"

// All of `selfheal serve`, wired together; the demonstration runs the same.
namespace selfheal::server {

// What whoever started it wants to know.
struct Started {
  std::vector<std::string> addresses;
  std::string first_administrator_url;  // works once; empty when there is somebody who signs in
};

class Installation {
 public:
  // Blocks: makes or adopts the private cluster of the store, unless the configuration names another store,
  // and reads or makes the API token. `clock` outlives it.
  static Result<std::unique_ptr<Installation>> open(Config config, Clock& clock);
  ~Installation();
  Installation(const Installation&) = delete;
  Installation& operator=(const Installation&) = delete;

  // Runs on the calling thread, which becomes the control thread, until stop(), SIGTERM or SIGINT; then ends
  // everything and the private cluster. `ready` is called on it once the API listens.
  Status run(std::function<void(const Started&)> ready);
  // From any thread, any number of times.
  void stop();

 private:
  struct State;

 public:
  explicit Installation(std::unique_ptr<State> state);  // by open(), which alone can name a State

 private:
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::server
