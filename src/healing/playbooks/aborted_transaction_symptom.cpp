// A statement came after an error of its transaction and was ignored: the error before it is the trouble,
// this one is its echo.
#include <fmt/format.h>

#include "base/ids.h"
#include "healing/evidence/session_errors.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"

namespace selfheal::healing {

extern const Playbook aborted_transaction_symptom;

namespace {

std::string code_text(const EarlierError& first) {
  return first.condition.empty() ? first.sqlstate : fmt::format("{} ({})", first.condition, first.sqlstate);
}

RetryAdvice advice(const std::optional<EarlierError>& first) {
  if (!first || first->transience.empty())
    return {
        .safe = true,
        .scope = "transaction",
        .why = "after ROLLBACK nothing of the transaction is left; it passes if its first error has gone"};
  if (first->transience == "no")
    return {.safe = false,
            .why = fmt::format("after ROLLBACK it would fail again with {}", code_text(*first))};
  return {.safe = true,
          .scope = "transaction",
          .after_ms = 100,
          .why = fmt::format("after ROLLBACK the whole transaction can be repeated; {} may pass",
                             code_text(*first))};
}

std::string reason(const std::optional<EarlierError>& first) {
  if (!first)
    return "it only follows from an earlier error of its transaction, which is not known here: look for the "
           "first "
           "error in the application's log, and roll back";
  return fmt::format("it only follows from {}{}: that is the error to treat", code_text(*first),
                     first->incident ? ", " + to_text(IncidentNumber(*first->incident)) : std::string());
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  TRY(const auto first, earlier_error(facts.evidence));
  const auto evidence = evidence_id(facts, kSessionErrors);
  Diagnosis diagnosis{.playbook = aborted_transaction_symptom.name,
                      .cause = aborted_transaction_symptom.name,
                      .title = first ? "Statements of a transaction that had failed with " + code_text(*first)
                                     : std::string("Statements of a transaction that had failed before"),
                      .category = Category::query_syntax,
                      .severity = Severity::low};
  diagnosis.checks = {
      check("transaction_had_failed", "PostgreSQL ignored the statement because its transaction had failed",
            true, evidence_id(facts, "error_event")),
      check("first_error_is_known", "the session reported the error that its transaction failed with",
            first ? std::optional(true) : std::nullopt, evidence),
  };
  diagnosis.confidence = confidence_from(diagnosis.checks);
  if (first)
    diagnosis.explanation.push_back(
        {fmt::format("The session's error before this one was {}.", code_text(*first)), evidence});
  diagnosis.explanation.push_back(
      {"The application went on after an error. It should stop at the first, roll back, or set a SAVEPOINT "
       "before what may fail.",
       evidence});
  diagnosis.culprit =
      first && first->incident
          ? Culprit{"incident", to_text(IncidentNumber(*first->incident))}
          : Culprit{"session", first ? "after " + first->sqlstate : facts.sighting.name.fingerprint};
  diagnosis.restraint = Restraint{.kind = Restraint::Kind::never,
                                  .reason = reason(first),
                                  .statement = "ROLLBACK;  -- in the application, at the first error"};
  diagnosis.retry = advice(first);
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case&) { return std::vector<Remedy>{}; }

Result<Verdict> judge(const Case&, const Case&) {
  return Verdict{VerdictWord::unknown, "nothing was done, so there is nothing to judge"};
}

}  // namespace

const Playbook aborted_transaction_symptom{
    .name = "aborted_transaction_symptom",
    .title = "The echo of an earlier error of the same transaction",
    .answers = {sqlstate("25P02")},
    .needs_session = true,
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for = {"watch_for_s", 60, "not used: nothing is done"},
};

}  // namespace selfheal::healing
