#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/words.h"
#include "model/error_class.h"

namespace selfheal {

// How sure a diagnosis is. confirmed: every check passed on live evidence; likely: no check failed, at least
// one could not run; possible: the pattern fits, the proof does not exist; unknown: no playbook recognises
// it.
enum class Confidence { unknown, possible, likely, confirmed };
BOOST_DESCRIBE_ENUM(Confidence, unknown, possible, likely, confirmed)

enum class CheckStatus { passed, failed, unknown };
BOOST_DESCRIBE_ENUM(CheckStatus, passed, failed, unknown)

// One fact a DBA would look at, and how it came out.
struct Check {
  std::string id;     // snake_case, stable
  std::string title;  // a sentence, without values of the application
  CheckStatus status = CheckStatus::unknown;
  std::string evidence_id;
};

struct RuledOut {
  std::string cause;
  std::string why;
};

// A sentence for people, tied to what proves it.
struct Sentence {
  std::string text;
  std::string evidence_id;
};

// Whom or what the trouble comes from. Incidents of one server with the same cause and the same culprit are
// one.
struct Culprit {
  std::string kind;  // session, sequence, table, constraint
  std::string name;  // e.g. "4121@2026-11-25T03:40:29.120000Z" or "public.orders_id_seq"
};

// Why nothing is proposed. `never`: the right answer is not to act. `not_yet`: a threshold is not reached;
// the next sighting looks again.
struct Restraint {
  enum class Kind { never, not_yet } kind = Kind::never;
  std::string reason;
  std::string statement;  // what a person could run instead, or empty
};

struct RetryAdvice {
  bool safe = false;
  std::string scope;  // "transaction", "statement" or empty
  int after_ms = 0;
  std::string why;
};

struct Diagnosis {
  std::string playbook;  // who says so
  std::string cause;     // the playbook's root cause word
  std::string title;     // one line for a list
  Category category = Category::unknown;
  Severity severity = Severity::medium;
  Confidence confidence = Confidence::unknown;
  std::vector<Check> checks;
  std::vector<RuledOut> ruled_out;
  std::vector<Sentence> explanation;
  Culprit culprit;
  std::optional<Restraint> restraint;
  RetryAdvice retry;
};

}  // namespace selfheal
