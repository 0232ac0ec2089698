// What language models used up, and what they worded before.
#include <cmath>

#include "base/random.h"
#include "store/internal/parts.h"
#include "store/internal/text.h"

namespace selfheal::store {
namespace {

// An explanation is a page of JSON.
constexpr std::size_t kWordingBytes = 64u << 10;
// Each stands for a fingerprint with its evidence's shape; the oldest go.
constexpr std::int64_t kWordings = 2000;

class StoredUsage final : public assistant::UsageBook {
 public:
  explicit StoredUsage(const Context& context) : context_(context) {}
  Task<assistant::Spent> spent_today(Time now, Deadline deadline) override;
  StatusTask add(Time now, std::string purpose, assistant::Spent spent, Deadline deadline) override;
  Task<std::string> wording(std::string key, Deadline deadline) override;
  StatusTask keep_wording(std::string key, std::string json, Deadline deadline) override;

 private:
  const Context& context_;
};

Task<assistant::Spent> StoredUsage::spent_today(Time now, Deadline deadline) {
  std::vector<pg::Param> params{pg::to_param(now)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "model_usage_of_day", std::move(params), deadline));
  Row row(rows, 0);
  assistant::Spent spent{.prompt_tokens = row.number("prompt_tokens"),
                         .completion_tokens = row.number("completion_tokens"),
                         .cost = row.real("cost")};
  CO_TRY_OK(row.status());
  co_return spent;
}

StatusTask StoredUsage::add(Time now, std::string purpose, assistant::Spent spent, Deadline deadline) {
  // A model's server tells the tokens; one that tells nonsense must not make room for more.
  const bool sound = spent.prompt_tokens >= 0 && spent.completion_tokens >= 0 && std::isfinite(spent.cost) &&
                     spent.cost >= 0;
  if (!sound) co_return failure(ErrorCode::invalid_input, "what a call used up is negative or no number");
  std::vector<pg::Param> params{pg::to_param(now), storable(purpose, kStoredNameBytes),
                                pg::to_param(spent.prompt_tokens), pg::to_param(spent.completion_tokens),
                                pg::to_param(spent.cost)};
  CO_TRY_OK(co_await ask(context_, context_.writer, "model_usage_add", std::move(params), deadline));
  co_return Status();
}

Task<std::string> StoredUsage::wording(std::string key, Deadline deadline) {
  std::vector<pg::Param> params{sha256_hex(key)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "wording_find", std::move(params), deadline));
  if (rows.rows.empty()) co_return std::string();
  Row row(rows, 0);
  auto json = row.text("json");
  CO_TRY_OK(row.status());
  co_return json;
}

StatusTask StoredUsage::keep_wording(std::string key, std::string json, Deadline deadline) {
  if (json.size() > kWordingBytes)
    co_return failure(ErrorCode::invalid_input, "a wording is longer than 64 KiB");
  CO_TRY(auto change, co_await Change::begin(context_, deadline));
  std::vector<pg::Param> params{sha256_hex(key), storable(json), pg::to_param(context_.clock.now())};
  CO_TRY_OK(co_await change.ask("wording_put", std::move(params)));
  std::vector<pg::Param> kept{pg::to_param(kWordings)};
  CO_TRY_OK(co_await change.ask("wording_trim", std::move(kept)));
  co_return co_await change.commit();
}

}  // namespace

std::unique_ptr<assistant::UsageBook> make_usage_book(const Context& context) {
  return std::make_unique<StoredUsage>(context);
}

}  // namespace selfheal::store
