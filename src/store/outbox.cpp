// What people outside are still to be told, and how that went.
#include <algorithm>

#include "store/internal/described.h"
#include "store/internal/parts.h"
#include "store/internal/records.h"
#include "store/internal/text.h"

namespace selfheal::store {
namespace {

using notify::DeliveryRecord;
using notify::Letter;
using notify::Mute;
using notify::NumberedEntry;

// A thread in a chat shows the last ones; the page of the incident has all.
constexpr std::int64_t kEntries = 50;
// Given up: more are not looked at one by one.
constexpr std::int64_t kParked = 200;
// What a channel said, or keeps to itself about a message.
constexpr std::size_t kAnswerBytes = 500;
constexpr std::size_t kReceiptBytes = 4u << 10;
// How long a mute lasts that nobody gave an end.
constexpr Duration kMuted = 1h;

class StoredOutbox final : public notify::Outbox {
 public:
  explicit StoredOutbox(const Context& context) : context_(context) {}
  StatusTask set_channels(std::vector<std::string> names, Deadline deadline) override;
  Task<std::vector<Letter>> claim(Claim claim, Deadline deadline) override;
  StatusTask settle(Letter letter, std::optional<DeliveryRecord> record, Deadline deadline) override;
  StatusTask record(DeliveryRecord record, Deadline deadline) override;
  StatusTask tell_instead(std::string channel, IncidentNumber incident, std::string instead_of,
                          Deadline deadline) override;
  StatusTask unpark(std::string channel, Deadline deadline) override;
  Task<std::vector<NumberedEntry>> timeline_after(IncidentNumber incident, std::int64_t entry,
                                                  Deadline deadline) override;
  Task<notify::DeliveryPage> deliveries(notify::DeliveryFilter filter, Deadline deadline) override;
  Task<std::vector<Letter>> parked(Deadline deadline) override;
  Task<notify::Backlog> backlog(std::string channel, Deadline deadline) override;

 private:
  StatusTask write(std::string_view query, std::vector<pg::Param> params, Deadline deadline);
  const Context& context_;
};

class StoredMutes final : public notify::Mutes {
 public:
  explicit StoredMutes(const Context& context) : context_(context) {}
  StatusTask put(IncidentNumber incident, notify::MuteTerms terms, Deadline deadline) override;
  Task<std::vector<Mute>> all(Deadline deadline) override;
  StatusTask remove(IncidentNumber incident, Deadline deadline) override;

 private:
  const Context& context_;
};

Result<Letter> letter_from(Row row) {
  Letter letter{.channel = row.text("channel"),
                .incident = IncidentNumber(row.number("incident")),
                .changes = row.number("changes"),
                .is_waiting = row.truth("is_waiting"),
                .due_at = row.optional_time("due_at"),
                .remind_at = row.optional_time("remind_at"),
                .attempts = static_cast<int>(row.number("attempts")),
                .failing_since = row.optional_time("failing_since"),
                .parked_at = row.optional_time("parked_at"),
                .last_answer = row.text("last_answer"),
                .told = row.optional_json<notify::Told>("told"),
                .receipt = row.text("receipt"),
                .instead_of = row.text("instead_of")};
  TRY_OK(row.status());
  return letter;
}

json::object row_of(const Letter& letter) {
  return {{"channel", to_json(letter.channel)},
          {"incident", letter.incident.value()},
          {"changes", letter.changes},
          {"is_waiting", letter.is_waiting},
          {"due_at", to_json(letter.due_at)},
          {"remind_at", to_json(letter.remind_at)},
          {"attempts", letter.attempts},
          {"failing_since", to_json(letter.failing_since)},
          {"parked_at", to_json(letter.parked_at)},
          {"last_answer", storable(letter.last_answer, kAnswerBytes)},
          {"told", to_json(letter.told)},
          // Cut, a receipt would be no JSON any more.
          {"receipt", letter.receipt.size() <= kReceiptBytes ? storable(letter.receipt) : std::string()},
          {"instead_of", storable(letter.instead_of, kAnswerBytes)}};
}

Result<DeliveryRecord> delivery_from(Row row) {
  DeliveryRecord record{.number = row.number("number"),
                        .channel = row.text("channel"),
                        .at = row.time("at"),
                        .change = row.text("change"),
                        .outcome = row.text("outcome"),
                        .answer = row.text("answer"),
                        .attempt = static_cast<int>(row.number("attempt")),
                        .took = Duration(row.number("took_us")),
                        .notice = row.text("notice")};
  if (const auto incident = row.optional_number("incident")) record.incident = IncidentNumber(*incident);
  TRY_OK(row.status());
  return record;
}

json::object row_of(const DeliveryRecord& record) {
  json::object row{{"channel", to_json(record.channel)}, {"incident", nullptr},
                   {"at", to_json(record.at)},           {"change", to_json(record.change)},
                   {"outcome", to_json(record.outcome)}, {"answer", storable(record.answer, kAnswerBytes)},
                   {"attempt", record.attempt},          {"took_us", record.took.count()},
                   {"notice", to_json(record.notice)}};
  if (record.incident) row["incident"] = record.incident->value();
  return row;
}

Result<NumberedEntry> entry_from(Row row) {
  NumberedEntry entry{.number = row.number("entry"),
                      .entry = {.at = row.time("at"), .what = row.text("what"), .text = row.text("text")}};
  TRY_OK(row.status());
  return entry;
}

Result<Mute> mute_from(Row row) {
  Mute mute{.incident = IncidentNumber(row.number("incident")),
            .server = ServerId(row.text("server")),
            .at = row.time("at"),
            .ends_at = row.time("ends_at"),
            .events_an_hour = row.optional_number("events_an_hour"),
            .events_last_hour = row.number("events_last_hour")};
  TRY_OK(row.status());
  return mute;
}

pg::Param filled(const std::string& text) { return text.empty() ? pg::Param() : storable_param(text); }

StatusTask StoredOutbox::write(std::string_view query, std::vector<pg::Param> params, Deadline deadline) {
  CO_TRY_OK(co_await ask(context_, context_.writer, query, std::move(params), deadline));
  co_return Status();
}

StatusTask StoredOutbox::set_channels(std::vector<std::string> names, Deadline deadline) {
  std::vector<pg::Param> params{pg::to_array(names)};
  co_return co_await write("notification_channels_put", std::move(params), deadline);
}

Task<std::vector<Letter>> StoredOutbox::claim(Claim claim, Deadline deadline) {
  const auto now = context_.clock.now();
  std::vector<pg::Param> params{storable_param(claim.channel), pg::to_param(now),
                                pg::to_param(now + claim.wait), pg::to_param(now + claim.lease),
                                pg::to_param(claim.limit)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.writer, "notifications_claim", std::move(params), deadline));
  co_return all_from(rows, letter_from);
}

StatusTask StoredOutbox::settle(Letter letter, std::optional<DeliveryRecord> record, Deadline deadline) {
  pg::Param tried;
  if (record) tried = json::serialize(row_of(*record));
  std::vector<pg::Param> params{json::serialize(row_of(letter)), std::move(tried)};
  co_return co_await write("notification_settle", std::move(params), deadline);
}

StatusTask StoredOutbox::record(DeliveryRecord record, Deadline deadline) {
  std::vector<pg::Param> params{json::serialize(row_of(record))};
  co_return co_await write("notification_delivery_add", std::move(params), deadline);
}

StatusTask StoredOutbox::tell_instead(std::string channel, IncidentNumber incident, std::string instead_of,
                                      Deadline deadline) {
  std::vector<pg::Param> params{storable_param(channel), pg::to_param(incident.value()),
                                storable_param(instead_of), pg::to_param(context_.clock.now())};
  co_return co_await write("notification_instead", std::move(params), deadline);
}

StatusTask StoredOutbox::unpark(std::string channel, Deadline deadline) {
  std::vector<pg::Param> params{storable_param(channel), pg::to_param(context_.clock.now())};
  co_return co_await write("notifications_unpark", std::move(params), deadline);
}

Task<std::vector<NumberedEntry>> StoredOutbox::timeline_after(IncidentNumber incident, std::int64_t entry,
                                                              Deadline deadline) {
  std::vector<pg::Param> params{pg::to_param(incident.value()), pg::to_param(entry), pg::to_param(kEntries)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "timeline_after", std::move(params), deadline));
  co_return all_from(rows, entry_from);
}

Task<notify::DeliveryPage> StoredOutbox::deliveries(notify::DeliveryFilter filter, Deadline deadline) {
  std::optional<std::int64_t> incident;
  if (filter.incident) incident = filter.incident->value();
  std::vector<pg::Param> params{filled(filter.channel), pg::to_param(incident), filled(filter.outcome),
                                pg::to_param(filter.before), pg::to_param(filter.limit + 1)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "notification_deliveries", std::move(params), deadline));
  notify::DeliveryPage page;
  CO_TRY(page.items, all_from(rows, delivery_from));
  if (page.items.size() > static_cast<std::size_t>(filter.limit)) {
    page.items.pop_back();
    page.next = page.items.back().number;
  }
  co_return page;
}

Task<std::vector<Letter>> StoredOutbox::parked(Deadline deadline) {
  std::vector<pg::Param> params{pg::to_param(kParked)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "notifications_parked", std::move(params), deadline));
  co_return all_from(rows, letter_from);
}

Task<notify::Backlog> StoredOutbox::backlog(std::string channel, Deadline deadline) {
  std::vector<pg::Param> params{storable_param(channel)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "notification_backlog", std::move(params), deadline));
  Row row(rows, 0);
  notify::Backlog backlog{.waiting = row.number("waiting"),
                          .parked = row.number("parked"),
                          .oldest_waiting = row.optional_time("oldest_waiting"),
                          .last_delivered = row.optional_time("last_delivered")};
  CO_TRY_OK(row.status());
  notify::DeliveryFilter newest{.channel = std::move(channel), .limit = 1};
  CO_TRY(auto last, co_await deliveries(std::move(newest), deadline));
  if (!last.items.empty()) backlog.last = std::move(last.items.front());
  co_return backlog;
}

StatusTask StoredMutes::put(IncidentNumber incident, notify::MuteTerms terms, Deadline deadline) {
  const auto now = context_.clock.now();
  const bool waits = terms.until_worse || terms.events_an_hour;
  const auto lasts = waits ? notify::kLongestMute : std::min(terms.lasts, notify::kLongestMute);
  std::vector<pg::Param> params{pg::to_param(incident.value()), pg::to_param(now), pg::to_param(now + lasts),
                                pg::to_param(terms.events_an_hour), pg::to_param(terms.until_worse)};
  CO_TRY_OK(co_await ask(context_, context_.writer, "mute_put", std::move(params), deadline));
  co_return Status();
}

Task<std::vector<Mute>> StoredMutes::all(Deadline deadline) {
  const auto now = context_.clock.now();
  std::vector<pg::Param> params{pg::to_param(now), pg::to_param(now + kMuted)};
  CO_TRY(const auto rows, co_await ask(context_, context_.writer, "mutes_list", std::move(params), deadline));
  co_return all_from(rows, mute_from);
}

StatusTask StoredMutes::remove(IncidentNumber incident, Deadline deadline) {
  std::vector<pg::Param> params{pg::to_param(incident.value())};
  CO_TRY_OK(co_await ask(context_, context_.writer, "mute_remove", std::move(params), deadline));
  co_return Status();
}

}  // namespace

std::unique_ptr<notify::Outbox> make_outbox(const Context& context) {
  return std::make_unique<StoredOutbox>(context);
}
std::unique_ptr<notify::Mutes> make_mutes(const Context& context) {
  return std::make_unique<StoredMutes>(context);
}

}  // namespace selfheal::store
