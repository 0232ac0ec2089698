#pragma once

#include "healing/ports.h"

namespace selfheal::server {

// The server that is ourselves, where a channel that does not work is filed: it has no database to look into,
// and nothing to be done there.
class OurselvesAsServer final : public healing::MonitoredDatabase {
 public:
  explicit OurselvesAsServer(const Clock& clock) : clock_(clock) {}
  asio::awaitable<EvidenceItem> run(const healing::Probe& probe, std::string database,
                                    healing::ProbeParameters parameters, Deadline deadline) override;
  Recording recorded() const override { return {}; }
  Task<healing::ActReport> act(healing::ApprovedRemedy remedy, TreatmentNumber treatment,
                               Deadline deadline) override;
  Task<healing::ActReport> undo(Treatment treatment, Deadline deadline) override;

 private:
  const Clock& clock_;
};

}  // namespace selfheal::server
