// What helped before, and what an incident's evidence was.
#include "pg/redact.h"
#include "store/internal/parts.h"
#include "store/internal/records.h"

namespace selfheal::store {
namespace {

// Enough for a person to see a pattern.
constexpr std::int64_t kRecalled = 20;
// An incident that is looked at again and again keeps collecting; healing thinks on with the first and last
// looks.
constexpr std::int64_t kGathered = 1000;

class StoredCases final : public healing::CaseMemory {
 public:
  explicit StoredCases(const Context& context) : context_(context) {}
  Task<std::vector<healing::PastCase>> recall(Fingerprint name, Deadline deadline) override;
  StatusTask recognise(Fingerprint name, std::string cause, std::string title, Deadline deadline) override;
  StatusTask remember(Fingerprint name, healing::PastCase past, Deadline deadline) override;
  Task<Evidence> gathered(IncidentNumber number, Deadline deadline) override;

 private:
  const Context& context_;
};

Result<healing::PastCase> past_case_from(Row row) {
  healing::PastCase past{.incident = IncidentNumber(row.number("incident")),
                         .cause = row.text("cause"),
                         .action = row.text("action"),
                         .verdict = row.word<VerdictWord>("verdict"),
                         .at = row.time("at"),
                         .ending = row.word<healing::Ending>("ending"),
                         .note = row.text("note")};
  TRY_OK(row.status());
  return past;
}

Task<std::vector<healing::PastCase>> StoredCases::recall(Fingerprint name, Deadline deadline) {
  std::vector<pg::Param> params{storable_param(name.fingerprint), storable_param(name.family),
                                pg::to_param(kRecalled)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "cases_recall", std::move(params), deadline));
  co_return all_from(rows, past_case_from);
}

StatusTask StoredCases::recognise(Fingerprint name, std::string cause, std::string title, Deadline deadline) {
  std::vector<pg::Param> params{storable_param(name.fingerprint), storable_param(cause),
                                storable_param(title)};
  CO_TRY_OK(co_await ask(context_, context_.writer, "case_recognise", std::move(params), deadline));
  co_return Status();
}

StatusTask StoredCases::remember(Fingerprint name, healing::PastCase past, Deadline deadline) {
  std::vector<pg::Param> params{storable_param(name.fingerprint),
                                storable_param(name.family),
                                pg::to_param(past.incident.value()),
                                storable_param(past.cause),
                                storable_param(past.action),
                                to_word(past.verdict),
                                pg::to_param(past.at),
                                to_word(past.ending),
                                storable_param(pg::redact_own_text(past.note).text()),
                                pg::to_param(past.treatment.value())};
  CO_TRY_OK(co_await ask(context_, context_.writer, "case_remember", std::move(params), deadline));
  co_return Status();
}

Task<Evidence> StoredCases::gathered(IncidentNumber number, Deadline deadline) {
  std::vector<pg::Param> params{pg::to_param(number.value()), pg::to_param(kGathered)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "evidence_of", std::move(params), deadline));
  CO_TRY(auto items, all_from(rows, evidence_item_from));
  co_return Evidence{std::move(items)};
}

}  // namespace

std::unique_ptr<healing::CaseMemory> make_case_memory(const Context& context) {
  return std::make_unique<StoredCases>(context);
}

}  // namespace selfheal::store
