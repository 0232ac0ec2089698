#include "watch/flight_recorder.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "watch/internal/session_row.h"

namespace selfheal::watch {
namespace {

// One session of the answer: a waiter when it has blockers.
struct Involved {
  SessionSeen session;
  std::vector<int> blockers;
  std::string lock_type;
  std::string lock_mode;
  std::string lock_object;
  std::string relation;
  Time waiting_since{};
  SessionSeen prepared;  // the prepared transaction that blocks it, as a session without a process
};

using InvolvedByPid = std::map<int, Involved>;

Result<std::vector<int>> read_pids(healing::RowReader& row) {
  std::vector<int> pids;
  for (const auto& text : row.list("blockers")) {
    int pid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
    if (error != std::errc{} || end != text.data() + text.size())
      return failure("a process id does not read as a number");
    pids.push_back(pid);
  }
  // A parallel worker's leader stands once for each worker.
  std::ranges::sort(pids);
  pids.erase(std::ranges::unique(pids).begin(), pids.end());
  return pids;
}

SessionSeen read_prepared(healing::RowReader& row) {
  const auto prepared_at = row.time("prepared_at");
  return {.pid = 0,
          .backend_start = prepared_at,
          .xact_start = prepared_at,
          .state_change = prepared_at,
          .state = "prepared",
          .backend_type = "prepared transaction",
          .user = row.text("prepared_owner"),
          .application = row.text("prepared_gid"),
          .database = row.text("prepared_database")};
}

Result<Involved> read_involved(healing::RowReader& row) {
  TRY(auto blockers, read_pids(row));
  Involved involved{.session = internal::read_session(row),
                    .blockers = std::move(blockers),
                    .lock_type = row.text("lock_type"),
                    .lock_mode = row.text("lock_mode"),
                    .lock_object = row.text("lock_object"),
                    .relation = row.text("relation"),
                    .waiting_since = row.time("waiting_since"),
                    .prepared = read_prepared(row)};
  TRY_OK(row.status());
  return involved;
}

// Whether `ahead` merely stands before `waiter` in the queue for the same lock in the same mode, so that what
// blocks it blocks the waiter too.
bool same_queue(const Involved& waiter, const Involved& ahead) {
  return !ahead.blockers.empty() && !waiter.lock_object.empty() && ahead.lock_object == waiter.lock_object &&
         ahead.lock_mode == waiter.lock_mode;
}

std::vector<int> leading_blockers(const InvolvedByPid& all, const Involved& waiter) {
  std::vector<int> leading;
  for (const int pid : waiter.blockers) {
    const auto blocker = all.find(pid);
    if (blocker == all.end() || !same_queue(waiter, blocker->second)) leading.push_back(pid);
  }
  return leading.empty() ? waiter.blockers : leading;
}

SessionSeen blocker_of(const InvolvedByPid& all, const Involved& waiter, int pid) {
  if (pid == 0) return waiter.prepared;
  const auto found = all.find(pid);
  return found == all.end() ? SessionSeen{.pid = pid} : found->second.session;
}

void add_edges(BlockingSample& sample, const InvolvedByPid& all, const Involved& waiter) {
  for (const int pid : leading_blockers(all, waiter)) {
    if (sample.edges.size() == kRecorderEdges) return;
    sample.edges.push_back({.waiter = waiter.session,
                            .blocker = blocker_of(all, waiter, pid),
                            .waiting_since = waiter.waiting_since,
                            .lock_type = waiter.lock_type,
                            .lock_mode = waiter.lock_mode,
                            .relation = waiter.relation});
  }
}

}  // namespace

Result<BlockingSample> read_waits(pg::Rows rows) {
  const auto item = internal::as_item("waits", std::move(rows));
  if (item.rows.empty()) return failure("the look at waits brought no row");
  BlockingSample sample;
  InvolvedByPid all;
  for (std::size_t i = 0; i < item.rows.size(); ++i) {
    healing::RowReader row(item, i);
    if (i == 0) sample.at = row.time("at");
    const auto pid = row.optional_number("pid");
    TRY_OK(row.status());
    if (!pid) continue;
    TRY(auto involved, read_involved(row));
    all.emplace(static_cast<int>(*pid), std::move(involved));
  }
  for (const auto& [pid, waiter] : all) add_edges(sample, all, waiter);
  return sample;
}

void FlightRecorder::add(BlockingSample sample, Deadline::Moment moment) {
  if (!running_) running_since_ = moment;
  running_ = true;
  edges_ += sample.edges.size();
  looks_.push_back({std::move(sample), moment});
  while (looks_.front().moment < moment - kRecorderSpan) drop_oldest();
  while (edges_ > kRecordedEdges && looks_.size() > 1) {
    drop_oldest();
    running_since_ = std::max(running_since_, looks_.front().moment);
  }
}

void FlightRecorder::interrupt() { running_ = false; }

void FlightRecorder::drop_oldest() {
  edges_ -= looks_.front().sample.edges.size();
  looks_.pop_front();
}

Recording FlightRecorder::recording(Deadline::Moment now) const {
  Recording recording;
  const auto begin = now - kRecorderSpan;
  recording.complete = running_ && running_since_ <= begin;
  auto last = begin;
  const auto note_gap = [&](Deadline::Moment next) {
    recording.gap = std::max(recording.gap, std::chrono::duration_cast<Duration>(next - last));
    last = next;
  };
  for (const auto& look : looks_) {
    if (look.moment < begin) continue;
    note_gap(look.moment);
    recording.samples.push_back(look.sample);
  }
  note_gap(std::max(now, last));
  return recording;
}

}  // namespace selfheal::watch
