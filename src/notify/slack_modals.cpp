#include "notify/slack_modals.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "notify/slack_blocks.h"
#include "pg/redact.h"

namespace selfheal::notify {
namespace {

namespace json = boost::json;

constexpr std::size_t kTitle = 24;  // Slack's limit
constexpr std::size_t kText = 600;
constexpr std::size_t kStatement = 1200;
constexpr std::size_t kStatements = 8;

// What leaves the installation goes through the redactor, whatever it went through before.
Mrkdwn prose(const std::string& text, std::size_t most = kText) {
  return slack_prose(pg::redact_own_text(text).text(), most);
}

json::object view(IncidentNumber incident, json::array blocks, const char* close) {
  return {{"type", "modal"},
          {"title", slack_plain_object("Fix for " + to_text(incident), kTitle)},
          {"close", slack_plain_object(close, kTitle)},
          {"blocks", std::move(blocks)}};
}

std::string objection_of(const SlackPlanView& shown) {
  const auto& incident = shown.incident;
  if (!incident.plan)
    return "There is no plan now. The incident is " + slack_words(to_word(incident.state)) + ".";
  if (incident.plan->expires_at <= shown.now)
    return "The plan has expired. Selfheal makes a new one when the trouble is seen again.";
  if (incident.state != IncidentState::awaiting_approval)
    return "There is nothing to approve: the incident is " + slack_words(to_word(incident.state)) + ".";
  if (!shown.person.may_decide)
    return "Your role in Selfheal (" + shown.person.role + ") may read plans, not apply them.";
  return {};
}

void add_plan(json::array& blocks, const PlanShown& plan) {
  blocks.push_back(slack_section("*"_slack + prose(plan.title, 200) + "*"_slack));
  Mrkdwn statements = "*What runs*"_slack;
  for (std::size_t i = 0; i < std::min(kStatements, plan.statements.size()); ++i) {
    const auto more = "\n"_slack + slack_code(pg::redact_own_text(plan.statements[i]).text(), kStatement);
    if (slack_length(statements.text()) + slack_length(more.text()) > kSlackSection - 100) break;
    statements += more;
  }
  blocks.push_back(slack_section(statements));
  blocks.push_back(
      slack_section("*Risk and what is lost*\n"_slack + prose(plan.risk.empty() ? "none known" : plan.risk)));
  Mrkdwn guards = "*Only if still true when it runs*"_slack;
  for (std::size_t i = 0; i < std::min(kStatements, plan.guards.size()); ++i)
    guards += "\n• "_slack + prose(plan.guards[i], 300);
  if (!plan.guards.empty()) blocks.push_back(slack_section(guards));
  blocks.push_back(
      slack_section("*Undo*\n"_slack + prose(plan.undo.empty() ? "It cannot be undone." : plan.undo)));
}

// A box to tick, so that a slip of the thumb applies nothing.
json::object confirm_of(const PlanShown& plan) {
  const auto name = "Yes: " + pg::redact_own_text(plan.title).text();
  json::object option{{"text", slack_plain_object(name, kSlackButton)}, {"value", plan.plan_hash}};
  return {{"type", "input"},
          {"block_id", kSlackConfirmBlock},
          {"label", slack_plain_object("Do you want this?", 200)},
          {"element", json::object{{"type", "checkboxes"},
                                   {"action_id", kSlackConfirmAction},
                                   {"options", json::array{option}}}}};
}

}  // namespace

json::object slack_plan_view(const SlackPlanView& shown) {
  const auto& incident = shown.incident;
  json::array blocks;
  const auto objection = objection_of(shown);
  if (!objection.empty()) blocks.push_back(slack_section("✗ "_slack + slack_prose(objection, kText)));
  if (!incident.plan) return view(incident.number, std::move(blocks), "Close");
  const auto& plan = *incident.plan;
  if (objection.empty() && plan.plan_hash != shown.shown_hash)
    blocks.push_back(
        slack_section("The plan has changed since the message was written. This is the one of now."_slack));
  add_plan(blocks, plan);
  if (!objection.empty()) return view(incident.number, std::move(blocks), "Close");
  blocks.push_back(confirm_of(plan));
  auto modal = view(incident.number, std::move(blocks), "Cancel");
  modal["callback_id"] = kSlackApply;
  modal["submit"] = slack_plain_object("Apply", kTitle);
  // Numbers of ours only: what they stand for is looked up when they come back.
  modal["private_metadata"] = json::serialize(json::object{{"incident", to_text(incident.number)},
                                                           {"plan_id", plan.plan_id},
                                                           {"plan_hash", plan.plan_hash},
                                                           {"channel", shown.channel}});
  return modal;
}

json::object slack_note_view(IncidentNumber incident, const Mrkdwn& text) {
  return view(incident, {slack_section(text)}, "Close");
}

}  // namespace selfheal::notify
