#include "access/people.h"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <set>

#include "base/check.h"
#include "base/log.h"
#include "base/random.h"

namespace selfheal::access {
namespace {

using Outcome = Admission::Outcome;

// How old what is in memory may be, and how often a use is stored.
constexpr Duration kFresh = 1min;
// When the store did not say whether a change was stored, what is in memory may be wrong.
constexpr Duration kRetry = 1s;
// Changes that came while people were being read make what was read old; more than this is a bug or a flood.
constexpr int kReadings = 5;

struct FirstLink {
  std::string hash;
  Time until{};
  bool used = false;
};

struct Held {
  Session session;
  Time stored{};  // the use that the store knows of
};

// An answer that says that nothing was changed.
bool is_refusal(const Error& error) {
  return error.code == ErrorCode::conflict || error.code == ErrorCode::not_found ||
         error.code == ErrorCode::invalid_input;
}

Status check_role(Role role) {
  if (is_of_people(role)) return {};
  return failure(ErrorCode::invalid_input, "a role is viewer, developer or admin");
}

Result<std::string> optional_slack(const std::string& text) {
  if (text.empty()) return std::string();
  return slack_user_id(text);
}

}  // namespace

struct People::State {
  void put(Person person) {
    std::erase_if(people, [&](const Person& other) { return other.id == person.id; });
    const auto next = std::ranges::find_if(people, [&](const Person& other) {
      return boost::ilexicographical_compare(person.name, other.name);
    });
    people.insert(next, std::move(person));
    changed();
  }
  void forget(PersonId person) {
    std::erase_if(people, [&](const Person& other) { return other.id == person; });
    end_sessions(person);
    changed();
  }
  void end_sessions(PersonId person) {
    std::erase_if(sessions, [&](const auto& entry) { return entry.second.session.person == person; });
  }
  void open(PersonId person, const std::string& hash, Time now) {
    sessions[hash] = {.session = {.hash = hash, .person = person, .began = now, .used = now}, .stored = now};
    changed();
  }
  void changed() {
    ++changes;
    for (auto* timer : waiting) timer->cancel();
  }
  // What the store said of a change: whether it was made is not known after other errors.
  void look_at(const Error& error) {
    if (!is_refusal(error)) stale = true;
  }
  const Person* find(PersonId person) const {
    const auto found = std::ranges::find(people, person, &Person::id);
    return found == people.end() ? nullptr : &*found;
  }
  void take(std::vector<Person> read, std::vector<Session> open) {
    people = std::move(read);
    std::map<std::string, Held> held;
    for (auto& session : open) {
      const auto stored = session.used;
      const auto known = sessions.find(session.hash);
      if (known != sessions.end()) session.used = std::max(stored, known->second.session.used);
      auto hash = session.hash;
      held.emplace(std::move(hash), Held{.session = std::move(session), .stored = stored});
    }
    sessions = std::move(held);
    changed();
  }

  PeopleBook& book;
  Clock& clock;
  asio::any_io_executor executor;
  std::vector<Person> people;
  std::map<std::string, Held> sessions;  // by the cookie's SHA-256
  std::optional<FirstLink> first;
  std::uint64_t changes = 0;
  Time looked_at{};
  bool stale = false;
  std::set<asio::steady_timer*> waiting;
};

People::People(PeopleBook& book, Clock& clock, asio::any_io_executor executor)
    : state_(std::make_unique<State>(book, clock, executor)) {}

People::~People() { CHECK(state_->waiting.empty()); }

StatusTask People::load(Deadline deadline) {
  for (int i = 0; i < kReadings; ++i) {
    const auto before = state_->changes;
    state_->looked_at = state_->clock.now();
    CO_TRY(auto people, co_await state_->book.people(deadline));
    CO_TRY(auto sessions, co_await state_->book.sessions(deadline));
    if (state_->changes != before) continue;
    state_->take(std::move(people), std::move(sessions));
    state_->stale = false;
    co_return Status();
  }
  co_return failure(ErrorCode::unavailable, "people changed while they were being read");
}

const std::vector<Person>& People::all() const { return state_->people; }

const Person* People::find(PersonId person) const { return state_->find(person); }

const Person* People::find_by_name(std::string_view name) const {
  const auto found = std::ranges::find_if(
      state_->people, [&](const Person& person) { return boost::iequals(person.name, name); });
  return found == state_->people.end() ? nullptr : &*found;
}

const Person* People::find_by_slack(std::string_view slack_user) const {
  if (slack_user.empty()) return nullptr;
  const auto found = std::ranges::find(state_->people, slack_user, &Person::slack_user);
  return found == state_->people.end() ? nullptr : &*found;
}

Task<Person> People::add(NewPerson person, std::string actor, Deadline deadline) {
  CO_TRY(person.name, person_name(person.name));
  CO_TRY(person.slack_user, optional_slack(person.slack_user));
  CO_TRY_OK(check_role(person.role));
  auto added = co_await state_->book.add(std::move(person), std::move(actor), deadline);
  if (added)
    state_->put(*added);
  else
    state_->look_at(added.error());
  co_return added;
}

Task<Person> People::change(PersonId person, PersonChange change, std::string actor, Deadline deadline) {
  if (change.slack_user) {
    CO_TRY(change.slack_user, optional_slack(*change.slack_user));
  }
  if (change.role) CO_TRY_OK(check_role(*change.role));
  auto changed = co_await state_->book.change(person, std::move(change), std::move(actor), deadline);
  if (!changed) {
    state_->look_at(changed.error());
    co_return changed;
  }
  if (changed->disabled) state_->end_sessions(person);
  state_->put(*changed);
  co_return changed;
}

StatusTask People::remove(PersonId person, std::string actor, Deadline deadline) {
  auto removed = co_await state_->book.remove(person, std::move(actor), deadline);
  if (removed)
    state_->forget(person);
  else
    state_->look_at(removed.error());
  co_return removed;
}

Task<Link> People::invite(PersonId person, Duration lasts, std::string actor, Deadline deadline) {
  Link link{.token = random_token(), .until = state_->clock.now() + lasts};
  CO_TRY_OK(
      co_await state_->book.invite(person, sha256_hex(link.token), link.until, std::move(actor), deadline));
  co_return link;
}

std::optional<Link> People::invite_first() {
  if (!state_->people.empty()) return std::nullopt;
  Link link{.token = random_token(), .until = state_->clock.now() + kFirstLinkLasts};
  state_->first = {.hash = sha256_hex(link.token), .until = link.until};
  return link;
}

Outcome People::first_link(std::string_view token) const {
  const auto& first = state_->first;
  if (!first || first->hash != sha256_hex(token)) return Outcome::unknown;
  if (first->used) return Outcome::used;
  return first->until < state_->clock.now() ? Outcome::expired : Outcome::admitted;
}

Task<SignedIn> People::admit_first(std::string_view token, std::string name, Deadline deadline) {
  if (const auto outcome = first_link(token); outcome != Outcome::admitted)
    co_return SignedIn{.outcome = outcome, .person = {}, .cookie = {}};
  CO_TRY(name, person_name(name));
  auto cookie = random_token();
  const auto hash = sha256_hex(cookie);
  auto added = co_await state_->book.add_first(std::move(name), hash, deadline);
  if (!added) {
    state_->look_at(added.error());
    co_return std::unexpected(std::move(added).error());
  }
  state_->first->used = true;
  state_->put(*added);
  state_->open(added->id, hash, state_->clock.now());
  co_return SignedIn{.outcome = Outcome::admitted, .person = *std::move(added), .cookie = std::move(cookie)};
}

Task<SignedIn> People::admit(std::string_view token, Deadline deadline) {
  auto cookie = random_token();
  const auto hash = sha256_hex(cookie);
  auto admission = co_await state_->book.admit(sha256_hex(token), hash, deadline);
  if (!admission) {
    state_->look_at(admission.error());
    co_return std::unexpected(std::move(admission).error());
  }
  if (admission->outcome != Outcome::admitted)
    co_return SignedIn{.outcome = admission->outcome, .person = {}, .cookie = {}};
  // Disabled or demoted meanwhile, they are in memory as they are now.
  if (auto* known = state_->find(admission->person.id)) admission->person.role = known->role;
  state_->open(admission->person.id, hash, state_->clock.now());
  co_return SignedIn{
      .outcome = Outcome::admitted, .person = std::move(admission->person), .cookie = std::move(cookie)};
}

const Person* People::signed_in(std::string_view cookie) const {
  const auto held = state_->sessions.find(sha256_hex(cookie));
  if (held == state_->sessions.end() || has_ended(held->second.session, state_->clock.now())) return nullptr;
  const auto* person = state_->find(held->second.session.person);
  return person == nullptr || person->disabled ? nullptr : person;
}

asio::awaitable<void> People::keep(std::string cookie, Deadline deadline) {
  const auto now = state_->clock.now();
  if (now - state_->looked_at > (state_->stale ? kRetry : kFresh)) {
    const auto loaded = co_await load(deadline);
    if (!loaded) log::debug("people: {}", loaded.error().message);
  }
  const auto hash = sha256_hex(cookie);
  const auto held = state_->sessions.find(hash);
  if (held == state_->sessions.end() || has_ended(held->second.session, now)) co_return;
  held->second.session.used = now;
  if (now - held->second.stored <= kFresh) co_return;
  held->second.stored = now;
  const auto person = std::ranges::find(state_->people, held->second.session.person, &Person::id);
  if (person != state_->people.end()) person->seen_at = now;
  const auto stored = co_await state_->book.use_session(hash, now, deadline);
  if (!stored) log::debug("people: {}", stored.error().message);
}

StatusTask People::sign_out(std::string cookie, Deadline deadline) {
  const auto hash = sha256_hex(cookie);
  if (state_->sessions.erase(hash) == 0) co_return Status();
  state_->changed();
  auto ended = co_await state_->book.end_session(hash, deadline);
  if (!ended) state_->look_at(ended.error());
  co_return ended;
}

asio::awaitable<void> People::lost(PersonId person, Permission permission) {
  asio::steady_timer timer(state_->executor, asio::steady_timer::time_point::max());
  struct Waiting {
    Waiting(std::set<asio::steady_timer*>& all, asio::steady_timer* one) : all_(all), one_(one) {
      all_.insert(one_);
    }
    ~Waiting() { all_.erase(one_); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    std::set<asio::steady_timer*>& all_;
    asio::steady_timer* one_;
  } const waiting(state_->waiting, &timer);
  while (true) {
    const auto* now = state_->find(person);
    if (now == nullptr || !may(now->rights(), permission)) co_return;
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return;
  }
}

}  // namespace selfheal::access
