#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command.h"

namespace selfheal::cli {

// What was typed, cut into the command's name and the rest.
struct Words {
  const Command* command = nullptr;  // null: none of the table
  std::string typed;                 // the words that should name one: "incident lsit"; empty: none typed
  std::vector<std::string> rest;     // options from before and after the name, and positionals
  bool help = false;                 // --help or -h anywhere before "--"
};
Words split_words(std::span<const std::string> arguments, std::span<const Command> table);

// Reads `rest` by the command's row and the global options. An error is a sentence for a person.
Result<Arguments> parse_arguments(const Command& command, const std::vector<std::string>& rest);
// Where the server and its token are, and how to print.
GlobalOptions global_options_of(const Arguments& arguments, const Streams& streams, bool root);

// "500ms", "60s", "2m", "1h", or seconds.
Result<Duration> parse_duration(std::string_view text);
// Whether verbs follow it: "incident".
bool is_noun(std::span<const Command> table, const std::string& word);
// The candidate that `typed` most likely meant, or "" when none is near.
std::string nearest(std::string_view typed, const std::vector<std::string>& candidates);

// "--quiet,-q" -> "--quiet".
std::string long_name(const Option& option);

}  // namespace selfheal::cli
