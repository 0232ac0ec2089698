#include "server/slack_door.h"

#include <fmt/format.h>

#include "base/log.h"

namespace selfheal::server {

SlackDoor::SlackDoor(Options options, std::unique_ptr<notify::SlackDesk> desk)
    : options_(std::move(options)),
      desk_(std::move(desk)),
      actions_(options_.control, options_.client, *desk_, options_.clock) {}

SlackDoor::~SlackDoor() = default;

Status SlackDoor::open() {
  if (options_.socket_mode) {
    socket_ = std::make_unique<notify::SlackSocket>(notify::SlackSocket::Parts{.executor = options_.control,
                                                                               .client = options_.client,
                                                                               .actions = actions_,
                                                                               .clock = options_.clock,
                                                                               .random = options_.random});
    socket_->start();
    return {};
  }
  if (options_.listener.listen.empty()) return {};
  auto listener =
      std::make_unique<notify::SlackListener>(options_.control, options_.listener, actions_, options_.clock);
  TRY_OK(listener->listen());
  listener_ = std::move(listener);
  log::info("Slack: presses come in at http://{}/slack/interactivity",
            fmt::join(listener_->addresses(), ", "));
  return {};
}

asio::awaitable<void> SlackDoor::stop(Deadline deadline) {
  if (socket_) co_await socket_->stop();
  if (listener_) co_await listener_->stop(deadline);
  co_await actions_.stop();
}

}  // namespace selfheal::server
