#pragma once

#include <boost/describe/class.hpp>
#include <string>
#include <string_view>

#include "contract/incident.h"

// What people decide about an incident.
namespace selfheal::contract {

// What approving carries: the plan as it was shown.
struct Approval {
  static constexpr std::string_view kRequired[] = {"plan_id", "plan_hash"};
  std::string plan_id;
  std::string plan_hash;
};
BOOST_DESCRIBE_STRUCT(Approval, (), (plan_id, plan_hash))

struct ApprovalAnswer {
  std::string outcome;  // treated, no_longer_true, refused …
  std::string reason;
  Incident incident;
};
BOOST_DESCRIBE_STRUCT(ApprovalAnswer, (), (outcome, reason, incident))

// A person closes, refuses or mutes: the reason stands in the timeline and the audit trail.
struct Judgement {
  static constexpr std::string_view kRequired[] = {"why"};
  std::string why;
};
BOOST_DESCRIBE_STRUCT(Judgement, (), (why))

}  // namespace selfheal::contract
