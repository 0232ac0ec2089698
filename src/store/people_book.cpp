// Who signs in, and the rule that somebody who can administer is always left.
#include <fmt/format.h>

#include "access/ports.h"
#include "store/internal/audit.h"
#include "store/internal/parts.h"
#include "store/internal/records.h"

namespace selfheal::store {
namespace {

using access::Admission;
using access::Person;
using access::PersonId;
using access::Role;
using healing::AuditEntry;

class StoredPeople final : public access::PeopleBook {
 public:
  explicit StoredPeople(const Context& context) : context_(context) {}
  Task<std::vector<Person>> people(Deadline deadline) override;
  Task<Person> add(access::NewPerson person, std::string actor, Deadline deadline) override;
  Task<Person> add_first(std::string name, std::string session_hash, Deadline deadline) override;
  Task<Person> change(PersonId person, access::PersonChange change, std::string actor,
                      Deadline deadline) override;
  StatusTask remove(PersonId person, std::string actor, Deadline deadline) override;
  StatusTask invite(PersonId person, std::string token_hash, Time until, std::string actor,
                    Deadline deadline) override;
  Task<Admission> admit(std::string token_hash, std::string session_hash, Deadline deadline) override;
  Task<std::vector<access::Session>> sessions(Deadline deadline) override;
  StatusTask use_session(std::string hash, Time at, Deadline deadline) override;
  StatusTask end_session(std::string hash, Deadline deadline) override;

 private:
  // A transaction that no other change of this tenant's people can come between.
  Task<Change> begin(Deadline deadline);
  Task<Person> found(Change& change, PersonId person);
  Task<Person> inserted(Change& change, const access::NewPerson& person);
  // conflict, and rolled back, when nobody who can administer is left.
  StatusTask check_administrators(Change& change, const Person& person);
  StatusTask open_session(Change& change, const Person& person, std::string hash);
  StatusTask note(Change& change, const Person& person, AuditEntry entry);
  const Context& context_;
};

struct Counted {
  std::int64_t people = 0;
  std::int64_t administrators = 0;
};

Result<Counted> counted_in(const pg::Rows& rows) {
  Row row(rows, 0);
  Counted counted{.people = row.number("people"), .administrators = row.number("administrators")};
  TRY_OK(row.status());
  return counted;
}

Result<Person> person_from(Row row) {
  Person person{.id = PersonId(row.number("id")),
                .name = row.text("name"),
                .role = row.word<Role>("role"),
                .disabled = row.truth("disabled"),
                .slack_user = row.optional_text("slack_user").value_or(""),
                .created_at = row.time("created_at"),
                .seen_at = row.optional_time("seen_at")};
  TRY_OK(row.status());
  return person;
}

Result<access::Session> session_from(Row row) {
  access::Session session{.hash = row.text("token_hash"),
                          .person = PersonId(row.number("person")),
                          .began = row.time("began_at"),
                          .used = row.time("used_at")};
  TRY_OK(row.status());
  return session;
}

pg::Param slack_param(const std::string& slack_user) {
  return slack_user.empty() ? pg::Param() : storable_param(slack_user);
}

Error why_not_unique(const Error& error) {
  if (error.sqlstate != "23505") return error;
  return {ErrorCode::conflict, "somebody has this name or this Slack user already"};
}

std::unexpected<Error> nobody_of_this_number() {
  return failure(ErrorCode::not_found, "there is no such person");
}

std::string in_words(const Person& before, const Person& after) {
  std::string text;
  if (before.role != after.role)
    text +=
        fmt::format("{} is {} now, not {} any more. ", after.name, to_word(after.role), to_word(before.role));
  if (before.disabled != after.disabled)
    text += fmt::format(
        "{} {}. ", after.name,
        after.disabled ? "may not sign in any more; all sessions have ended" : "may sign in again");
  if (before.slack_user != after.slack_user)
    text += after.slack_user.empty() ? fmt::format("{} is no Slack user any more. ", after.name)
                                     : fmt::format("{} is Slack user {}. ", after.name, after.slack_user);
  if (text.empty()) return fmt::format("Nothing changed of {}.", after.name);
  text.pop_back();
  return text;
}

Task<Change> StoredPeople::begin(Deadline deadline) {
  CO_TRY(auto change, co_await Change::begin(context_, deadline));
  CO_TRY_OK(co_await change.ask("tenant_lock", {}));
  co_return change;
}

Task<Person> StoredPeople::found(Change& change, PersonId person) {
  std::vector<pg::Param> params{pg::to_param(person.value())};
  CO_TRY(const auto rows, co_await change.ask("person_find", std::move(params)));
  if (!rows.rows.empty()) co_return person_from(Row(rows, 0));
  CO_TRY_OK(co_await change.rollback());
  co_return nobody_of_this_number();
}

Task<Person> StoredPeople::inserted(Change& change, const access::NewPerson& person) {
  std::vector<pg::Param> params{storable_param(person.name), to_word(person.role),
                                slack_param(person.slack_user), pg::to_param(context_.clock.now())};
  const auto rows = co_await change.attempt("person_insert", std::move(params));
  if (!rows) co_return std::unexpected(why_not_unique(rows.error()));
  co_return person_from(Row(*rows, 0));
}

StatusTask StoredPeople::check_administrators(Change& change, const Person& person) {
  CO_TRY(const auto rows, co_await change.ask("people_count", {}));
  CO_TRY(const auto counted, counted_in(rows));
  if (counted.administrators > 0) co_return Status();
  CO_TRY_OK(co_await change.rollback());
  co_return failure(ErrorCode::conflict,
                    person.name + " is the last administrator: make somebody else one first");
}

StatusTask StoredPeople::open_session(Change& change, const Person& person, std::string hash) {
  const auto now = context_.clock.now();
  std::vector<pg::Param> opened{std::move(hash), pg::to_param(person.id.value()), pg::to_param(now)};
  CO_TRY_OK(co_await change.ask("session_put", std::move(opened)));
  std::vector<pg::Param> kept{pg::to_param(now - access::kSessionIdle),
                              pg::to_param(now - access::kSessionLasts),
                              pg::to_param(static_cast<std::int64_t>(access::kSessionsOfPerson))};
  CO_TRY_OK(co_await change.ask("sessions_trim", std::move(kept)));
  AuditEntry entry{
      .actor = person.name, .what = "signed_in", .subject = {}, .text = person.name + " signed in."};
  co_return co_await note(change, person, std::move(entry));
}

StatusTask StoredPeople::note(Change& change, const Person& person, AuditEntry entry) {
  entry.subject = fmt::format("person {}", person.id.value());
  co_return co_await append_audit(context_, change, std::move(entry));
}

Task<std::vector<Person>> StoredPeople::people(Deadline deadline) {
  CO_TRY(const auto rows, co_await ask(context_, context_.readers, "people_list", {}, deadline));
  co_return all_from(rows, person_from);
}

Task<Person> StoredPeople::add(access::NewPerson person, std::string actor, Deadline deadline) {
  CO_TRY(auto change, co_await begin(deadline));
  CO_TRY(const auto rows, co_await change.ask("people_count", {}));
  CO_TRY(const auto counted, counted_in(rows));
  if (counted.people >= static_cast<std::int64_t>(access::kPeople)) {
    CO_TRY_OK(co_await change.rollback());
    co_return failure(ErrorCode::conflict, fmt::format("there are {} people already", access::kPeople));
  }
  CO_TRY(auto added, co_await inserted(change, person));
  AuditEntry entry{.actor = std::move(actor),
                   .what = "person_added",
                   .subject = {},
                   .text = fmt::format("{} may sign in as {}.", added.name, to_word(added.role))};
  CO_TRY_OK(co_await note(change, added, std::move(entry)));
  CO_TRY_OK(co_await change.commit());
  co_return added;
}

Task<Person> StoredPeople::add_first(std::string name, std::string session_hash, Deadline deadline) {
  CO_TRY(auto change, co_await begin(deadline));
  CO_TRY(const auto rows, co_await change.ask("people_count", {}));
  CO_TRY(const auto counted, counted_in(rows));
  if (counted.people > 0) {
    CO_TRY_OK(co_await change.rollback());
    co_return failure(ErrorCode::conflict, "there is a first administrator already");
  }
  access::NewPerson first{.name = std::move(name), .role = Role::admin, .slack_user = {}};
  CO_TRY(auto added, co_await inserted(change, first));
  AuditEntry entry{.actor = added.name,
                   .what = "person_added",
                   .subject = {},
                   .text = added.name + " is the first administrator, by the link of the first start."};
  CO_TRY_OK(co_await note(change, added, std::move(entry)));
  CO_TRY_OK(co_await open_session(change, added, std::move(session_hash)));
  CO_TRY_OK(co_await change.commit());
  co_return added;
}

Task<Person> StoredPeople::change(PersonId person, access::PersonChange wanted, std::string actor,
                                  Deadline deadline) {
  CO_TRY(auto change, co_await begin(deadline));
  CO_TRY(const auto before, co_await found(change, person));
  std::vector<pg::Param> params{pg::to_param(person.value()), to_word(wanted.role.value_or(before.role)),
                                pg::to_param(wanted.disabled.value_or(before.disabled)),
                                slack_param(wanted.slack_user.value_or(before.slack_user))};
  const auto rows = co_await change.attempt("person_update", std::move(params));
  if (!rows) co_return std::unexpected(why_not_unique(rows.error()));
  CO_TRY(auto after, person_from(Row(*rows, 0)));
  CO_TRY_OK(co_await check_administrators(change, after));
  if (after.disabled) {
    std::vector<pg::Param> ended{pg::to_param(person.value())};
    CO_TRY_OK(co_await change.ask("sessions_end", std::move(ended)));
  }
  AuditEntry entry{
      .actor = std::move(actor), .what = "person_changed", .subject = {}, .text = in_words(before, after)};
  CO_TRY_OK(co_await note(change, after, std::move(entry)));
  CO_TRY_OK(co_await change.commit());
  co_return after;
}

StatusTask StoredPeople::remove(PersonId person, std::string actor, Deadline deadline) {
  CO_TRY(auto change, co_await begin(deadline));
  CO_TRY(const auto before, co_await found(change, person));
  std::vector<pg::Param> params{pg::to_param(person.value())};
  CO_TRY_OK(co_await change.ask("person_remove", std::move(params)));
  CO_TRY_OK(co_await check_administrators(change, before));
  AuditEntry entry{.actor = std::move(actor),
                   .what = "person_removed",
                   .subject = {},
                   .text = before.name + " may not sign in any more and was removed."};
  CO_TRY_OK(co_await note(change, before, std::move(entry)));
  co_return co_await change.commit();
}

StatusTask StoredPeople::invite(PersonId person, std::string token_hash, Time until, std::string actor,
                                Deadline deadline) {
  CO_TRY(auto change, co_await begin(deadline));
  CO_TRY(const auto invited, co_await found(change, person));
  if (invited.disabled) {
    CO_TRY_OK(co_await change.rollback());
    co_return failure(ErrorCode::conflict, invited.name + " is disabled: enable them first");
  }
  std::vector<pg::Param> params{std::move(token_hash), pg::to_param(person.value()), pg::to_param(until),
                                pg::to_param(context_.clock.now())};
  CO_TRY_OK(co_await change.ask("invitation_put", std::move(params)));
  AuditEntry entry{.actor = std::move(actor),
                   .what = "person_invited",
                   .subject = {},
                   .text = fmt::format("A link that lets {} in until {}.", invited.name, to_rfc3339(until))};
  CO_TRY_OK(co_await note(change, invited, std::move(entry)));
  co_return co_await change.commit();
}

Task<Admission> StoredPeople::admit(std::string token_hash, std::string session_hash, Deadline deadline) {
  using Outcome = Admission::Outcome;
  CO_TRY(auto change, co_await begin(deadline));
  std::vector<pg::Param> params{token_hash, pg::to_param(context_.clock.now())};
  CO_TRY(const auto used, co_await change.ask("invitation_use", std::move(params)));
  if (used.rows.empty()) {
    std::vector<pg::Param> of_token{std::move(token_hash)};
    CO_TRY(const auto what, co_await change.ask("invitation_find", std::move(of_token)));
    CO_TRY_OK(co_await change.rollback());
    if (what.rows.empty()) co_return Admission{};
    Row row(what, 0);
    co_return Admission{.outcome = row.truth("used") ? Outcome::used : Outcome::expired, .person = {}};
  }
  Row row(used, 0);
  const PersonId person(row.number("person"));
  CO_TRY(auto admitted, co_await found(change, person));
  if (admitted.disabled) {
    CO_TRY_OK(co_await change.rollback());
    co_return Admission{.outcome = Outcome::disabled, .person = {}};
  }
  admitted.seen_at = context_.clock.now();
  CO_TRY_OK(co_await open_session(change, admitted, std::move(session_hash)));
  CO_TRY_OK(co_await change.commit());
  co_return Admission{.outcome = Outcome::admitted, .person = std::move(admitted)};
}

Task<std::vector<access::Session>> StoredPeople::sessions(Deadline deadline) {
  CO_TRY(const auto rows, co_await ask(context_, context_.readers, "sessions_list", {}, deadline));
  CO_TRY(auto all, all_from(rows, session_from));
  const auto now = context_.clock.now();
  std::erase_if(all, [&](const access::Session& session) { return access::has_ended(session, now); });
  co_return all;
}

StatusTask StoredPeople::use_session(std::string hash, Time at, Deadline deadline) {
  std::vector<pg::Param> params{std::move(hash), pg::to_param(at)};
  CO_TRY_OK(co_await ask(context_, context_.writer, "session_use", std::move(params), deadline));
  co_return Status();
}

StatusTask StoredPeople::end_session(std::string hash, Deadline deadline) {
  std::vector<pg::Param> params{std::move(hash)};
  CO_TRY_OK(co_await ask(context_, context_.writer, "session_remove", std::move(params), deadline));
  co_return Status();
}

}  // namespace

std::unique_ptr<access::PeopleBook> make_people_book(const Context& context) {
  return std::make_unique<StoredPeople>(context);
}

}  // namespace selfheal::store
