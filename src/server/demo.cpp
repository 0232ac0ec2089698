#include "server/demo.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "base/log.h"
#include "server/privileges.h"
#include "server/stage.h"

namespace selfheal::server {
namespace {

namespace json = boost::json;

constexpr int kAllAsExpected = 0;
constexpr int kFailed = 1;
constexpr int kNotAsExpected = 9;

// A short path below /tmp: socket paths end at 107 bytes. Removed again at the end.
class Scratch {
 public:
  Scratch() : path_("/tmp/selfheal-demo-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Ctrl-C ends nothing at once: clusters and their directory must go with us. While the installation runs it
// takes the signals itself.
volatile std::sig_atomic_t interrupted = 0;

void take_interrupts() {
  struct sigaction action{};
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

// People read standard error, programs read standard output.
void say(const DemoOptions& options, const std::string& text) {
  std::fputs((text + "\n").c_str(), options.json ? stderr : stdout);
  std::fflush(options.json ? stderr : stdout);
}

std::string text_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::string first_sentence(const json::object& incident) {
  const auto* sentences = incident.if_contains("explanation");
  if (sentences == nullptr || !sentences->is_array() || sentences->as_array().empty()) return {};
  const auto& first = sentences->as_array().front();
  return first.is_object() ? text_at(first.as_object(), "text") : std::string();
}

struct Decision {
  std::string word;  // acted, refused, none
  std::string action;
  std::string reason;
};

Decision decision_of(const json::object& incident) {
  const auto* remedy = incident.if_contains("remedy");
  const auto* refusal = incident.if_contains("refusal");
  Decision decision{.word = text_at(incident, "state") == "refused" ? "refused" : "none"};
  if (refusal != nullptr && refusal->is_object()) decision.reason = text_at(refusal->as_object(), "reason");
  if (remedy == nullptr || !remedy->is_object()) return decision;
  decision.action = text_at(remedy->as_object(), "action");
  decision.reason = text_at(remedy->as_object(), "reason");
  if (!decision.action.empty() && !text_at(incident, "verdict").empty()) decision.word = "acted";
  return decision;
}

json::value seconds(const std::optional<Duration>& duration) {
  if (!duration) return nullptr;
  return to_seconds(*duration);
}

json::object row_of(const Played& played, const ScenarioPart& part) {
  const auto decision = decision_of(played.incident);
  return {{"trouble", played.trouble},
          {"title", played.title},
          {"injected_at", to_rfc3339(played.injected_at)},
          {"detected_after_s", seconds(played.detected_after)},
          {"incident", text_at(played.incident, "id")},
          {"category", text_at(played.incident, "category")},
          {"cause", text_at(played.incident, "cause")},
          {"confidence", text_at(played.incident, "confidence")},
          {"evidence", first_sentence(played.incident)},
          {"decision", decision.word},
          {"action", decision.action},
          {"reason", decision.reason},
          {"state", text_at(played.incident, "state")},
          {"verdict", text_at(played.incident, "verdict")},
          {"relieved_after_s", seconds(played.relieved_after)},
          {"expected", {{"cause", part.cause}, {"action", part.action}, {"verdict", part.verdict}}},
          {"as_expected", played.as_expected},
          {"why_not", played.why_not}};
}

void show(const DemoOptions& options, const Played& played, const ScenarioPart& part) {
  if (options.json) {
    std::puts(json::serialize(row_of(played, part)).c_str());
    std::fflush(stdout);
    return;
  }
  const auto decision = decision_of(played.incident);
  say(options,
      fmt::format("   detected   {} after {:.2f} s: {}", text_at(played.incident, "id"),
                  to_seconds(played.detected_after.value_or(Duration{})), text_at(played.incident, "title")));
  say(options, fmt::format("   cause      {} ({})", text_at(played.incident, "cause"),
                           text_at(played.incident, "confidence")));
  say(options, fmt::format("   evidence   {}", first_sentence(played.incident)));
  say(options, fmt::format("   decision   {}{}{}", decision.word,
                           decision.action.empty() ? "" : ": " + decision.action,
                           decision.reason.empty() ? "" : "; " + decision.reason));
  if (played.relieved_after)
    say(options,
        fmt::format("   verdict    {}: relieved after {:.2f} s, {}", text_at(played.incident, "verdict"),
                    to_seconds(*played.relieved_after), text_at(played.incident, "state")));
  say(options, played.as_expected ? "   ✓ as expected" : "   ✗ not as expected: " + played.why_not);
}

Result<int> play_all(const DemoOptions& options, Stage& stage) {
  TRY(const auto all, scenarios());
  int unexpected = 0;
  for (const auto& scenario : all) {
    say(options, fmt::format("\n● {}", scenario.title));
    const auto played = stage.play(scenario, false);
    if (stage.ended()) return failure("interrupted");
    show(options, played, scenario.trouble);
    unexpected += played.as_expected ? 0 : 1;
  }
  say(options, fmt::format("\n{} of {} troubles ended as they should.",
                           static_cast<int>(all.size()) - unexpected, all.size()));
  return unexpected;
}

// A link that signs in and leads to `page`. Where we really listen is known only now: the port may be the
// system's choice.
Result<std::string> link_to(const Stage& stage, std::string_view page) {
  TRY(const auto invitation, stage.sign_in_url());
  const auto token = invitation.substr(invitation.find('#') + 1);
  return fmt::format("http://{}/sign-in?next={}#{}", stage.addresses().front(), page, token);
}

Status invite_to_look_on(const DemoOptions& options, const Stage& stage) {
  TRY(const auto link, link_to(stage, "/"));
  say(options,
      fmt::format("It takes about two minutes; `selfheal demo --hands-on` leaves it out. Look on while it "
                  "happens (the link works once, for 15 minutes):\n   {}",
                  link));
  return {};
}

Status serve_on(const DemoOptions& options, Stage& stage) {
  TRY_OK(stage.ask_before_acting());
  TRY(const auto link, link_to(stage, "/employees"));
  const auto address = stage.addresses().front();
  say(options, fmt::format("\nYour turn. Open this link (it works once, for 15 minutes):\n   {}\n"
                           "press \"Cause a lock\", open the incident, approve its fix, and see it healed.\n"
                           "From here on Selfheal acts only when you approve (policy approve).",
                           link));
  say(options, fmt::format("\nServing on http://{0} until Ctrl-C. With the command line:\n"
                           "   SELFHEAL_SERVER=http://{0} SELFHEAL_TOKEN=$(cat {1}) selfheal incident list",
                           address, stage.token_file().string()));
  return stage.wait();
}

// A person reads and thinks for longer than five seconds; by then one forgotten transaction would be two
// incidents.
std::map<std::string, double> thresholds_of(const DemoOptions& options) {
  if (!options.hands_on) return {};
  return {{"watch.old_xmin_after_s", 1800}};
}

Result<int> demonstrate(const DemoOptions& options, Clock& clock) {
  TRY_OK(drop_root("", {}));
  take_interrupts();
  const Scratch scratch;
  if (scratch.path().empty()) return failure("no directory could be made below /tmp");
  say(options, "Starting two private PostgreSQL clusters: the patient, and Selfheal's own store …");
  TRY(auto stage, Stage::open({.directory = scratch.path(),
                               .listen = options.listen,
                               .policy = options.hands_on ? "approve" : "auto",
                               .ui_directory = options.ui_directory,
                               .thresholds = thresholds_of(options)},
                              clock));
  if (interrupted != 0) return failure("interrupted");
  say(options,
      "Thresholds are lowered so that the story takes seconds (the same settings that a policy has).");
  int unexpected = 0;
  if (!options.hands_on) {
    for (const auto& [name, value] : lowered_thresholds())
      say(options, fmt::format("   {} = {:.10g}", name, value));
    say(options, "Policy is auto while the troubles play: the shipped default is approve.");
    if (!options.exit) TRY_OK(invite_to_look_on(options, *stage));
    TRY(unexpected, play_all(options, *stage));
  }
  if (!options.exit) TRY_OK(serve_on(options, *stage));
  return unexpected == 0 ? kAllAsExpected : kNotAsExpected;
}

}  // namespace

int run_demo(const DemoOptions& options, Clock& clock) {
  const auto code = demonstrate(options, clock);
  if (code) return *code;
  std::fputs(fmt::format("selfheal: demo: {}\n", code.error().message).c_str(), stderr);
  return kFailed;
}

}  // namespace selfheal::server
