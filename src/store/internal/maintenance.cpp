#include "store/internal/maintenance.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/log.h"
#include "store/internal/sql.h"
#include "store/internal/store_settings.h"

namespace selfheal::store {
namespace {

constexpr std::array<const char*, 3> kByDay{"event_key", "sighting", "evidence"};
constexpr std::array<const char*, 3> kWithoutDay{"retention_event_key", "retention_sighting",
                                                 "retention_evidence"};

// Cases that were only seen: with an error's text and its runbook's, half of what an index holds, and whoever
// can raise errors can fill no more.
constexpr std::int64_t kSeenCases = 50'000;

// Tries to deliver that people may look at: weeks of an ordinary installation, and a few megabytes.
constexpr std::int64_t kDeliveries = 10'000;

std::string date_of(Time time) { return to_rfc3339(time).substr(0, 10); }

Time day_of(Time time) { return std::chrono::floor<std::chrono::days>(time); }

Duration days(double count) { return std::chrono::hours(24) * static_cast<std::int64_t>(count); }

// A query that is not of one tenant.
Task<pg::Rows> ask_system(const Context& context, std::string_view query, std::vector<pg::Param> params,
                          Deadline deadline) {
  CO_TRY(const auto lease, co_await context.readers.take(deadline));
  co_return co_await lease->query(sql(query), std::move(params), deadline);
}

StatusTask each_table(const Context& context, std::string_view query, Time day, Deadline deadline) {
  for (const auto* table : kByDay) {
    std::vector<pg::Param> params{table, date_of(day)};
    CO_TRY_OK(co_await ask_system(context, query, std::move(params), deadline));
  }
  co_return Status();
}

StatusTask make_days_ahead(const Context& context, Deadline deadline) {
  const auto today = day_of(context.clock.now());
  for (int ahead = -1; ahead <= kDaysAhead; ++ahead)
    CO_TRY_OK(co_await each_table(context, "partition_make", today + days(ahead), deadline));
  co_return Status();
}

Result<Partition> partition_from(const pg::Rows& rows, std::size_t index) {
  Row row(rows, index);
  Partition partition{
      .parent = row.text("parent"), .day = row.time("day"), .size_bytes = row.number("size_bytes")};
  TRY_OK(row.status());
  return partition;
}

StatusTask forget_old(const Context& context, std::map<std::string, double> settings, Deadline deadline) {
  const auto now = context.clock.now();
  const auto keep_events = settings.at("keep_events_days");
  const auto keep_incidents = settings.at("keep_incidents_days");
  for (const auto* query : kWithoutDay) {
    std::vector<pg::Param> params{pg::to_param(now - days(keep_events))};
    CO_TRY_OK(co_await ask_system(context, query, std::move(params), deadline));
  }
  for (const auto* query : {"retention_incidents", "retention_audit", "retention_model_usage"}) {
    std::vector<pg::Param> params{pg::to_param(now - days(keep_incidents))};
    CO_TRY_OK(co_await ask(context, context.writer, query, std::move(params), deadline));
  }
  std::vector<pg::Param> forgotten{pg::to_param(now - days(keep_incidents)), pg::to_param(kSeenCases)};
  CO_TRY_OK(co_await ask(context, context.writer, "retention_memory", std::move(forgotten), deadline));
  std::vector<pg::Param> measured{pg::to_param(now)};
  CO_TRY_OK(co_await ask(context, context.writer, "retention_health", std::move(measured), deadline));
  std::vector<pg::Param> tries{pg::to_param(kDeliveries)};
  CO_TRY_OK(co_await ask(context, context.writer, "retention_notifications", std::move(tries), deadline));
  for (const auto* query : {"retention_chats", "retention_wording"}) {
    std::vector<pg::Param> params{pg::to_param(now - days(settings.at("keep_chats_days")))};
    CO_TRY_OK(co_await ask(context, context.writer, query, std::move(params), deadline));
  }
  co_return Status();
}

}  // namespace

Task<Extent> extent_of(const Context& context, Deadline deadline) {
  CO_TRY(const auto settings, co_await settings_in_force(context, deadline));
  CO_TRY(const auto size, co_await ask_system(context, "store_size", {}, deadline));
  CO_TRY(const auto rows, co_await ask_system(context, "partitions_list", {}, deadline));
  Row row(size, 0);
  Extent extent{.size_bytes = row.number("size_bytes"),
                .size_cap_bytes = static_cast<std::int64_t>(settings.at("size_cap_bytes"))};
  CO_TRY_OK(row.status());
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    CO_TRY(auto partition, partition_from(rows, i));
    extent.partitions.push_back(std::move(partition));
  }
  co_return extent;
}

std::vector<Time> days_to_drop(const Extent& extent, Time kept_from, Time now) {
  std::map<Time, std::int64_t> sizes;
  for (const auto& partition : extent.partitions) sizes[partition.day] += partition.size_bytes;
  const auto yesterday = day_of(now) - days(1);
  std::vector<Time> drop;
  auto left = extent.size_bytes;
  for (const auto& [day, size] : sizes) {
    if (day >= yesterday) break;
    const bool too_old = day + days(1) <= kept_from;
    if (!too_old && left <= extent.size_cap_bytes) break;
    drop.push_back(day);
    left -= size;
  }
  return drop;
}

StatusTask maintain(const Context& context, Deadline deadline) {
  CO_TRY_OK(co_await make_days_ahead(context, deadline));
  CO_TRY(const auto settings, co_await settings_in_force(context, deadline));
  const auto keep_events = settings.at("keep_events_days");
  CO_TRY_OK(co_await forget_old(context, settings, deadline));

  CO_TRY(const auto extent, co_await extent_of(context, deadline));
  const auto now = context.clock.now();
  for (const auto day : days_to_drop(extent, now - days(keep_events), now))
    CO_TRY_OK(co_await each_table(context, "partition_drop", day, deadline));

  CO_TRY(const auto after, co_await extent_of(context, deadline));
  if (after.size_bytes > after.size_cap_bytes)
    log::warning("store: {} bytes, more than its cap of {}, and nothing older than yesterday is left to drop",
                 after.size_bytes, after.size_cap_bytes);
  co_return Status();
}

}  // namespace selfheal::store
