// What pages and the command line read.
#include "store/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/internal/maintenance.h"
#include "store/internal/parts.h"
#include "store/internal/records.h"

namespace selfheal::store {
namespace {

// What the page of one incident shows; more is scrolled by nobody.
constexpr std::int64_t kTimelineRows = 500;
constexpr std::int64_t kEvidenceRows = 100;
constexpr std::int64_t kSightingRows = 100;
constexpr std::int64_t kTreatmentRows = 100;

class StoredReader final : public Reader {
 public:
  explicit StoredReader(const Context& context) : context_(context) {}
  Task<IncidentPage> incidents(IncidentFilter filter, Deadline deadline) override;
  Task<IncidentDetail> incident(IncidentNumber number, Deadline deadline) override;
  Task<std::vector<SightingRow>> sightings(IncidentNumber number, Deadline deadline) override;
  Task<std::vector<watch::WrittenSighting>> sightings_after(ServerId server, std::int64_t number, int limit,
                                                            Deadline deadline) override;
  Task<std::string> installation(Deadline deadline) override;
  Task<TreatmentPage> treatments(TreatmentFilter filter, Deadline deadline) override;
  Task<Treatment> treatment(TreatmentNumber number, Deadline deadline) override;
  Task<AuditPage> audit(std::optional<std::int64_t> before, int limit, Deadline deadline) override;
  Task<AuditCheck> verify_audit(Deadline deadline) override;
  Task<std::map<IncidentState, std::int64_t>> counts_by_state(Deadline deadline) override;
  Task<Health> health(Deadline deadline) override;

 private:
  Task<pg::Rows> read(std::string_view query, std::vector<pg::Param> rest, Deadline deadline) {
    return ask(context_, context_.readers, query, std::move(rest), deadline);
  }
  Task<pg::Rows> read_of(std::string_view query, IncidentNumber number, std::int64_t limit,
                         Deadline deadline);
  const Context& context_;
};

// One row more than the page: whether there is a next one.
std::int64_t page_rows(int limit) { return std::clamp(limit, 1, kPageRowsMost); }

// The words of a filter as a text[], NULL for any.
template <class Enum>
pg::Param words_param(const std::vector<Enum>& words) {
  if (words.empty()) return std::nullopt;
  std::vector<std::string> texts;
  for (const auto word : words) texts.push_back(to_word(word));
  return pg::to_array(texts);
}
template <class Enum>
pg::Param word_param(const std::optional<Enum>& word) {
  return word ? pg::Param(to_word(*word)) : pg::Param();
}
pg::Param server_param(const std::optional<ServerId>& server) {
  return server ? storable_param(server->value()) : pg::Param();
}
template <class Id>
pg::Param number_param(const std::optional<Id>& number) {
  return number ? pg::to_param(number->value()) : pg::Param();
}

Result<TimelineEntry> timeline_entry_from(Row row) {
  TimelineEntry entry{.at = row.time("at"), .what = row.text("what"), .text = row.text("text")};
  TRY_OK(row.status());
  return entry;
}

Result<SightingRow> sighting_from(Row row) {
  SightingRow sighting{.first_seen = row.time("at"),
                       .last_seen = row.time("last_seen"),
                       .count = row.number("count"),
                       .redacted_message = row.text("redacted_message"),
                       .statement_shape = row.text("statement_shape")};
  TRY_OK(row.status());
  return sighting;
}

// What people read in the watched database itself.
Result<watch::WrittenSighting> written_from(Row row) {
  watch::WrittenSighting written{.number = row.number("number"),
                                 .code = row.text("code"),
                                 .text = row.text("redacted_message"),
                                 .source = "selfheal " + row.text("intake"),
                                 .at = row.time("last_seen")};
  if (const auto incident = row.optional_number("incident"))
    written.text = fmt::format("SH-{}: {}", *incident, written.text);
  if (const auto count = row.number("count"); count > 1) written.text += fmt::format(" ({} times)", count);
  TRY_OK(row.status());
  return written;
}

Result<AuditRecord> audit_record_from(Row row) {
  AuditRecord record{.sequence = row.number("sequence"),
                     .at = row.time("at"),
                     .entry = {.actor = row.text("actor"),
                               .what = row.text("what"),
                               .subject = row.text("subject"),
                               .text = row.text("text")},
                     .previous_hash = row.text("previous_hash"),
                     .hash = row.text("hash")};
  TRY_OK(row.status());
  return record;
}

Result<ReadingHealth> reading_from(Row row) {
  ReadingHealth reading{.server = ServerId(row.text("server")),
                        .file_name = row.text("file_name"),
                        .read_up_to = row.time("stored_at")};
  TRY_OK(row.status());
  return reading;
}

// Cuts the row that was asked for beyond the page. Whether there was one.
template <class T>
bool cut_page(std::vector<T>& items, std::int64_t rows) {
  const bool more = std::ssize(items) > rows;
  if (more) items.resize(static_cast<std::size_t>(rows));
  return more;
}

Task<pg::Rows> StoredReader::read_of(std::string_view query, IncidentNumber number, std::int64_t limit,
                                     Deadline deadline) {
  std::vector<pg::Param> params{pg::to_param(number.value()), pg::to_param(limit)};
  co_return co_await read(query, std::move(params), deadline);
}

Task<IncidentPage> StoredReader::incidents(IncidentFilter filter, Deadline deadline) {
  const auto rows_wanted = page_rows(filter.limit);
  std::vector<pg::Param> params{words_param(filter.states),          word_param(filter.category),
                                word_param(filter.severity),         server_param(filter.server),
                                pg::to_param(filter.since),          number_param(filter.before),
                                pg::to_param(rows_wanted + 1),       storable_param(filter.text),
                                pg::to_param(to_word(filter.order)), pg::to_param(filter.skip)};
  CO_TRY(const auto rows, co_await read("incidents_list", std::move(params), deadline));
  IncidentPage page;
  CO_TRY(page.items, all_from(rows, incident_from));
  if (cut_page(page.items, rows_wanted)) page.next = page.items.back().number;
  co_return page;
}

Task<IncidentDetail> StoredReader::incident(IncidentNumber number, Deadline deadline) {
  std::vector<pg::Param> params{pg::to_param(number.value())};
  CO_TRY(const auto found, co_await read("incident_find", std::move(params), deadline));
  if (found.rows.empty()) co_return failure(ErrorCode::not_found, "there is no incident " + to_text(number));
  IncidentDetail detail;
  Row row(found, 0);
  if (const auto into = row.optional_number("merged_into")) detail.merged_into = IncidentNumber(*into);
  CO_TRY(detail.incident, incident_from(row));
  CO_TRY(const auto timeline, co_await read_of("timeline_of", number, kTimelineRows, deadline));
  CO_TRY(detail.timeline, all_from(timeline, timeline_entry_from));
  CO_TRY(const auto evidence, co_await read_of("evidence_of", number, kEvidenceRows, deadline));
  CO_TRY(detail.evidence.items, all_from(evidence, evidence_item_from));
  CO_TRY(const auto treatments, co_await read_of("treatments_of", number, kTreatmentRows, deadline));
  CO_TRY(detail.treatments, all_from(treatments, treatment_from));
  co_return detail;
}

Task<std::vector<SightingRow>> StoredReader::sightings(IncidentNumber number, Deadline deadline) {
  CO_TRY(const auto rows, co_await read_of("sightings_of", number, kSightingRows, deadline));
  co_return all_from(rows, sighting_from);
}

Task<std::vector<watch::WrittenSighting>> StoredReader::sightings_after(ServerId server, std::int64_t number,
                                                                        int limit, Deadline deadline) {
  std::vector<pg::Param> params{storable_param(server.value()), pg::to_param(number), pg::to_param(limit),
                                pg::to_param(watch::kWrittenBehind)};
  CO_TRY(const auto rows, co_await read("sightings_after", std::move(params), deadline));
  co_return all_from(rows, written_from);
}

Task<std::string> StoredReader::installation(Deadline deadline) {
  std::vector<pg::Param> none;
  CO_TRY(const auto rows, co_await read("installation", std::move(none), deadline));
  if (rows.rows.empty()) co_return failure(ErrorCode::not_found, "the store does not know its tenant");
  co_return Row(rows, 0).text("installation");
}

Task<TreatmentPage> StoredReader::treatments(TreatmentFilter filter, Deadline deadline) {
  const auto rows_wanted = page_rows(filter.limit);
  std::vector<pg::Param> params{words_param(filter.states), server_param(filter.server),
                                number_param(filter.incident), number_param(filter.before),
                                pg::to_param(rows_wanted + 1)};
  CO_TRY(const auto rows, co_await read("treatments_list", std::move(params), deadline));
  TreatmentPage page;
  CO_TRY(page.items, all_from(rows, treatment_from));
  if (cut_page(page.items, rows_wanted)) page.next = page.items.back().number;
  co_return page;
}

Task<Treatment> StoredReader::treatment(TreatmentNumber number, Deadline deadline) {
  std::vector<pg::Param> params{pg::to_param(number.value())};
  CO_TRY(const auto rows, co_await read("treatment_find", std::move(params), deadline));
  if (rows.rows.empty())
    co_return failure(ErrorCode::not_found, "there is no treatment " + std::to_string(number.value()));
  co_return treatment_from(Row(rows, 0));
}

Task<AuditPage> StoredReader::audit(std::optional<std::int64_t> before, int limit, Deadline deadline) {
  const auto rows_wanted = page_rows(limit);
  std::vector<pg::Param> params{pg::to_param(before), pg::to_param(rows_wanted + 1)};
  CO_TRY(const auto rows, co_await read("audit_page", std::move(params), deadline));
  AuditPage page;
  CO_TRY(page.items, all_from(rows, audit_record_from));
  if (cut_page(page.items, rows_wanted)) page.next = page.items.back().sequence;
  co_return page;
}

Task<AuditCheck> StoredReader::verify_audit(Deadline deadline) {
  CO_TRY(const auto rows, co_await read("audit_verify", {}, deadline));
  Row row(rows, 0);
  AuditCheck check{.records = row.number("records"),
                   .broken_at = row.optional_number("broken_at"),
                   .reason = row.optional_text("reason").value_or("")};
  CO_TRY_OK(row.status());
  co_return check;
}

Task<std::map<IncidentState, std::int64_t>> StoredReader::counts_by_state(Deadline deadline) {
  CO_TRY(const auto rows, co_await read("incident_counts", {}, deadline));
  std::map<IncidentState, std::int64_t> counts;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    Row row(rows, i);
    counts[row.word<IncidentState>("state")] = row.number("incidents");
    CO_TRY_OK(row.status());
  }
  co_return counts;
}

Task<Health> StoredReader::health(Deadline deadline) {
  CO_TRY(const auto extent, co_await extent_of(context_, deadline));
  Health health{.size_bytes = extent.size_bytes,
                .size_cap_bytes = extent.size_cap_bytes,
                .partitions = std::ssize(extent.partitions)};
  if (!extent.partitions.empty()) health.oldest_partition = extent.partitions.front().day;
  CO_TRY(const auto readings, co_await read("readings_list", {}, deadline));
  CO_TRY(health.readings, all_from(readings, reading_from));
  co_return health;
}

}  // namespace

std::unique_ptr<Reader> make_reader(const Context& context) {
  return std::make_unique<StoredReader>(context);
}

}  // namespace selfheal::store
