#include <fmt/format.h>
#include <gmock/gmock.h>

#include "access/ports.h"
#include "base/random.h"
#include "support/test_store.h"

namespace selfheal::store {
namespace {

using access::Admission;
using access::Person;
using access::PersonId;
using access::Role;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Outcome = Admission::Outcome;

class PeopleTest : public test::StoreTest {
 protected:
  access::PeopleBook& book() { return (stores_.empty() ? open() : *stores_.front()).people(); }
  Person add(const std::string& name, Role role, const std::string& slack_user = "") {
    return got(book().add({.name = name, .role = role, .slack_user = slack_user}, "root", soon()));
  }
  template <class T>
  ErrorCode refused(Task<T> task) {
    const auto result = run(std::move(task));
    EXPECT_FALSE(result);
    return result ? ErrorCode::failed : result.error().code;
  }
  std::vector<std::string> audited() {
    std::vector<std::string> words;
    for (const auto& record : got(stores_.front()->reader().audit({}, 50, soon())).items)
      words.push_back(record.entry.actor + " " + record.entry.what + ": " + record.entry.text);
    return words;
  }
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto& person : got(book().people(soon()))) names.push_back(person.name);
    return names;
  }
};

TEST_F(PeopleTest, TheFirstIsAnAdministratorAndTheOnlyFirst) {
  const auto ann = got(book().add_first("Ann", "cookie", soon()));
  EXPECT_EQ(ann.role, Role::admin);
  const auto sessions = got(book().sessions(soon()));
  ASSERT_EQ(sessions.size(), 1u);
  EXPECT_EQ(sessions[0].hash, "cookie");
  EXPECT_EQ(sessions[0].person, ann.id);
  EXPECT_EQ(refused(book().add_first("Eve", "other", soon())), ErrorCode::conflict);
  EXPECT_THAT(names(), ElementsAre("Ann"));
  EXPECT_THAT(audited(), ElementsAre("Ann signed_in: Ann signed in.",
                                     "Ann person_added: Ann is the first administrator, by the link of the "
                                     "first start."));
}

TEST_F(PeopleTest, NamesAndSlackUsersAreOfOnePerson) {
  add("Ann", Role::admin, "U1");
  EXPECT_EQ(refused(book().add({.name = "ANN", .role = Role::viewer}, "root", soon())), ErrorCode::conflict);
  EXPECT_EQ(refused(book().add({.name = "Bob", .role = Role::viewer, .slack_user = "U1"}, "root", soon())),
            ErrorCode::conflict);
  const auto bob = add("Bob", Role::viewer, "U2");
  EXPECT_EQ(refused(book().change(bob.id, {.slack_user = "U1"}, "root", soon())), ErrorCode::conflict);
  add("Cid", Role::viewer);
  add("Dan", Role::viewer);
  EXPECT_THAT(names(), ElementsAre("Ann", "Bob", "Cid", "Dan")) << "any number is without Slack";
  auto& other = open("other").people();
  EXPECT_TRUE(run(other.add({.name = "Ann", .role = Role::viewer, .slack_user = "U1"}, "root", soon())))
      << "another tenant's names are its own";
}

TEST_F(PeopleTest, SomebodyWhoCanAdministerIsAlwaysLeft) {
  const auto ann = add("Ann", Role::admin);
  const auto bob = add("Bob", Role::admin);
  EXPECT_EQ(got(book().change(bob.id, {.disabled = true}, "Ann", soon())).rights(), Role::nobody);
  EXPECT_EQ(refused(book().change(ann.id, {.role = Role::developer}, "Ann", soon())), ErrorCode::conflict);
  EXPECT_EQ(refused(book().change(ann.id, {.disabled = true}, "Ann", soon())), ErrorCode::conflict);
  EXPECT_EQ(refused(book().remove(ann.id, "Ann", soon())), ErrorCode::conflict);
  EXPECT_EQ(got(book().people(soon()))[0].rights(), Role::admin) << "nothing of it was stored";
  done(book().remove(bob.id, "Ann", soon()));
  EXPECT_EQ(refused(book().remove(bob.id, "Ann", soon())), ErrorCode::not_found);
  EXPECT_EQ(refused(book().change(bob.id, {.disabled = false}, "Ann", soon())), ErrorCode::not_found);
  EXPECT_THAT(audited(),
              ElementsAre("Ann person_removed: Bob may not sign in any more and was removed.",
                          "Ann person_changed: Bob may not sign in any more; all sessions have ended.",
                          "root person_added: Bob may sign in as admin.",
                          "root person_added: Ann may sign in as admin."));
}

TEST_F(PeopleTest, TwoAdministratorsCannotRemoveEachOtherAtOnce) {
  const auto ann = add("Ann", Role::admin);
  const auto bob = add("Bob", Role::admin);
  auto& second = open().people();  // another process, with connections of its own
  std::optional<Status> one, two;
  const auto start = [&](StatusTask task, std::optional<Status>& answer) {
    asio::co_spawn(loop_.context(), std::move(task),
                   [&answer](std::exception_ptr, Status status) { answer = std::move(status); });
  };
  start(book().remove(ann.id, "Bob", soon()), one);
  start(second.remove(bob.id, "Ann", soon()), two);
  loop_.finish([&] { return one && two; });
  ASSERT_TRUE(one && two);
  EXPECT_NE(one->has_value(), two->has_value());
  EXPECT_EQ(got(book().people(soon())).size(), 1u);
}

TEST_F(PeopleTest, ALinkLetsInOnceAndNotForLong) {
  const auto ann = add("Ann", Role::developer);
  done(book().invite(ann.id, "link", clock_.wall + 1h, "root", soon()));
  const auto in = got(book().admit("link", "cookie", soon()));
  EXPECT_EQ(in.outcome, Outcome::admitted);
  EXPECT_EQ(in.person.name, "Ann");
  EXPECT_EQ(in.person.seen_at, clock_.wall);
  EXPECT_EQ(got(book().admit("link", "cookie2", soon())).outcome, Outcome::used);
  EXPECT_EQ(got(book().admit("guess", "cookie2", soon())).outcome, Outcome::unknown);
  done(book().invite(ann.id, "late", clock_.wall + 1h, "root", soon()));
  clock_.wall += 2h;
  EXPECT_EQ(got(book().admit("late", "cookie2", soon())).outcome, Outcome::expired);
  EXPECT_EQ(got(book().sessions(soon())).size(), 1u);
  EXPECT_EQ(refused(book().invite(PersonId(99), "x", clock_.wall, "root", soon())), ErrorCode::not_found);
}

TEST_F(PeopleTest, ANewLinkEndsTheOneBefore) {
  const auto ann = add("Ann", Role::developer);
  done(book().invite(ann.id, "old", clock_.wall + 1h, "root", soon()));
  done(book().invite(ann.id, "new", clock_.wall + 1h, "root", soon()));
  EXPECT_EQ(got(book().admit("old", "cookie", soon())).outcome, Outcome::unknown);
  EXPECT_EQ(got(book().admit("new", "cookie", soon())).outcome, Outcome::admitted);
}

TEST_F(PeopleTest, WhoIsDisabledIsSignedOutAndHasNoLink) {
  add("Root", Role::admin);
  const auto ann = add("Ann", Role::developer);
  done(book().invite(ann.id, "one", clock_.wall + 1h, "root", soon()));
  EXPECT_EQ(got(book().admit("one", "cookie", soon())).outcome, Outcome::admitted);
  done(book().invite(ann.id, "two", clock_.wall + 1h, "root", soon()));
  got(book().change(ann.id, {.disabled = true}, "root", soon()));
  EXPECT_THAT(got(book().sessions(soon())), IsEmpty());
  EXPECT_EQ(got(book().admit("two", "cookie", soon())).outcome, Outcome::unknown);
  EXPECT_EQ(refused(book().invite(ann.id, "three", clock_.wall + 1h, "root", soon())), ErrorCode::conflict);
}

TEST_F(PeopleTest, SessionsEndWhenUnusedOrOldAndAreBounded) {
  const auto ann = add("Ann", Role::developer);
  const auto sign_in = [&](const std::string& name) {
    done(book().invite(ann.id, "link " + name, clock_.wall + 1h, "root", soon()));
    EXPECT_EQ(got(book().admit("link " + name, name, soon())).outcome, Outcome::admitted);
  };
  const auto open_ones = [&] { return got(book().sessions(soon())).size(); };
  sign_in("a");
  clock_.wall += 24h * 6;
  done(book().use_session("a", clock_.wall, soon()));
  EXPECT_EQ(got(book().people(soon()))[0].seen_at, clock_.wall);
  clock_.wall += 24h * 6;
  EXPECT_EQ(open_ones(), 1u) << "use keeps it";
  clock_.wall += 24h * 2;
  EXPECT_EQ(open_ones(), 0u);
  for (int i = 0; i < 25; ++i) {
    clock_.wall += 1s;
    sign_in(fmt::format("b{}", i));
  }
  EXPECT_EQ(open_ones(), access::kSessionsOfPerson);
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.session WHERE token_hash IN ('a', 'b0', 'b4')"), "0");
  done(book().end_session("b24", soon()));
  EXPECT_EQ(open_ones(), access::kSessionsOfPerson - 1);
}

TEST_F(PeopleTest, AreBounded) {
  const auto one = add("Ann", Role::admin);
  test::ClientSession session(server().conninfo(database_));
  ASSERT_TRUE(
      session
          .exec("INSERT INTO selfheal.person (tenant, name, role, created_at) SELECT 'acme', 'p' || i, "
                "'viewer', now() FROM generate_series(1, 499) i")
          .ok);
  EXPECT_EQ(refused(book().add({.name = "One more"}, "root", soon())), ErrorCode::conflict);
}

TEST_F(PeopleTest, HostileNamesAreOnlyNames) {
  const std::string name = "'; DROP SCHEMA selfheal CASCADE; --";
  add(name, Role::viewer);
  EXPECT_THAT(names(), ElementsAre(name));
  EXPECT_THAT(audited().front(), HasSubstr(name));
}

}  // namespace
}  // namespace selfheal::store
