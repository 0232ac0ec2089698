#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tail/internal/severity_words.h"

namespace selfheal::tail {

// What an escape of log_line_prefix stands for (PostgreSQL 15's manual, 20.8.3).
enum class PrefixField : std::uint8_t {
  application,     // %a
  user,            // %u
  database,        // %d
  remote,          // %r %h
  backend_type,    // %b
  pid,             // %p
  leader_pid,      // %P
  time,            // %t %m
  epoch,           // %n
  tag,             // %i
  sqlstate,        // %e
  session_id,      // %c
  line_number,     // %l
  session_start,   // %s
  virtual_xid,     // %v
  transaction_id,  // %x
  query_id,        // %Q
};
inline constexpr std::size_t kPrefixFields = 17;

// A log_line_prefix, made ready for reading lines. Any text is a prefix: what PostgreSQL ignores is ignored,
// as it does.
class LinePrefix {
 public:
  explicit LinePrefix(std::string_view setting);

  struct Match {
    std::array<std::string_view, kPrefixFields> values;  // views into the line; empty where absent
    std::size_t bytes = 0;                               // of prefix and label
    FoundLabel label;
    std::string_view operator[](PrefixField field) const { return values[static_cast<std::size_t>(field)]; }
  };
  // The line read as prefix, label, text; nothing when it is not one of this prefix. Names may hold anything,
  // so a line may have several readings: the one counts whose label comes first, since the texts of messages
  // hold more than names do, and then the one whose later names are shorter, since what is written by a
  // stranger comes early (an application's name, a user like a@b). Takes time linear in the line's length.
  std::optional<Match> match(std::string_view line) const;

  bool has(PrefixField field) const { return has_[static_cast<std::size_t>(field)]; }
  bool begins_with_time() const;

  struct Token {
    enum class Kind : std::uint8_t { literal, field, stop } kind = Kind::literal;
    std::string literal = {};
    char escape = 0;
    PrefixField field = PrefixField::application;
    std::size_t width = 0;     // of padding
    bool blanks_first = true;  // padded at the left
  };
  const std::vector<Token>& tokens() const { return tokens_; }

 private:
  void compile(std::string_view setting);
  void find_risks();
  std::optional<Match> match_simply(std::string_view line) const;

  std::vector<Token> tokens_;
  std::array<bool, kPrefixFields> has_{};
  bool is_simple_ = true;             // each name is followed by a text of its own
  std::array<bool, 256> is_risky_{};  // bytes that begin what may follow a name
};

// Whether a moment as %t or %m print it stands at the beginning: "2026-11-25 03:59:53".
bool begins_with_moment(std::string_view text);

}  // namespace selfheal::tail
