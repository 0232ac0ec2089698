#pragma once

#include "api/recollection.h"
#include "healing/ports.h"
#include "memory/recollection.h"

namespace selfheal::server {

// The API's port over memory. A plain translation; on the control thread.
class RecollectionOverMemory final : public api::Recollection {
 public:
  // Both outlive it.
  RecollectionOverMemory(healing::IncidentBook& incidents, memory::Recollection& memory)
      : incidents_(incidents), memory_(memory) {}
  Task<std::vector<api::SimilarCase>> similar_to(IncidentNumber number, int limit,
                                                 Deadline deadline) override;
  Task<std::vector<api::SimilarCase>> similar_to(std::string words, int limit, Deadline deadline) override;

 private:
  healing::IncidentBook& incidents_;
  memory::Recollection& memory_;
};

}  // namespace selfheal::server
