// The audit trail and the treatment journal.
#include <fmt/format.h>

#include "store/internal/audit.h"
#include "store/internal/parts.h"
#include "store/internal/records.h"

namespace selfheal::store {

std::vector<pg::Param> audit_params(const Context& context, const healing::AuditEntry& entry) {
  return {pg::to_param(context.clock.now()), storable_param(entry.actor), storable_param(entry.what),
          storable_param(entry.subject), storable_param(entry.text)};
}

Status check_appended(const pg::Rows& rows) {
  if (rows.rows.size() == 1 && rows.rows[0][0]) return {};
  return failure("the store has no row of its tenant: nothing was written to the audit trail");
}

StatusTask append_audit(const Context& context, Change& change, healing::AuditEntry entry) {
  auto params = audit_params(context, entry);
  CO_TRY(const auto rows, co_await change.ask("audit_append", std::move(params)));
  co_return check_appended(rows);
}

namespace {

// Treatments without a verdict are a handful; of one incident, a few.
constexpr std::int64_t kTreatments = 1000;

class StoredAudit final : public healing::AuditTrail {
 public:
  explicit StoredAudit(const Context& context) : context_(context) {}
  StatusTask record(healing::AuditEntry entry, Deadline deadline) override;
  Task<Treatment> intend(Treatment treatment, std::string target_key, Deadline deadline) override;
  Task<Treatment> advance(Treatment treatment, Deadline deadline) override;
  Task<std::vector<Treatment>> unfinished(Deadline deadline) override;
  Task<std::vector<Treatment>> of(IncidentNumber number, Deadline deadline) override;

 private:
  const Context& context_;
};

StatusTask StoredAudit::record(healing::AuditEntry entry, Deadline deadline) {
  auto params = audit_params(context_, entry);
  CO_TRY(const auto rows,
         co_await ask(context_, context_.writer, "audit_append", std::move(params), deadline));
  co_return check_appended(rows);
}

healing::AuditEntry intent_entry(const Treatment& treatment) {
  return {
      .actor = treatment.approved_by,
      .what = "intend",
      .subject = to_text(treatment.incident),
      .text = fmt::format("Treatment {}: {} of {} on {}, plan {}.", treatment.number.value(),
                          treatment.action, treatment.target, treatment.server.value(), treatment.plan_hash)};
}

Error why_not_intended(const Error& error, const Treatment& treatment) {
  if (error.sqlstate == "23505")
    return {ErrorCode::conflict, "another treatment of " + treatment.target + " is under way"};
  if (error.sqlstate == "23503")
    return {ErrorCode::not_found, "there is no incident " + to_text(treatment.incident)};
  return error;
}

Task<Treatment> StoredAudit::intend(Treatment treatment, std::string target_key, Deadline deadline) {
  treatment.state = TreatmentState::intent;
  treatment.at = context_.clock.now();
  auto row = row_of(treatment);
  row["target_key"] = to_json(target_key);
  CO_TRY(auto change, co_await Change::begin(context_, deadline));
  std::vector<pg::Param> params{json::serialize(row)};
  const auto rows = co_await change.attempt("treatment_intend", std::move(params));
  if (!rows) co_return std::unexpected(why_not_intended(rows.error(), treatment));
  if (rows->rows.empty()) co_return failure("the store has no row of its tenant: nothing was intended");
  CO_TRY(auto intended, treatment_from(Row(*rows, 0)));
  auto entry = intent_entry(intended);
  CO_TRY_OK(co_await append_audit(context_, change, std::move(entry)));
  CO_TRY_OK(co_await change.commit());
  co_return intended;
}

Task<Treatment> StoredAudit::advance(Treatment treatment, Deadline deadline) {
  if (treatment.at == Time{}) treatment.at = context_.clock.now();
  std::vector<pg::Param> params{json::serialize(row_of(treatment))};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.writer, "treatment_advance", std::move(params), deadline));
  if (rows.rows.empty())
    co_return failure(ErrorCode::not_found,
                      fmt::format("there is no treatment {}", treatment.number.value()));
  co_return treatment_from(Row(rows, 0));
}

Task<std::vector<Treatment>> StoredAudit::unfinished(Deadline deadline) {
  std::vector<pg::Param> params{pg::to_param(kTreatments)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "treatments_unfinished", std::move(params), deadline));
  co_return all_from(rows, treatment_from);
}

Task<std::vector<Treatment>> StoredAudit::of(IncidentNumber number, Deadline deadline) {
  std::vector<pg::Param> params{pg::to_param(number.value()), pg::to_param(kTreatments)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "treatments_of", std::move(params), deadline));
  co_return all_from(rows, treatment_from);
}

}  // namespace

std::unique_ptr<healing::AuditTrail> make_audit_trail(const Context& context) {
  return std::make_unique<StoredAudit>(context);
}

}  // namespace selfheal::store
