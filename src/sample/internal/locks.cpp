#include "sample/internal/locks.h"

#include <algorithm>
#include <ranges>

#include "sample/internal/statements.h"

namespace selfheal::sample::internal {
namespace {

// Ended pairs that are still shown.
constexpr std::size_t kRemembered = 10;
// For the answer of a session that may be gone.
constexpr Duration kGoodbye = 2s;
// The server ends the forgotten session should this process hang and not do it.
constexpr const char* kServerLimit = "660s";
static_assert(kLockMost < 660s);

// Founders whose rows are held; two others are the deadlock's.
constexpr std::string_view kRows[] = {"edgar@example.com", "grace@example.com", "alan@example.com"};
static_assert(std::size(kRows) == kLocksAtOnce);

bool is_waiting(const Lock& lock) { return lock.state == LockState::waiting; }

}  // namespace

// A pair that is being made; forgotten again unless it is kept, however the making ends.
class Locks::Draft {
 public:
  Draft(std::list<Pair>& pairs, Lock lock)
      : pairs_(pairs), at_(pairs.insert(pairs.end(), {std::move(lock)})) {}
  ~Draft() {
    if (!kept_) pairs_.erase(at_);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  Pair& operator*() const { return *at_; }
  Pair& keep() {
    kept_ = true;
    return *at_;
  }

 private:
  std::list<Pair>& pairs_;
  std::list<Pair>::iterator at_;
  bool kept_ = false;
};

std::string Locks::free_row() const {
  const auto is_free = [&](std::string_view row) {
    return std::ranges::none_of(
        pairs_, [&](const Pair& pair) { return is_waiting(pair.lock) && pair.lock.email == row; });
  };
  const auto* row = std::ranges::find_if(kRows, is_free);
  return row == std::end(kRows) ? std::string() : std::string(*row);
}

StatusTask Locks::hold(Deadline deadline) {
  auto row = free_row();
  if (row.empty())
    co_return failure(ErrorCode::conflict, "enough sessions wait already: have them relieved, or clear up");
  Draft draft(pairs_, {.number = ++last_number_, .email = row, .since = clock_.now()});
  Settings settings{{"idle_in_transaction_session_timeout", kServerLimit}};
  CO_TRY(auto holder, co_await sessions_.open(std::move(settings), deadline));
  CO_TRY_OK(co_await holder->script("BEGIN", deadline));
  CO_TRY_OK(co_await take_row(*holder, std::move(row), deadline));
  auto& pair = draft.keep();
  pair.holder = std::move(holder);
  pair.lock.holder_pid = pair.holder->backend_pid();
  pair.lock.since = clock_.now();
  forget_old();
  tasks_.spawn("the sample application's waiting session", wait(pair));
  co_return Status();
}

// The session that waits. Ends with its transaction, which is over once it has the row.
StatusTask Locks::ask(Pair& pair) {
  const auto deadline = clock_.deadline_in(kLockMost);
  CO_TRY(const auto waiter, co_await sessions_.open({}, deadline));
  pair.lock.waiter_pid = waiter->backend_pid();
  auto row = pair.lock.email;
  CO_TRY_OK(co_await take_row(*waiter, std::move(row), deadline));
  co_return Status();
}

StatusTask Locks::wait(Pair& pair) {
  const auto taken = co_await ask(pair);
  const auto ended = clock_.now();
  const auto gone = co_await let_go(pair);
  if (!gone) pair.lock.holder_sqlstate = gone.error().sqlstate;
  if (!taken) pair.lock.sqlstate = taken.error().sqlstate;
  pair.lock.ended_at = ended;
  pair.lock.state = !taken            ? LockState::failed
                    : pair.is_cleared ? LockState::cleared
                                      : LockState::went_through;
  co_return Status();
}

// An error says how somebody else had ended the session that held the row.
StatusTask Locks::let_go(Pair& pair) {
  const auto holder = std::move(pair.holder);
  if (!holder) co_return Status();
  const auto soon = clock_.deadline_in(kGoodbye);
  CO_TRY_OK(co_await holder->script("ROLLBACK", soon));
  co_return Status();
}

std::vector<Lock> Locks::list() const {
  std::vector<Lock> locks;
  for (const auto& pair : pairs_ | std::views::reverse) locks.push_back(pair.lock);
  return locks;
}

void Locks::clear_up() {
  for (auto& pair : pairs_) {
    if (!pair.holder) continue;
    pair.is_cleared = true;
    pair.holder.reset();
  }
}

void Locks::forget_old() {
  while (pairs_.size() > kRemembered) {
    const auto ended = std::ranges::find_if_not(pairs_, is_waiting, &Pair::lock);
    if (ended == pairs_.end()) return;
    pairs_.erase(ended);
  }
}

asio::awaitable<void> Locks::stop() {
  clear_up();
  co_await tasks_.stop();
}

}  // namespace selfheal::sample::internal
