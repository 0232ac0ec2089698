// check with what the checks of servers say.
#include <gmock/gmock.h>

#include <memory>

#include "cli/internal/terminal_fixture.h"
#include "support/fake_api.h"

namespace selfheal::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class Check : public testing::Test {
 protected:
  Check() { begin(); }
  // Another server, which has said nothing yet.
  void begin() {
    api_ = std::make_unique<test::FakeApi>();
    api_->answers(
        "GET /api/v1/health/ready",
        R"({"ready":true,"store":true,"problems":[],"servers":[{"name":"acme/prod","state":"up","version":"15.20",)"
        R"("can_observe":true,"can_act":true},{"name":"old","state":"down","state_why":"refused"}],"incidents":{}})");
  }
  Ran on(const std::vector<std::string>& line) {
    Terminal terminal;
    terminal.environment.try_emplace("SELFHEAL_SERVER", api_->address());
    return run_line(line, terminal);
  }
  void says(const std::string& items) {
    api_->answers("GET /api/v1/checks/acme/prod", R"({"database":"acme/prod","items":[)" + items + "]}");
  }
  std::unique_ptr<test::FakeApi> api_;
};

constexpr const char* kWell = R"({"name":"cache_hit","title":"Cache hit","state":"ok","findings":[]})";
constexpr const char* kLate =
    R"({"name":"dead_rows","title":"Dead rows","state":"warn","findings":[{"object":"public.t","value":3,"detail":"many","state":"warn"}]})";
constexpr const char* kGrave =
    R"({"name":"wraparound_xid","title":"Wraparound","state":"critical","findings":[{"object":"shop","value":80,"detail":"age 1 700 000 000","state":"critical"}]})";
constexpr const char* kBlind =
    R"({"name":"wal_size","title":"WAL","state":"unknown","why":"no right","grant":"GRANT pg_monitor TO x;","findings":[]})";

TEST_F(Check, NamesWhatIsNotWellInside) {
  says(std::string(kWell) + "," + kLate + "," + kBlind);
  const auto ran = on({"check", "acme/prod"});
  EXPECT_EQ(ran.code, kProblemsFound);
  EXPECT_EQ(ran.out,
            "acme/prod\tpassed\tup, PostgreSQL 15.20, acts\n"
            "acme/prod cache_hit\tpassed\tCache hit\n"
            "acme/prod dead_rows\tfailed\tpublic.t: many\n"
            "acme/prod wal_size\tunknown\tno right; run GRANT pg_monitor TO x;\n");
}

TEST_F(Check, HasTheExitCodesOfAMonitorsPlugin) {
  struct Case {
    std::string items;
    int code;
  };
  for (const auto& [items, code] :
       {Case{kWell, 0}, Case{kLate, 1}, Case{kGrave, 2}, Case{kBlind, 3},
        Case{std::string(kLate) + "," + kBlind, 3}, Case{std::string(kBlind) + "," + kGrave, 2}}) {
    begin();
    says(items);
    EXPECT_EQ(on({"check", "acme/prod", "--nagios"}).code, code) << items;
  }
}

TEST_F(Check, LooksAtOneCheckWhenItIsNamed) {
  says(std::string(kWell) + "," + kGrave);
  EXPECT_EQ(on({"check", "acme/prod", "cache_hit"}).out, "acme/prod cache_hit\tpassed\tCache hit\n");
  EXPECT_EQ(on({"check", "wraparound_xid"}).code, kProblemsFound);
  EXPECT_THAT(on({"check", "cache_hot"}).out, HasSubstr("cache_hot\tunknown"));
}

TEST_F(Check, GivesAllThatTheServerSaysAsJson) {
  says(kLate);
  const auto ran = on({"check", "acme/prod", "--json"});
  EXPECT_EQ(ran.code, kProblemsFound);
  EXPECT_THAT(ran.out, HasSubstr(R"("ready":true)"));
  EXPECT_THAT(ran.out, HasSubstr(R"("database":"acme/prod")"));
  EXPECT_THAT(ran.out, HasSubstr(R"("state":"warn")"));
}

TEST_F(Check, IsNotGreenWhenChecksCannotBeRead) {
  api_->refuses("GET /api/v1/checks/acme/prod", 500, "failed", "broken");
  EXPECT_EQ(on({"check", "acme/prod"}).code, kProblemsFound);
  EXPECT_THAT(on({"check", "acme/prod"}).out, HasSubstr("acme/prod checks\tunknown"));
}

TEST_F(Check, DoesNotAskAServerThatIsDown) {
  EXPECT_THAT(on({"check", "old"}).out, Not(HasSubstr("checks")));
}

}  // namespace
}  // namespace selfheal::cli
