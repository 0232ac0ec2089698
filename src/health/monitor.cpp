#include "health/monitor.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "health/internal/embedded_queries.h"

namespace selfheal::health {
namespace {

constexpr Duration kAnswerTimeout = kProbeTimeout + 1s;
constexpr Duration kStoreTimeout = 3s;
constexpr Duration kSumUpPeriod = 1min;

const healing::Probe& probe(std::string_view name) {
  static const std::vector<healing::Probe> all = [] {
    std::vector<healing::Probe> list;
    for (const auto& file : embedded::health_queries()) list.emplace_back(file);
    return list;
  }();
  const auto found = std::ranges::find(all, name, &healing::Probe::name);
  CHECK(found != all.end());
  return *found;
}

// "15.20" -> 150000; 0 while it is not known.
int version_of(const watch::ServerStatus& status) {
  int major = 0;
  const auto& text = status.server_version;
  std::from_chars(text.data(), text.data() + text.size(), major);
  return major * 10'000;
}

bool is_up(const watch::ServerStatus& status) {
  return (status.state == watch::LinkState::up || status.state == watch::LinkState::in_recovery) &&
         status.can_observe;
}

std::string why_not(const watch::ServerStatus& status) {
  return status.why.empty() ? "the server cannot be asked yet" : status.why;
}

std::string text_of(const EvidenceItem& item, std::string_view column) {
  const auto at = std::ranges::find(item.columns, column);
  if (item.rows.empty() || at == item.columns.end()) return "";
  return item.rows.front()[static_cast<std::size_t>(at - item.columns.begin())].value_or("");
}

// Set while it lives; a caller that is cancelled leaves nothing set.
class Busy {
 public:
  explicit Busy(bool& flag) : flag_(flag) { flag_ = true; }
  ~Busy() { flag_ = false; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  bool& flag_;
};

// Whether a check asks a query of its own.
bool asks(const CheckRow& row, bool in_recovery) {
  if (row.is_surveyed || (in_recovery && !row.on_standby)) return false;
  return std::ranges::find(looks(), std::string_view(row.query), &LookRow::as) == looks().end();
}

}  // namespace

Monitor::Monitor(Options options, watch::WatchedServer& watched, HistoryBook& book, Clock& clock)
    : options_(std::move(options)), watched_(watched), book_(book), clock_(clock) {
  latest_.values.resize(measure_count());
}

StatusTask Monitor::sample() {
  auto due = clock_.steady_now();
  for (;;) {
    co_await take();
    if (options_.sampled) options_.sampled();
    const auto now = clock_.steady_now();
    due = std::max(due + kSamplePeriod / options_.hurry, now);
    const auto pause = std::chrono::duration_cast<Duration>(due - now);
    if (!co_await clock_.sleep(pause)) co_return failure(ErrorCode::cancelled, "stopped");
  }
}

asio::awaitable<void> Monitor::take() {
  const auto status = watched_.status();
  looked_.at = clock_.now();
  looked_.in_recovery = status.state == watch::LinkState::in_recovery;
  looked_.sees_all_sessions = status.sees_all_sessions;
  looked_.why = is_up(status) ? "" : why_not(status);
  if (!is_up(status)) {
    reducer_.interrupt();
    looked_.items.clear();
    looked_.counted.clear();
    due_.clear();
    latest_ = {.at = clock_.now(), .values = std::vector<std::optional<double>>(measure_count())};
    co_return;
  }
  co_await look();
  note_watched();
  latest_ = {.at = clock_.now(), .values = reducer_.values(clock_.now())};
  co_await keep();
}

asio::awaitable<void> Monitor::look() {
  const auto version = version_of(watched_.status());
  for (const auto& row : looks()) {
    if (row.is_surveyed || version < row.since || version >= row.until) continue;
    auto& due = due_[row.query];
    if (clock_.steady_now() < due) continue;
    // A little less than the period, so that a look is not put off to the next sample.
    due = clock_.steady_now() + (row.every - kSamplePeriod / 2) / options_.hurry;
    const auto deadline = clock_.deadline_in(kAnswerTimeout);
    const auto item = co_await watched_.run(probe(row.query), "", {}, deadline);
    note(row, item);
    looked_.items[row.as] = item;
  }
}

void Monitor::note(const LookRow& row, const EvidenceItem& item) {
  if (item.status != ProbeStatus::answered) return;
  auto readings = readings_of(item);
  if (const auto role = text_of(item, "role"); !role.empty()) looked_.role = role;
  auto& counted = looked_.counted[row.as];
  counted.push_back({.at = item.taken_at, .readings = readings});
  // One older than the span stays, so that the whole of it is covered.
  while (counted.size() > 2 && counted[1].at <= item.taken_at - kCountedSpan) counted.pop_front();
  reducer_.take(row.as, std::move(readings), item.taken_at);
}

// What the recorder and the surveys have read anyway.
void Monitor::note_watched() {
  for (const auto& row : looks()) {
    if (!row.is_surveyed) continue;
    const auto item = watched_.surveyed(row.query);
    if (item.status == ProbeStatus::answered) reducer_.take(row.as, readings_of(item), item.taken_at);
  }
  looked_.census = watched_.census();
  if (looked_.census) reducer_.take("census", readings_of(*looked_.census), looked_.census->at);
}

asio::awaitable<void> Monitor::keep() {
  unkept_.push_back(latest_);
  while (unkept_.size() > kUnkept) unkept_.pop_front();
  const auto count = unkept_.size();
  std::vector<Sample> samples(unkept_.begin(), unkept_.end());
  const auto deadline = clock_.deadline_in(kStoreTimeout);
  const auto kept = co_await book_.append(options_.server, std::move(samples), deadline);
  if (!kept) {
    log::debug("{}: history is not kept: {}", options_.server.value(), kept.error().message);
    co_return;
  }
  unkept_.erase(unkept_.begin(), unkept_.begin() + static_cast<std::ptrdiff_t>(count));
  if (clock_.steady_now() < sum_up_due_) co_return;
  sum_up_due_ = clock_.steady_now() + kSumUpPeriod;
  const auto summed = co_await book_.sum_up(options_.server, deadline);
  if (!summed)
    log::debug("{}: history is not summed up: {}", options_.server.value(), summed.error().message);
}

StatusTask Monitor::check() {
  // The first round soon, when the first sample is there; rates need a second one and come with the next
  // round.
  auto pause = kSamplePeriod + 1s;
  while (co_await clock_.sleep(pause)) {
    co_await check_now();
    pause = looked_.items.empty() ? kSamplePeriod : kCheckPeriod;
  }
  co_return failure(ErrorCode::cancelled, "stopped");
}

asio::awaitable<void> Monitor::check_now() {
  if (is_checking_ ||
      (checked_at_ != Deadline::Moment{} && clock_.steady_now() < checked_at_ + kCheckAgain / options_.hurry))
    co_return;
  const Busy busy(is_checking_);
  const auto status = watched_.status();
  looked_.why = is_up(status) ? "" : why_not(status);
  for (const auto& row : checks()) {
    if (!is_up(status) || !asks(row, looked_.in_recovery)) continue;
    const auto deadline = clock_.deadline_in(kAnswerTimeout);
    const auto item = co_await watched_.run(probe(row.query), "", {}, deadline);
    looked_.items[row.query] = item;
  }
  judge_all();
  checked_at_ = clock_.steady_now();
}

void Monitor::judge_all() {
  looked_.at = clock_.now();
  for (const auto& row : checks()) {
    if (!row.is_surveyed) continue;
    auto item = watched_.surveyed(row.query);
    looked_.items[row.query] = std::move(item);
  }
  looked_.census = watched_.census();
  if (looked_.census) looked_.items["census"].taken_at = looked_.at;
  const auto recording = watched_.recorded();
  looked_.waits.reset();
  if (!recording.samples.empty()) looked_.waits = recording.samples.back();
  if (looked_.waits) looked_.items["waits"].taken_at = looked_.at;
  std::vector<Checked> all;
  for (const auto& row : checks()) {
    if (looked_.in_recovery && !row.on_standby) continue;  // its primary tells
    Checked one{.result = judge(row, looked_), .since = looked_.at};
    const auto before = std::ranges::find(
        checked_, one.result.name, [](const Checked& c) -> const std::string& { return c.result.name; });
    if (before != checked_.end() && before->result.state == one.result.state) one.since = before->since;
    all.push_back(std::move(one));
  }
  checked_ = std::move(all);
}

EvidenceItem Monitor::looked_at(const std::string& source) const {
  const auto found = looked_.items.find(source);
  if (found != looked_.items.end()) return found->second;
  return {.probe = source, .why = looked_.why.empty() ? "not looked at yet" : looked_.why};
}

asio::awaitable<EvidenceItem> Monitor::ask(std::string query, healing::ProbeParameters parameters,
                                           Deadline deadline) {
  co_return co_await watched_.run(probe(query), "", std::move(parameters), deadline);
}

}  // namespace selfheal::health
