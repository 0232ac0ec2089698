#include "assistant/internal/sql_text.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <vector>

namespace selfheal::assistant::internal {
namespace {

// What follows the command's word when it is SQL rather than a sentence. Of each line the first one that fits
// decides; `tail` lists words, separated by spaces, or one of the shapes below.
enum class Tail {
  anything,     // no sentence begins with this word
  words,        // the next word is one of `words`
  parenthesis,  // the next sign is "("
  select_list,  // the next sign is none of a sentence, or FROM follows somewhere
  as_query,     // a name and AS (
  one_name,     // one name, then nothing but signs and `words`
  setting,      // the name of a setting: it has an underscore, or is one of `words`
};

struct CommandRow {
  std::string_view command;
  Tail tail;
  std::string_view words;
};

constexpr std::string_view kObjects =
    "access aggregate cast collation conversion database default domain event extension foreign function "
    "global group "
    "index language large local materialized operator or owned policy procedural procedure publication role "
    "routine "
    "rule schema sequence server statistics subscription system table tablespace temp temporary text "
    "transform "
    "trigger trusted type unique unlogged user view recursive";
constexpr std::string_view kOptions =
    "full verbose freeze analyze concurrently table index database schema system "
    "limit offset order where by asc desc only cascade restrict restart identity "
    "union using";

// By command; of one with two lines either may fit.
constexpr CommandRow kCommands[] = {
    {"abort", Tail::words, "; transaction work"},
    {"alter", Tail::words, kObjects},
    {"analyze", Tail::one_name, kOptions},
    {"begin", Tail::words, "; transaction work isolation read"},
    {"call", Tail::one_name, ""},
    {"checkpoint", Tail::words, ";"},
    {"cluster", Tail::one_name, kOptions},
    {"comment", Tail::words, "on"},
    {"commit", Tail::words, "; transaction work and prepared"},
    {"copy", Tail::words, "("},
    {"copy", Tail::one_name, "from to program stdin stdout with csv header format delimiter"},
    {"create", Tail::words, kObjects},
    {"deallocate", Tail::one_name, "all prepare"},
    {"declare", Tail::one_name, "cursor for select insensitive scroll no binary with hold"},
    {"delete", Tail::words, "from"},
    {"discard", Tail::words, "all plans sequences temp temporary"},
    {"do", Tail::words, "$$ $ ' language"},
    {"drop", Tail::words, kObjects},
    {"execute", Tail::one_name, ""},
    {"explain", Tail::words, "( analyze verbose select with values table update delete insert merge"},
    {"fetch", Tail::words, "all next prior forward backward absolute relative"},
    {"grant", Tail::words,
     "select insert update delete truncate references trigger all usage execute connect create "
     "temporary temp set alter pg_monitor pg_signal_backend"},
    {"import", Tail::words, "foreign"},
    {"insert", Tail::words, "into"},
    {"listen", Tail::one_name, ""},
    {"load", Tail::words, "'"},
    {"lock", Tail::words, "table"},
    {"merge", Tail::words, "into"},
    {"move", Tail::words, "all next prior forward backward absolute relative"},
    {"notify", Tail::one_name, ""},
    {"prepare", Tail::one_name, "as select transaction insert update delete"},
    {"reassign", Tail::words, "owned"},
    {"refresh", Tail::words, "materialized"},
    {"reindex", Tail::one_name, kOptions},
    {"release", Tail::words, "savepoint"},
    {"reset", Tail::one_name, "all role session authorization"},
    {"revoke", Tail::words,
     "select insert update delete truncate references trigger all usage execute connect "
     "create temporary temp grant"},
    {"rollback", Tail::words, "; to transaction work and prepared"},
    {"savepoint", Tail::one_name, ""},
    {"security", Tail::words, "label"},
    {"select", Tail::select_list, ""},
    {"set", Tail::words, "role session local transaction constraints time"},
    {"set", Tail::one_name, "to = on off default"},
    {"show", Tail::setting, "all autovacuum bonjour datestyle fsync intervalstyle lc_all port ssl timezone"},
    {"start", Tail::words, "transaction"},
    {"table", Tail::one_name, kOptions},
    {"truncate", Tail::one_name, kOptions},
    {"unlisten", Tail::one_name, ""},
    {"update", Tail::one_name, ""},
    {"vacuum", Tail::one_name, kOptions},
    {"values", Tail::parenthesis, ""},
    {"with", Tail::as_query, ""},
};

// Words of a sentence, which no statement has where a name is due.
constexpr std::string_view kProse =
    " a about all an and any are every everything for from how in is it me my of on open our running some "
    "that the "
    "their them these this those to us what which who why your with just please locks tables status help "
    "employees "
    "sizes activity incidents errors indexes databases connections sessions ";

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

// Lower-case words and single signs, without comments; strings are one sign.
std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < text.size() && tokens.size() < 400;) {
    const char c = text[i];
    if (std::isspace(static_cast<unsigned char>(c))) {
      ++i;
    } else if (text.substr(i).starts_with("--")) {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.substr(i).starts_with("/*")) {
      i = std::min(text.find("*/", i + 2), text.size() - 2) + 2;
    } else if (c == '\'' || c == '"') {
      i = std::min(text.find(c, i + 1), text.size() - 1) + 1;
      tokens.emplace_back(1, c);
    } else if (is_name_character(c)) {
      auto end = i;
      while (end < text.size() && is_name_character(text[end])) ++end;
      auto& word = tokens.emplace_back(text.substr(i, end - i));
      std::ranges::transform(word, word.begin(), [](unsigned char x) { return std::tolower(x); });
      i = end;
    } else {
      tokens.emplace_back(1, c);
      ++i;
    }
  }
  return tokens;
}

bool has_word(std::string_view list, std::string_view word) {
  return (" " + std::string(list) + " ").contains(" " + std::string(word) + " ");
}

bool is_word(std::string_view token) { return !token.empty() && is_name_character(token.front()); }

using Tokens = std::span<const std::string>;

bool is_one_name(Tokens rest, std::string_view also, bool needs_set) {
  // Options before the name.
  while (!rest.empty() && (rest.front() == "(" || has_word(also, rest.front()))) {
    if (rest.front() != "(") {
      rest = rest.subspan(1);
      continue;
    }
    while (!rest.empty() && rest.front() != ")") rest = rest.subspan(1);
    if (!rest.empty()) rest = rest.subspan(1);
  }
  if (rest.empty()) return !also.empty();
  if (!is_word(rest.front()) && rest.front() != "\"") return rest.front() == ";";
  if (kProse.contains(" " + rest.front() + " ")) return false;
  if (needs_set) return std::ranges::find(rest, "set") != rest.end();
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (!is_word(rest[i])) {
      // A statement goes on behind a sign; a sentence ends with one.
      if (rest[i] == "?" || rest[i] == "!") return false;
      if (rest[i] == "(" || rest[i] == ";" || rest[i] == "=" || rest[i] == ",") return true;
      ++i;
      continue;
    }
    if (!has_word(also, rest[i])) return false;
    if (rest[i] == "from" || rest[i] == "to" || rest[i] == "as" || rest[i] == "limit" || rest[i] == "where")
      return true;
  }
  return true;
}

bool is_select_list(Tokens rest) {
  if (rest.empty()) return false;
  if (!is_word(rest.front())) return rest.front() != "?" && rest.front() != ".";
  if (std::isdigit(static_cast<unsigned char>(rest.front().front()))) return true;
  if (has_word("distinct all null true false current_date current_timestamp current_user", rest.front()) &&
      !has_word("the of", rest.size() > 1 ? rest[1] : ""))
    return true;
  if (rest.size() > 1 && has_word("( , : . = + - * / | ;", rest[1])) return true;
  return !kProse.contains(" " + rest.front() + " ") &&
         (rest.size() == 1 || std::ranges::find(rest, "from") != rest.end());
}

bool is_as_query(Tokens rest) {
  if (!rest.empty() && rest.front() == "recursive") rest = rest.subspan(1);
  const auto as = std::ranges::find(rest, "as");
  return as != rest.end() && std::next(as) != rest.end() &&
         (*std::next(as) == "(" || *std::next(as) == "materialized" || *std::next(as) == "not");
}

bool fits(const CommandRow& row, Tokens rest) {
  switch (row.tail) {
    case Tail::anything:
      return true;
    case Tail::words:
      return rest.empty() ? has_word(row.words, ";") : has_word(row.words, rest.front());
    case Tail::parenthesis:
      return !rest.empty() && rest.front() == "(";
    case Tail::select_list:
      return is_select_list(rest);
    case Tail::as_query:
      return is_as_query(rest);
    case Tail::setting:
      return !rest.empty() && (rest.front().contains('_') || has_word(row.words, rest.front())) &&
             (rest.size() == 1 || !is_word(rest[1]));
    case Tail::one_name:
      return is_one_name(rest, row.words, row.command == "update");
  }
  return false;
}

bool is_sql(std::string_view text) {
  const auto all = tokens_of(text);
  Tokens tokens = all;
  while (!tokens.empty() && (tokens.front() == "(" || tokens.front() == ";")) tokens = tokens.subspan(1);
  if (tokens.empty()) return false;
  return std::ranges::any_of(kCommands, [&tokens](const CommandRow& row) {
    return row.command == tokens.front() && fits(row, tokens.subspan(1));
  });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

// What stands between ``` marks, without the name of a language.
std::optional<std::string_view> fenced(std::string_view text) {
  const auto begin = text.find("```");
  if (begin == text.npos) return std::nullopt;
  auto inside = text.substr(begin + 3);
  inside = inside.substr(0, inside.find("```"));
  if (inside.starts_with("sql") || inside.starts_with("SQL")) inside.remove_prefix(3);
  return trimmed(inside);
}

// Behind "run", "please execute:" and the like.
std::optional<std::string_view> behind_a_word(std::string_view text) {
  constexpr std::string_view kWords = "can could you please run execute query do sql this the following";
  auto rest = text;
  bool asked = false;
  for (;;) {
    const auto end = std::min(rest.find_first_of(" :\n"), rest.size());
    std::string word(rest.substr(0, end));
    std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
    if (word.empty() || !has_word(kWords, word) || end == rest.size()) break;
    asked = asked || word == "run" || word == "execute" || word == "sql" || word == "query";
    rest = rest.substr(end);
    while (!rest.empty() && (rest.front() == ':' || std::isspace(static_cast<unsigned char>(rest.front()))))
      rest.remove_prefix(1);
  }
  return asked ? std::optional(rest) : std::nullopt;
}

}  // namespace

std::optional<std::string> sql_in(std::string_view question) {
  const auto text = trimmed(question);
  if (is_sql(text)) return std::string(text);
  if (const auto inside = fenced(text); inside && is_sql(*inside)) return std::string(*inside);
  if (const auto rest = behind_a_word(text); rest && is_sql(*rest)) return std::string(*rest);
  return std::nullopt;
}

}  // namespace selfheal::assistant::internal
