#include "notify/slack_blocks.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

namespace selfheal::notify {
namespace {

namespace json = boost::json;

// Together below kSlackMessage, even where each character is written as two.
constexpr std::size_t kWhat = 500;
constexpr std::size_t kSentence = 240;
constexpr std::size_t kSentences = 5;
constexpr std::size_t kRuledOut = 3;
constexpr std::size_t kField = 120;
constexpr std::size_t kStatement = 300;  // longer ones are read on the page
constexpr std::size_t kStatements = 2;
constexpr std::size_t kRemedyText = 160;
constexpr std::size_t kAdvice = 240;
constexpr std::size_t kAdvices = 4;
constexpr std::size_t kSummary = 600;
constexpr std::size_t kEntries = 10;

SlackWords glyph_of(Severity severity) {
  switch (severity) {
    case Severity::high:
      return "▲ High";
    case Severity::medium:
      return "◆ Medium";
    case Severity::low:
      break;
  }
  return "● Low";
}

bool is_over(IncidentState state) { return is_closed(state) || state == IncidentState::refused; }

// A sign and a word: no colour, which not everybody sees.
std::string headline_of(const Notice& notice) {
  std::string first(glyph_of(notice.severity).text());
  if (notice.state == IncidentState::healed) first = "✓ Healed";
  if (notice.state == IncidentState::failed) first = "✗ Failed";
  if (notice.state == IncidentState::resolved) first = "✓ Resolved";
  if (notice.state == IncidentState::muted) first = "○ Muted";
  if (notice.change == Change::reopened) first += " · again";
  if (notice.change == Change::reminder) first += " · still open";
  return fmt::format("{} · {}", first, notice.title.text());
}

Mrkdwn number(std::int64_t value) { return slack_prose(fmt::format("{}", value), 24); }

Mrkdwn confidence_of(const Notice& notice) {
  if (notice.confidence == Confidence::unknown)
    return "*How sure*\nunknown: no expert rule recognises it"_slack;
  auto text = "*How sure*\n"_slack + slack_prose(to_word(notice.confidence), 20);
  if (notice.checks.all == 0) return text;
  return text + ", "_slack + number(notice.checks.passed) + " of "_slack + number(notice.checks.all) +
         " checks"_slack;
}

Mrkdwn analysis_of(const Notice& notice) {
  Mrkdwn text;
  std::size_t shown = 0;
  for (const auto& sentence : notice.explanation) {
    if (sentence.text.empty() || shown == kSentences) continue;
    text += (shown++ == 0 ? "*Why*"_slack : Mrkdwn()) + "\n• "_slack +
            slack_prose(sentence.text.text(), kSentence);
    if (!sentence.evidence_id.empty()) text += " ("_slack + slack_prose(sentence.evidence_id, 12) + ")"_slack;
  }
  for (std::size_t i = 0; i < std::min(kRuledOut, notice.ruled_out.size()); ++i) {
    const auto& other = notice.ruled_out[i];
    text += "\n• Ruled out: "_slack + slack_prose(other.cause.text(), 60) + ": "_slack +
            slack_prose(other.why.text(), 140);
  }
  return text;
}

// What is said again when it is over: nobody should have to open the page to learn what it was.
std::string what_of(const Notice& notice) {
  const auto& text = notice.explanation.empty() ? notice.message : notice.explanation.front().text;
  return text.empty() ? notice.title.text() : text.text();
}

Mrkdwn standing_of(const Notice& notice) {
  return slack_prose(notice.incident, 24) + " · "_slack + slack_prose(slack_words(to_word(notice.state)), 40);
}

void add(json::array& blocks, const Mrkdwn& text) {
  if (!text.empty()) blocks.push_back(slack_section(text));
}

json::object mrkdwn_object(const std::string& text) {
  // Verbatim: Slack looks for no addresses and no names of its own accord.
  return {{"type", "mrkdwn"}, {"text", text}, {"verbatim", true}};
}

json::object fields_of(const Notice& notice) {
  json::array fields;
  const auto field = [&fields](const Mrkdwn& text) { fields.push_back(mrkdwn_object(text.text())); };
  field("*Where*\n"_slack + slack_prose(notice.server, kField) + " / "_slack +
        slack_prose(notice.database.text(), kField));
  auto category = to_word(notice.category);
  std::ranges::transform(category, category.begin(), [](unsigned char c) { return std::toupper(c); });
  const auto& code = notice.sqlstate.empty() ? notice.trouble : notice.sqlstate;
  field("*Category*\n"_slack + slack_code(category, 40) + " · "_slack +
        slack_prose(code.empty() ? "no code" : code, 60));
  field("*Events*\n"_slack + number(notice.events) + " since "_slack +
        slack_prose(slack_time(notice.first_seen), 40));
  field(confidence_of(notice));
  field(
      "*Seen before*\n"_slack +
      slack_prose(notice.before.in_words.empty() ? "never treated" : notice.before.in_words.text(), kField));
  return {{"type", "section"}, {"fields", std::move(fields)}};
}

Mrkdwn remedy_of(const Notice& notice) {
  if (!notice.remedy) return {};
  const auto& remedy = *notice.remedy;
  Mrkdwn text = (is_over(notice.state) ? "*Fix*"_slack : "*Proposed fix*"_slack) + " · risk "_slack +
                slack_prose(remedy.risk, kRemedyText);
  if (remedy.needs_approval) text += " · needs approval"_slack;
  text += "\n"_slack + slack_prose(remedy.title.text(), kRemedyText);
  for (std::size_t i = 0; i < std::min(kStatements, remedy.statements.size()); ++i)
    text += "\n"_slack + slack_code(remedy.statements[i].text(), kStatement);
  if (remedy.statements.size() > kStatements) text += "\n… all statements are on its page"_slack;
  if (!remedy.undo.empty()) text += "\nUndo: "_slack + slack_prose(remedy.undo.text(), kRemedyText);
  return text;
}

Mrkdwn outcome_of(const Notice& notice) {
  if (!notice.verdict) return {};
  auto text = "*Did it help*\n"_slack + slack_prose(to_word(*notice.verdict), 20);
  if (!notice.verdict_reason.empty()) text += ": "_slack + slack_prose(notice.verdict_reason.text(), kWhat);
  return text;
}

Mrkdwn advice_of(const Notice& notice) {
  if (notice.recommendations.empty() || is_over(notice.state)) return {};
  auto text = "*What to do*"_slack;
  for (std::size_t i = 0; i < std::min(kAdvices, notice.recommendations.size()); ++i)
    text += "\n"_slack + number(static_cast<std::int64_t>(i + 1)) + ". "_slack +
            slack_prose(notice.recommendations[i].text(), kAdvice);
  return text;
}

Mrkdwn links_of(const Notice& notice, SlackWay way) {
  Mrkdwn text;
  const bool must_be_read = way == SlackWay::webhook && notice.remedy && notice.remedy->needs_approval;
  if (!notice.links.incident.empty())
    text += must_be_read ? slack_link(notice.links.incident, "Review and apply")
                         : slack_link(notice.links.incident, "Open");
  if (!notice.links.chat.empty())
    text += (text.empty() ? Mrkdwn() : " · "_slack) + slack_link(notice.links.chat, "Ask about it");
  return text + (text.empty() ? Mrkdwn() : " · "_slack) + "updated "_slack +
         slack_prose(slack_time(notice.at), 40);
}

json::object button(SlackWords label, const char* action, const std::string& value) {
  return {{"type", "button"},
          {"action_id", action},
          {"text", slack_plain_object(label.text(), kSlackButton)},
          {"value", value}};
}

json::object option(SlackWords label, const std::string& value) {
  return {{"text", slack_plain_object(label.text(), kSlackButton)}, {"value", value}};
}

// Values hold numbers of ours and nothing else: what they stand for is looked up when they come back.
json::object actions_of(const Notice& notice) {
  json::array elements;
  const auto& id = notice.incident;
  if (notice.remedy && notice.remedy->needs_approval) {
    auto review = button("Review and apply…", "fix.review", id + ":" + notice.remedy->plan_hash);
    review["style"] = "primary";
    elements.push_back(std::move(review));
  }
  elements.push_back(button("I'm on it", "incident.take", id));
  elements.push_back(
      json::object{{"type", "static_select"},
                   {"action_id", "incident.mute"},
                   {"placeholder", slack_plain_object("Mute…", kSlackButton)},
                   {"options", json::array{option("1 hour", id + ":1h"), option("8 hours", id + ":8h"),
                                           option("Until it gets worse", id + ":worse"),
                                           option("Until 100 events an hour", id + ":100")}}});
  return {{"type", "actions"}, {"block_id", "selfheal:" + id}, {"elements", std::move(elements)}};
}

bool has_buttons(const Notice& notice, SlackWay way) {
  return way == SlackWay::app && notice.change != Change::test && !is_over(notice.state) &&
         notice.state != IncidentState::muted;
}

json::array blocks_of(const Notice& notice, SlackWay way, const std::string& fired) {
  json::array blocks{slack_header(headline_of(notice))};
  if (notice.change == Change::test) {
    blocks.push_back(slack_section("Selfheal can reach this channel. Nothing is wrong."_slack));
    blocks.push_back(slack_context(links_of(notice, way)));
    return blocks;
  }
  const bool over = is_over(notice.state);
  const auto what = over && !fired.empty() ? fired : what_of(notice);
  add(blocks, (over ? "*What was wrong* · "_slack : "*What is wrong* · "_slack) + standing_of(notice) +
                  "\n"_slack + slack_prose(what, kWhat));
  add(blocks, outcome_of(notice));
  add(blocks, analysis_of(notice));
  blocks.push_back(fields_of(notice));
  add(blocks, remedy_of(notice));
  add(blocks, advice_of(notice));
  if (has_buttons(notice, way)) blocks.push_back(actions_of(notice));
  if (!notice.instead_of.empty())
    blocks.push_back(
        slack_context("Told here because "_slack + slack_prose(notice.instead_of.text(), kSentence)));
  blocks.push_back(slack_context(links_of(notice, way)));
  return blocks;
}

json::object enveloped(std::string_view text, json::array blocks) {
  return {{"text", slack_plain(text, kSummary)},
          {"blocks", std::move(blocks)},
          {"mrkdwn", false},
          {"parse", "none"},
          {"link_names", false},
          {"unfurl_links", false},
          {"unfurl_media", false}};
}

}  // namespace

std::string slack_words(std::string_view word) {
  std::string words(word);
  std::ranges::replace(words, '_', ' ');
  return words;
}

std::string slack_time(Time at) {
  return fmt::format("{:%H:%M:%S} UTC", std::chrono::floor<std::chrono::seconds>(at));
}

json::object slack_plain_object(std::string_view text, std::size_t most) {
  return {{"type", "plain_text"}, {"text", slack_plain(text, most)}, {"emoji", false}};
}

json::object slack_section(const Mrkdwn& text) {
  return {{"type", "section"}, {"text", mrkdwn_object(text.text())}};
}

json::object slack_context(const Mrkdwn& text) {
  return {{"type", "context"}, {"elements", json::array{mrkdwn_object(text.text())}}};
}

json::object slack_header(std::string_view text) {
  return {{"type", "header"}, {"text", slack_plain_object(text, kSlackHeader)}};
}

SlackMessage slack_message_of(const Notice& notice, SlackWay way, const std::string& fired) {
  SlackMessage message{.payload = enveloped(summary_of(notice), blocks_of(notice, way, fired)),
                       .fired = fired};
  if (notice.change != Change::test && !is_over(notice.state)) message.fired = what_of(notice);
  return message;
}

std::vector<SlackEntry> slack_entries_of(const Notice& notice) {
  std::vector<SlackEntry> entries;
  for (const auto& entry : notice.timeline)
    entries.push_back({slack_time(entry.at), slack_words(entry.what), entry.text.text()});
  return entries;
}

json::object slack_thread_message(const std::vector<SlackEntry>& entries) {
  Mrkdwn text;
  std::string plain;
  for (auto i = entries.size() > kEntries ? entries.size() - kEntries : 0; i < entries.size(); ++i) {
    const auto& [at, what, words] = entries[i];
    if (!text.empty()) text += "\n"_slack;
    text += slack_prose(at, 40) + " · *"_slack + slack_prose(what, 40) + "* "_slack +
            slack_prose(words, kSentence);
    plain += fmt::format("{} {}: {} ", at, what, words);
  }
  return enveloped(plain, {slack_section(text)});
}

}  // namespace selfheal::notify
