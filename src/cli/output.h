#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/command.h"

// What people and pipes read. Text that came from a database or an application is hostile: it goes through
// safe_text() before it reaches a terminal.
namespace selfheal::cli {

// Control characters, escape sequences' introducers, bidirectional and invisible format characters and bad
// UTF-8 become visible escapes ("\x1b", "\u202e"); line breaks and tabs become "\n" and "\t". One line comes
// out.
std::string safe_text(std::string_view text);
// Columns that a UTF-8 text takes on a terminal, and the text cut to at most that many, ending in "…".
std::size_t columns_of(std::string_view text);
std::string cut(std::string_view text, std::size_t columns, bool ascii = false);

enum class Tone { plain, good, bad, caution, quiet };

// How this run writes: colours, glyphs, relative or absolute times.
class Style {
 public:
  explicit Style(const Invocation& invocation);
  std::string toned(Tone tone, std::string_view text) const;  // plain text unless colours are on
  // "3 s ago" on a terminal, RFC 3339 in UTC otherwise.
  std::string when(Time time) const;
  std::string when(const std::optional<Time>& time) const;  // "" for none
  Time now() const { return now_; }
  bool terminal() const { return terminal_; }
  bool ascii() const { return ascii_; }
  std::size_t width() const { return width_; }

 private:
  bool terminal_;
  bool ascii_;
  bool color_;
  std::size_t width_;
  Time now_;
};

std::string relative(Duration age);                      // "3 s ago", "2 min ago", "in 40 s"
std::string spoken(Duration duration);                   // "312 s", "14 min", "3 h"
std::string glyph(std::string_view status, bool ascii);  // passed ✓, failed ✗, unknown ?; ASCII + x ?

struct Column {
  std::string title;
  bool right = false;  // aligned, for numbers
  bool text = false;   // free text: cut when the row is too wide
};

// On a terminal aligned columns under a heading, each row one line; in a pipe tab-separated rows without
// heading.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as columns, checked. Made safe here.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  std::string print(const Style& style, bool headings) const;

 private:
  std::string print_aligned(const Style& style, bool headings) const;
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Why a command could not do what it was asked.
struct Trouble {
  int exit_code = kFailed;
  std::string what;              // no full stop; made safe when printed
  std::string try_instead = {};  // a command line, or empty
  std::string problem = {};      // the server's problem+json, printed as it is with --json
};

// "selfheal: what" and "try: …" on standard error, or problem+json with --json. Returns the exit code.
int report(const Invocation& invocation, const Trouble& trouble);
int report(const Invocation& invocation, const Error& error, std::string try_instead = {});

}  // namespace selfheal::cli
