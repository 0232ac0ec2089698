// Past cases as memory reads them: whole, in the order of their changes, or a few by name.
#include "memory/ports.h"

#include "store/internal/described.h"
#include "store/internal/parts.h"
#include "store/internal/records.h"

namespace selfheal::store {
namespace {

// What stands in the view's column `outcomes`.
struct StoredOutcome {
  std::int64_t incident = 0;
  std::string cause;
  std::string action;
  VerdictWord verdict = VerdictWord::unknown;
  Time at{};
  healing::Ending ending = healing::Ending::treated;
  std::string note;
};
BOOST_DESCRIBE_STRUCT(StoredOutcome, (), (incident, cause, action, verdict, at, ending, note))

class StoredCaseRows final : public memory::CaseRows {
 public:
  explicit StoredCaseRows(const Context& context) : context_(context) {}
  Task<memory::RowsState> state(Deadline deadline) override;
  Task<std::vector<memory::RememberedCase>> changed_since(std::uint64_t changed, int limit,
                                                          Deadline deadline) override;
  Task<std::vector<memory::RememberedCase>> of(std::vector<std::string> fingerprints, std::string family,
                                               int limit, Deadline deadline) override;

 private:
  const Context& context_;
};

Result<memory::RememberedCase> remembered_from(Row row) {
  memory::RememberedCase out{.fingerprint = row.text("fingerprint"),
                             .family = row.text("family"),
                             .sqlstate = row.text("sqlstate"),
                             .condition = row.text("condition"),
                             .cause = row.text("cause"),
                             .title = row.text("title"),
                             .message = row.text("message"),
                             .detail = row.text("detail"),
                             .hint = row.text("hint"),
                             .context = row.text("context"),
                             .statement = row.text("statement"),
                             .incident = IncidentNumber(row.number("incident")),
                             .incidents = row.number("incidents"),
                             .last_seen = row.time("last_seen"),
                             .changed = row.unsigned_number("changed"),
                             .is_proven = row.truth("is_proven")};
  auto outcomes = row.from_json<std::vector<StoredOutcome>>("outcomes");
  TRY_OK(row.status());
  for (auto& one : outcomes)
    out.outcomes.push_back({.incident = IncidentNumber(one.incident),
                            .cause = std::move(one.cause),
                            .action = std::move(one.action),
                            .verdict = one.verdict,
                            .at = one.at,
                            .ending = one.ending,
                            .note = std::move(one.note)});
  return out;
}

Task<memory::RowsState> StoredCaseRows::state(Deadline deadline) {
  std::vector<pg::Param> none;
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "memory_state", std::move(none), deadline));
  if (rows.rows.empty()) co_return failure("the store has no row of its tenant");
  Row row(rows, 0);
  const memory::RowsState state{.state = row.unsigned_number("memory_state"),
                                .forgotten = row.unsigned_number("memory_forgotten")};
  CO_TRY_OK(row.status());
  co_return state;
}

Task<std::vector<memory::RememberedCase>> StoredCaseRows::changed_since(std::uint64_t changed, int limit,
                                                                        Deadline deadline) {
  std::vector<pg::Param> params{std::to_string(changed), pg::to_param(limit)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "cases_changed", std::move(params), deadline));
  co_return all_from(rows, remembered_from);
}

Task<std::vector<memory::RememberedCase>> StoredCaseRows::of(std::vector<std::string> fingerprints,
                                                             std::string family, int limit,
                                                             Deadline deadline) {
  for (auto& fingerprint : fingerprints) fingerprint = storable(fingerprint);
  std::vector<pg::Param> params{pg::to_array(fingerprints), storable_param(family), pg::to_param(limit)};
  CO_TRY(const auto rows, co_await ask(context_, context_.readers, "cases_of", std::move(params), deadline));
  co_return all_from(rows, remembered_from);
}

}  // namespace

std::unique_ptr<memory::CaseRows> make_case_rows(const Context& context) {
  return std::make_unique<StoredCaseRows>(context);
}

}  // namespace selfheal::store
