#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/ports.h"
#include "assistant/ports.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/task.h"
#include "healing/ports.h"
#include "health/ports.h"
#include "memory/ports.h"
#include "notify/ports.h"
#include "store/administration.h"
#include "store/reader.h"
#include "tail/ports.h"

// Our own database: incidents, treatments, policies, the audit trail and where reading of the logs stands, in
// schema `selfheal` of one PostgreSQL database. Everything here runs on one thread, the control thread.
namespace selfheal::store {

struct Options {
  asio::any_io_executor executor;  // of the control thread
  std::string conninfo;            // libpq key=value pairs without a password
  Secret password;
  TenantId tenant;
  Clock& clock;
  Random& random;
};

// The storage half of tail::Intake. The wiring crosses threads and hands the news to healing.
class BatchIntake {
 public:
  virtual ~BatchIntake() = default;
  // Files the batch and its checkpoint in one transaction and returns the news, one for each incident that is
  // new, recurring or reopened. An error: nothing was stored, offer the same batch again later; events that
  // had been stored after all are not counted twice.
  virtual Task<std::vector<Filed>> file(tail::Batch batch, Deadline deadline) = 0;
  virtual Task<std::optional<tail::Checkpoint>> checkpoint(ServerId server, Deadline deadline) = 0;
};

// The store of one tenant. While its server cannot be reached every call answers `unavailable` at once, and
// the store reconnects by itself.
class Store {
 public:
  // Connects, brings the schema up to date (several processes may do so at once) and makes room for today's
  // events. unavailable: the server cannot be reached now. failed: the schema is newer than this program, or
  // a migration that was applied is not the one this program has.
  static Task<std::unique_ptr<Store>> open(Options options, Deadline deadline);
  struct Parts;
  explicit Store(std::unique_ptr<Parts> parts);  // open() makes stores: nobody else knows the parts
  ~Store();                                      // after stop()
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // All live as long as the store and are bound to its tenant.
  healing::IncidentBook& incidents();
  healing::PolicyBook& policies();
  healing::CaseMemory& memory();
  memory::CaseRows& case_rows();
  healing::AuditTrail& audit();
  BatchIntake& intake();
  Reader& reader();
  Administration& administration();
  access::PeopleBook& people();
  assistant::ChatBook& chats();
  assistant::UsageBook& model_usage();
  notify::Outbox& outbox();
  notify::Mutes& mutes();
  health::HistoryBook& health_history();

  // Whether a connection stands now. What health pages ask; no call needs to ask it first.
  bool reachable() const;
  // Creates partitions ahead, drops what is older than the settings keep and, while the store is larger than
  // its cap, its oldest days. To be called about every hour; it is short when there is nothing to do.
  StatusTask maintain(Deadline deadline);
  // Ends reconnecting and closes what is idle; calls that wait for a connection end with `unavailable`. Calls
  // under way go on, and the store must live until they have ended.
  asio::awaitable<void> stop();

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace selfheal::store
