#pragma once

#include "api/ports.h"
#include "assistant/ports.h"

namespace selfheal::api {

// What the assistant sees of the watched servers: the API's own ports, in its words. Its SQL takes the way of
// everybody's, through the read-only gate behind Console.
class AssistantWorld final : public assistant::World {
 public:
  struct Parts {
    Book& book;
    Administration& administration;
    Clinic& clinic;
    Console& console;
    Recollection& recollection;
  };
  // The parts outlive it.
  explicit AssistantWorld(Parts parts) : parts_(parts) {}

  std::vector<assistant::ServerNow> servers() const override;
  std::optional<Recording> recorded(const ServerId& server) const override;
  Task<assistant::SqlRows> run_sql(ServerId server, std::string sql, assistant::Asker asker,
                                   Deadline deadline) override;
  Task<std::vector<Incident>> incidents(assistant::IncidentQuery query, Deadline deadline) override;
  Task<assistant::IncidentDetails> incident(IncidentNumber number, Deadline deadline) override;
  Task<std::vector<Treatment>> treatments(int limit, Deadline deadline) override;
  Task<std::vector<assistant::Likeness>> similar_to(IncidentNumber number, int limit,
                                                    Deadline deadline) override;
  Task<std::vector<assistant::Likeness>> similar_to(std::string words, int limit, Deadline deadline) override;
  Task<assistant::Proposal> propose(IncidentNumber number, assistant::Asker asker,
                                    Deadline deadline) override;

 private:
  Parts parts_;
};

}  // namespace selfheal::api
