#include "store/store.h"

#include "base/check.h"
#include "base/log.h"
#include "store/internal/context.h"
#include "store/internal/maintenance.h"
#include "store/internal/migrations.h"
#include "store/internal/parts.h"

namespace selfheal::store {
namespace {

// Pages and healing look things up while something is filed; two at once keep a slow page from holding up
// healing.
constexpr std::size_t kReaders = 2;

pg::ConnectOptions connect_options(const Options& options) {
  return {.name = "store",
          .conninfo = options.conninfo,
          .password = options.password,
          .application_name = "selfheal store",
          // Our queries name their schema, and nobody may put a function in front of PostgreSQL's. A process
          // that is stopped in the middle of a filing must not hold the tenant's lock for ever.
          .settings = {{"search_path", "pg_catalog"}, {"idle_in_transaction_session_timeout", "30s"}}};
}

}  // namespace

struct Store::Parts {
  explicit Parts(const Options& options)
      : writer({.executor = options.executor, .connect = connect_options(options), .size = 1}, options.clock,
               options.random),
        readers({.executor = options.executor, .connect = connect_options(options), .size = kReaders},
                options.clock, options.random),
        context{.tenant = options.tenant, .clock = options.clock, .writer = writer, .readers = readers},
        keepers(options.executor) {}

  Pool writer;
  Pool readers;
  Context context;
  TaskGroup keepers;
  std::unique_ptr<healing::IncidentBook> incidents = make_incident_book(context);
  std::unique_ptr<healing::PolicyBook> policies = make_policy_book(context);
  std::unique_ptr<healing::CaseMemory> memory = make_case_memory(context);
  std::unique_ptr<memory::CaseRows> case_rows = make_case_rows(context);
  std::unique_ptr<healing::AuditTrail> audit = make_audit_trail(context);
  std::unique_ptr<BatchIntake> intake = make_batch_intake(context);
  std::unique_ptr<Reader> reader = make_reader(context);
  std::unique_ptr<Administration> administration = make_administration(context);
  std::unique_ptr<access::PeopleBook> people = make_people_book(context);
  std::unique_ptr<assistant::ChatBook> chats = make_chat_book(context);
  std::unique_ptr<assistant::UsageBook> model_usage = make_usage_book(context);
  std::unique_ptr<notify::Outbox> outbox = make_outbox(context);
  std::unique_ptr<notify::Mutes> mutes = make_mutes(context);
  std::unique_ptr<health::HistoryBook> health_history = make_health_book(context);
};

Store::Store(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Store::~Store() { CHECK(parts_->keepers.running() == 0); }

Task<std::unique_ptr<Store>> Store::open(Options options, Deadline deadline) {
  auto parts = std::make_unique<Parts>(options);
  CO_TRY_OK(co_await parts->writer.open(deadline));
  {
    CO_TRY(const auto lease, co_await parts->writer.take(deadline));
    CO_TRY_OK(co_await migrate(*lease, migrations(), options.clock, deadline));
  }
  std::vector<pg::Param> created{pg::to_param(options.clock.now())};
  CO_TRY_OK(co_await ask(parts->context, parts->writer, "tenant_create", std::move(created), deadline));
  CO_TRY_OK(co_await parts->readers.open(deadline));
  // Without it events go to the default partitions, which is no reason to stay away.
  if (const auto done = co_await store::maintain(parts->context, deadline); !done)
    log::warning("store: maintenance: {}", done.error().message);
  parts->keepers.spawn("store: reconnecting the writer", parts->writer.keep());
  parts->keepers.spawn("store: reconnecting the readers", parts->readers.keep());
  co_return std::make_unique<Store>(std::move(parts));
}

healing::IncidentBook& Store::incidents() { return *parts_->incidents; }
healing::PolicyBook& Store::policies() { return *parts_->policies; }
healing::CaseMemory& Store::memory() { return *parts_->memory; }
memory::CaseRows& Store::case_rows() { return *parts_->case_rows; }
healing::AuditTrail& Store::audit() { return *parts_->audit; }
BatchIntake& Store::intake() { return *parts_->intake; }
Reader& Store::reader() { return *parts_->reader; }
Administration& Store::administration() { return *parts_->administration; }
access::PeopleBook& Store::people() { return *parts_->people; }
assistant::ChatBook& Store::chats() { return *parts_->chats; }
assistant::UsageBook& Store::model_usage() { return *parts_->model_usage; }
notify::Outbox& Store::outbox() { return *parts_->outbox; }
notify::Mutes& Store::mutes() { return *parts_->mutes; }
health::HistoryBook& Store::health_history() { return *parts_->health_history; }

bool Store::reachable() const { return parts_->writer.reachable(); }

StatusTask Store::maintain(Deadline deadline) {
  co_return co_await store::maintain(parts_->context, deadline);
}

asio::awaitable<void> Store::stop() {
  parts_->writer.close();
  parts_->readers.close();
  co_await parts_->keepers.stop();
}

}  // namespace selfheal::store
