#pragma once

#include <optional>
#include <string>
#include <vector>

// A remedy is a proof, not a guess: a bounded act with its guard inside the acting statement, and its undo.
namespace selfheal::healing {

// One SQL statement with its text parameters.
struct Step {
  std::string sql;
  std::vector<std::optional<std::string>> params;
  // What the statement does, for people, with parameters filled in where they may be shown.
  std::string shown;
};

// The condition under which the act is right. `condition` is SQL and stands verbatim inside the guarded step,
// so that it is checked by the very statement that acts; zero rows touched means "no longer true".
struct Guard {
  std::string condition;
  std::string in_words;
};

// How much a remedy may do; a ceiling that policy never exceeds (docs/architecture.md, "Levels").
// 2: automatic, reversible or without data change. 3: needs an approval. 4: a person runs it.
enum class Level { automatic = 2, approval = 3, person = 4 };

// One row of the remedy catalogue: an action class, what it does to whom.
struct RemedyKind {
  std::string name;   // action class, e.g. "terminate_session"; policies name it
  std::string title;  // "End a session that forgot its transaction"
  Level level = Level::person;
  std::string risk;         // what is lost, a sentence
  std::string lock;         // the strongest lock it takes, and on what
  std::string who_notices;  // a sentence
  // The SQLSTATE that the session it signals leaves in the log: our own doing and no trouble. Empty: none.
  std::string leaves_sqlstate = {};
  std::string undo;         // how it is taken back, or why it cannot be
  // The undo is kept in the journal for a person and never run by itself: it costs more than it repairs.
  bool undone_by_person = false;
};

class Remedy {
 public:
  // `before` runs in the same transaction ahead of the guarded step (LOCK TABLE …) and `after` behind it.
  //
  // `outside` is a statement that PostgreSQL refuses in a transaction block (DROP INDEX CONCURRENTLY). It
  // must begin by asking for a lock that conflicts with one that `before` took: it is sent while that
  // transaction holds it and gets it from that transaction's hands, so that what the guard saw still holds
  // (docs/decisions/0007-acts-outside-transactions.md). What it does may remain half done when it fails;
  // evidence must tell.
  //
  // `person_why` says why a person must run it although its kind allows more, e.g. that the role that acts
  // lacks a right; empty: no such reason.
  struct Parts {
    const RemedyKind* kind = nullptr;
    std::string target;      // "session 4121 (billing)"
    std::string target_key;  // one treatment at a time per key, and its cooldown: "session:4121@…"
    std::string database;    // where it runs
    std::string set_role;    // role to assume for it, or empty
    std::vector<Step> before;
    std::vector<Step> after;
    std::optional<Step> outside;
    std::vector<Step> undo;
    std::string person_why;
  };
  // The guarded step must contain the guard's condition word for word; there is no remedy without one.
  Remedy(Guard guard, Step guarded, Parts parts);

  const Guard& guard() const { return guard_; }
  const Step& guarded() const { return guarded_; }
  const Parts& parts() const { return parts_; }
  const RemedyKind& kind() const { return *parts_.kind; }
  // The kind's, unless `person_why` says why not.
  Level level() const { return parts_.person_why.empty() ? kind().level : Level::person; }
  // All statements in the order they run.
  std::vector<Step> steps() const;
  // Everything that decides what will happen, in one text: what an approval is bound to.
  std::string canonical_text() const;

 private:
  Guard guard_;
  Step guarded_;
  Parts parts_;
};

}  // namespace selfheal::healing
