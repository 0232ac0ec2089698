// Questions about what happened, what was done about it, and what would help.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "assistant/explanation.h"
#include "assistant/internal/answers.h"
#include "assistant/internal/tools.h"

namespace selfheal::assistant::internal {
namespace {

namespace json = boost::json;

constexpr std::size_t kListed = 10;
constexpr int kSearched = 100;
constexpr auto kWeek = 7 * 24h;

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// Whether the incident speaks of the word: an object's name, a word of its message or of its title.
bool speaks_of(const json::value& incident, std::string_view word) {
  return std::ranges::any_of(std::initializer_list<const char*>{"message", "statement", "title", "database"},
                             [&](const char* key) { return lowered(text_at(incident, key)).contains(word); });
}

// What an incident has to speak of to be the one that is meant.
std::vector<std::string> sought(const Reading& reading) {
  std::vector<std::string> words = reading.unknown;
  for (const auto& table : reading.tables) words.push_back(lowered(table.name));
  return words;
}

// The incident that is meant: its number, the conversation's, the newest that speaks of what is asked about.
// Says why when there is none.
asio::awaitable<std::optional<IncidentNumber>> meant(Run& run, const Reading reading) {
  if (reading.incident) co_return reading.incident;
  const auto words = sought(reading);
  if (words.empty() && run.question().about) co_return run.question().about;
  const auto listed = co_await run.call("list_incidents", {{"limit", kSearched}});
  if (say_problem(run, listed)) co_return std::nullopt;
  for (const auto& incident : list_at(listed.value, "incidents")) {
    const bool fits = std::ranges::all_of(words, [&](const auto& word) { return speaks_of(incident, word); });
    if (fits) co_return parse_incident(text_at(incident, "incident"));
  }
  if (words.empty())
    run.say_line("There is no incident [Q1].");
  else
    run.say_line(fmt::format("No incident speaks of {} [Q1].", fmt::join(words, " and ")));
  run.suggest("What is wrong now?");
  co_return std::nullopt;
}

std::string_view heading(Section section) {
  switch (section) {
    case Section::happened:
      return "What happened";
    case Section::why:
      return "Why";
    case Section::ruled_out:
      return "Ruled out";
    case Section::if_nobody_acts:
      return "If nobody acts";
    case Section::what_to_do:
      return "What to do";
    case Section::prevent:
      return "How to prevent it";
  }
  return "";
}

void say_explanation(Run& run, const Explanation& explanation, const std::string& incident) {
  std::optional<Section> section;
  for (const auto& sentence : explanation.sentences) {
    if (section != sentence.section)
      run.say_line(fmt::format("{}{}:", section ? "\n" : "", heading(sentence.section)));
    section = sentence.section;
    const auto source = sentence.source.starts_with('E') ? incident + "/" + sentence.source : sentence.source;
    run.show_text(fmt::format("{} [{}]\n", sentence.text.text(), source), sentence.is_proven);
  }
}

void say_incident_line(Run& run, const json::value& incident) {
  const auto number = text_at(incident, "incident");
  const auto title = text_at(incident, "title");
  run.say_line(fmt::format("- {} {}, {}, {}: {} [{}]", number, text_at(incident, "state"),
                           text_at(incident, "category"), counted(number_at(incident, "events"), "event"),
                           title.empty() ? text_at(incident, "message") : title, number));
}

struct Counted {
  double incidents = 0;
  double events = 0;
};

Counted count_between(const json::array& incidents, Time from, Time to) {
  Counted counts;
  for (const auto& incident : incidents) {
    const auto first = parse_time(text_at(incident, "first_seen"));
    if (!first || *first < from || *first >= to) continue;
    ++counts.incidents;
    counts.events += number_at(incident, "events");
  }
  return counts;
}

void say_course_of(Run& run, const Incident& incident, Time now) {
  const auto age = to_seconds(now - incident.first_seen);
  const auto quiet = to_seconds(now - incident.last_seen);
  const auto number = to_text(incident.number);
  run.say_line(fmt::format("{} was seen {} in {}, the last time {} ago [{}].", number,
                           counted(static_cast<double>(incident.events), "time"), in_words(age),
                           in_words(quiet), number));
  const bool ends = quiet > 3600 && quiet > age / 4;
  run.say_line(
      ends ? fmt::format("It has been quiet for longer than before: it is not getting worse [{}].", number)
           : fmt::format("It is still going on [{}].", number));
}

void say_treatment(Run& run, const Treatment& treatment) {
  const auto verdict = treatment.verdict ? to_word(treatment.verdict->word) : std::string("not known yet");
  run.say_line(fmt::format("- {}: {} on {} for {}, approved by {}; it is {}, the verdict is {}.",
                           to_rfc3339(*treatment.acted_at), treatment.action, treatment.target,
                           to_text(treatment.incident), treatment.approved_by, to_word(treatment.state),
                           verdict));
}

asio::awaitable<void> say_what_was_done_for(Run& run, IncidentNumber number) {
  const auto details = co_await run.world().incident(number, run.deadline());
  bool any = false;
  if (details)
    for (const auto& treatment : details->treatments)
      if (treatment.acted_at) {
        say_treatment(run, treatment);
        any = true;
      }
  if (!any) run.say_line(fmt::format("I ran nothing for {}.", to_text(number)));
}

void say_plan(Run& run, const json::value& plan, const std::string& incident) {
  run.say_line(fmt::format("The plan for {}: {} (risk {}) [{}].", incident, text_at(plan, "title"),
                           text_at(plan, "risk"), incident));
  for (const auto& statement : list_at(plan, "statements"))
    run.say_line(fmt::format("    {}", std::string_view(statement.get_string())));
  run.say_line(fmt::format("Policy says: {}. {}", text_at(plan, "decision"), text_at(plan, "reason")));
  run.say_line(fmt::format(
      "Nothing was run from here. To apply it, approve it on the page of {0}, or with `selfheal fix "
      "apply {0}`.",
      incident));
}

void explain_that_nothing_is_changed(Run& run) {
  run.say_line(
      "I change nothing from a conversation: I only read, and I can file a plan for an incident, which then "
      "goes "
      "through policy and approval like any other.");
  run.say_line(
      "Name an incident (\"fix SH-7\") and I file one. To end a session by hand, a person with the right "
      "runs SELECT "
      "pg_cancel_backend(pid), and pg_terminate_backend(pid) if that does not help.");
  run.suggest("What is wrong now?");
  run.suggest("Who blocks whom?");
}

}  // namespace

Answered answer_why_failed(Run& run, Reading reading) {
  const auto number = co_await meant(run, std::move(reading));
  if (!number) co_return;
  const auto shown = co_await run.call("get_incident", {{"incident", to_text(*number)}});
  if (say_problem(run, shown)) co_return;
  const auto details = co_await run.world().incident(*number, run.deadline());
  if (!details) {
    run.say_line(fmt::format("I could not read it: {}.", details.error().message));
    co_return;
  }
  say_explanation(run, explain(*details, run.now()), to_text(*number));
  run.suggest("Show me the evidence for " + to_text(*number));
  run.suggest("Have we seen something like " + to_text(*number) + " before?");
}

Answered answer_list_incidents(Run& run, Reading reading) {
  json::object arguments{{"limit", 20}};
  if (reading.concepts.contains("lock") || reading.concepts.contains("block"))
    arguments["category"] = "LOCK_CONTENTION";
  if (!reading.sqlstate.empty()) arguments["sqlstate"] = reading.sqlstate;
  const auto listed = co_await run.call("list_incidents", std::move(arguments));
  if (say_problem(run, listed)) co_return;
  const bool only_open = reading.concepts.contains("open");
  int told = 0;
  for (const auto& incident : list_at(listed.value, "incidents")) {
    const auto state = from_word<IncidentState>(text_at(incident, "state"));
    if (only_open && state && is_closed(*state)) continue;
    if (told++ == 0) run.say_line("Newest first [Q1]:");
    say_incident_line(run, incident);
    if (told == 1) run.suggest("Why did " + text_at(incident, "incident") + " happen?");
  }
  if (told == 0) run.say_line("There is none [Q1].");
}

Answered answer_evidence(Run& run, Reading reading) {
  const auto number = co_await meant(run, std::move(reading));
  if (!number) co_return;
  const auto shown = co_await run.call("get_evidence", {{"incident", to_text(*number)}});
  if (say_problem(run, shown)) co_return;
  for (const auto& item : list_at(shown.value, "evidence")) {
    const auto why = text_at(item, "why");
    run.say_line(fmt::format("{} {}{} at {}, {} [{}]", text_at(item, "probe"), text_at(item, "status"),
                             why.empty() ? "" : " (" + why + ")", text_at(item, "taken_at"),
                             counted(number_at(item, "row_count"), "row"), text_at(item, "evidence")));
    for (const auto& row : list_at(item, "rows") | std::views::take(3))
      run.say_line(fmt::format("    {}", std::string_view(row.get_string())));
  }
  if (list_at(shown.value, "evidence").empty())
    run.say_line(fmt::format("{} has no evidence.", to_text(*number)));
}

Answered answer_similar(Run& run, Reading reading) {
  const auto number = co_await meant(run, std::move(reading));
  if (!number) co_return;
  const auto found = co_await run.call("search_similar", {{"incident", to_text(*number)}});
  if (say_problem(run, found)) co_return;
  const auto& alike = list_at(found.value, "similar");
  const auto id = found.citations.front();
  if (alike.empty()) run.say_line(fmt::format("Nothing like {} is remembered [{}].", to_text(*number), id));
  for (const auto& one : alike) {
    std::string why;
    for (const auto& reason : list_at(one, "why"))
      why += (why.empty() ? "" : "; ") + std::string(reason.get_string());
    const auto remedy = text_at(one, "remedy");
    run.say_line(fmt::format("- {}: {} ({}){} [{}]", text_at(one, "name"), text_at(one, "title"), why,
                             remedy.empty() ? ""
                                            : fmt::format("; {} helped {:.0f} of {:.0f} times", remedy,
                                                          number_at(one, "helped"), number_at(one, "tried")),
                             id));
  }
}

Answered answer_getting_worse(Run& run, Reading reading) {
  const auto number = reading.incident ? reading.incident : run.question().about;
  if (number) {
    const auto shown = co_await run.call("get_incident", {{"incident", to_text(*number)}});
    if (say_problem(run, shown)) co_return;
    const auto details = co_await run.world().incident(*number, run.deadline());
    if (details) say_course_of(run, details->incident, run.now());
    co_return;
  }
  const bool weeks =
      reading.concepts.contains("trend") || run.question().text.find("week") != std::string::npos;
  const auto span = weeks ? 7 * 24 : 24;
  const auto listed = co_await run.call("list_incidents", {{"since_hours", 2 * span}, {"limit", kSearched}});
  if (say_problem(run, listed)) co_return;
  const auto now = run.now();
  const auto& incidents = list_at(listed.value, "incidents");
  const auto late = count_between(incidents, now - span * 1h, now + 1s);
  const auto early = count_between(incidents, now - 2 * span * 1h, now - span * 1h);
  const std::string_view unit = weeks ? "7 days" : "24 hours";
  run.say_line(fmt::format("In the last {0}, {1} began{2} with {3}; in the {0} before, {4} with {5} [Q1].",
                           unit, counted(late.incidents, "incident"),
                           listed.is_cut ? " (of the newest hundred)" : "", counted(late.events, "event"),
                           counted(early.incidents, "incident"), counted(early.events, "event")));
  const auto verdict =
      late.incidents > early.incidents   ? "more than before: by this count it is getting worse"
      : late.incidents < early.incidents ? "fewer than before: by this count it is getting better"
                                         : "as many as before";
  run.say_line(fmt::format("That is {} [Q1].", verdict));
}

Answered answer_what_did_you_do(Run& run, Reading reading) {
  if (reading.incident) {
    co_await say_what_was_done_for(run, *reading.incident);
    co_return;
  }
  const auto listed =
      co_await run.call("list_incidents", {{"since_hours", kWeek / 1h}, {"limit", kSearched}});
  if (say_problem(run, listed)) co_return;
  const auto treatments = co_await run.world().treatments(kSearched, run.deadline());
  if (!treatments) {
    run.say_line(fmt::format("I could not look up what I ran: {}.", treatments.error().message));
    co_return;
  }
  run.say_line("What I ran in the last 7 days [Q1]:");
  std::size_t told = 0;
  for (const auto& treatment : *treatments) {
    const bool is_meant = !run.server() || treatment.server == *run.server();
    if (!is_meant || !treatment.acted_at || *treatment.acted_at < run.now() - kWeek) continue;
    if (++told <= kListed) say_treatment(run, treatment);
  }
  if (told == 0) run.say_line("Nothing.");
  if (told > kListed) run.say_line(fmt::format("… and {} more.", told - kListed));
  const auto waiting = std::ranges::count_if(list_at(listed.value, "incidents"), [](const auto& incident) {
    return text_at(incident, "state") == "awaiting_approval";
  });
  if (waiting > 0)
    run.say_line(fmt::format("{} for a person's approval [Q1].",
                             waiting == 1 ? "1 plan waits" : fmt::format("{} plans wait", waiting)));
}

Answered answer_wish_to_act(Run& run, Reading reading) {
  auto number = reading.incident ? reading.incident : run.question().about;
  const bool wants_remedy = reading.concepts.contains("fix") || reading.concepts.contains("fixit") ||
                            reading.concepts.contains("propose") || reading.concepts.contains("kill");
  if (!number && wants_remedy) {
    const auto listed = co_await run.call("list_incidents", {{"limit", 20}});
    std::vector<std::string> open;
    for (const auto& incident : list_at(listed.value, "incidents")) {
      const auto state = from_word<IncidentState>(text_at(incident, "state"));
      if (state && !is_closed(*state)) open.push_back(text_at(incident, "incident"));
    }
    if (open.size() == 1) number = parse_incident(open.front());
    if (open.size() > 1)
      run.say_line(fmt::format("Several incidents are open: {}. Say which one, like \"fix {}\".",
                               fmt::join(open, ", "), open.front()));
  }
  if (!number) {
    explain_that_nothing_is_changed(run);
    co_return;
  }
  const auto proposed = co_await run.call("propose_fix", {{"incident", to_text(*number)}});
  if (say_problem(run, proposed)) co_return;
  const auto& plan = part_at(proposed.value, "plan");
  if (plan.is_object()) {
    say_plan(run, plan, to_text(*number));
    co_return;
  }
  const auto reason = text_at(proposed.value, "nothing_proposed_because");
  run.say_line(fmt::format("Nothing is proposed for {}: {} [{}].", to_text(*number),
                           reason.empty() ? "no remedy fits" : reason, to_text(*number)));
}

}  // namespace selfheal::assistant::internal
