// status, check, locks, report, db, policy and audit against an API on a unix socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/internal/terminal_fixture.h"
#include "support/fake_api.h"

namespace selfheal::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kReady = "GET /api/v1/health/ready";
constexpr const char* kServerUp =
    R"({"name":"acme/prod","state":"up","version":"15.20","can_observe":true,"can_act":true,"address":"db:5432/orders"})";

std::string readiness(bool ready, const std::string& server, int open = 0, const std::string& problem = "") {
  return std::string(R"({ "ready":)") + (ready ? "true" : "false") + R"(,"store":true,"problems":[)" +
         problem + R"(],"servers":[)" + server + R"(],"incidents":{"open":)" + std::to_string(open) +
         R"(,"healed":9}})";
}

class Operations : public testing::Test {
 protected:
  Ran on(const std::vector<std::string>& line, Terminal terminal = {}) {
    terminal.environment.try_emplace("SELFHEAL_SERVER", api_.address());
    return run_line(line, terminal);
  }
  test::FakeApi api_;
};

TEST_F(Operations, CheckFindsNothing) {
  api_.answers(kReady, readiness(true, kServerUp));
  const auto ran = on({"check"});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_EQ(
      ran.out,
      "acme/prod\tpassed\tup, PostgreSQL 15.20, acts\nincidents\tpassed\t0 open\nselfheal\tpassed\tready\n");
  EXPECT_EQ(on({"check", "--nagios"}).out, "SELFHEAL OK - 3 checks passed\n");
}

TEST_F(Operations, CheckFindsProblems) {
  struct Case {
    std::string readiness;
    int status;
    int nagios;
    std::string line;
  };
  const auto down = R"({"name":"acme/prod","state":"down","state_why":"refused | twice"})";
  const auto deaf = R"({"name":"acme/prod","state":"up","can_observe":true,"log_why":"no right to read it"})";
  const std::vector<Case> cases{
      {readiness(true, kServerUp, 2), 200, 1, "SELFHEAL WARNING - incidents: 2 open\n"},
      {readiness(true, deaf, 0, R"("acme/prod: log: no right to read it")"), 200, 1,
       "SELFHEAL WARNING - acme/prod: log not read: no right to read it\n"},
      {readiness(true, down, 0, R"("acme/prod: down refused")"), 200, 2,
       "SELFHEAL CRITICAL - acme/prod: down refused / twice\n"},
      {readiness(false, kServerUp, 1, R"("the store is down")"), 503, 2,
       "SELFHEAL CRITICAL - incidents: 1 open, selfheal: not ready; the store is down\n"}};
  for (const auto& [body, status, nagios, line] : cases) {
    test::FakeApi api;
    api.answers(kReady, body, status);
    const Terminal terminal{.environment = {{"SELFHEAL_SERVER", api.address()}}};
    EXPECT_EQ(run_line({"check"}, terminal).code, kProblemsFound);
    const auto as_json = run_line({"check", "--json"}, terminal);
    EXPECT_EQ(as_json.code, kProblemsFound);
    EXPECT_EQ(as_json.out, body + "\n");
    const auto ran = run_line({"check", "--nagios"}, terminal);
    EXPECT_EQ(ran.code, nagios);
    EXPECT_EQ(ran.out, line);
  }
}

TEST_F(Operations, CheckLooksOnlyAtWhatIsNamed) {
  api_.answers(kReady, readiness(true, kServerUp, 2));
  EXPECT_EQ(on({"check", "acme/prod", "selfheal"}).code, kOk);
  EXPECT_EQ(on({"check", "incidents"}).code, kProblemsFound);
  EXPECT_EQ(on({"check", "acme/pord"}).code, kProblemsFound);
  EXPECT_EQ(on({"check", "acme/pord", "--nagios"}).code, 3);
}

TEST_F(Operations, CheckThatReachesNobodyIsUnknownToAMonitor) {
  const Terminal nobody{.environment = {{"SELFHEAL_SERVER", "unix:/nowhere/api.sock"}}};
  EXPECT_EQ(on({"check"}, nobody).code, kUnreachable);
  const auto ran = on({"check", "--nagios"}, nobody);
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.out, StartsWith("SELFHEAL UNKNOWN - cannot reach unix:/nowhere/api.sock"));
}

void answer_status(test::FakeApi& api) {
  api.answers(kReady, readiness(true, kServerUp, 1));
  api.answers("GET /api/v1/version", R"({"version":"0.1.0"})");
  api.answers(
      "GET "
      "/api/v1/"
      "incidents?limit=10&state=open&state=diagnosing&state=awaiting_approval&state=applying&state=verifying&"
      "state=reopened",
      R"({"items":[{"id":"SH-2","state":"open","severity":"high","title":"t","last_seen":"2026-11-25T14:07:17Z"}]})");
  api.answers("GET /api/v1/incidents?limit=1&state=healed", R"({"items":[]})");
}

TEST_F(Operations, StatusIsOneScreen) {
  answer_status(api_);
  const auto ran = on({"status", "--color=never"}, {.out = true});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_EQ(ran.out, R"(selfheal 0.1.0

selfheal
  state      ready
  incidents  1 open

servers
  acme/prod  up, PostgreSQL 15.20, acts

open incidents
  SH-2  open  high  t  3 s ago
)");
  EXPECT_EQ(on({"status", "--json"}).out, readiness(true, kServerUp, 1) + "\n");
}

TEST_F(Operations, WatchingGoesOnUntilCtrlC) {
  answer_status(api_);
  const auto ran = on({"status", "--watch"}, {.pauses = 2});
  EXPECT_EQ(ran.code, kInterrupted);
  EXPECT_EQ(api_.asked().size(), 12u);
}

std::string blocking() {
  return R"({"nodes":[
    {"pid":4121,"application":"billing","state":"idle in transaction","statement":"UPDATE invoice SET status = $1 WHERE id = $2","xact_start":"2026-11-25T14:02:08Z","root":true},
    {"pid":4177,"application":"web-1","statement":"UPDATE invoice SET paid = $1"},
    {"pid":4180,"application":"web-2","statement":"SELECT * FROM invoice FOR UPDATE"},
    {"pid":4192,"application":"\u001b[2J","statement":"ALTER TABLE invoice ADD COLUMN note text"}],
   "edges":[
    {"waiter":4177,"blocker":4121,"lock_mode":"ShareLock","lock_type":"transactionid","waiting_since":"2026-11-25T14:02:22Z"},
    {"waiter":4180,"blocker":4177,"lock_mode":"ExclusiveLock","lock_type":"tuple","relation":"invoice","waiting_since":"2026-11-25T14:03:49Z"},
    {"waiter":4192,"blocker":4121,"lock_mode":"AccessExclusiveLock","lock_type":"relation","relation":"invoice"}]})";
}

TEST_F(Operations, LocksAreATree) {
  api_.answers("GET /api/v1/locks/acme/prod", blocking());
  api_.answers("GET /api/v1/incidents?server=acme%2Fprod&state=awaiting_approval&category=LOCK_CONTENTION",
               R"({"items":[{"id":"SH-142","remedy":{"title":"End session 4121","risk":"low"}}]})");
  const auto ran = on({"locks", "acme/prod", "--color=never"}, {.out = true});
  EXPECT_EQ(ran.out, R"(acme/prod  3 waiting, 1 root
▲ 4121      billing  idle in transaction 312 s                       UPDATE inv…
├─ 4177     web-1    waits 298 s                ShareLock            UPDATE inv…
│  └─ 4180  web-2    waits 211 s                ExclusiveLock        SELECT * F…
└─ 4192     \x1b[2J  waits                      AccessExclusiveLock  ALTER TABL…
fix: selfheal fix apply SH-142  (End session 4121; risk low)
)");
  EXPECT_THAT(on({"locks", "acme/prod", "--ascii"}, {.out = true}).out, HasSubstr("|  `- 4180"));
}

TEST_F(Operations, LocksInAPipeAreEdges) {
  api_.answers("GET /api/v1/locks/acme/prod", blocking());
  const auto ran = on({"locks", "acme/prod"});
  EXPECT_THAT(ran.out, StartsWith("4177\t4121\ttransactionid\tShareLock\t\t2026-11-25T14:02:22.000Z\tweb-"
                                  "1\tUPDATE invoice SET paid = $1\n"));
  EXPECT_EQ(std::ranges::count(ran.out, '\n'), 3);
  EXPECT_EQ(on({"locks", "acme/prod", "--json"}).out, blocking() + "\n");
}

TEST_F(Operations, LocksOfEveryServer) {
  api_.answers("GET /api/v1/databases", R"({"items":[{"name":"a"},{"name":"b"}]})");
  for (const auto* name : {"a", "b"})
    api_.answers(std::string("GET /api/v1/locks/") + name, R"({"nodes":[],"edges":[]})");
  EXPECT_EQ(on({"locks"}, {.out = true}).out, "a  nobody waits\nb  nobody waits\n");
}

TEST_F(Operations, AServerThatCannotBeReadDoesNotHideTheOthers) {
  api_.answers("GET /api/v1/databases", R"({"items":[{"name":"a"},{"name":"b"}]})");
  api_.refuses("GET /api/v1/locks/a", 503, "unavailable", "a is down");
  api_.answers("GET /api/v1/locks/b", R"({"nodes":[],"edges":[]})");
  const auto ran = on({"locks"}, {.out = true});
  EXPECT_EQ(ran.code, kUnreachable);
  EXPECT_EQ(ran.out, "b  nobody waits\n");
  EXPECT_EQ(ran.err, "selfheal: a is down\ntry: selfheal status\n");
  EXPECT_EQ(on({"locks", "a"}).code, kUnreachable);
}

TEST_F(Operations, ACircleOfWaitersIsDrawnOnce) {
  api_.answers(
      "GET /api/v1/locks/a",
      R"({"edges":[{"waiter":1,"blocker":2},{"waiter":2,"blocker":3},{"waiter":3,"blocker":1},{"waiter":5,"blocker":5}]})");
  api_.answers("GET /api/v1/incidents?server=a&state=awaiting_approval&category=LOCK_CONTENTION",
               R"({"items":[]})");
  const auto ran = on({"locks", "a"}, {.out = true});
  EXPECT_EQ(std::ranges::count(ran.out, '\n'), 5) << ran.out;
  EXPECT_THAT(ran.out, Not(HasSubstr("▲")));  // nobody of them is the root
}

TEST_F(Operations, AVeryLongChainOfWaitersIsCut) {
  std::string edges;
  for (int i = 1; i < 5000; ++i) {
    edges += (i > 1 ? "," : "") + std::string(R"({"waiter":)") + std::to_string(i + 1) + R"(,"blocker":)" +
             std::to_string(i) + "}";
  }
  api_.answers("GET /api/v1/locks/a", R"({"edges":[)" + edges + "]}");
  api_.answers("GET /api/v1/incidents?server=a&state=awaiting_approval&category=LOCK_CONTENTION",
               R"({"items":[]})");
  const auto ran = on({"locks", "a"}, {.out = true, .width = 100});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_THAT(ran.out, StartsWith("a  4999 waiting, 1 root\n"));
}

TEST_F(Operations, ReportsAreSentFromOptions) {
  api_.answers("POST /api/v1/errors",
               R"({"accepted":1,"rejected":0,"results":[{"line":1,"status":"filed","incident":"SH-7"}]})");
  const auto ran =
      on({"report", "send", "--message", "duplicate key", "--sqlstate", "23505", "--db", "acme/prod"},
         {.in = true});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_EQ(ran.out, "1\tfiled\tSH-7\t\n");
  EXPECT_EQ(api_.asked().at(0).body,
            R"({"message":"duplicate key","sqlstate":"23505","server":"acme/prod"})");
  EXPECT_EQ(api_.asked().at(0).content_type, "application/json");
}

TEST_F(Operations, ReportsAreSentFromAStream) {
  api_.answers(
      "POST /api/v1/errors",
      R"({"accepted":1,"rejected":1,"results":[{"line":1,"status":"filed"},{"line":2,"status":"rejected","errors":[{"pointer":"/message","detail":"is missing"}]}]})");
  const std::string lines = "{\"message\":\"a\"}\n{}\n";
  const auto ran = on({"report", "send", "-"}, {.typed = lines});
  EXPECT_EQ(ran.code, kProblemsFound);
  EXPECT_THAT(ran.out, HasSubstr("2\trejected\t\t/message is missing\n"));
  EXPECT_EQ(api_.asked().at(0).body, lines);
  EXPECT_EQ(api_.asked().at(0).content_type, "application/x-ndjson");
  EXPECT_EQ(on({"report", "send"}, {.typed = "{\"message\":\"a\"}"}).code, kProblemsFound);
  EXPECT_EQ(api_.asked().at(1).content_type, "application/json");
}

TEST_F(Operations, ReportsThatCannotBeReadAreNotSent) {
  EXPECT_EQ(on({"report", "send"}, {.in = true}).code, kUsage);
  EXPECT_EQ(on({"report", "send", "/nowhere/errors.ndjson"}).code, kFailed);
  EXPECT_EQ(on({"report", "send", "--message", "m", "file"}).code, kUsage);
  EXPECT_EQ(on({"report", "send", "-"}, {.typed = std::string((4u << 20) + 1, ' ')}).code, kUsage);
  EXPECT_TRUE(api_.asked().empty());
}

TEST_F(Operations, DatabasesAreListedAndShown) {
  api_.answers("GET /api/v1/databases", std::string(R"({"items":[)") + kServerUp + "]}");
  api_.answers("GET /api/v1/databases/acme/prod", kServerUp);
  EXPECT_EQ(on({"db", "list"}).out, "acme/prod\tup\t15.20\tyes\tdb:5432/orders\t\n");
  EXPECT_THAT(on({"db", "show", "acme/prod"}).out, HasSubstr("server\tact\tyes\t\n"));
  EXPECT_EQ(on({"db", "show", "acme/prod", "--json"}).out, std::string(kServerUp) + "\n");
}

TEST_F(Operations, AConnectionStringComesFromTheEnvironmentOrAPipe) {
  api_.answers("POST /api/v1/databases", kServerUp, 201);
  const Terminal terminal{.typed = "postgresql://u:p@h/d\n",
                          .environment = {{"SELFHEAL_SERVER", api_.address()}, {"URL", "postgresql://e"}}};
  EXPECT_EQ(on({"db", "add", "acme/prod", "--url-env", "URL", "--observe-only"}, terminal).code, kOk);
  EXPECT_THAT(api_.asked().at(0).body, HasSubstr(R"("url":"postgresql://e")"));
  EXPECT_THAT(api_.asked().at(0).body, HasSubstr(R"("act":false)"));
  EXPECT_EQ(on({"db", "add", "acme/prod", "--url-file", "-"}, terminal).code, kOk);
  EXPECT_THAT(api_.asked().at(1).body, HasSubstr(R"("url":"postgresql://u:p@h/d")"));
  EXPECT_EQ(on({"db", "add", "acme/prod"}, terminal).code, kUsage);
  EXPECT_EQ(on({"db", "add", "acme/prod", "--url-env", "NONE"}, terminal).code, kUsage);
  EXPECT_EQ(on({"db", "add", "acme/prod", "--url-file", "/nowhere/url"}, terminal).code, kFailed);
}

TEST_F(Operations, RemovingADatabaseNeedsAYes) {
  api_.answers("DELETE /api/v1/databases/acme/prod", "", 204, "");
  const auto ran = on({"db", "remove", "acme/prod"});
  EXPECT_EQ(ran.code, kRefused);
  EXPECT_THAT(ran.err, HasSubstr("try: selfheal db remove acme/prod --yes\n"));
  EXPECT_TRUE(api_.asked().empty());
  EXPECT_EQ(on({"db", "remove", "acme/prod", "--yes"}).code, kOk);
  EXPECT_EQ(on({"db", "remove", "acme/prod"}, {.in = true, .err = true, .typed = "y\n"}).code, kOk);
}

constexpr const char* kPolicies =
    R"({"items":[{"server":null,"default_mode":"approve","modes":{"terminate_session":"auto"},"values":{"p.after":3},"version":4,"paused":true,"paused_why":"night"},
                 {"server":"acme/prod","default_mode":null,"modes":{"terminate_session":"off"},"values":{},"version":2}],
        "actions":[{"name":"terminate_session","title":"End a session"}],"thresholds":[{"name":"p.after","value":5,"why":"because"}]})";

TEST_F(Operations, PoliciesAreListed) {
  api_.answers("GET /api/v1/policies", kPolicies);
  EXPECT_EQ(on({"policy", "get"}).out,
            "all\tdefault\tapprove\tpaused: night\nall\tterminate_session\tauto\tEnd a "
            "session\nall\tp.after\t3\t5 as shipped: because\n"
            "acme/prod\tdefault\tinherit\t\nacme/prod\tterminate_session\toff\tEnd a session\n");
  EXPECT_EQ(on({"policy", "get", "--db", "acme/prod"}).out,
            "acme/prod\tdefault\tinherit\t\nacme/prod\tterminate_session\toff\tEnd a session\n");
  EXPECT_EQ(on({"policy", "get", "--json"}).out, std::string(kPolicies) + "\n");
}

TEST_F(Operations, WhatCanBeSetIsListedBeforeAnythingIs) {
  api_.answers("GET /api/v1/policies",
               R"({"items":[],"actions":[{"name":"terminate_session","title":"End a session"}],
                   "thresholds":[{"name":"p.after","value":5,"why":"because"}]})");
  EXPECT_EQ(on({"policy", "get"}).out,
            "all\tdefault\tinherit\t\nall\tterminate_session\tinherit\tEnd a session\n"
            "all\tp.after\tinherit\t5 as shipped: because\n");
}

TEST_F(Operations, TheFieldsThatDoNotFitAreNamed) {
  api_.answers(
      "POST /api/v1/errors",
      R"({"type":"/problems/invalid-input","title":"The request does not fit","status":400,"detail":"See errors.",
                   "errors":[{"pointer":"/message","detail":"is missing"},{"pointer":"/pid","detail":"is no number"}]})",
      400, "application/problem+json");
  const auto ran = on({"report", "send"}, {.typed = "{}"});
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_THAT(ran.err,
              StartsWith("selfheal: The request does not fit: /message is missing; /pid is no number\n"));
}

TEST_F(Operations, SettingAPolicyKeepsTheRestAndNamesTheVersion) {
  api_.answers("GET /api/v1/policies", kPolicies);
  api_.answers("PUT /api/v1/policies", R"({"server":null,"version":5})");
  EXPECT_EQ(on({"policy", "set", "create_partition", "suggest"}).out, "create_partition\tsuggest\n");
  const auto put = api_.asked().at(1);
  EXPECT_EQ(put.if_match, "\"4\"");
  EXPECT_EQ(
      put.body,
      R"({"server":null,"default_mode":"approve","modes":{"create_partition":"suggest","terminate_session":"auto"},"values":{"p.after":3E0}})");
  on({"policy", "set", "terminate_session", "inherit", "--db", "acme/prod"});
  EXPECT_EQ(api_.asked().at(3).body, R"({"server":"acme/prod","default_mode":null,"modes":{},"values":{}})");
  EXPECT_EQ(api_.asked().at(3).if_match, "\"2\"");
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"default", "always"}, {"p.after", "auto"}, {"terminate_session", "5"}}) {
    EXPECT_EQ(on({"policy", "set", name, value}).code, kUsage);
    EXPECT_EQ(api_.asked().back().line, "GET /api/v1/policies");
  }
}

TEST_F(Operations, TheKillSwitch) {
  api_.answers("POST /api/v1/policies/pause", kPolicies);
  api_.answers("POST /api/v1/policies/resume", kPolicies);
  EXPECT_THAT(on({"policy", "pause"}).out, HasSubstr("paused: night"));
  EXPECT_EQ(api_.asked().at(0).body, R"({"server":null,"why":"paused from the command line"})");
  on({"policy", "pause", "--db", "acme/prod", "--why", "w"});
  EXPECT_EQ(api_.asked().at(1).body, R"({"server":"acme/prod","why":"w"})");
  EXPECT_EQ(on({"policy", "resume"}).code, kOk);
  EXPECT_EQ(api_.asked().at(2).body, R"({"server":null})");
}

TEST_F(Operations, AuditIsListedAndVerified) {
  api_.answers(
      "GET /api/v1/audit?limit=2",
      R"({"items":[{"sequence":7,"at":"2026-11-25T14:07:17Z","actor":"ann","what":"approved","subject":"SH-1","text":"t"}],"next_cursor":"x"})");
  api_.answers("GET /api/v1/audit/verify", R"({"records":7,"intact":true})");
  api_.answers("GET /api/v1/audit/verify",
               R"({"records":7,"intact":false,"broken_at":3,"reason":"hash differs"})");
  EXPECT_EQ(on({"audit", "list", "--limit", "2"}).out,
            "7\t2026-11-25T14:07:17.000Z\tann\tapproved\tSH-1\tt\n");
  EXPECT_EQ(on({"audit", "verify"}).out, "intact\t7\n");
  const auto broken = on({"audit", "verify"});
  EXPECT_EQ(broken.code, kProblemsFound);
  EXPECT_EQ(broken.out, "broken\t3\thash differs\n");
}

constexpr const char* kSql = "POST /api/v1/sql";
constexpr const char* kTwoRows =
    R"({"server":"acme/prod","sql_sha256":"","columns":["id","note"],"rows":[["1","a \"b\""],["2",null]],"is_cut":false,"took_ms":1.5,"notice":"as the observing role"})";

TEST_F(Operations, SqlPrintsRows) {
  api_.answers(kSql, kTwoRows);
  const auto ran = on({"sql", "-c", "SELECT 1"});
  EXPECT_EQ(ran.out, "1\ta \"b\"\n2\tNULL\n");
  EXPECT_THAT(ran.err, HasSubstr("selfheal: as the observing role"));
  EXPECT_EQ(on({"sql", "-c", "SELECT 1", "--csv"}).out, "id,note\r\n1,\"a \"\"b\"\"\"\r\n2,\r\n");
}

TEST_F(Operations, SqlShowsWhyAStatementIsRefused) {
  api_.answers(kSql,
               R"({"type":"/problems/sql-refused","title":"Only reading is allowed here","status":422,)"
               R"("detail":"this function is not among those that only read: \"pg_sleep\" at character 8"})",
               422, "application/problem+json");
  const auto ran = on({"sql", "-c", "SELECT pg_sleep(1)"});
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_THAT(ran.err, HasSubstr("not among those that only read"));
  EXPECT_THAT(ran.err, HasSubstr("at character 8"));
}

}  // namespace
}  // namespace selfheal::cli
