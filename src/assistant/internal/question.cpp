#include "assistant/internal/question.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <ranges>

#include "assistant/internal/sql_text.h"
#include "assistant/internal/tools.h"
#include "pg/message_template.h"
#include "pg/sql_state.h"

namespace selfheal::assistant::internal {
namespace {

// Longer is no question but a text; what is asked stands in its beginning.
constexpr std::size_t kWords = 200;
// "order line items" for order_line_items.
constexpr std::size_t kWordsOfATable = 4;

// Words that carry nothing: a question is as clear without them.
constexpr std::string_view kStop =
    "took ran went saw began gave wrote trail automatically exist exists name names answer question "
    "questions a about actually after ago all also "
    "always am an and any anybody anyone anything are around as ask at "
    "back basis be "
    "been being but by can cant contain could current currently data day day_s did difference do does "
    "doesn't doing done "
    "dont during each either else ever every everybody everyone everything exactly far feel for from further "
    "get getting "
    "give go goes going good got had happen has have having he here hour how i id if im in instead into is "
    "it its just "
    "keep know let like likely list live look lot make many matter may me mean might minute moment month "
    "more morning most "
    "much must my need never new next night no not nothing now number of off often on one only or other our "
    "out over own "
    "page part particular people per place please quick quickly quite rather really right same say search "
    "seem seen check should show "
    "since so some somebody someone something sort soon start still such sure take tell than thank thanks "
    "that the "
    "their them then there these they thing this those though thx time to today too top try trying tonight "
    "two type under "
    "until up us use used user using very via want was way we week well were what when where which while who "
    "whole whom "
    "whose why will with within without would year yes yesterday yet you your application app lately "
    "recently far set "
    "look_like blame root hog find info information detail details full whats tree graph chain last_night "
    "come comes "
    "again everywhere usually kind sit sits rather themselves itself themself himself already "
    "became become "
    "behind whom onto against off level levels value values count counts";

struct PhraseRow {
  std::string_view said;
  std::string_view meant;
};
// What several words mean together, applied one after the other to the words in lower case. Not sorted: a
// longer one stands before its parts.
constexpr PhraseRow kPhrases[] = {
    {"what is", "what is"},
    {"how come", "how_come"},
    {"how are things", "how_are_things"},
    {"fix it", "fix_it"},
    {"fix this", "fix_it"},
    {"fix that", "fix_it"},
    {"heal it", "fix_it"},
    {"repair it", "fix_it"},
    {"what helped", "what_helped"},
    {"incidents", "incident many_of_them"},
    {"errors", "error many_of_them"},
    {"failures", "failure many_of_them"},
    {"how many", "how_many"},
    {"how do i", "how_do_i"},
    {"how do we", "how_do_we"},
    {"how do you work", "how_do_you_work"},
    {"how can i", "how_can_i"},
    {"how can we", "how_can_we"},
    {"how should i", "how_should_i"},
    {"how would i", "how_would_i"},
    {"how to", "how_to"},
    {"what can you", "what_can_you"},
    {"what can i do about", "what_can_i_do_about"},
    {"what can i", "what_can_i"},
    {"what should i do", "what_should_i_do"},
    {"what do i do", "what_do_i_do"},
    {"what to do", "what_to_do"},
    {"what happened", "what_happened happened"},
    {"what went wrong", "why went_wrong"},
    {"who are you", "who_are_you"},
    {"who is connected", "who connected"},
    {"what is behind", "why"},
    {"all right", "alright"},
    {"was fixed", "fixes"},
    {"was healed", "fixes"},
    {"logged in", "logged_in"},
    {"doing right now", "running now"},
    {"doing now", "running now"},
    {"doing at the moment", "running now"},
    {"what kind of questions", "what_kind_of_questions"},
    {"how does this work", "how_does_this_work"},
    {"what do you know", "what_do_you_know"},
    {"going on", "going_on"},
    {"going up", "going_up"},
    {"going down", "going_down"},
    {"up or down", "up_or_down"},
    {"on fire", "on_fire"},
    {"on the rise", "rising"},
    {"root cause", "root_cause"},
    {"behind it", "behind_it"},
    {"held up", "held_up"},
    {"hold up", "hold_up"},
    {"holding up", "holding_up"},
    {"roll back", "roll_back"},
    {"shut down", "shut_down"},
    {"not used", "not_used"},
    {"get rid of", "get_rid_of"},
    {"deal with", "deal_with"},
    {"speed up", "speed_up"},
    {"feels off", "feels_off"},
    {"seems off", "feels_off"},
    {"is off", "feels_off"},
    {"taking so long", "taking_so_long"},
    {"takes so long", "takes_so_long"},
    {"take so long", "take_so_long"},
    {"takes long", "takes_long"},
    {"taking long", "taking_long"},
    {"takes the most", "takes_the_most"},
    {"take the most", "takes_the_most"},
    {"most time", "most_time"},
    {"time going", "time_going"},
    {"row count", "row_count"},
    {"foreign key", "foreign_key"},
    {"last time", "last_time"},
    {"last week", "last_week"},
    {"last month", "last_month"},
    {"last night", "last_night"},
    {"over time", "over_time"},
    {"happened before", "happened_before"},
    {"something like", "something_like"},
    {"like this", "like_this"},
    {"which tables are there", "which_tables"},
    {"which tables exist", "which_tables"},
    {"what tables", "what_tables"},
    {"list tables", "list_tables"},
    {"show tables", "show_tables"},
    {"all tables", "all_tables"},
    {"what data", "what_data"},
    {"the schema", "the_schema"},
    {"look like", "look_like"},
};

std::string expanded(std::string word) {
  // sorted
  static constexpr PhraseRow kShort[] = {
      {"anythings", "anything is"}, {"cannot", "can not"},  {"cant", "can not"}, {"dont", "do not"},
      {"hows", "how is"},           {"im", "i am"},         {"isnt", "is not"},  {"thats", "that is"},
      {"whats", "what is"},         {"wheres", "where is"}, {"whos", "who is"},  {"whys", "why is"},
      {"wont", "will not"}};
  const auto* row = std::ranges::lower_bound(kShort, std::string_view(word), {}, &PhraseRow::said);
  return row != std::end(kShort) && row->said == word ? std::string(row->meant) : word;
}

bool is_part_of_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

// Quotation marks and dashes as word processors write them, in ASCII.
std::string with_plain_marks(std::string_view text) {
  static constexpr PhraseRow kMarks[] = {{"“", "\""}, {"”", "\""}, {"„", "\""}, {"‘", "'"},  {"’", "'"},
                                         {"–", "-"},  {"—", "-"},  {"…", " "},  {"«", "\""}, {"»", "\""}};
  std::string plain(text);
  for (const auto& mark : kMarks)
    for (auto at = plain.find(mark.said); at != plain.npos; at = plain.find(mark.said, at + 1))
      plain.replace(at, mark.said.size(), mark.meant);
  return plain;
}

// Lower-case words, apostrophes resolved, a dot kept between two names.
std::vector<std::string> words_of(std::string_view text) {
  std::string plain = " ";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dot = c == '.' && i > 0 && i + 1 < text.size() && is_part_of_word(text[i - 1]) &&
                     is_part_of_word(text[i + 1]);
    if (is_part_of_word(c) || dot)
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (c != '\'')
      plain += ' ';
  }
  std::string spelled = " ";
  for (const auto part : plain | std::views::split(' ')) {
    if (std::string word(part.begin(), part.end()); !word.empty()) spelled += expanded(std::move(word)) + " ";
  }
  for (const auto& phrase : kPhrases) {
    const auto said = " " + std::string(phrase.said) + " ";
    for (auto at = spelled.find(said); at != spelled.npos; at = spelled.find(said, at + 1))
      spelled.replace(at + 1, phrase.said.size(), phrase.meant);
  }
  std::vector<std::string> words;
  for (const auto part : spelled | std::views::split(' '))
    if (part.begin() != part.end() && words.size() < kWords) words.emplace_back(part.begin(), part.end());
  return words;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> words;
  for (const auto part : list | std::views::split(' '))
    if (part.begin() != part.end()) words.emplace_back(part.begin(), part.end());
  return words;
}

using Vocabulary = std::map<std::string, std::vector<const ConceptRow*>, std::less<>>;

const Vocabulary& vocabulary() {
  static const Vocabulary known = [] {
    Vocabulary made;
    for (const auto& row : concepts())
      for (const auto& word : split(row.words)) {
        auto& rows = made[stem(word)];
        if (rows.empty() || rows.back() != &row) rows.push_back(&row);
      }
    return made;
  }();
  return known;
}

const std::set<std::string, std::less<>>& stop_words() {
  static const std::set<std::string, std::less<>> words = [] {
    std::set<std::string, std::less<>> made;
    for (const auto& word : split(kStop)) {
      made.insert(word);
      made.insert(stem(word));
    }
    return made;
  }();
  return words;
}

// One letter added, lost, changed, or two swapped. Short words are too near to each other for that.
bool is_typo_of(std::string_view said, std::string_view meant) {
  if (said.size() < 4 || meant.size() < 4 || said.front() != meant.front()) return false;
  const bool longer = said.size() > meant.size();
  const auto a = longer ? meant : said;
  const auto b = longer ? said : meant;
  if (b.size() - a.size() > 1) return false;
  std::size_t i = 0;
  while (i < a.size() && a[i] == b[i]) ++i;
  if (a.size() != b.size()) return a.substr(i) == b.substr(i + 1);
  if (i + 1 < a.size() && a[i] == b[i + 1] && a[i + 1] == b[i] && a.substr(i + 2) == b.substr(i + 2))
    return true;
  return a.size() >= 6 && i < a.size() && a.substr(i + 1) == b.substr(i + 1);
}

const std::vector<const ConceptRow*>* concepts_of(const std::string& word) {
  const auto found = vocabulary().find(stem(word));
  return found != vocabulary().end() ? &found->second : nullptr;
}

const std::vector<const ConceptRow*>* concepts_of_misspelt(const std::string& word) {
  if (word.size() < 5) return nullptr;
  const auto plain = stem(word);
  for (const auto& [known, rows] : vocabulary())
    if (is_typo_of(plain, known) || is_typo_of(word, known)) return &rows;
  return nullptr;
}

bool is_digits(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

// "sh 12", "sh12" and "incident 12" arrive as words.
std::optional<IncidentNumber> incident_at(std::span<const std::string> words) {
  const auto& word = words.front();
  if (word.starts_with("sh") && is_digits(std::string_view(word).substr(2))) return parse_incident(word);
  if ((word == "sh" || word == "incident") && words.size() > 1 && is_digits(words[1]))
    return parse_incident(words[1]);
  return std::nullopt;
}

// A table's name as words would spell it: in lower case, "_" between its parts.
std::string folded(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) {
    return is_part_of_word(static_cast<char>(c)) || c == '.' ? static_cast<char>(std::tolower(c)) : '_';
  });
  return lower;
}

// A table with the forms of its name, made once a question.
struct Known {
  TableName table;
  std::string name;       // folded
  std::string qualified;  // folded
  std::string plain;      // its stem
};

std::vector<Known> known_tables(std::span<const TableName> tables) {
  std::vector<Known> known;
  for (const auto& table : tables) {
    auto name = folded(table.name);
    auto qualified = folded(table.schema) + "." + name;
    auto plain = stem(name);
    known.push_back({table, std::move(name), std::move(qualified), std::move(plain)});
  }
  return known;
}

struct Named {
  std::vector<TableName> tables;
  std::size_t words = 0;
};

// The tables that the words at the beginning name: by the most words, and the exact name before its plural.
Named tables_at(std::span<const std::string> words, std::span<const Known> tables) {
  Named best;
  std::string joined;
  for (std::size_t count = 1; count <= std::min(words.size(), kWordsOfATable); ++count) {
    joined += (count == 1 ? "" : "_") + words[count - 1];
    const auto plain = stem(joined);
    std::vector<TableName> exact;
    std::vector<TableName> alike;
    for (const auto& table : tables) {
      if (table.name == joined || table.qualified == joined)
        exact.push_back(table.table);
      else if (table.plain == plain && joined.size() > 2)
        alike.push_back(table.table);
    }
    if (!exact.empty() || !alike.empty()) best = {.tables = exact.empty() ? alike : exact, .words = count};
  }
  return best;
}

std::vector<TableName> tables_misspelt(const std::string& word, std::span<const Known> tables) {
  std::vector<TableName> found;
  if (word.size() < 5) return found;
  const auto plain = stem(word);
  for (const auto& table : tables)
    if (is_typo_of(word, table.name) || is_typo_of(plain, table.plain)) found.push_back(table.table);
  return found;
}

void take(Reading& reading, const std::vector<const ConceptRow*>& rows) {
  for (const auto* row : rows) {
    reading.concepts.insert(row->name);
    reading.speaks_of_databases = reading.speaks_of_databases || row->is_of_databases;
  }
}

// A word that is no table's: a concept, a number, nothing of interest, or not understood.
void take_word(Reading& reading, const std::string& word, std::span<const Known> tables) {
  if (const auto* rows = concepts_of(word)) return take(reading, *rows);
  if (stop_words().contains(word) || stop_words().contains(stem(word))) return;
  if (is_digits(word)) {
    int number = 0;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), number);
    if (read.ec == std::errc{} && number > 0 && number <= 1000) reading.number = number;
    return;
  }
  if (const auto misspelt = tables_misspelt(word, tables); !misspelt.empty()) {
    reading.tables.insert(reading.tables.end(), misspelt.begin(), misspelt.end());
    return;
  }
  if (word.contains('_')) reading.setting = word;
  if (const auto* rows = concepts_of_misspelt(word)) return take(reading, *rows);
  if (!word.contains('_')) reading.unknown.push_back(word);
}

// "Please drop …", "can you raise …": the first word that matters is a verb that changes something.
bool is_command(const std::vector<std::string>& words) {
  for (const auto& word : words) {
    if (word == "please" || word == "can" || word == "could" || word == "you" || word == "just" ||
        word == "now")
      continue;
    const auto* rows = concepts_of(word);
    return rows != nullptr && std::ranges::any_of(*rows, [](const ConceptRow* row) {
             return row->name == "approve" || row->name == "change" || row->name == "kill" ||
                    row->name == "fix";
           });
  }
  return false;
}

}  // namespace

std::string stem(std::string_view word) {
  std::string out(word);
  const auto ends = [&out](std::string_view end) {
    return out.size() > end.size() + 2 && out.ends_with(end);
  };
  const auto cut = [&out](std::size_t count) { out.resize(out.size() - count); };
  if (ends("ies")) {
    cut(3);
    out += 'y';
  } else if (ends("xes") || ends("ches") || ends("shes") || ends("sses") || ends("zes")) {
    cut(2);
  } else if (out.size() > 3 && out.ends_with('s') && !out.ends_with("ss") && !out.ends_with("us") &&
             !out.ends_with("is")) {
    cut(1);
  }
  if (ends("ing") && out.size() > 5)
    cut(3);
  else if (ends("ed") && out.size() > 4)
    cut(2);
  const auto size = out.size();
  constexpr std::string_view kDoubled = "bdgmnprt";
  if (size > 3 && out.size() < word.size() && out[size - 1] == out[size - 2] &&
      kDoubled.contains(out[size - 1]))
    cut(1);
  if (out.size() > 4 && out.ends_with('e')) cut(1);
  return out;
}

Reading read_question(std::string_view typed, std::span<const TableName> existing) {
  Reading reading;
  reading.sql = sql_in(typed);
  if (reading.sql) return reading;
  const auto text = with_plain_marks(typed);
  const auto tables = known_tables(existing);
  reading.error = error_in(text);
  const auto words = words_of(text);
  const auto all = std::span(words);
  reading.is_empty = words.empty();
  reading.is_command = is_command(words);
  for (std::size_t i = 0; i < words.size();) {
    const auto rest = all.subspan(i);
    if (const auto incident = incident_at(rest)) {
      reading.incident = incident;
      reading.concepts.insert("incident");
      i += is_digits(words[i].substr(std::min<std::size_t>(2, words[i].size()))) ? 1 : 2;
      continue;
    }
    if (auto named = tables_at(rest, tables); named.words > 0) {
      reading.tables.insert(reading.tables.end(), named.tables.begin(), named.tables.end());
      // The word may be one of ours all the same: a table may be called "locks".
      if (const auto* rows = named.words == 1 ? concepts_of(words[i]) : nullptr) take(reading, *rows);
      i += named.words;
      continue;
    }
    take_word(reading, words[i], tables);
    ++i;
  }
  reading.sqlstate =
      sqlstate_in(text, reading.concepts.contains("code") || reading.concepts.contains("howto") ||
                            reading.concepts.contains("explain") || reading.concepts.contains("fail"));
  std::ranges::sort(reading.tables);
  const auto repeated = std::ranges::unique(reading.tables);
  reading.tables.erase(repeated.begin(), repeated.end());
  return reading;
}

}  // namespace selfheal::assistant::internal
