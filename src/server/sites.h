#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "healing/healer.h"
#include "server/announcements.h"
#include "server/config.h"
#include "server/ourselves_server.h"
#include "server/pause_switch.h"
#include "server/site.h"
#include "store/store.h"

namespace selfheal::server {

struct SitesOptions {
  asio::any_io_executor control;
  Clock& clock;
  store::Store& store;
  Announcements& announcements;
};

// All watched servers, and the one healer for them. On the control thread.
class Sites {
 public:
  Sites(SitesOptions options, const Config& config);
  ~Sites();  // stop() first

  // Writes the configuration's policy into the store where it differs, and starts to watch what the
  // configuration and the store name.
  StatusTask open();
  asio::awaitable<void> stop();

  // Starts to watch; a server of that name that is watched already is left first. The connection strings are
  // as in the configuration; a password is kept in a file of the state directory, never in the store.
  StatusTask add(DatabaseConfig database, std::string actor);
  StatusTask remove(ServerId name, std::string actor);

  const Site* find(const ServerId& name) const;
  Site* find(const ServerId& name);
  std::vector<const Site*> all() const;
  healing::Healer& healer() { return healer_; }

 private:
  Status start(const DatabaseConfig& database);
  asio::awaitable<void> leave(ServerId name);
  StatusTask apply_policy();

  SitesOptions options_;
  const Config& config_;
  PauseSwitch policies_;
  OurselvesAsServer ourselves_;
  healing::Ports own_ports_;  // of the incidents that are about ourselves
  std::map<ServerId, std::unique_ptr<Site>> sites_;
  // Stopped, but kept: a treatment under way may still hold their ports, and now gets `unavailable` from
  // them.
  std::vector<std::unique_ptr<Site>> retired_;
  healing::Healer healer_;
};

// Names go into files, URLs and tables: letters, digits, _ - . and /, at most 100.
Status valid_server_name(const std::string& name);

}  // namespace selfheal::server
