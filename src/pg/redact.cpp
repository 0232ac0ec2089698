// What leaves the installation passes here. Two locks: first only what PostgreSQL's own sentences call an
// existing object is kept, then everything kept is swept for secrets once more.
#include "pg/redact.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "pg/internal/secret_sweep.h"
#include "pg/internal/statement_view.h"
#include "pg/internal/text.h"
#include "pg/message_template.h"

namespace selfheal::pg {
namespace internal {

// The only maker of RedactedText.
class Redactor {
 public:
  static RedactedText seal(std::string text) { return RedactedText(std::move(text)); }
};

}  // namespace internal

namespace {

using internal::Redactor;
using internal::StatementTrust;
using internal::Sweep;
using internal::sweep;

constexpr std::string_view kValue = "‹value›";
constexpr std::string_view kName = "‹name›";
// A frame of context whose statement spans more lines is withheld.
constexpr std::size_t kFrameLines = 200;

bool is_readable(std::string_view text) {
  return text.size() <= kFieldBytes && !text.contains('\0') && internal::is_utf8(text);
}

RedactedText withheld() { return Redactor::seal(std::string(kWithheld)); }

constexpr std::array kObjectFields = {
    &ObjectNames::database,   &ObjectNames::schema,   &ObjectNames::table,     &ObjectNames::column,
    &ObjectNames::constraint, &ObjectNames::index,    &ObjectNames::datatype,  &ObjectNames::role,
    &ObjectNames::routine,    &ObjectNames::sequence, &ObjectNames::parameter, &ObjectNames::partition,
    &ObjectNames::slot};

std::string lowered(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), internal::to_lower);
  return lower;
}

bool is_name_kind(SlotKind kind) {
  return is_kept(kind) && kind != SlotKind::number && kind != SlotKind::word && kind != SlotKind::clock &&
         kind != SlotKind::tuple;
}

// A name whose message can also be read so that it is the caller's text.
bool is_doubtful(const MatchedMessage& match, SlotKind kind, const StatementTrust& trust) {
  const bool name = is_kept(kind) && kind != SlotKind::number && kind != SlotKind::word &&
                    kind != SlotKind::clock && kind != SlotKind::tuple;
  return name && !match.exclusive && !trust.names_are_plain;
}

std::string slot_shown(const MatchedSlot& slot, const StatementTrust& trust) {
  if (slot.kind == SlotKind::missing || slot.kind == SlotKind::alias) return std::string(kName);
  if (slot.kind == SlotKind::value) return std::string(kValue);
  if (slot.kind == SlotKind::statement) return internal::trusted_shape(slot.text, trust);
  if (trust.missing.contains(lowered(slot.text))) return std::string(kName);
  // A key's expression may hold constants.
  if (slot.kind == SlotKind::columns) return internal::trusted_shape(slot.text, trust);
  return sweep(slot.text, Sweep::text);
}

// The sentence again, word for word, with what may be shown in its slots.
std::string shown(const MatchedMessage& match, std::string_view text, const StatementTrust& trust) {
  std::string result;
  const char* from = text.data();
  for (const auto& slot : match.slots) {
    result.append(from, slot.text.data());
    result += is_doubtful(match, slot.kind, trust) ? std::string(kName) : slot_shown(slot, trust);
    from = slot.text.data() + slot.text.size();
  }
  result.append(from, text.data() + text.size());
  return result;
}

// A piece of a field: one sentence or one frame of context.
struct Piece {
  std::string_view text;
  std::optional<MatchedMessage> match;
};

bool has_open_statement(const MatchedMessage& match) {
  return std::ranges::any_of(match.slots, [](const MatchedSlot& slot) {
    return slot.kind == SlotKind::statement && !internal::ends_cleanly(slot.text);
  });
}

std::size_t line_end(std::string_view text, std::size_t from) {
  return std::min(text.find('\n', from), text.size());
}

// The frame that starts the text. A statement may hold line breaks, so a frame ends with the first line at
// which it is one of our sentences and its statement is complete: a forged frame inside a string then stays
// inside.
Piece first_frame(std::string_view text) {
  const std::size_t first = line_end(text, 0);
  std::size_t end = first;
  for (std::size_t lines = 0; lines < kFrameLines; ++lines) {
    auto match = match_message(text.substr(0, end));
    if (match && !has_open_statement(*match)) return {text.substr(0, end), std::move(match)};
    if (end == text.size()) break;
    end = line_end(text, end + 1);
  }
  // Where an incomplete statement ends nobody can tell.
  auto match = match_message(text.substr(0, first));
  if (match || text.starts_with("SQL statement")) return {text, std::nullopt};
  return {text.substr(0, first), std::nullopt};
}

// Whether the frame ends in a value: then nobody can tell whether the next line is a frame or more of the
// value.
bool ends_in_value(const Piece& piece) {
  return piece.match && !piece.match->slots.empty() && piece.match->slots.back().kind == SlotKind::value;
}

// Whether the frame shows a name or statement after a removed slot: if that slot went on in the next line,
// what looks like a name here would be part of it.
bool shows_after_removed(const Piece& piece) {
  if (!piece.match) return false;
  const auto& slots = piece.match->slots;
  const auto removed = std::ranges::find_if(
      slots, [](const MatchedSlot& slot) { return !is_kept(slot.kind) && slot.kind != SlotKind::statement; });
  return std::any_of(removed, slots.end(), [](const MatchedSlot& slot) {
    return is_name_kind(slot.kind) || slot.kind == SlotKind::statement;
  });
}

std::vector<Piece> frames_of(std::string_view text) {
  std::vector<Piece> pieces;
  while (!text.empty()) {
    pieces.push_back(first_frame(text));
    if (pieces.back().text.size() < text.size() && shows_after_removed(pieces.back())) {
      pieces.back() = {text, std::nullopt};
      break;
    }
    const std::size_t size = pieces.back().text.size();
    text.remove_prefix(std::min(text.size(), size + 1));
    if (!text.empty() && ends_in_value(pieces.back())) {
      pieces.push_back({text, std::nullopt});
      break;
    }
  }
  return pieces;
}

// How a field is put together.
enum class Layout {
  sentence,  // one sentence, whatever line breaks its values hold
  report,    // one sentence, or one per line
  frames,    // one frame of context after the other
};

std::vector<Piece> pieces_of(std::string_view text, Layout layout) {
  if (text.empty()) return {};
  if (!is_readable(text)) return {{text, std::nullopt}};
  if (layout == Layout::frames) return frames_of(text);
  if (auto match = match_message(text)) return {{text, std::move(match)}};
  if (layout == Layout::sentence) return {{text, std::nullopt}};
  return frames_of(text);
}

RedactedText render(const std::vector<Piece>& pieces, const StatementTrust& trust) {
  std::string result;
  bool last_withheld = false;
  for (const auto& piece : pieces) {
    if (!piece.match && last_withheld) continue;
    if (!result.empty()) result += '\n';
    result += piece.match ? shown(*piece.match, piece.text, trust) : std::string(kWithheld);
    last_withheld = !piece.match;
  }
  return Redactor::seal(std::move(result));
}

// Whether the index that a sentence names does not exist yet: its name is the statement's.
bool is_under_construction(const MatchedMessage& match, SlotKind kind) {
  return kind == SlotKind::index && match.tmpl->text.starts_with("could not create unique index");
}

void collect_names(const std::vector<Piece>& pieces, StatementTrust& trust) {
  for (const auto& piece : pieces) {
    if (!piece.match) continue;
    for (const auto& slot : piece.match->slots) {
      if (slot.kind == SlotKind::missing || is_under_construction(*piece.match, slot.kind))
        internal::add_missing(slot.text, trust);
      if (slot.kind == SlotKind::alias) internal::add_doubtful(slot.text, trust);
    }
  }
}

// Whether such an error can only arise once a statement's names were looked up. Of others, as a literal that
// is no number, the analysis of a query may be the source.
bool arises_after_lookup(std::string_view sqlstate) {
  static constexpr std::array<std::string_view, 9> kClasses = {"21", "23", "25", "40", "44",
                                                               "53", "55", "57", "58"};
  return std::ranges::find(kClasses, sqlstate.substr(0, 2)) != kClasses.end();
}

void collect_existing(const ObjectNames& objects, StatementTrust& trust) {
  for (const auto field : kObjectFields)
    if (!(objects.*field).empty()) trust.existing.insert(lowered(objects.*field));
}

// PL/pgSQL says where the text of an error is the application's own.
bool is_raised_by_application(const ErrorFields& fields) {
  const std::string_view context = fields.context;
  return fields.sqlstate == "P0001" || context.substr(0, line_end(context, 0)).ends_with(" at RAISE") ||
         raised_by(context, {}).has_value();
}

bool names_may_pose(const ErrorFields& fields) {
  return internal::has_quote_in_name(fields.statement) || internal::has_quote_in_name(fields.internal_query);
}

bool is_syntax_error(const ErrorFields& fields, const Piece* message) {
  if (fields.sqlstate == "42601") return true;
  return message && message->match && message->match->tmpl->sqlstate == "42601";
}

RedactedText plain_name(std::string_view text, const StatementTrust& trust) {
  if (text.empty()) return {};
  const auto plain = [](char c) { return internal::is_alnum(c) || std::string_view("_-. ").contains(c); };
  // 63 bytes are the longest name PostgreSQL keeps.
  const bool fits = text.size() <= 63 && std::ranges::all_of(text, plain) &&
                    !trust.missing.contains(lowered(text)) && sweep(text, Sweep::text) == text;
  return Redactor::seal(std::string(fits ? text : kName));
}

RedactedText host(std::string_view text) {
  if (text.empty()) return {};
  return Redactor::seal(text == "[local]" ? "[local]" : "‹address›");
}

RedactedText statement(std::string_view sql, const StatementTrust& trust) {
  return sql.empty() ? RedactedText() : Redactor::seal(internal::trusted_shape(sql, trust));
}

void add_objects(const ObjectNames& more, const StatementTrust& trust, ObjectNames& objects) {
  for (const auto field : kObjectFields) {
    const std::string& name = more.*field;
    if (name.empty() || !(objects.*field).empty() || !is_readable(name) ||
        trust.missing.contains(lowered(name)))
      continue;
    objects.*field = sweep(name, Sweep::text);
  }
}

RedactedError redact_fields(const ErrorFields& fields) {
  const bool raised = is_raised_by_application(fields);
  const bool posing = names_may_pose(fields);
  const auto own = [&](std::string_view text, Layout layout) {
    return (raised || posing) && !text.empty() ? std::vector<Piece>{{text, std::nullopt}}
                                               : pieces_of(text, layout);
  };
  const auto message = own(fields.message, Layout::sentence);
  const auto detail = own(fields.detail, Layout::report);
  const auto hint = own(fields.hint, Layout::sentence);
  const auto context = pieces_of(fields.context, Layout::frames);

  StatementTrust trust;
  for (const auto* pieces : {&message, &detail, &hint}) collect_names(*pieces, trust);
  const bool known = !message.empty() && message.front().match;
  trust.understood = known;
  // Without knowing the error, only a code outside of class 42 says that the statement was read without
  // complaint.
  const bool code_says_parsed = fields.sqlstate.size() == 5 && !fields.sqlstate.starts_with("42");
  trust.parsed = !is_syntax_error(fields, known ? &message.front() : nullptr) && (known || code_says_parsed);

  trust.names_are_plain = !fields.statement.empty() && !posing;
  trust.looked_up = arises_after_lookup(fields.sqlstate);
  if (!raised && !posing) collect_existing(fields.objects, trust);
  for (const auto* pieces : {&message, &detail})
    for (const auto& piece : *pieces)
      if (piece.match && (piece.match->exclusive || trust.names_are_plain))
        collect_existing(piece.match->names(), trust);

  RedactedError redacted;
  redacted.message = render(message, trust);
  redacted.detail = render(detail, trust);
  redacted.hint = render(hint, trust);
  redacted.context = render(context, trust);
  redacted.statement = statement(fields.statement, trust);
  redacted.internal_query = statement(fields.internal_query, trust);
  redacted.database = plain_name(fields.database, trust);
  redacted.user = plain_name(fields.user, trust);
  redacted.application = plain_name(fields.application, trust);
  redacted.client_host = host(fields.client_host);
  // RAISE can fill the object fields with any text.
  // With a quote in a name, whoever completed them from the sentence was misled.
  if (!raised && !posing) add_objects(fields.objects, trust, redacted.objects);
  for (const auto* pieces : {&message, &detail, &context})
    for (const auto& piece : *pieces)
      if (piece.match && (piece.match->exclusive || trust.names_are_plain))
        add_objects(piece.match->names(), trust, redacted.objects);
  return redacted;
}

RedactedError all_withheld() {
  RedactedError redacted;
  for (const auto field :
       {&RedactedError::message, &RedactedError::detail, &RedactedError::hint, &RedactedError::context,
        &RedactedError::statement, &RedactedError::internal_query})
    redacted.*field = withheld();
  return redacted;
}

}  // namespace

// The library calls below can run out of memory; half a redaction must not leave.
RedactedError redact(const ErrorFields& fields) {
  try {
    return redact_fields(fields);
  } catch (const std::exception&) {
    return all_withheld();
  }
}

bool names_are_doubtful(const ErrorFields& fields) {
  return is_raised_by_application(fields) || names_may_pose(fields);
}

RedactedText redact_message(std::string_view text) {
  try {
    const auto pieces = pieces_of(text, Layout::report);
    StatementTrust trust;
    collect_names(pieces, trust);
    return render(pieces, trust);
  } catch (const std::exception&) {
    return withheld();
  }
}

RedactedText redact_statement(std::string_view sql) {
  try {
    return statement(sql, {});
  } catch (const std::exception&) {
    return withheld();
  }
}

RedactedText redact_own_text(std::string_view text) {
  try {
    return is_readable(text) ? Redactor::seal(sweep(text, Sweep::text)) : withheld();
  } catch (const std::exception&) {
    return withheld();
  }
}

}  // namespace selfheal::pg
