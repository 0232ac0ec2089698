#pragma once

#include <memory>

#include "base/random.h"
#include "base/worker.h"
#include "memory/recollection.h"
#include "server/config.h"

namespace selfheal::server {

struct TenantMemoryOptions {
  asio::any_io_executor control;
  Clock& clock;
  Random& random;
  memory::CaseRows& rows;
  const memory::DomainEmbedder& embedder;
  const Config& config;
};

// One tenant's memory with the embedder that the configuration names and its index in the state directory.
// Everything it is given outlives it.
class TenantMemory {
 public:
  explicit TenantMemory(TenantMemoryOptions options);
  ~TenantMemory();  // after recollection().stop()

  memory::Recollection& recollection();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::server
