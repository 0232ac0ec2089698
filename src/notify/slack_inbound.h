#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/task.h"
#include "notify/slack_actions.h"
#include "notify/slack_client.h"

// The two ways by which presses come in. Both hand them to the same SlackActions.
namespace selfheal::notify {

struct SlackInboundState {
  std::string way;    // "Socket Mode", "HTTP"
  std::string state;  // connecting, ok, failing
  std::string why;    // of failing
};

// Socket Mode: a connection that we open, so that nothing of ours need be reachable. Kept open; opened anew
// when Slack says so, and with growing pauses when it breaks. On the control thread.
class SlackSocket {
 public:
  struct Parts {
    asio::any_io_executor executor;
    SlackClient& client;
    SlackActions& actions;
    Clock& clock;
    Random& random;
  };
  explicit SlackSocket(Parts parts);
  ~SlackSocket();  // stop() first

  void start();
  asio::awaitable<void> stop();
  const SlackInboundState& state() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// HTTP on a listener of its own: /slack/interactivity and nothing else, so that what Slack must reach is not
// where our API and pages are.
class SlackListener {
 public:
  struct Settings {
    std::string listen;              // "127.0.0.1:5001"
    std::vector<std::string> hosts;  // under which Slack reaches it
    Secret signing_secret;
  };
  SlackListener(asio::any_io_executor executor, Settings settings, SlackActions& actions, Clock& clock);
  ~SlackListener();  // stop() first, unless listen() never succeeded

  Status listen();
  std::vector<std::string> addresses() const;
  asio::awaitable<void> stop(Deadline deadline);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The longest pause between two tries to open a connection.
inline constexpr Duration kSlackPause = 60s;
// When the token is refused: a person has to do something first.
inline constexpr Duration kSlackPauseRefused = 5min;

}  // namespace selfheal::notify
