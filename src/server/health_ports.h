#pragma once

#include <string>
#include <vector>

#include "api/ourselves.h"
#include "assistant/client.h"
#include "health/monitor.h"
#include "memory/recollection.h"
#include "server/sites.h"

// What the API shows of health, over the sites and the other parts of the program. On the control thread.
namespace selfheal::server {

class MonitorsOverSites final : public health::Monitors {
 public:
  explicit MonitorsOverSites(Sites& sites) : sites_(sites) {}
  health::Monitor* find(const ServerId& server) override;

 private:
  Sites& sites_;
};

class PartsOfServer final : public api::Ourselves {
 public:
  // All outlive this object; `model` null: there is none.
  PartsOfServer(const Sites& sites, const memory::Recollection& memory, const assistant::Client* model)
      : sites_(sites), memory_(memory), model_(model) {}
  std::vector<api::PartState> parts() const override;

 private:
  const Sites& sites_;
  const memory::Recollection& memory_;
  const assistant::Client* model_;
};

}  // namespace selfheal::server
