#pragma once

#include <memory>
#include <string>
#include <vector>

#include "notify/slack_inbound.h"
#include "server/slack_desk.h"

namespace selfheal::server {

// How Slack's presses come in and what they may do, wired. On the control thread.
class SlackDoor {
 public:
  struct Options {
    asio::any_io_executor control;
    Clock& clock;
    Random& random;
    notify::SlackClient& client;
    bool socket_mode = false;  // else HTTP on `listener`
    notify::SlackListener::Settings listener;
  };
  // `desk` is kept; what it refers to outlives this.
  SlackDoor(Options options, std::unique_ptr<notify::SlackDesk> desk);
  ~SlackDoor();  // stop() first

  Status open();
  asio::awaitable<void> stop(Deadline deadline);

 private:
  Options options_;
  std::unique_ptr<notify::SlackDesk> desk_;
  notify::SlackActions actions_;
  std::unique_ptr<notify::SlackSocket> socket_;      // null: HTTP
  std::unique_ptr<notify::SlackListener> listener_;  // null: Socket Mode, or nothing
};

}  // namespace selfheal::server
