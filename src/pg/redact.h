#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "pg/object_names.h"

// Removes what a user's data could be from text that leaves the installation: to a language model, a chat, a
// mail, memory. Closed by default: what is not understood is withheld, and a failure inside withholds too.
namespace selfheal::pg {

namespace internal {
class Redactor;
}

// Text that passed the redactor. Only the redactor makes a non-empty one, so a function that takes it cannot
// be handed raw text.
class RedactedText {
 public:
  RedactedText() = default;
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  friend bool operator==(const RedactedText&, const RedactedText&) = default;

 private:
  friend class internal::Redactor;
  explicit RedactedText(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// Stands for a text of which nothing may be shown.
inline constexpr std::string_view kWithheld = "‹message withheld›";

// An error as it came from the wire or a log. Empty means absent. The object fields are those of the
// protocol.
struct ErrorFields {
  std::string sqlstate;
  std::string message;
  std::string detail;
  std::string hint;
  std::string context;
  std::string statement;
  std::string internal_query;
  std::string database;
  std::string user;
  std::string application;
  std::string client_host;
  ObjectNames objects;
};

struct RedactedError {
  RedactedText message;
  RedactedText detail;
  RedactedText hint;
  RedactedText context;
  RedactedText statement;
  RedactedText internal_query;
  RedactedText database;
  RedactedText user;
  RedactedText application;
  RedactedText client_host;
  // Names of existing objects, from the protocol's fields and the matched sentences.
  ObjectNames objects;

  friend bool operator==(const RedactedError&, const RedactedError&) = default;
};

// One error, its fields together, because what one says decides about another:
// - a name that the message or hint calls missing is the caller's text and leaves the statement too; so do
// quoted labels that
//   the statement makes up (AS "x");
// - of a statement's quoted names only those are shown that it looks up and that exist by what the error
// says: a query's, or one that the server named itself;
// - of a statement that the server could not parse only SQL's own words are shown: one quote too many turns
// strings into
//   names. The same holds when the message is not understood and the SQLSTATE does not rule that out;
// - text that PL/pgSQL raised (P0001, or a context that starts at RAISE) is the application's: message,
// detail, hint and
//   object fields are withheld, even when they read like PostgreSQL's.
// Fields longer than kFieldBytes are withheld, statements are cut there. Never fails; any thread.
RedactedError redact(const ErrorFields& fields);

// Whether what the sentences of an error name may be any text: an application raised it, or a name with a
// quote inside reads as two.
bool names_are_doubtful(const ErrorFields& fields);

// A primary message or detail alone. kWithheld when it is none of PostgreSQL's sentences. Prefer redact():
// alone, a sentence that an application raised in PostgreSQL's words cannot be told from the server's.
RedactedText redact_message(std::string_view text);
// The statement's shape (shape_of) without secrets in its identifiers.
RedactedText redact_statement(std::string_view sql);
// Text of our own making that quotes names: only the second sweep (addresses, tokens, cards, keys, connection
// strings). Withheld when it is not UTF-8 or longer than kFieldBytes. Never for text that others wrote.
RedactedText redact_own_text(std::string_view text);

}  // namespace selfheal::pg
