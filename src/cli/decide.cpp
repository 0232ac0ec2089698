// What a person decides about an incident, and waiting for what becomes of it.
#include <fmt/format.h>

#include <istream>
#include <ostream>

#include "cli/internal/commands.h"
#include "contract/decision.h"

namespace selfheal::cli {
namespace {

using contract::Incident;

// Often enough for a script, and nothing for the server.
constexpr Duration kLookEvery = 500ms;
constexpr Duration kRedrawEvery = 2s;

Answer<int> judge(Invocation& invocation, std::string_view verb) {
  const auto id = invocation.arguments.text("INCIDENT");
  Api api(invocation, {{kNotFound, "selfheal incident list"}, {kConflict, "selfheal incident show " + id}});
  const contract::Judgement judgement{.why = invocation.arguments.text("--why")};
  const auto path = fmt::format("{}/{}", path_of("incidents", id), verb);
  TRY(const auto body, api.post(path, contract::to_text(contract::to_json(judgement))));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto incident, api.read<Incident>(body));
  print(invocation, fmt::format("{}\t{}\n", safe_text(incident.id), safe_text(incident.state)));
  return kOk;
}

bool has_come_to(const Incident& incident, const std::string& wanted) {
  if (wanted == "relieved") return incident.relieved_at.has_value() || incident.state == "healed";
  if (wanted == "closed") return is_final(incident.state);
  return incident.state == wanted;
}

}  // namespace

Answer<int> incident_note(Invocation& invocation) { return judge(invocation, "note"); }
Answer<int> incident_refuse(Invocation& invocation) { return judge(invocation, "refuse"); }
Answer<int> incident_resolve(Invocation& invocation) { return judge(invocation, "resolve"); }

Answer<int> wait(Invocation& invocation) {
  const auto& arguments = invocation.arguments;
  const auto id = arguments.text("INCIDENT");
  const auto wanted = arguments.text("--for");
  Api api(invocation, {{kNotFound, "selfheal incident list"}});
  auto& clock = invocation.streams.clock;
  const auto deadline = clock.deadline_in(arguments.duration("--timeout"));
  while (true) {
    TRY(const auto body, api.get(path_of("incidents", id)));
    TRY(const auto incident, api.read<Incident>(body));
    const bool come = has_come_to(incident, wanted);
    const bool final = is_final(incident.state);
    if ((come || final) && invocation.global.json) print_json(invocation, body);
    if (come) return kOk;
    const auto what = fmt::format("{} is {}, not {}", id, incident.state, wanted);
    if (final) return std::unexpected(Trouble{kProblemsFound, what, "selfheal incident show " + id});
    if (clock.left(deadline) <= Duration::zero()) {
      return std::unexpected(Trouble{kTimedOut, what + " in time", "selfheal incident show " + id});
    }
    if (!invocation.streams.pause(std::min(kLookEvery, clock.left(deadline)))) return kInterrupted;
  }
}

Answer<int> repeated(Invocation& invocation, Answer<int> (*once)(Invocation&)) {
  if (!invocation.arguments.has("--watch")) return once(invocation);
  while (true) {
    if (invocation.streams.out_is_terminal) print(invocation, "\x1b[H\x1b[2J");
    TRY(const auto code, once(invocation));
    static_cast<void>(code);
    if (!invocation.streams.pause(kRedrawEvery)) return kInterrupted;
  }
}

Answer<void> confirm(const Invocation& invocation, const Question& question) {
  const auto& arguments = invocation.arguments;
  const bool names_it = question.must_type == "y" || arguments.text("--confirm") == question.must_type;
  if (arguments.has("--yes") && names_it) return {};
  auto& streams = invocation.streams;
  if (!streams.in_is_terminal || !streams.err_is_terminal || arguments.has("--yes")) {
    return std::unexpected(
        Trouble{kRefused, "a person must agree: " + question.text, question.exact_command});
  }
  const auto ending = question.must_type == "y" ? std::string("[y/N] ")
                                                : fmt::format("Type {} to go on: ", question.must_type);
  streams.err << safe_text(question.text) << "  " << safe_text(ending) << std::flush;
  std::string typed;
  std::getline(streams.in, typed);
  if (typed == question.must_type || (question.must_type == "y" && typed == "yes")) return {};
  return std::unexpected(Trouble{kRefused, "nothing was done"});
}

}  // namespace selfheal::cli
