#include "healing/policy/policy.h"

#include <fmt/format.h>

#include <array>

#include "base/random.h"

namespace selfheal::healing {
namespace {

// The brakes, checked in this order right before acting. Values from the guard rails that held elsewhere
// (docs/decisions/0004-brakes.md).
const SettingRow kActsPerDay{"brakes.acts_per_day", 10, "what needs more is not healed by acting"};
const SettingRow kActsPerHour{"brakes.acts_per_hour", 3, "a machine that acts more often treats symptoms"};
const SettingRow kCooldown{"brakes.cooldown_s", 900,
                           "what comes back within a quarter of an hour was not cured"};
const SettingRow kBrakeSettings[] = {kActsPerDay, kActsPerHour, kCooldown};
constexpr int kInstallationActsPerHour = 20;
constexpr int kFailuresThatOpenTheBreaker = 2;
// When more than this share of servers is sick, the sickness is not theirs.
constexpr double kWideSickness = 0.3;
// With one or two servers a share says nothing.
constexpr int kServersForWideSickness = 4;
// An approval is for what was shown, not for what the server became meanwhile.
constexpr Duration kPlanLifetime = 15min;

double limit(const Settings& settings, const SettingRow& row) {
  const auto found = settings.values.find(row.name);
  return found == settings.values.end() ? row.value : found->second;
}

struct Situation {
  const Remedy& remedy;
  const Settings& settings;
  const Usage& usage;
  Time now;
};

// A brake says why it holds, or nothing.
using Brake = std::optional<std::string> (*)(const Situation&);

std::optional<std::string> kill_switch(const Situation& s) {
  if (!s.settings.paused) return std::nullopt;
  return "acting is paused: " +
         (s.settings.paused_why.empty() ? "no reason was given" : s.settings.paused_why);
}

std::optional<std::string> budget(const Situation& s) {
  const auto hour = limit(s.settings, kActsPerHour);
  const auto day = limit(s.settings, kActsPerDay);
  if (s.usage.acts_last_hour >= hour)
    return fmt::format("the budget of {} acts an hour here is used up", hour);
  if (s.usage.acts_last_day >= day) return fmt::format("the budget of {} acts a day here is used up", day);
  if (s.usage.installation_acts_last_hour >= kInstallationActsPerHour)
    return fmt::format("the budget of {} acts an hour for all servers is used up", kInstallationActsPerHour);
  return std::nullopt;
}

std::optional<std::string> cooldown(const Situation& s) {
  const auto wait =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(limit(s.settings, kCooldown)));
  if (!s.usage.last_on_target || s.now - *s.usage.last_on_target >= wait) return std::nullopt;
  return fmt::format("{} was treated {:.0f} s ago; it is left alone for {:.0f} s", s.remedy.parts().target,
                     to_seconds(s.now - *s.usage.last_on_target), to_seconds(wait));
}

std::optional<std::string> circuit_breaker(const Situation& s) {
  if (s.usage.failures_last_day < kFailuresThatOpenTheBreaker) return std::nullopt;
  return fmt::format("{} did not help {} times within a day here: a person must look", s.remedy.kind().name,
                     s.usage.failures_last_day);
}

std::optional<std::string> wide_sickness(const Situation& s) {
  if (s.usage.servers < kServersForWideSickness) return std::nullopt;
  const auto share = static_cast<double>(s.usage.servers_with_trouble) / s.usage.servers;
  if (share <= kWideSickness) return std::nullopt;
  return fmt::format("{} of {} servers are in trouble at once: the cause is not theirs",
                     s.usage.servers_with_trouble, s.usage.servers);
}

constexpr std::array<Brake, 5> kBrakes{kill_switch, budget, cooldown, circuit_breaker, wide_sickness};

std::optional<std::string> held_by(const Situation& situation) {
  for (const auto brake : kBrakes)
    if (auto reason = brake(situation)) return reason;
  return std::nullopt;
}

// What may happen at most: the mode, lowered to what the remedy's level allows.
ActionMode ceiling(const Remedy& remedy, const Settings& settings) {
  auto mode = settings.mode_of(remedy.kind().name);
  const auto cap = [&](ActionMode most) { mode = std::min(mode, most); };
  if (remedy.level() == Level::approval) cap(ActionMode::approve);
  if (remedy.level() == Level::person) cap(ActionMode::suggest);
  if (settings.store_is_watched) cap(ActionMode::approve);
  return mode;
}

std::string hash_of(const Remedy& remedy, const Incident& incident, const Settings& settings) {
  return sha256_hex(fmt::format("{}|{}|{}|{}", incident.server.value(), incident.number.value(),
                                settings.version, remedy.canonical_text()));
}

}  // namespace

std::span<const SettingRow> brake_settings() { return kBrakeSettings; }

PlanShown Policy::show(const Remedy& remedy, const Incident& incident, const Settings& settings, Time now) {
  const auto hash = hash_of(remedy, incident, settings);
  PlanShown shown{.plan_id = fmt::format("{}-{}", to_text(incident.number), hash.substr(0, 8)),
                  .plan_hash = hash,
                  .expires_at = now + kPlanLifetime,
                  .action = remedy.kind().name,
                  .title = fmt::format("{}: {}", remedy.kind().title, remedy.parts().target),
                  .guards = {remedy.guard().in_words},
                  .undo = remedy.kind().undo,
                  .risk = remedy.kind().risk,
                  .level = static_cast<int>(remedy.level()),
                  .decision = to_text(ceiling(remedy, settings))};
  for (const auto& step : remedy.steps()) shown.statements.push_back(step.shown);
  return shown;
}

Decision Policy::decide(const Remedy& remedy, const Diagnosis& diagnosis, const Incident& incident,
                        const Settings& settings, const Usage& usage, Time now) {
  Decision decision;
  decision.mode = ceiling(remedy, settings);
  const auto& action = remedy.kind().name;
  if (decision.mode == ActionMode::off) {
    decision.reason = fmt::format("policy says off for {} here", action);
    return decision;
  }
  if (decision.mode == ActionMode::suggest && !remedy.parts().person_why.empty()) {
    decision.reason = fmt::format("a person runs the statement: {}", remedy.parts().person_why);
    return decision;
  }
  if (decision.mode == ActionMode::suggest) {
    decision.reason = fmt::format("policy says suggest for {} here: a person runs the statement", action);
    return decision;
  }
  decision.awaits_approval = true;
  if (decision.mode == ActionMode::approve) {
    decision.reason = settings.store_is_watched && settings.mode_of(action) == ActionMode::automatic
                          ? "Selfheal's own store lives on this server, so a person decides"
                          : fmt::format("policy says approve for {} here", action);
    return decision;
  }
  if (diagnosis.confidence != Confidence::confirmed) {
    decision.reason =
        fmt::format("the cause is {}, not confirmed: a person decides", to_word(diagnosis.confidence));
    return decision;
  }
  if (auto held = held_by({remedy, settings, usage, now})) {
    decision.reason = *held;
    return decision;
  }
  decision.awaits_approval = false;
  decision.reason = fmt::format("policy says auto for {}, the cause is confirmed and no brake holds", action);
  decision.approved = ApprovedRemedy(remedy, "policy", hash_of(remedy, incident, settings));
  return decision;
}

Result<ApprovedRemedy> Policy::approve_by(const Principal& person, const Remedy& remedy,
                                          const PlanShown& shown, const Incident& incident,
                                          const Settings& settings, const Usage& usage, Time now) {
  if (!person.may_approve)
    return failure(ErrorCode::refused, fmt::format("{} may not approve remedies", person.name));
  if (const auto mode = ceiling(remedy, settings); mode < ActionMode::approve)
    return failure(ErrorCode::refused,
                   fmt::format("policy says {} for {} here", to_text(mode), remedy.kind().name));
  if (now >= shown.expires_at)
    return failure(ErrorCode::conflict, fmt::format("plan {} expired at {}: look at the incident again",
                                                    shown.plan_id, to_rfc3339(shown.expires_at)));
  const auto hash = hash_of(remedy, incident, settings);
  if (hash != shown.plan_hash)
    return failure(
        ErrorCode::conflict,
        fmt::format("plan {} is no longer what would be done: look at the incident again", shown.plan_id));
  if (auto held = held_by({remedy, settings, usage, now})) return failure(ErrorCode::refused, *held);
  return ApprovedRemedy(remedy, person.name, hash);
}

}  // namespace selfheal::healing
