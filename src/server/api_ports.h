#pragma once

#include "api/ports.h"
#include "base/worker.h"
#include "server/sites.h"
#include "store/store.h"

// The API's ports over store, sites and healer. Plain translations; all on the control thread.
namespace selfheal::server {

struct ApiPortsOptions {
  asio::any_io_executor control;
  Clock& clock;
  store::Store& store;
  Sites& sites;
  WorkerPool& workers;
};

class BookOverStore final : public api::Book {
 public:
  explicit BookOverStore(ApiPortsOptions options) : options_(options) {}
  Task<IncidentPage> incidents(IncidentFilter filter, Deadline deadline) override;
  Task<Incident> incident(IncidentNumber number, Deadline deadline) override;
  Task<api::IncidentFile> incident_file(IncidentNumber number, Deadline deadline) override;
  Task<std::vector<Treatment>> treatments(int limit, Deadline deadline) override;
  Task<std::vector<api::Occurrence>> occurrences(IncidentNumber number, Deadline deadline) override;
  Task<std::map<IncidentState, std::int64_t>> counts_by_state(Deadline deadline) override;
  Task<api::AuditPage> audit(std::optional<std::int64_t> before, int limit, Deadline deadline) override;
  Task<api::AuditCheck> verify_audit(Deadline deadline) override;
  Task<api::StoreHealth> health(Deadline deadline) override;
  Task<std::vector<api::ReportedEvent>> file_reports(std::vector<ErrorEvent> events,
                                                     Deadline deadline) override;

 private:
  ApiPortsOptions options_;
};

class AdministrationOverStore final : public api::Administration {
 public:
  explicit AdministrationOverStore(ApiPortsOptions options) : options_(options) {}
  std::vector<api::ServerState> servers() const override;
  std::optional<Recording> recorded(const ServerId& name) const override;
  Task<std::vector<api::Examined>> examine(api::NewServer server, Deadline deadline) override;
  StatusTask add_server(api::NewServer server, std::string actor, Deadline deadline) override;
  StatusTask remove_server(ServerId name, std::string actor, Deadline deadline) override;
  Task<std::vector<api::Policy>> policies(Deadline deadline) override;
  Task<api::Policy> set_policy(api::Policy policy, std::string actor, Deadline deadline) override;
  StatusTask pause(std::optional<ServerId> server, std::string why, std::string actor,
                   Deadline deadline) override;
  StatusTask resume(std::optional<ServerId> server, std::string actor, Deadline deadline) override;

 private:
  ApiPortsOptions options_;
};

class ClinicOverHealer final : public api::Clinic {
 public:
  explicit ClinicOverHealer(ApiPortsOptions options) : options_(options) {}
  Task<healing::Outcome> approve(ServerId server, IncidentNumber number, std::string plan_id,
                                 std::string plan_hash, healing::Principal person) override;
  Task<healing::Outcome> reconsider(ServerId server, IncidentNumber number, std::string person) override;
  Task<Incident> set_state(ServerId server, IncidentNumber number, IncidentState state, std::string person,
                           std::string why) override;
  Task<Incident> take(ServerId server, IncidentNumber number, std::string person) override;
  Task<Incident> note(ServerId server, IncidentNumber number, std::string person, std::string text) override;

 private:
  ApiPortsOptions options_;
};

class ConsoleOverSites final : public api::Console {
 public:
  explicit ConsoleOverSites(ApiPortsOptions options) : options_(options) {}
  // The audit trail keeps who asked and the statement without its values.
  Task<api::SqlAnswer> run(ServerId server, std::string sql, std::string actor, Deadline deadline) override;

 private:
  ApiPortsOptions options_;
};

}  // namespace selfheal::server
