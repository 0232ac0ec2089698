#include "server/tenant_memory.h"

#include <optional>

#include "assistant/client.h"
#include "base/log.h"

namespace selfheal::server {
namespace {

// One core at most beside the control thread's: memory can wait.
constexpr int kSearchers = 1;

// A tenant's name may hold what a file's name may not.
std::filesystem::path index_file(const Config& config) {
  return config.state_directory / "memory" / sha256_hex(config.tenant).substr(0, 32) / "cases.index";
}

Task<std::vector<memory::Vector>> ask(assistant::Client& client, std::vector<pg::RedactedText> texts,
                                      Deadline deadline) {
  std::vector<assistant::OutgoingText> outgoing(texts.begin(), texts.end());
  co_return co_await client.embed(std::move(outgoing), deadline);
}

// The address may hold a secret, so its hash stands for it.
memory::RemoteEmbedder::Model model_of(const assistant::Settings& settings, int dimension) {
  return {.id = "remote " + sha256_hex(settings.base_url).substr(0, 16) + " " + settings.embedding_model,
          .dimension = dimension};
}

}  // namespace

struct TenantMemory::State {
  explicit State(const TenantMemoryOptions& options)
      : workers(kSearchers), own(options.embedder, workers), recollection(options_of(options)) {}

  memory::RecollectionOptions options_of(const TenantMemoryOptions& options) {
    return {.control = options.control,
            .clock = options.clock,
            .workers = workers,
            .rows = options.rows,
            .embedder = embedder_of(options),
            .tenant = options.config.tenant,
            .file = index_file(options.config),
            .half_life = std::chrono::days(options.config.memory.half_life_days)};
  }

  memory::Embedder& embedder_of(const TenantMemoryOptions& options) {
    const auto& config = options.config;
    if (config.memory.embedder != "remote") return own;
    const auto model = config.language_model();
    if (!model) {
      log::warning("memory.embedder is remote, but there is no language model: our own embedder is used");
      return own;
    }
    client.emplace(*model, options.clock, options.random);
    const auto asking = [this](std::vector<pg::RedactedText> texts, Deadline deadline) {
      return ask(*client, std::move(texts), deadline);
    };
    remote.emplace(model_of(*model, config.memory.dimension), asking);
    return *remote;
  }

  WorkerPool workers;
  memory::EmbedderOnWorker own;
  std::optional<assistant::Client> client;
  std::optional<memory::RemoteEmbedder> remote;
  memory::Recollection recollection;
};

TenantMemory::TenantMemory(TenantMemoryOptions options) : state_(std::make_unique<State>(options)) {}
TenantMemory::~TenantMemory() = default;

memory::Recollection& TenantMemory::recollection() { return state_->recollection; }

}  // namespace selfheal::server
