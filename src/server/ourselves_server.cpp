#include "server/ourselves_server.h"

namespace selfheal::server {
namespace {

std::unexpected<Error> nothing_to_do() {
  return failure(ErrorCode::refused,
                 "selfheal itself is no database server: there is nothing to be done there");
}

}  // namespace

asio::awaitable<EvidenceItem> OurselvesAsServer::run(const healing::Probe& probe, std::string,
                                                     healing::ProbeParameters, Deadline) {
  co_return EvidenceItem{.probe = probe.name(),
                         .status = ProbeStatus::failed,
                         .why = "selfheal itself is no database server",
                         .taken_at = clock_.now()};
}

Task<healing::ActReport> OurselvesAsServer::act(healing::ApprovedRemedy, TreatmentNumber, Deadline) {
  co_return nothing_to_do();
}

Task<healing::ActReport> OurselvesAsServer::undo(Treatment, Deadline) { co_return nothing_to_do(); }

}  // namespace selfheal::server
