#include "analysis/internal/event_names.h"

#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "healing/fingerprint/fingerprint.h"
#include "healing/taxonomy/taxonomy.h"
#include "pg/message_template.h"
#include "pg/statement_names.h"

namespace selfheal::analysis {
namespace {

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

// A message's name, and the fingerprints of the statements that raised it.
struct Known {
  MessageName message;
  std::string sqlstate;  // of the sentence where the log has none
  pg::ObjectNames objects;
  std::unordered_map<std::string, std::uint64_t> by_statement;
};
using Generation = std::unordered_map<std::string, Known, Hash, std::equal_to<>>;

// Of one message; more than an application has statements that can raise it.
constexpr std::size_t kKeptStatementsOfMessage = 256;
// Tells apart the sentences of errors whose code the log does not hold.
constexpr std::size_t kSentenceBytes = 200;

// The message without what differs from time to time: numbers, and what stands in quotes.
std::string sentence_of(std::string_view message) {
  std::string sentence;
  char quote = '\0';
  for (const char c : message.substr(0, kSentenceBytes)) {
    if (quote != '\0') {
      if (c == quote) quote = '\0';
      continue;
    }
    if (c == '"') quote = c;
    const bool digit = c >= '0' && c <= '9';
    if (digit && sentence.ends_with('#')) continue;
    sentence += digit ? '#' : c;
  }
  return sentence;
}

std::uint64_t number_of(std::string_view digits) {
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

}  // namespace

struct EventNames::State {
  const Clock* stopwatch;
  pg::StatementNames statements;
  Generation young;
  Generation old;
  std::string key;
  Known unkept;
  std::chrono::nanoseconds sql_time{};

  // Everything of an event that classify() and the family look at.
  void make_key(const ErrorEvent& event);
  Known learn(const ErrorEvent& event) const;
  Known& known(const ErrorEvent& event);
  Known& keep(Known entry);
  std::uint64_t fingerprint(Known& entry, const ErrorEvent& event);
};

EventNames::EventNames(const Clock* stopwatch) : state_(std::make_unique<State>()) {
  state_->stopwatch = stopwatch;
}
EventNames::~EventNames() = default;

void EventNames::State::make_key(const ErrorEvent& event) {
  key.clear();
  const auto raised = pg::raised_by(event.context, event.routine);
  const auto mark = raised ? fmt::format("raised {}", *raised) : std::string();
  for (const std::string_view part :
       {std::string_view(event.sqlstate), std::string_view(event.message), std::string_view(event.code),
        std::string_view(event.trouble), std::string_view(event.routine),
        std::string_view(event.backend_type), std::string_view(mark)}) {
    key += part;
    key += '\0';
  }
}

Known EventNames::State::learn(const ErrorEvent& event) const {
  auto named = event;
  healing::complete_from_message(named);
  Known entry{.message = {.family = healing::fingerprint_of(named, {}).family,
                          .error_class = healing::classify(named)},
              .sqlstate = named.sqlstate,
              .objects = std::move(named.objects)};
  if (named.sqlstate.empty() && event.trouble.empty() && event.code.empty())
    entry.message.family += "|" + sentence_of(event.message);
  return entry;
}

Known& EventNames::State::keep(Known entry) {
  if (young.size() >= kKeptMessages) {
    old = std::move(young);
    young = {};
  }
  return young.insert_or_assign(key, std::move(entry)).first->second;
}

Known& EventNames::State::known(const ErrorEvent& event) {
  // Objects that an intake gave take part in the name; no log does.
  const bool keepable = event.objects == pg::ObjectNames{} && event.message.size() <= kKeptMessageBytes;
  if (!keepable) return unkept = learn(event);
  make_key(event);
  if (const auto found = young.find(key); found != young.end()) return found->second;
  if (const auto found = old.find(key); found != old.end()) return keep(std::move(found->second));
  return keep(learn(event));
}

std::uint64_t EventNames::State::fingerprint(Known& entry, const ErrorEvent& event) {
  static const std::string kNone;
  const auto start = stopwatch ? stopwatch->steady_now() : Deadline::Moment{};
  const auto& statement = event.statement.empty() ? kNone : statements.fingerprint(event.statement);
  if (stopwatch) sql_time += stopwatch->steady_now() - start;
  auto& by_statement = entry.by_statement;
  if (const auto found = by_statement.find(statement); found != by_statement.end()) return found->second;
  auto named = event;
  named.sqlstate = entry.sqlstate;
  named.objects = entry.objects;
  const auto number = number_of(healing::fingerprint_of(named, statement).fingerprint);
  if (by_statement.size() < kKeptStatementsOfMessage) by_statement.emplace(statement, number);
  return number;
}

EventNames::Named EventNames::name(const ErrorEvent& event) {
  auto& entry = state_->known(event);
  const auto fingerprint = state_->fingerprint(entry, event);
  return {.message = &entry.message, .fingerprint = fingerprint};
}

std::int64_t EventNames::parses() const { return static_cast<std::int64_t>(state_->statements.parses()); }
std::chrono::nanoseconds EventNames::sql_time() const { return state_->sql_time; }

}  // namespace selfheal::analysis
