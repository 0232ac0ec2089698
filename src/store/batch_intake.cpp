// The storage half of tail::Intake.
#include "store/internal/filing.h"
#include "store/internal/parts.h"

namespace selfheal::store {
namespace {

class StoredIntake final : public BatchIntake {
 public:
  explicit StoredIntake(const Context& context) : context_(context) {}
  Task<std::vector<Filed>> file(tail::Batch batch, Deadline deadline) override;
  Task<std::optional<tail::Checkpoint>> checkpoint(ServerId server, Deadline deadline) override;

 private:
  const Context& context_;
};

Task<std::vector<Filed>> StoredIntake::file(tail::Batch batch, Deadline deadline) {
  co_return co_await file_sightings(context_, std::move(batch.server), std::move(batch.sightings),
                                    std::move(batch.checkpoint), deadline);
}

Task<std::optional<tail::Checkpoint>> StoredIntake::checkpoint(ServerId server, Deadline deadline) {
  std::vector<pg::Param> params{storable_param(server.value())};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "checkpoint_find", std::move(params), deadline));
  if (rows.rows.empty()) co_return std::nullopt;
  Row row(rows, 0);
  tail::Checkpoint found{.device = row.unsigned_number("device"),
                         .inode = row.unsigned_number("inode"),
                         .head_hash = row.text("head_hash"),
                         .head_bytes = row.unsigned_number("head_bytes"),
                         .offset = row.unsigned_number("read_offset"),
                         .file_name = row.text("file_name"),
                         .file_time = row.time("file_time")};
  CO_TRY_OK(row.status());
  co_return found;
}

}  // namespace

std::unique_ptr<BatchIntake> make_batch_intake(const Context& context) {
  return std::make_unique<StoredIntake>(context);
}

}  // namespace selfheal::store
