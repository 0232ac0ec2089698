// user and sign-in against an API on a unix socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/internal/terminal_fixture.h"
#include "support/fake_api.h"

namespace selfheal::cli {
namespace {

using testing::HasSubstr;

constexpr const char* kPeople = "GET /api/v1/people";
constexpr const char* kTwo =
    R"({"items":[{"id":7,"name":"Ann","role":"admin","disabled":false,"slack_user":"U1","created_at":"2026-11-25T14:00:00Z","seen_at":"2026-11-25T14:07:00Z"},
                 {"id":9,"name":"Bob Ray","role":"viewer","disabled":true,"slack_user":"","created_at":"2026-11-25T14:00:00Z","seen_at":null}],"next_cursor":null})";
constexpr const char* kInvited =
    R"({"person":{"id":9,"name":"Bob Ray","role":"viewer","disabled":false,"slack_user":"","created_at":"2026-11-25T14:00:00Z","seen_at":null},"url":"http://127.0.0.1:5000/sign-in#abc","expires_at":"2026-11-28T14:00:00Z"})";
constexpr const char* kLink =
    R"({"url":"http://127.0.0.1:5000/sign-in#abc","expires_at":"2026-11-25T14:22:00Z"})";

class Users : public testing::Test {
 protected:
  Ran on(const std::vector<std::string>& line, Terminal terminal = {}) {
    terminal.environment.try_emplace("SELFHEAL_SERVER", api_.address());
    return run_line(line, terminal);
  }
  test::FakeApi api_;
};

TEST_F(Users, AreListedAndAddedByLink) {
  api_.answers(kPeople, kTwo);
  const auto list = on({"user", "list"});
  EXPECT_EQ(list.code, kOk);
  EXPECT_THAT(list.out, HasSubstr("Ann\tadmin\tactive"));
  EXPECT_THAT(list.out, HasSubstr("Bob Ray\tviewer\tdisabled"));
  api_.answers("POST /api/v1/people", kInvited, 201);
  const auto added = on({"user", "add", "Bob Ray"});
  EXPECT_EQ(added.code, kOk) << added.err;
  EXPECT_EQ(added.out, "http://127.0.0.1:5000/sign-in#abc\n") << "nothing but the link";
  EXPECT_THAT(api_.asked().back().body, HasSubstr(R"("role":"viewer")"));
  EXPECT_EQ(on({"user", "add", "Bob", "--role", "root"}).code, kUsage);
}

TEST_F(Users, AreNamedAndChanged) {
  api_.answers(kPeople, kTwo);
  api_.answers("PATCH /api/v1/people/9",
               R"({"id":9,"name":"Bob Ray","role":"developer","created_at":"2026-11-25T14:00:00Z"})");
  const auto changed = on({"user", "role", "bob ray", "developer"});
  EXPECT_EQ(changed.code, kOk) << changed.err;
  EXPECT_EQ(api_.asked().back().body, R"({"role":"developer"})");
  EXPECT_EQ(on({"user", "disable", "Bob Ray"}).code, kOk);
  EXPECT_EQ(api_.asked().back().body, R"({"disabled":true})");
  EXPECT_EQ(on({"user", "slack", "Bob Ray", "U2"}).code, kOk);
  EXPECT_EQ(api_.asked().back().body, R"({"slack_user":"U2"})");
  const auto missing = on({"user", "role", "Eve", "admin"});
  EXPECT_EQ(missing.code, kNotFound);
  EXPECT_THAT(missing.err, HasSubstr("selfheal user list"));
}

TEST_F(Users, TheLastAdministratorStays) {
  api_.answers(kPeople, kTwo);
  api_.refuses("DELETE /api/v1/people/7", 409, "conflict", "Ann is the last administrator.");
  const auto refused = on({"user", "rm", "Ann", "--yes"});
  EXPECT_EQ(refused.code, kConflict);
  EXPECT_THAT(refused.err, HasSubstr("last administrator"));
}

TEST_F(Users, SignInAsTheFirstOrAsOneselfOrAsAPerson) {
  api_.answers("POST /api/v1/people/first", kLink);
  EXPECT_EQ(on({"sign-in"}).out, "http://127.0.0.1:5000/sign-in#abc\n");
  EXPECT_EQ(api_.asked().back().line, "POST /api/v1/people/first");
  api_.answers("POST /api/v1/session/invitations", kLink);
  EXPECT_EQ(on({"sign-in", "--as", "Ann"}).code, kOk);
  EXPECT_EQ(api_.asked().back().body, R"({"as":"Ann"})");
}

TEST_F(Users, WhereThereArePeopleSignInIsAsOneself) {
  api_.refuses("POST /api/v1/people/first", 409, "conflict", "There are people already.");
  api_.answers("POST /api/v1/session/invitations", kLink);
  const auto in = on({"sign-in"});
  EXPECT_EQ(in.code, kOk) << in.err;
  EXPECT_EQ(api_.asked().back().body, "{}");
}

}  // namespace
}  // namespace selfheal::cli
