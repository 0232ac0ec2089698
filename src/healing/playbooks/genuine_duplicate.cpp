// The application sent a key that is already there. The constraint is right; nothing on the server is to be
// fixed.
#include <fmt/format.h>

#include "healing/playbooks/duplicate_key.h"
#include "healing/playbooks/playbook.h"
#include "healing/playbooks/reasoning.h"

namespace selfheal::healing {

extern const Playbook genuine_duplicate;

namespace {

// Whether the value was the application's: no sequence feeds the key, or the statement chose it over the
// sequence, or the failing value is none that the sequence gives out as it stands.
std::optional<bool> chosen_by_application(const DuplicateKey& key) {
  const auto* fed = key.fed();
  if (fed == nullptr) return true;
  if (key.supplied) return key.supplied;
  if (came_from_sequence(key) == false) return true;
  if (next_value(*fed) && !is_behind(*fed)) return true;
  return std::nullopt;
}

Result<std::optional<Diagnosis>> diagnose(const Case& facts) {
  TRY(const auto key, duplicate_key(facts));
  if (!key || chosen_by_application(*key) != true) return std::nullopt;
  const auto evidence = evidence_id(facts, "unique_key");
  const auto* fed = key->fed();

  Diagnosis diagnosis{
      .playbook = genuine_duplicate.name,
      .cause = genuine_duplicate.name,
      .title = fmt::format("{} already has a row with this {}", key->table_text(), key->key_text()),
      .category = Category::duplicate_data,
      .severity = Severity::low};
  diagnosis.checks = {
      check("key_exists", "the violated unique key exists and is what it should be", true, evidence),
      check("value_chosen", "the application chose the value of the key", true, evidence),
  };
  // A race of two inserts and a replay of a committed request look the same from here, and need no act
  // either.
  diagnosis.confidence = Confidence::likely;
  diagnosis.explanation = {
      {fmt::format("The unique key {} of {} refused a second row with the same value.", key->key_text(),
                   key->table_text()),
       evidence},
      {"The value came with the statement, so the data or the application is to be corrected, not the "
       "server.",
       evidence},
  };
  diagnosis.ruled_out = {
      {"sequence_behind_table", fed == nullptr ? "no sequence feeds this key"
                                               : "the statement did not take the value from the sequence"}};
  diagnosis.culprit = {"constraint", fmt::format("{}{}", key->table_text(), key->key_text())};
  diagnosis.restraint =
      Restraint{.kind = Restraint::Kind::never,
                .reason = "the constraint did its work; deleting or overwriting rows would lose data",
                .statement = fmt::format(
                    "INSERT … ON CONFLICT {} DO NOTHING  -- in the application, if a second row is no error",
                    key->key_text())};
  diagnosis.retry = {.safe = false, .why = "the same row will be refused again"};
  return diagnosis;
}

Result<std::vector<Remedy>> propose(const Diagnosis&, const Case&) { return std::vector<Remedy>{}; }

Result<Verdict> judge(const Case&, const Case&) {
  return Verdict{VerdictWord::unknown, "nothing was done, so there is nothing to judge"};
}

}  // namespace

const Playbook genuine_duplicate{
    .name = "genuine_duplicate",
    .title = "A duplicate that the constraint rightly refused",
    .answers = {sqlstate("23505")},
    .probes = {"unique_key"},
    .diagnose = diagnose,
    .propose = propose,
    .judge = judge,
    .watch_for = {"watch_for_s", 60, "not used: nothing is done"},
};

}  // namespace selfheal::healing
