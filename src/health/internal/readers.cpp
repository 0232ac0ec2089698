#include "health/internal/readers.h"

#include <fmt/format.h>

#include <algorithm>

#include "healing/evidence/probe.h"
#include "pg/params.h"

namespace selfheal::health::internal {
namespace {

using healing::RowReader;

// Of an answered item; else why it was not.
Result<const EvidenceItem*> item_of(const CheckRow& row, const Looked& looked) {
  const auto found = looked.items.find(row.query);
  if (found == looked.items.end()) return failure("it was not looked at yet");
  const auto& item = found->second;
  if (item.status != ProbeStatus::answered) return failure(item.why);
  return &item;
}

// A row's number with fractions; absent when it is NULL or none.
std::optional<double> real(const EvidenceItem& item, std::size_t row, std::string_view column) {
  const auto at = std::ranges::find(item.columns, column);
  if (at == item.columns.end()) return std::nullopt;
  const auto value = pg::read_double(item.rows[row][static_cast<std::size_t>(at - item.columns.begin())]);
  return value ? std::optional(*value) : std::nullopt;
}

void worst_first(std::vector<Finding>& findings) {
  std::ranges::sort(findings, [](const Finding& a, const Finding& b) {
    return a.value != b.value ? a.value > b.value : a.object < b.object;
  });
}

// A session of Selfheal's, whatever its role: it looks for milliseconds, and would stand in each list.
bool is_own(const SessionSeen& session) { return session.application.starts_with("selfheal "); }

std::string whose(const SessionSeen& session) {
  return fmt::format("session {} of {}{}", session.pid, session.user.empty() ? "?" : session.user,
                     session.application.empty() ? "" : ", " + session.application);
}

// What was counted over the last stretch of time, and how long that was.
struct Growth {
  double of(std::string_view column) const {
    const auto from = before->readings.find(column);
    const auto to = now->readings.find(column);
    return from == before->readings.end() || to == now->readings.end() ? -1 : to->second - from->second;
  }
  const Counted* before = nullptr;
  const Counted* now = nullptr;
};
Result<Growth> growth_over(const Looked& looked, const char* source, Duration span, Duration least) {
  const auto found = looked.counted.find(source);
  if (found == looked.counted.end() || found->second.empty()) return failure("it was not counted yet");
  const auto& counted = found->second;
  const auto from =
      std::ranges::find_if(counted, [&](const Counted& one) { return one.at >= counted.back().at - span; });
  if (counted.back().at - from->at < least)
    return failure(fmt::format("it needs {} s of counting", to_seconds(least)));
  return Growth{&*from, &counted.back()};
}

Findings ages(const CheckRow& row, const Looked& looked, const char* column) {
  constexpr double kStop = 2144483647.0;  // see measure_table.cpp
  TRY(const auto* item, item_of(row, looked));
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < item->rows.size(); ++i) {
    RowReader reader(*item, i);
    const auto age = reader.number(column);
    findings.push_back({.object = reader.text("database"),
                        .value = 100 * static_cast<double>(age) / kStop,
                        .detail = fmt::format("age {} of 2 144 483 647", age)});
    TRY_OK(reader.status());
  }
  worst_first(findings);
  return findings;
}

}  // namespace

Findings objects(const CheckRow& row, const Looked& looked) {
  TRY(const auto* item, item_of(row, looked));
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < item->rows.size(); ++i) {
    RowReader reader(*item, i);
    const auto value = real(*item, i, "value");
    findings.push_back(
        {.object = reader.text("object"), .value = value.value_or(0), .detail = reader.text("detail")});
    TRY_OK(reader.status());
    if (!value) return failure("the value of " + findings.back().object + " is not known");
  }
  worst_first(findings);
  return findings;
}

Findings cache_hit(const CheckRow& row, const Looked& looked) {
  // Fewer blocks than this in five minutes fit into any cache; what share of them hit says nothing.
  constexpr double kLeastBlocks = 10'000;
  TRY_OK(item_of(row, looked));
  TRY(const auto grown, growth_over(looked, "pulse", 5min, 30s));
  const auto hit = grown.of("blocks_hit");
  const auto read = grown.of("blocks_read");
  if (hit < 0 || read < 0) return failure("the counters were reset");
  if (hit + read < kLeastBlocks)
    return std::vector<Finding>{{.object = "all databases", .value = 100, .detail = "little is read"}};
  return std::vector<Finding>{
      {.object = "all databases",
       .value = 100 * hit / (hit + read),
       .detail = fmt::format("{:.0f} of {:.0f} blocks in the last five minutes", hit, hit + read)}};
}

Findings connections(const CheckRow& row, const Looked& looked) {
  TRY(const auto* item, item_of(row, looked));
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < item->rows.size(); ++i) {
    RowReader reader(*item, i);
    const auto kind = reader.text("kind");
    const auto name = reader.text("name");
    const auto used = reader.number("used");
    const auto allowed = std::max<std::int64_t>(reader.number("allowed"), 1);
    findings.push_back(
        {.object = name.empty() ? kind : kind + " " + name,
         .value = 100 * static_cast<double>(used) / static_cast<double>(allowed),
         .detail = fmt::format("{} of {} in use, {} of them idle", used, allowed, reader.number("idle"))});
    TRY_OK(reader.status());
  }
  worst_first(findings);
  return findings;
}

Findings idle_in_transaction(const CheckRow&, const Looked& looked) {
  if (!looked.census) return failure("nobody was counted yet");
  std::vector<Finding> findings;
  for (const auto& [session, xmin_age] : looked.census->transactions) {
    if (!session.state.starts_with("idle in transaction") || is_own(session)) continue;
    findings.push_back({.object = whose(session),
                        .value = to_seconds(looked.census->at - session.state_change),
                        .detail = session.database + ", " + session.state});
  }
  worst_first(findings);
  return findings;
}

Findings inactive_slots(const CheckRow& row, const Looked& looked) {
  TRY(const auto* item, item_of(row, looked));
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < item->rows.size(); ++i) {
    RowReader reader(*item, i);
    const auto status = reader.text("wal_status");
    auto retained = static_cast<double>(reader.number("retained"));
    // The server has given it up or is about to: whoever reads it must begin anew.
    const bool is_lost = status == "lost" || status == "unreserved";
    if (is_lost && row.critical) retained = std::max(retained, *row.critical);
    findings.push_back({.object = reader.text("slot"),
                        .value = retained,
                        .detail = fmt::format("nobody reads it; WAL {}", status.empty() ? "kept" : status)});
    TRY_OK(reader.status());
  }
  worst_first(findings);
  return findings;
}

Findings invalid_indexes(const CheckRow& row, const Looked& looked) {
  TRY(const auto* item, item_of(row, looked));
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < item->rows.size(); ++i) {
    RowReader reader(*item, i);
    const bool in_work = reader.boolean("in_work");
    findings.push_back(
        {.object = reader.text("schema") + "." + reader.text("index_name"),
         .value = in_work ? 0.0 : 1.0,
         .detail = fmt::format("on {}{}", reader.text("table_name"),
                               in_work ? ", somebody is building it" : ", no query may use it")});
    TRY_OK(reader.status());
  }
  worst_first(findings);
  return findings;
}

Findings long_transactions(const CheckRow&, const Looked& looked) {
  if (!looked.census) return failure("nobody was counted yet");
  std::vector<Finding> findings;
  for (const auto& [session, xmin_age] : looked.census->transactions)
    if (!is_own(session))
      findings.push_back({.object = whose(session),
                          .value = std::max(0.0, to_seconds(looked.census->at - session.xact_start)),
                          .detail = fmt::format("{}, {}", session.database, session.state)});
  worst_first(findings);
  return findings;
}

Findings multixact_age(const CheckRow& row, const Looked& looked) { return ages(row, looked, "mxid_age"); }
Findings xid_age(const CheckRow& row, const Looked& looked) { return ages(row, looked, "xid_age"); }

Findings replication_lag(const CheckRow& row, const Looked& looked) {
  TRY(const auto* item, item_of(row, looked));
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < item->rows.size(); ++i) {
    RowReader reader(*item, i);
    const auto lag = real(*item, i, "lag_s");
    const auto bytes = real(*item, i, "lag_bytes");
    const auto name = reader.text("name");
    const auto state = reader.text("state");
    TRY_OK(reader.status());
    if (!lag) return failure("how far " + name + " has replayed is not shown (state " + state + ")");
    findings.push_back({.object = name,
                        .value = *lag,
                        .detail = fmt::format("{}, {:.0f} bytes behind", state, bytes.value_or(0))});
  }
  worst_first(findings);
  return findings;
}

Findings requested_checkpoints(const CheckRow&, const Looked& looked) {
  // Of fewer than this a share says nothing: CHECKPOINT, a backup and a DROP DATABASE each ask for one.
  constexpr double kLeast = 4;
  TRY(const auto grown, growth_over(looked, "checkpoints", kCountedSpan, 50s));
  const auto timed = grown.of("timed");
  const auto requested = grown.of("requested");
  if (timed < 0 || requested < 0) return failure("the counters were reset");
  const auto all = timed + requested;
  return std::vector<Finding>{
      {.object = "checkpoints",
       .value = all < kLeast ? 0 : 100 * requested / all,
       .detail = fmt::format("{:.0f} of {:.0f} in the last {:.0f} min", requested, all,
                             to_seconds(grown.now->at - grown.before->at) / 60)}};
}

Findings sequences(const CheckRow& row, const Looked& looked) {
  TRY(const auto* item, item_of(row, looked));
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < item->rows.size(); ++i) {
    RowReader reader(*item, i);
    if (reader.text("sequence").empty()) continue;
    findings.push_back({.object = reader.text("schema") + "." + reader.text("sequence"),
                        .value = static_cast<double>(reader.number("used_percent", 100)),
                        .detail = fmt::format("at {} of {}", reader.number("value"), reader.number("last"))});
    TRY_OK(reader.status());
  }
  worst_first(findings);
  return findings;
}

Findings waiting_sessions(const CheckRow&, const Looked& looked) {
  if (!looked.sees_all_sessions) return failure("the role does not see the sessions of others");
  if (!looked.waits) return failure("nobody looked who waits yet");
  std::map<int, Finding> waiters;
  for (const auto& edge : looked.waits->edges) {
    const auto since = to_seconds(looked.waits->at - edge.waiting_since);
    waiters[edge.waiter.pid] = {
        .object = whose(edge.waiter),
        .value = std::max(0.0, since),
        .detail = fmt::format("waits for {} of {}", edge.lock_type, whose(edge.blocker))};
  }
  std::vector<Finding> findings;
  for (auto& [pid, finding] : waiters) findings.push_back(std::move(finding));
  worst_first(findings);
  return findings;
}

Findings wal_size(const CheckRow& row, const Looked& looked) {
  TRY(const auto* item, item_of(row, looked));
  const auto size = item->rows.empty() ? std::nullopt : real(*item, 0, "wal_size");
  const auto most = item->rows.empty() ? std::nullopt : real(*item, 0, "max_wal_size");
  if (!size || !most || *most <= 0) return failure("the size is not known");
  return std::vector<Finding>{
      {.object = "pg_wal",
       .value = *size / *most,
       .detail = fmt::format("{:.0f} MB, max_wal_size is {:.0f} MB", *size / 1048576, *most / 1048576)}};
}

}  // namespace selfheal::health::internal
