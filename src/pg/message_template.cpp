#include "pg/message_template.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/check.h"
#include "pg/internal/slot_text.h"
#include "pg/internal/text.h"

namespace selfheal::pg {
namespace {

// How many places of literals one match may try. Real messages need fewer than ten; a text built to have
// thousands of readings is refused.
constexpr int kPlaces = 512;
// Templates with fewer literal bytes in front are found by their first byte alone.
constexpr std::size_t kPrefixBytes = 12;

constexpr std::string_view kPlpgsqlFrame = "PL/pgSQL function {routine} line {number} at {word}";

struct Compiled {
  const MessageTemplate* tmpl;
  std::vector<std::string_view> literals;  // one more than slots; the first and the last may be empty
  std::vector<SlotKind> slots;
  std::size_t literal_bytes = 0;
  bool removes_all = true;  // then it does not matter which of several readings is taken
  bool keeps_nothing = true;
};

// The most words first; between equals the one that understands more, then the table's order.
bool is_preferred(const Compiled& a, const Compiled& b) {
  if (a.literal_bytes != b.literal_bytes) return a.literal_bytes > b.literal_bytes;
  const auto kept = [](const Compiled& c) { return std::ranges::count_if(c.slots, is_kept); };
  return kept(a) != kept(b) ? kept(a) > kept(b) : a.tmpl < b.tmpl;
}

bool is_removed_without_trace(SlotKind kind) { return kind == SlotKind::value; }

// `text` is the template's own or a translation of it.
Compiled compile(const MessageTemplate& tmpl, std::string_view text) {
  Compiled compiled{.tmpl = &tmpl};
  std::string_view rest = text;
  std::size_t from = 0;
  while (true) {
    const std::size_t open = rest.find('{', from);
    const std::size_t close = open == rest.npos ? rest.npos : rest.find('}', open);
    const auto kind =
        close == rest.npos ? std::nullopt : internal::slot_kind(rest.substr(open + 1, close - open - 1));
    if (open == rest.npos) break;
    if (!kind) {
      from = open + 1;  // a brace of the sentence itself
      continue;
    }
    compiled.literals.push_back(rest.substr(0, open));
    compiled.slots.push_back(*kind);
    compiled.removes_all = compiled.removes_all && is_removed_without_trace(*kind);
    compiled.keeps_nothing = compiled.keeps_nothing && !is_kept(*kind);
    rest = rest.substr(close + 1);
    from = 0;
  }
  compiled.literals.push_back(rest);
  for (const auto literal : compiled.literals) compiled.literal_bytes += literal.size();
  return compiled;
}

// Finds the readings of a text under one template.
class Reading {
 public:
  Reading(const Compiled& compiled, std::string_view text)
      : compiled_(compiled), text_(text), slots_(compiled.slots.size()) {}

  enum class Outcome { none, one, several };
  Outcome read() {
    if (compiled_.slots.empty()) return text_ == compiled_.literals.front() ? Outcome::one : Outcome::none;
    place(0, compiled_.literals.front().size());
    if (places_ > kPlaces || several_) return Outcome::several;
    return found_.empty() ? Outcome::none : Outcome::one;
  }
  std::vector<MatchedSlot> take() { return std::move(found_); }

 private:
  bool done() const { return several_ || places_ > kPlaces || (compiled_.removes_all && !found_.empty()); }

  void place(std::size_t slot, std::size_t from) {
    if (slot + 1 == compiled_.slots.size()) {
      const std::size_t end = text_.size() - compiled_.literals.back().size();
      if (end >= from && set(slot, from, end)) keep();
      return;
    }
    const std::string_view next = compiled_.literals[slot + 1];
    for (std::size_t at = text_.find(next, from); at != text_.npos && !done();
         at = text_.find(next, at + 1)) {
      ++places_;
      if (set(slot, from, at)) place(slot + 1, at + next.size());
    }
  }

  bool set(std::size_t slot, std::size_t from, std::size_t end) {
    slots_[slot] = {compiled_.slots[slot], text_.substr(from, end - from)};
    return internal::fits(slots_[slot].kind, slots_[slot].text);
  }

  void keep() {
    if (found_.empty()) {
      found_ = slots_;
      return;
    }
    for (std::size_t i = 0; i < slots_.size(); ++i)
      several_ = several_ || (!is_removed_without_trace(slots_[i].kind) && slots_[i] != found_[i]);
  }

  const Compiled& compiled_;
  std::string_view text_;
  std::vector<MatchedSlot> slots_;
  std::vector<MatchedSlot> found_;
  int places_ = 0;
  bool several_ = false;
};

// Whether in this reading a quoted text that is removed, with a quote inside, covers a name that the other
// reading keeps.
bool hides(const std::vector<MatchedSlot>& reading, const std::vector<MatchedSlot>& kept,
           std::string_view text) {
  return std::ranges::any_of(reading, [&](const MatchedSlot& slot) {
    const char* const begin = slot.text.data();
    if (is_kept(slot.kind) || !slot.text.contains('"') || begin == text.data() || begin[-1] != '"')
      return false;
    return std::ranges::any_of(kept, [&](const MatchedSlot& name) {
      return is_kept(name.kind) && name.text.data() >= begin && name.text.data() < begin + slot.text.size();
    });
  });
}

class Index {
 public:
  explicit Index(std::vector<Compiled> all) : compiled_(std::move(all)) {
    for (const auto& compiled : compiled_) {
      const std::string_view prefix = compiled.literals.front();
      if (compiled.slots.empty()) {
        exact_.emplace(prefix, &compiled);
      } else if (prefix.size() >= kPrefixBytes) {
        by_prefix_[prefix.substr(0, kPrefixBytes)].push_back(&compiled);
      } else if (!prefix.empty()) {
        by_first_byte_[static_cast<unsigned char>(prefix.front())].push_back(&compiled);
      } else {
        without_prefix_.push_back(&compiled);
      }
    }
  }

  // With a SQLSTATE, only sentences that are raised with it, or with several.
  std::optional<MatchedMessage> match(std::string_view text, std::string_view sqlstate = {}) const {
    const auto fits_code = [&](const Compiled& compiled) {
      return sqlstate.empty() || compiled.tmpl->sqlstate.empty() || compiled.tmpl->sqlstate == sqlstate;
    };
    if (const auto found = exact_.find(text); found != exact_.end() && fits_code(*found->second))
      return MatchedMessage{.tmpl = found->second->tmpl};
    if (text.empty()) return std::nullopt;
    std::vector<const Compiled*> candidates;
    const auto consider = [&](const std::vector<const Compiled*>& list) {
      for (const auto* compiled : list)
        if (fits_code(*compiled) && text.size() >= compiled->literal_bytes &&
            text.ends_with(compiled->literals.back()) && text.starts_with(compiled->literals.front()))
          candidates.push_back(compiled);
    };
    if (const auto found = by_prefix_.find(text.substr(0, kPrefixBytes)); found != by_prefix_.end())
      consider(found->second);
    consider(by_first_byte_[static_cast<unsigned char>(text.front())]);
    consider(without_prefix_);
    std::ranges::sort(candidates, [](const auto* a, const auto* b) { return is_preferred(*a, *b); });
    return first_reading(candidates, text);
  }

 private:
  using List = std::vector<const Compiled*>;

  static std::optional<MatchedMessage> first_reading(const List& candidates, std::string_view text) {
    std::optional<MatchedMessage> best;
    for (const auto* compiled : candidates) {
      Reading reading(*compiled, text);
      const auto outcome = reading.read();
      if (best) {
        best->exclusive = outcome == Reading::Outcome::none || !hides(reading.take(), best->slots, text);
        if (!best->exclusive) break;
        continue;
      }
      if (outcome == Reading::Outcome::several) return std::nullopt;
      if (outcome == Reading::Outcome::one)
        best = MatchedMessage{.tmpl = compiled->tmpl, .slots = reading.take()};
      // Where nothing is kept, a second reading changes nothing.
      if (best && compiled->keeps_nothing) break;
    }
    return best;
  }

  std::vector<Compiled> compiled_;
  std::unordered_map<std::string_view, const Compiled*> exact_;
  std::unordered_map<std::string_view, List> by_prefix_;
  std::array<List, 256> by_first_byte_;
  List without_prefix_;
};

std::vector<Compiled> english() {
  std::vector<Compiled> all;
  all.reserve(message_templates().size());
  for (const auto& tmpl : message_templates()) all.push_back(compile(tmpl, tmpl.text));
  return all;
}

std::vector<Compiled> other_languages() {
  std::vector<Compiled> all;
  for (const auto& row : translated_templates())
    for (auto rest = row.translations; !rest.empty();) {
      const auto end = rest.find('\0');
      all.push_back(compile(row.english, rest.substr(0, end)));
      rest.remove_prefix(end + 1);
    }
  return all;
}

std::string* field_of(SlotKind kind, ObjectNames& names) {
  switch (kind) {
    case SlotKind::database:
      return &names.database;
    case SlotKind::schema:
      return &names.schema;
    case SlotKind::table:
      return &names.table;
    case SlotKind::column:
      return &names.column;
    case SlotKind::constraint:
      return &names.constraint;
    case SlotKind::index:
      return &names.index;
    case SlotKind::datatype:
      return &names.datatype;
    case SlotKind::role:
      return &names.role;
    case SlotKind::routine:
      return &names.routine;
    case SlotKind::sequence:
      return &names.sequence;
    case SlotKind::parameter:
      return &names.parameter;
    case SlotKind::partition:
      return &names.partition;
    default:
      return nullptr;
  }
}

bool is_plain_name(std::string_view text) {
  const auto plain = [](char c) { return internal::is_alnum(c) || c == '_'; };
  return !text.empty() && std::ranges::all_of(text, plain);
}

// The server prints schema.table in some sentences and table in others.
void split_schema(ObjectNames& names) {
  const std::size_t dot = names.table.find('.');
  if (dot == std::string::npos || !names.schema.empty()) return;
  const std::string_view table = names.table;
  if (!is_plain_name(table.substr(0, dot)) || !is_plain_name(table.substr(dot + 1))) return;
  names.schema = table.substr(0, dot);
  names.table = std::string(table.substr(dot + 1));
}

}  // namespace

bool is_kept(SlotKind kind) {
  return kind != SlotKind::statement && kind != SlotKind::missing && kind != SlotKind::alias &&
         kind != SlotKind::value;
}

ObjectNames MatchedMessage::names() const {
  ObjectNames names;
  for (const auto& slot : slots)
    if (std::string* field = field_of(slot.kind, names); field && field->empty()) *field = slot.text;
  split_schema(names);
  return names;
}

std::optional<MatchedMessage> match_message(std::string_view text) {
  static const Index index(english());
  return index.match(text);
}

std::optional<MatchedMessage> match_translated(std::string_view text, std::string_view sqlstate) {
  static const Index index(other_languages());
  return index.match(text, sqlstate);
}

namespace {

struct Frame {
  std::string_view routine;
  bool is_raise = false;
};

Frame plpgsql_frame(std::string_view context) {
  const auto line = context.substr(0, context.find('\n'));
  if (!line.contains("PL/pgSQL") || !line.contains("RAISE")) return {};
  auto match = match_message(line);
  if (!match) match = match_translated(line, {});
  // Also a function whose name the templates do not take.
  if (!match) return {{}, line.ends_with(" at RAISE")};
  if (match->tmpl->text != kPlpgsqlFrame) return {};
  const auto slot = [&](SlotKind kind) {
    return std::ranges::find(match->slots, kind, &MatchedSlot::kind)->text;
  };
  return {slot(SlotKind::routine), slot(SlotKind::word) == "RAISE"};
}

}  // namespace

std::optional<std::string_view> raised_by(std::string_view context, std::string_view server_function) {
  // The expressions of RAISE fail in the same frame, but in another function of the server.
  if (!server_function.empty() && server_function != "exec_stmt_raise") return std::nullopt;
  const auto frame = plpgsql_frame(context);
  if (frame.is_raise) return frame.routine;
  return server_function.empty() ? std::nullopt : std::optional(std::string_view());
}

}  // namespace selfheal::pg
