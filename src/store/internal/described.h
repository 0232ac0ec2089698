#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "model/diagnosis.h"
#include "model/incident.h"
#include "model/verdict.h"
#include "notify/ports.h"

// The structs that are stored as JSON, field by field under their own names. A field that is renamed here and
// in the model is lost from what was stored before: add new ones instead.
namespace selfheal {

BOOST_DESCRIBE_STRUCT(Check, (), (id, title, status, evidence_id))
BOOST_DESCRIBE_STRUCT(RuledOut, (), (cause, why))
BOOST_DESCRIBE_STRUCT(Sentence, (), (text, evidence_id))
BOOST_DESCRIBE_STRUCT(Culprit, (), (kind, name))
BOOST_DESCRIBE_ENUM(Restraint::Kind, never, not_yet)
BOOST_DESCRIBE_STRUCT(Restraint, (), (kind, reason, statement))
BOOST_DESCRIBE_STRUCT(RetryAdvice, (), (safe, scope, after_ms, why))
BOOST_DESCRIBE_STRUCT(Diagnosis, (),
                      (playbook, cause, title, category, severity, confidence, checks, ruled_out, explanation,
                       culprit, restraint, retry))
BOOST_DESCRIBE_STRUCT(PlanShown, (),
                      (plan_id, plan_hash, expires_at, action, title, statements, guards, undo, risk, level,
                       decision, reason))
BOOST_DESCRIBE_STRUCT(Verdict, (), (word, reason))

}  // namespace selfheal

namespace selfheal::notify {
BOOST_DESCRIBE_STRUCT(Told, (), (at, change, state, severity, plan_hash, rev, entry))
}  // namespace selfheal::notify
