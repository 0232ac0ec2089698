#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "healing/ports.h"
#include "http/event_stream.h"

namespace selfheal::server {

// What changed, as events for pages and command lines: ids and revisions, never contents. On the control
// thread.
class Announcements final : public healing::Announcer {
 public:
  explicit Announcements(asio::any_io_executor executor);

  void changed(const Incident& incident) override;
  void changed(const Treatment& treatment) override;
  void server_changed(const ServerId& server);
  // New measures are there. Told once in a while for all servers together, so that pages ask for all at once.
  void sampled(Deadline::Moment now);

  http::EventFeed& feed() { return feed_; }

 private:
  http::EventFeed feed_;
  Deadline::Moment sampled_at_{};
};

}  // namespace selfheal::server
