#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "access/ports.h"

namespace selfheal::test {

// People in memory, with the store's rules as far as callers see them. `down` makes every call fail as a
// store that cannot be reached does.
class FakePeople final : public access::PeopleBook {
 public:
  struct Invited {
    access::PersonId person;
    Time until{};
    bool used = false;
  };
  explicit FakePeople(Clock& clock) : clock_(clock) {}

  std::vector<access::Person> everybody;
  std::map<std::string, access::Session> open;
  std::map<std::string, Invited> invited;  // by the token's hash
  std::vector<std::string> audit;
  bool down = false;
  int reads = 0;

  // As `add`, without waiting.
  access::Person put(std::string name, access::Role role, std::string slack_user = "") {
    everybody.push_back({.id = access::PersonId(++last_),
                         .name = std::move(name),
                         .role = role,
                         .slack_user = std::move(slack_user),
                         .created_at = clock_.now()});
    return everybody.back();
  }

  Task<std::vector<access::Person>> people(Deadline) override {
    ++reads;
    if (down) co_return unreachable();
    co_return everybody;
  }
  Task<access::Person> add(access::NewPerson person, std::string actor, Deadline) override {
    if (down) co_return unreachable();
    if (std::ranges::find(everybody, person.name, &access::Person::name) != everybody.end())
      co_return failure(ErrorCode::conflict, "somebody has this name or this Slack user already");
    audit.push_back(actor + " adds " + person.name);
    co_return put(std::move(person.name), person.role, std::move(person.slack_user));
  }
  Task<access::Person> add_first(std::string name, std::string session_hash, Deadline) override {
    if (down) co_return unreachable();
    if (!everybody.empty()) co_return failure(ErrorCode::conflict, "there is a first administrator already");
    const auto first = put(std::move(name), access::Role::admin);
    begin(first.id, session_hash);
    co_return first;
  }
  Task<access::Person> change(access::PersonId id, access::PersonChange wanted, std::string actor,
                              Deadline) override {
    if (down) co_return unreachable();
    auto changed = everybody;
    const auto person = std::ranges::find(changed, id, &access::Person::id);
    if (person == changed.end()) co_return failure(ErrorCode::not_found, "there is no such person");
    person->role = wanted.role.value_or(person->role);
    person->disabled = wanted.disabled.value_or(person->disabled);
    person->slack_user = wanted.slack_user.value_or(person->slack_user);
    const auto after = *person;
    if (!is_administered(changed)) co_return last_administrator();
    everybody = std::move(changed);
    audit.push_back(actor + " changes " + after.name);
    if (after.disabled) end_of(id);
    co_return after;
  }
  StatusTask remove(access::PersonId id, std::string actor, Deadline) override {
    if (down) co_return unreachable();
    auto left = everybody;
    if (std::erase_if(left, [&](const auto& person) { return person.id == id; }) == 0)
      co_return failure(ErrorCode::not_found, "there is no such person");
    if (!is_administered(left)) co_return last_administrator();
    everybody = std::move(left);
    audit.push_back(actor + " removes somebody");
    end_of(id);
    co_return Status();
  }
  StatusTask invite(access::PersonId id, std::string token_hash, Time until, std::string actor,
                    Deadline) override {
    if (down) co_return unreachable();
    const auto person = std::ranges::find(everybody, id, &access::Person::id);
    if (person == everybody.end()) co_return failure(ErrorCode::not_found, "there is no such person");
    if (person->disabled)
      co_return failure(ErrorCode::conflict, person->name + " is disabled: enable them first");
    audit.push_back(actor + " invites " + person->name);
    invited[token_hash] = {.person = id, .until = until};
    co_return Status();
  }
  Task<access::Admission> admit(std::string token_hash, std::string session_hash, Deadline) override {
    using Outcome = access::Admission::Outcome;
    if (down) co_return unreachable();
    const auto found = invited.find(token_hash);
    if (found == invited.end()) co_return access::Admission{};
    auto& invitation = found->second;
    if (invitation.used) co_return access::Admission{.outcome = Outcome::used, .person = {}};
    if (invitation.until < clock_.now())
      co_return access::Admission{.outcome = Outcome::expired, .person = {}};
    invitation.used = true;
    begin(invitation.person, session_hash);
    co_return access::Admission{
        .outcome = Outcome::admitted,
        .person = *std::ranges::find(everybody, invitation.person, &access::Person::id)};
  }
  Task<std::vector<access::Session>> sessions(Deadline) override {
    if (down) co_return unreachable();
    std::vector<access::Session> all;
    for (const auto& [_, session] : open) all.push_back(session);
    co_return all;
  }
  StatusTask use_session(std::string hash, Time at, Deadline) override {
    if (down) co_return unreachable();
    if (const auto session = open.find(hash); session != open.end()) session->second.used = at;
    co_return Status();
  }
  StatusTask end_session(std::string hash, Deadline) override {
    if (down) co_return unreachable();
    open.erase(hash);
    co_return Status();
  }

 private:
  static std::unexpected<Error> unreachable() {
    return failure(ErrorCode::unavailable, "the store cannot be reached");
  }
  static std::unexpected<Error> last_administrator() {
    return failure(ErrorCode::conflict, "this is the last administrator: make somebody else one first");
  }
  static bool is_administered(const std::vector<access::Person>& people) {
    return std::ranges::any_of(people,
                               [](const auto& person) { return person.rights() == access::Role::admin; });
  }
  void begin(access::PersonId person, const std::string& hash) {
    open[hash] = {.hash = hash, .person = person, .began = clock_.now(), .used = clock_.now()};
  }
  void end_of(access::PersonId id) {
    std::erase_if(open, [&](const auto& entry) { return entry.second.person == id; });
    std::erase_if(invited,
                  [&](const auto& entry) { return entry.second.person == id && !entry.second.used; });
  }
  Clock& clock_;
  std::int64_t last_ = 0;
};

}  // namespace selfheal::test
