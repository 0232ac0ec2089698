#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "pg/object_names.h"

// PostgreSQL's own sentences. The server fills printf templates with names and values; a template of our
// table says of each slot what it holds, so that names of existing objects can be kept and everything a
// caller sent can be removed. The table is English; of the translations that PostgreSQL ships a second one
// has the sentences that name objects, for logs in other languages. Redaction shows English sentences only.
namespace selfheal::pg {

enum class SlotKind : std::uint8_t {
  // Existing objects, each a field of ObjectNames.
  database,
  schema,
  table,
  column,
  constraint,
  index,
  datatype,
  role,
  routine,
  sequence,
  parameter,
  partition,
  // Kept, but no part of ObjectNames.
  object,   // an existing object of another kind: extension, trigger, policy, tablespace, publication …
  columns,  // the column list of a key, may hold expressions
  number,   // structural: pid, position, line, block, transaction id, a limit
  tuple,    // a tuple id without its parentheses: 0,1
  word,     // one of PostgreSQL's own words: a lock mode, a command, a kind of object
  clock,    // a duration or time that the server measured
  // Kept in part.
  statement,  // SQL text; its shape may be shown
  // Removed.
  missing,  // a name that the caller used and the server did not find
  alias,    // a table, or the name that the caller gave it for one statement
  value,    // anything else: data, text, paths, addresses
};

// Whether the text of such a slot may be shown as it is.
bool is_kept(SlotKind kind);

struct MessageTemplate {
  // The condition this sentence is raised with, or empty when it is a detail, hint, context or log line
  // without one, or several conditions share the sentence.
  std::string_view sqlstate;
  // The sentence with slots in braces, named like SlotKind: `relation "{missing}" does not exist`.
  std::string_view text;
};

// Every template, sorted by text, for completeness tests. Lives for ever.
std::span<const MessageTemplate> message_templates();

// One of these in the other languages, each translation with the slots of the English sentence in its own
// order and with a NUL behind it.
struct TranslatedTemplate {
  MessageTemplate english;
  std::string_view translations;
};

// The sentences that name existing objects or decide the class of an error, as far as PostgreSQL ships
// translations; written by scripts/translate_templates. Lives for ever.
std::span<const TranslatedTemplate> translated_templates();

struct MatchedSlot {
  SlotKind kind;
  std::string_view text;  // a view into the matched message

  friend bool operator==(const MatchedSlot&, const MatchedSlot&) = default;
};

struct MatchedMessage {
  const MessageTemplate* tmpl;  // into one of the tables: the English sentence
  std::vector<MatchedSlot> slots;
  // No template with fewer words reads this text too. `column "a" of relation "b" does not exist` is not
  // exclusive: a column that a caller named `a" of relation "b` gives the same text. Who has the statement
  // can tell; who has not should not show the names.
  bool exclusive = true;

  // The existing objects in the slots. A table written as schema.table is told apart when neither part is
  // quoted.
  ObjectNames names() const;
};

// The template of a primary message, detail, hint or one line of context. When several fit, the one with the
// most words of its own. Nothing when none fits, or when a name holds quotes such that two readings would
// keep different text: a guess could show a value as a name. The slots view into `text`, which must outlive
// them. Any thread.
std::optional<MatchedMessage> match_message(std::string_view text);

// The same for a primary message in another language. Without the SQLSTATE (empty) two languages may read one
// text differently, and the one with the most words of its own wins. For names and classes only: what it does
// not take for a name may hold values. Any thread.
std::optional<MatchedMessage> match_translated(std::string_view text, std::string_view sqlstate);

// The PL/pgSQL function, with its argument types, whose RAISE made the error: RAISE may borrow any SQLSTATE
// and sentence. Told by the first line of CONTEXT in any language, and by the server's own function
// (func_name) where that is known. Empty when only the latter tells, nothing when the server made the error
// itself. A view into `context`. Any thread.
std::optional<std::string_view> raised_by(std::string_view context, std::string_view server_function);

}  // namespace selfheal::pg
