#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/people.h"
#include "base/secret.h"
#include "memory/recollection.h"
#include "server/announcements.h"
#include "server/config.h"
#include "server/notifications.h"
#include "server/sites.h"

namespace selfheal::server {

struct WebOptions {
  asio::any_io_executor control;
  Clock& clock;
  const Config& config;
  Secret token;
  store::Store& store;
  access::People& people;
  memory::Recollection& memory;
  Sites& sites;
  Announcements& announcements;
  Notifications& notifications;
};

// The API on its addresses: TCP for pages and scripts, a unix socket for the command line. On the control
// thread.
class Web {
 public:
  explicit Web(WebOptions options);
  ~Web();  // stop() first

  Status listen();
  std::vector<std::string> addresses() const;
  // For the one who starts this for the first time; nothing when there is somebody. A new one with each call.
  std::optional<std::string> first_administrator_url();
  asio::awaitable<void> stop(Deadline deadline);

 private:
  struct State;
  std::unique_ptr<State> state_;  // keeps the API's parts out of this header
};

}  // namespace selfheal::server
