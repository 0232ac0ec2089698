#pragma once

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "http/client.h"
#include "server/privileges.h"
#include "server/stage.h"

namespace selfheal::prove {

// A stage in a directory of its own, which goes with it. Gives up root for good.
class Scene {
 public:
  static Result<std::unique_ptr<Scene>> open(server::StageOptions options) {
    TRY_OK(server::drop_root("", {}));
    auto scene = std::make_unique<Scene>();
    // Short: the path of a socket ends at 107 bytes.
    std::string name = "/tmp/selfheal-proof-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) return failure("no directory could be made below /tmp");
    scene->directory_ = name;
    options.directory = name;
    TRY(scene->stage_, server::Stage::open(std::move(options), scene->clock_));
    return scene;
  }
  Scene() = default;
  ~Scene() {
    stage_.reset();
    std::error_code ignored;
    if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  server::Stage& stage() { return *stage_; }
  Clock& clock() { return clock_; }
  // Its own connection to the API's unix socket.
  http::Client api() const {
    server::Config config;
    config.state_directory = directory_ / "selfheal";
    return http::Client({.address = "unix:" + config.api_socket().string()});
  }

 private:
  SystemClock clock_;
  std::filesystem::path directory_;
  std::unique_ptr<server::Stage> stage_;
};

}  // namespace selfheal::prove
