#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/worker.h"
#include "healing/experience.h"
#include "knowledge/knowledge.h"
#include "memory/embedder.h"
#include "memory/ports.h"

// What one tenant's memory says: the same trouble first, then its family, then what is alike in words and
// meaning. The store's rows are the truth; the index over them is a cache in a file, built anew whenever the
// two disagree. Advises, never decides.
namespace selfheal::memory {

// What a memory is worth. `verified`: something was done and evidence judged it; `resolved`: a person said
// how it was corrected; `seen`: nothing is known but that it happened; `written`: a runbook.
enum class Trust { verified, resolved, seen, written };
BOOST_DESCRIBE_ENUM(Trust, verified, resolved, seen, written)

// One past trouble, or one runbook.
struct Recalled {
  const knowledge::Runbook* runbook = nullptr;  // lives for ever; null: `past` it is
  RememberedCase past;
  IncidentNumber incident;  // the one to look at: where something was done, else the latest
  Trust trust = Trust::seen;
  std::vector<std::string> why;  // sentences
  // Of what evidence judged, the worthiest first; empty for what was only seen.
  std::vector<healing::ActionRecord> records;
  std::string experience;          // the same and how else it ended, in words
  std::vector<std::string> notes;  // of people, newest first, at most kNotesShown
};
inline constexpr std::size_t kNotesShown = 3;

// Our own embedder, at work on a worker.
class EmbedderOnWorker final : public Embedder {
 public:
  // Both outlive this object.
  EmbedderOnWorker(const DomainEmbedder& embedder, WorkerPool& workers)
      : embedder_(embedder), workers_(workers) {}
  std::string id() const override { return embedder_.id(); }
  int dimension() const override { return embedder_.dimension(); }
  Task<std::vector<Vector>> embed(std::vector<pg::RedactedText> texts, Deadline deadline) override;

 private:
  const DomainEmbedder& embedder_;
  WorkerPool& workers_;
};

struct RecollectionOptions {
  asio::any_io_executor control;
  Clock& clock;
  WorkerPool& workers;  // searches and changes of the index
  CaseRows& rows;
  Embedder& embedder;          // embed() must not block the control thread
  std::string tenant;          // an index of another's is refused
  std::filesystem::path file;  // of the index; its directory is made, for our account only
  Duration half_life = healing::kExperienceHalfLife;
};

// How the index stands, for health pages and proofs.
struct Standing {
  bool is_ready = false;
  bool came_from_file = false;
  std::size_t cases = 0;    // with the runbooks
  std::uint64_t state = 0;  // of the rows that it holds
};

// All calls on the control thread, which never waits for a search.
class Recollection {
 public:
  explicit Recollection(RecollectionOptions options);
  ~Recollection();  // stop() first
  Recollection(const Recollection&) = delete;
  Recollection& operator=(const Recollection&) = delete;

  // Begins to read the index or to build it. Until it is ready, answers hold the same trouble, its family and
  // its runbook only.
  void start();
  // Ends that, and writes the file when it is behind.
  asio::awaitable<void> stop();
  Standing standing() const;

  // Likest first, at most `limit`; what was only seen comes behind all that is proven. unavailable: the
  // store.
  Task<std::vector<Recalled>> similar_to(Incident incident, std::size_t limit, Deadline deadline);
  Task<std::vector<Recalled>> similar_to(std::string words, std::size_t limit, Deadline deadline);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::memory
