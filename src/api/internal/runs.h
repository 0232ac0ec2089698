#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <string>

#include "base/task.h"
#include "base/time.h"

namespace selfheal::api {

// Answers that are being given now. On the control thread.
class Runs {
 public:
  // One answer, for as long as this lives. Outlived by the Runs.
  class Run {
   public:
    Run(Runs& runs, std::string id, std::string owner, asio::any_io_executor executor);
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    const std::string& id() const { return id_; }
    void stop();
    bool is_stopped() const { return is_stopped_; }
    // Waits until it is stopped.
    asio::awaitable<void> stopped();

   private:
    friend class Runs;
    struct Bell;
    Runs& runs_;
    std::string id_;
    std::string owner_;
    std::unique_ptr<Bell> bell_;
    bool is_stopped_ = false;
  };

  Runs() = default;
  ~Runs();
  Runs(const Runs&) = delete;
  Runs& operator=(const Runs&) = delete;

  // Null when kRunsAtOnce are under way.
  std::unique_ptr<Run> begin(std::string owner, asio::any_io_executor executor);
  // False when there is none of that id, or it is another's.
  bool stop(const std::string& id, const std::string& owner);
  std::size_t under_way() const { return runs_.size(); }

 private:
  std::map<std::string, Run*> runs_;
};

// Of answers and of tools that MCP calls. The language model takes four calls at once and a watched server
// two sessions of foreign SQL; more people than these would only wait for one another.
inline constexpr std::size_t kRunsAtOnce = 8;
// Six rounds of a local model on a CPU.
inline constexpr Duration kRunTimeout = 5min;

}  // namespace selfheal::api
