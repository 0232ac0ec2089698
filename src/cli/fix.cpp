// fix show and fix apply: the plan, a person's yes to exactly that plan, and what came of it.
#include <fmt/format.h>

#include <ostream>

#include "cli/internal/commands.h"
#include "cli/internal/document.h"
#include "contract/decision.h"

namespace selfheal::cli {
namespace {

using contract::Incident;

constexpr Duration kLookEvery = 500ms;
// From this level on the person types the server's name instead of "y": what it does cannot be taken back
// lightly.
constexpr int kGraveLevel = 3;

Advice advice_for(const std::string& id) {
  return {{kNotFound, "selfheal incident list"},
          {kConflict, "selfheal fix show " + id},
          {kRefused, "selfheal fix show " + id}};
}

Trouble no_plan(const Incident& incident) {
  const auto why =
      incident.refusal ? incident.refusal->reason : fmt::format("{} is {}", incident.id, incident.state);
  return {kRefused, fmt::format("there is no fix to apply for {}: {}", incident.id, why),
          "selfheal incident show " + incident.id};
}

// Asks for the plan that is shown, and for no other: the hash goes into the command that a person copies.
Answer<void> agreed(const Invocation& invocation, const Incident& incident) {
  const auto& remedy = *incident.remedy;
  const bool grave = remedy.level >= kGraveLevel;
  return confirm(invocation, {.text = fmt::format("{} on {}?", remedy.title, incident.server),
                              .must_type = grave ? incident.server : "y",
                              .exact_command = fmt::format("selfheal fix apply {} --plan {} --yes{}",
                                                           incident.id, remedy.plan_hash,
                                                           grave ? " --confirm " + incident.server : "")});
}

// Follows the treatment; says each new state once.
Answer<int> follow(Invocation& invocation, Api& api, const std::string& id) {
  auto& streams = invocation.streams;
  const auto deadline = streams.clock.deadline_in(invocation.arguments.duration("--timeout"));
  std::string said;
  while (true) {
    TRY(const auto body, api.get(path_of("incidents", id)));
    TRY(const auto incident, api.read<Incident>(body));
    const bool well = incident.relieved_at || incident.state == "healed";
    const bool over =
        well || (is_final(incident.state) || incident.state == "open" || incident.state == "reopened");
    const auto state = incident.relieved_at && incident.state == "verifying" ? "relieved" : incident.state;
    if (!invocation.global.json && state != said) {
      const auto row =
          fmt::format("{}\t{}\t{}", state, incident.verdict.value_or(""), incident.verdict_reason);
      print(invocation,
            fmt::format("{}\n",
                        streams.out_is_terminal ? state : row.substr(0, row.find_last_not_of('\t') + 1)));
      said = state;
    }
    if (over && invocation.global.json) print_json(invocation, body);
    if (well) return kOk;
    if (over) {
      return std::unexpected(
          Trouble{kNotHealed, fmt::format("{} is {} after the fix: {}", id, state, incident.verdict_reason),
                  "selfheal incident show " + id});
    }
    if (streams.clock.left(deadline) <= Duration::zero()) {
      return std::unexpected(
          Trouble{kTimedOut, fmt::format("{} is still {}", id, state), "selfheal wait " + id});
    }
    if (!streams.pause(kLookEvery)) {
      streams.err << "selfheal: stopped waiting; the server goes on verifying\ntry: selfheal wait "
                  << safe_text(id) << "\n";
      return kInterrupted;
    }
  }
}

Answer<int> approve(Invocation& invocation, Api& api, const Incident& incident) {
  const contract::Approval approval{.plan_id = incident.remedy->plan_id,
                                    .plan_hash = incident.remedy->plan_hash};
  const bool waits = invocation.arguments.has("--wait");
  TRY(const auto body, api.post(path_of("incidents", incident.id) + "/approve",
                                contract::to_text(contract::to_json(approval))));
  TRY(const auto answer, api.read<contract::ApprovalAnswer>(body));
  const bool acted = answer.outcome == "treated";
  // With --wait the one JSON text is the incident at the end.
  if (invocation.global.json && !(waits && acted)) print_json(invocation, body);
  if (!acted) {
    return std::unexpected(Trouble{answer.outcome == "no_longer_true" ? kConflict : kRefused,
                                   fmt::format("nothing was done, {}: {}", answer.outcome, answer.reason),
                                   "selfheal incident show " + incident.id});
  }
  if (!invocation.global.json)
    print(invocation, fmt::format("applied\t{}\n", safe_text(incident.remedy->title)));
  return waits ? follow(invocation, api, incident.id) : kOk;
}

}  // namespace

std::string plan_text(const Incident& incident, const Style& style) {
  const auto& remedy = *incident.remedy;
  Document document(fmt::format("{}  {}", incident.id, remedy.title));
  document.section("plan");
  document.row({"on", fmt::format("{} {}", incident.server, incident.database)});
  document.row({"cause", fmt::format("{} ({})", incident.cause, how_sure(incident))});
  for (const auto& statement : remedy.statements) document.row({"statement", statement});
  for (const auto& guard : remedy.guards) document.row({"only if", guard});
  document.row({"risk", remedy.risk});
  document.row({"undo", remedy.undo});
  document.row({"policy", fmt::format("{} {}", remedy.decision, remedy.reason)});
  document.row({"expires", style.when(remedy.expires_at)});
  document.row({"hash", remedy.plan_hash});
  return document.print(style);
}

Answer<int> fix_show(Invocation& invocation) {
  const auto id = invocation.arguments.text("INCIDENT");
  Api api(invocation, advice_for(id));
  TRY(const auto body, api.get(path_of("incidents", id)));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto incident, api.read<Incident>(body));
  if (!incident.remedy) return std::unexpected(no_plan(incident));
  print(invocation, plan_text(incident, Style(invocation)));
  return kOk;
}

Answer<int> fix_apply(Invocation& invocation) {
  const auto id = invocation.arguments.text("INCIDENT");
  Api api(invocation, advice_for(id));
  TRY(const auto body, api.get(path_of("incidents", id)));
  TRY(const auto incident, api.read<Incident>(body));
  if (!incident.remedy) return std::unexpected(no_plan(incident));
  const auto plan = invocation.arguments.text("--plan");
  if (!plan.empty() && plan != incident.remedy->plan_hash) {
    return std::unexpected(
        Trouble{kConflict, "the plan has changed since it was shown", "selfheal fix show " + id});
  }
  const bool dry = invocation.arguments.has("--dry-run");
  if (dry && invocation.global.json) return print_json(invocation, body);
  if (dry) {
    print(invocation, plan_text(incident, Style(invocation)));
    return kOk;
  }
  if (!invocation.global.json && !invocation.global.quiet) {
    invocation.streams.err << plan_text(incident, Style(invocation)) << std::flush;
  }
  TRY_OK(agreed(invocation, incident));
  return approve(invocation, api, incident);
}

}  // namespace selfheal::cli
