// incident, fix and wait against an API on a unix socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/internal/terminal_fixture.h"
#include "support/fake_api.h"

namespace selfheal::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kShow = "GET /api/v1/incidents/SH-142";
constexpr const char* kApprove = "POST /api/v1/incidents/SH-142/approve";

// Field order and blanks are not those of our serialiser: --json must hand on what came.
std::string incident(const std::string& state, const std::string& more = "") {
  return R"({ "id":"SH-142","state":")" + state + R"(","rev":7,"severity":"high","category":"LOCK_CONTENTION",
 "sqlstate":"55P03","cause":"idle_in_transaction_blocker","title":"billing blocks 4 sessions","confidence":"confirmed",
 "checks":[{"id":"idle","title":"the blocker is idle","status":"passed","evidence_id":"e1"},
           {"id":"other","title":"nobody else blocks","status":"failed","evidence_id":"e1"},
           {"id":"x","title":"the log agrees","status":"unknown","evidence_id":""}],
 "ruled_out":[{"cause":"long_running_query","why":"it runs nothing"}],
 "events":37,"first_seen":"2026-11-25T14:02:20Z","last_seen":"2026-11-25T14:07:17Z","server":"acme/prod","database":"orders",
 "explanation":[{"text":"Session 4121 has been idle for 312 s.","evidence_id":"e1"}],
 "timeline":[{"at":"2026-11-25T14:02:20Z","what":"opened","text":"first sighting"}],
 "unknown_field":[1,2,3])" +
         more + "}";
}

std::string with_remedy(const std::string& state, int level = 1) {
  return incident(
      state,
      R"(,"remedy":{"plan_id":"p9","plan_hash":"abc123","action":"terminate_session","title":"End session 4121",
 "statements":["SELECT pg_terminate_backend(4121, 5000);"],"guards":["session 4121 is still idle"],"risk":"its work is rolled back",
 "undo":"none is possible","level":)" +
          std::to_string(level) + R"(,"decision":"approve","reason":"a person may press the button",
 "expires_at":"2026-11-25T14:12:20Z"})");
}

std::string answer_of(const std::string& outcome) {
  return R"({"outcome":")" + outcome + R"(","reason":"because","incident":)" + with_remedy("verifying") + "}";
}

class IncidentCommands : public testing::Test {
 protected:
  Ran on(const std::vector<std::string>& line, Terminal terminal = {}) {
    terminal.environment.try_emplace("SELFHEAL_SERVER", api_.address());
    return run_line(line, terminal);
  }
  test::FakeApi api_;
};

constexpr const char* kSimilarCase =
    R"({"what":"incident","incident":"SH-12","runbook":"","title":"a sequence is behind","trust":"verified",
 "why":["The same trouble: code, objects and statement are the same."],"action":"advance_sequence","helped":2,"tried":3,
 "experience":"advance_sequence helped 2 of 3 times","notes":["the import\u001b[31m sets ids"],"at":"2026-11-20T14:02:20Z"})";

TEST_F(IncidentCommands, SimilarSaysWhyAndWhatWorkedThen) {
  api_.answers(std::string(kShow) + "/similar?limit=3",
               R"({"items":[)" + std::string(kSimilarCase) + R"(],"next_cursor":null})");
  const auto ran = on({"incident", "similar", "SH-142", "--limit", "3", "--color=never"}, {.out = true});
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("SH-12"));
  EXPECT_THAT(ran.out, HasSubstr("The same trouble"));
  EXPECT_THAT(ran.out, HasSubstr("advance_sequence (2 of 3 times)"));
  EXPECT_THAT(ran.out, Not(HasSubstr("\x1b")));
}

TEST_F(IncidentCommands, SearchAsksForTheWords) {
  api_.answers(
      "GET /api/v1/memory/search?q=too%20many%20clients",
      R"({"items":[{"what":"runbook","incident":"","runbook":"too_many_connections","title":"No slot is free",
 "why":["Similar words: clients, many."],"trust":"written"}],"next_cursor":null})");
  const auto ran = on({"incident", "search", "too many clients"});
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("runbook too_many_connections"));
  api_.answers("GET /api/v1/memory/search?q=nothing", R"({"items":[],"next_cursor":null})");
  const auto none = on({"incident", "search", "nothing"});
  EXPECT_EQ(none.code, kOk);
  EXPECT_THAT(none.err, HasSubstr("nothing like it"));
}

TEST_F(IncidentCommands, ShowEndsWithWhatIsSimilar) {
  api_.answers(kShow, incident("open", R"(,"similar":[)" + std::string(kSimilarCase) + "]"));
  const auto ran = on({"incident", "show", "SH-142", "--color=never"}, {.out = true});
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("advance_sequence helped 2 of 3 times"));
}

TEST_F(IncidentCommands, ListIsATableOnATerminal) {
  api_.answers("GET /api/v1/incidents",
               R"({"items":[)" + incident("awaiting_approval") + R"(],"next_cursor":"c2"})");
  const auto ran = on({"inc", "list", "--color=never"}, {.out = true});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_EQ(ran.out,
            "ID      STATE              SEVERITY  SERVER     LAST     TITLE       CAUSE\n"
            "SH-142  awaiting_approval  high      acme/prod  3 s ago  billing b…  idle_in_tr…\n");
  EXPECT_EQ(ran.err, "more: --cursor c2\n");
}

TEST_F(IncidentCommands, ListIsTabSeparatedInAPipe) {
  api_.answers("GET /api/v1/incidents", R"({"items":[)" + incident("healed") + R"(],"next_cursor":null})");
  EXPECT_EQ(on({"incident", "list"}).out,
            "SH-142\thealed\thigh\tacme/prod\t2026-11-25T14:07:17.000Z\tbilling blocks 4 sessions\t"
            "idle_in_transaction_blocker\n");
}

TEST_F(IncidentCommands, JsonIsTheApisByteForByte) {
  const auto list = R"({"items":[)" + incident("open") + R"(  ],"next_cursor":null})";
  api_.answers("GET /api/v1/incidents", list);
  api_.answers(kShow, with_remedy("open"));
  api_.answers(std::string(kShow) + "/evidence?raw=true", R"({"items" : []})");
  EXPECT_EQ(on({"incident", "list", "--json"}).out, list + "\n");
  EXPECT_EQ(on({"incident", "show", "SH-142", "--json"}).out, with_remedy("open") + "\n");
  EXPECT_EQ(on({"fix", "show", "SH-142", "--json"}, {.out = true}).out, with_remedy("open") + "\n");
  EXPECT_EQ(on({"incident", "show", "SH-142", "--raw", "--json"}).out, "{\"items\" : []}\n");
}

TEST_F(IncidentCommands, ListSendsItsFilters) {
  on({"incident", "list", "--db", "acme/prod", "--severity=high", "--limit", "5", "--state", "open"});
  on({"incident", "list", "--open"});
  const auto asked = api_.asked();
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[0].line, "GET /api/v1/incidents?server=acme%2Fprod&severity=high&limit=5&state=open");
  EXPECT_EQ(asked[1].line,
            "GET "
            "/api/v1/"
            "incidents?state=open&state=diagnosing&state=awaiting_approval&state=applying&state=verifying&"
            "state=reopened");
}

TEST_F(IncidentCommands, ShowSaysWhatWhyAndWhatNext) {
  api_.answers(kShow, with_remedy("awaiting_approval"));
  const auto ran = on({"incident", "show", "SH-142", "--color=never"}, {.out = true});
  EXPECT_EQ(ran.out, R"(SH-142  billing blocks 4 sessions

incident
  state       awaiting_approval
  severity    high
  category    LOCK_CONTENTION 55P03
  cause       idle_in_transaction_blocker (confirmed, 1 of 3 checks)
  server      acme/prod
  database    orders
  events      37
  first seen  300 s ago
  last seen   3 s ago

why
  Session 4121 has been idle for 312 s.  [e1]

ruled out
  long_running_query  it runs nothing

checks
  ✓ the blocker is idle  [e1]
  ✗ nobody else blocks  [e1]
  ? the log agrees

plan
  fix        End session 4121 (terminate_session)
  statement  SELECT pg_terminate_backend(4121, 5000);
  only if    session 4121 is still idle
  risk       its work is rolled back
  undo       none is possible
  policy     approve a person may press the button
  expires    in 300 s
  hash       abc123

timeline
  300 s ago  opened  first sighting
)");
}

constexpr const char* kExplanation =
    R"({"incident":"SH-142","expert":"an expert for locks","looks_first":"who stands first",
 "sections":[{"name":"happened","title":"What happened","sentences":[
                {"text":"billing blocks 4 sessions.","evidence_id":"E1","proven":true}]},
             {"name":"prevent","title":"So that it does not come back","sentences":[
                {"text":"Set a timeout.","evidence_id":"K:locks","proven":true},
                {"text":"Ask around.\u001b[2J","evidence_id":"","proven":false}]}],
 "worded_by":"templates","cached":false,"notice":"no language model is set up"})";

TEST_F(IncidentCommands, ShowExplainsWhenTheServerCan) {
  api_.answers(kShow, incident("open"));
  api_.answers("GET /api/v1/incidents/SH-142/explanation", kExplanation);
  const auto ran = on({"incident", "show", "SH-142", "--color=never"}, {.out = true});
  EXPECT_THAT(ran.out, HasSubstr("\nWhat happened\n  billing blocks 4 sessions.  [E1]\n"));
  EXPECT_THAT(ran.out, HasSubstr("\nSo that it does not come back\n  Set a timeout.  [K:locks]\n"));
  EXPECT_THAT(ran.out, HasSubstr("(not proven)\n"));
  EXPECT_THAT(ran.out, Not(HasSubstr("Session 4121 has been idle")));
  EXPECT_THAT(ran.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(on({"incident", "show", "SH-142"}).out, HasSubstr("\nprevent\tSet a timeout.  [K:locks]\n"));
}

TEST_F(IncidentCommands, ExplainAsksTheModelOnlyWhenTold) {
  api_.answers("GET /api/v1/incidents/SH-142/explanation", kExplanation);
  api_.answers("POST /api/v1/incidents/SH-142/explanation", kExplanation);
  const auto ran = on({"incident", "explain", "SH-142", "--color=never"}, {.out = true});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_THAT(ran.out, HasSubstr("SH-142  explained by an expert for locks\n"));
  EXPECT_THAT(ran.out, HasSubstr("notice          no language model is set up\n"));
  EXPECT_EQ(on({"incident", "explain", "SH-142", "--json"}).out, std::string(kExplanation) + "\n");
  on({"incident", "explain", "SH-142", "--worded"});
  const auto asked = api_.asked();
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_EQ(asked[1].line, "GET /api/v1/incidents/SH-142/explanation");
  EXPECT_EQ(asked[2].line, "POST /api/v1/incidents/SH-142/explanation");
}

TEST_F(IncidentCommands, ShowDrawsTheLocksAsTheyWereThen) {
  api_.answers(
      kShow,
      incident("healed", R"(,"blocking":{"nodes":[{"pid":4121,"state":"idle in transaction","root":true}],
    "edges":[{"waiter":4177,"blocker":4121,"lock_mode":"ShareLock","waiting_since":"2026-11-25T14:07:07Z"}]})"));
  const auto ran = on({"incident", "show", "SH-142"}, {.out = true});
  EXPECT_THAT(ran.out, HasSubstr("└─ 4177    waits 10 s"));  // the last sighting was ten seconds later
}

TEST_F(IncidentCommands, ATokenThatCannotBeSentIsTheCallersMistake) {
  const auto ran = on({"incident", "list"}, {.environment = {{"SELFHEAL_TOKEN", "a\nb"}}});
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_THAT(ran.err, Not(HasSubstr("cannot reach")));
}

TEST_F(IncidentCommands, ShowInAPipeIsOneRowALine) {
  api_.answers(kShow, incident("healed", R"(,"verdict":"cured","relieved_at":"2026-11-25T14:07:00Z")"));
  const auto ran = on({"incident", "show", "SH-142"});
  EXPECT_THAT(ran.out, HasSubstr("title\tSH-142  billing blocks 4 sessions\nincident\tstate\thealed\n"));
  EXPECT_THAT(ran.out, HasSubstr("verdict\trelieved\t2026-11-25T14:07:00.000Z\nverdict\tverdict\tcured\t\n"));
  EXPECT_THAT(ran.out, Not(HasSubstr("\x1b")));
}

TEST_F(IncidentCommands, HostileTextDoesNotReachTheTerminal) {
  api_.answers(
      kShow,
      R"({"id":"SH-142","title":"\u001b[2J\u202eevil","state":"\u0007","explanation":[{"text":"a\nb"}],"remedy":{"title":"\u009b31m","statements":["\u001b]0;x\u0007"]}})");
  for (const auto* noun : {"incident", "fix"}) {
    const auto ran = on({noun, "show", "SH-142", "--color=never"}, {.out = true});
    EXPECT_EQ(ran.code, kOk);
    for (const auto* bad : {"\x1b", "\x07", "\xe2\x80\xae", "\xc2\x9b"})
      EXPECT_THAT(ran.out, Not(HasSubstr(bad)));
    EXPECT_THAT(ran.out, HasSubstr("\\x9b31m"));
  }
}

TEST_F(IncidentCommands, RefusalsBecomeExitCodes) {
  struct Case {
    int status;
    std::string slug;
    int code;
    std::string advice;
  };
  const std::vector<Case> cases{
      {400, "invalid-input", kUsage, ""},
      {401, "not-signed-in", kNotAllowed, "try: SELFHEAL_TOKEN=… selfheal incident mute\n"},
      {403, "not-allowed", kNotAllowed, "try: SELFHEAL_TOKEN=… selfheal incident mute\n"},
      {403, "refused", kRefused, ""},
      {404, "not-found", kNotFound, "try: selfheal incident list\n"},
      {409, "conflict", kConflict, "try: selfheal incident show SH-142\n"},
      {412, "revision-changed", kConflict, "try: selfheal incident show SH-142\n"},
      {500, "failed", kFailed, ""},
      {503, "unavailable", kUnreachable, "try: selfheal status\n"},
      {504, "timed-out", kUnreachable, "try: selfheal status\n"}};
  for (const auto& [status, slug, code, advice] : cases) {
    test::FakeApi api;
    api.refuses("POST /api/v1/incidents/SH-142/mute", status, slug, "said so");
    const Terminal terminal{.environment = {{"SELFHEAL_SERVER", api.address()}}};
    const auto ran = run_line({"incident", "mute", "SH-142", "--why", "w"}, terminal);
    EXPECT_EQ(ran.code, code) << slug;
    EXPECT_EQ(ran.err, "selfheal: said so\n" + advice);
    const auto as_json = run_line({"incident", "mute", "SH-142", "--why", "w", "--json"}, terminal);
    EXPECT_EQ(as_json.code, code);
    EXPECT_THAT(as_json.err, HasSubstr("\"type\":\"/problems/" + slug + "\""));
    EXPECT_EQ(as_json.out, "");
  }
}

TEST_F(IncidentCommands, AnAnswerThatIsNotOursIsAnError) {
  api_.answers(kShow, "<html>", 200, "text/html");
  EXPECT_EQ(on({"incident", "show", "SH-142"}).code, kFailed);
  api_.answers("GET /api/v1/incidents", "gateway", 502, "text/plain");
  EXPECT_EQ(on({"incident", "list"}).code, kUnreachable);
}

TEST_F(IncidentCommands, AnIdIsEncoded) {
  on({"incident", "show", "../../x?y"});
  EXPECT_THAT(api_.asked(), testing::IsEmpty());  // ".." is no segment that the server takes
  on({"incident", "show", "a b?c"});
  EXPECT_EQ(api_.asked().at(0).line, "GET /api/v1/incidents/a%20b%3Fc");
}

TEST_F(IncidentCommands, JudgingSendsTheReason) {
  api_.answers("POST /api/v1/incidents/SH-142/resolve", incident("resolved"));
  const auto ran = on({"incident", "resolve", "SH-142", "--why", "fixed \"it\""});
  EXPECT_EQ(ran.out, "SH-142\tresolved\n");
  EXPECT_EQ(api_.asked().at(0).body, R"({"why":"fixed \"it\""})");
  EXPECT_EQ(on({"incident", "resolve", "SH-142", "--why", "w", "-q"}).out, "");
}

TEST_F(IncidentCommands, TheTokenIsSent) {
  on({"incident", "list"},
     {.environment = {{"SELFHEAL_TOKEN", "t0ken"}, {"SELFHEAL_SERVER", api_.address()}}});
  EXPECT_EQ(api_.asked().at(0).authorization, "Bearer t0ken");
}

TEST_F(IncidentCommands, WatchPrintsEachChangeOnceAndGoesOnUntilCtrlC) {
  api_.sends({{"e-1", "incident", R"({"id":"SH-142","rev":7})"},
              {"e-2", "metrics", "{}"},
              {"e-3", "incident", R"({"id":"SH-9","rev":1})"}});
  api_.answers(kShow, incident("verifying"));
  const auto ran = on({"incident", "watch", "SH-142"}, {.pauses = 0});
  EXPECT_EQ(ran.code, kInterrupted);
  EXPECT_THAT(ran.out, HasSubstr("SH-142\tverifying\t"));
  EXPECT_EQ(std::ranges::count(ran.out, '\n'), 1);
}

TEST_F(IncidentCommands, WatchGivesUpOnAServerThatIsGone) {
  const auto ran =
      on({"incident", "watch"}, {.environment = {{"SELFHEAL_SERVER", "unix:/nowhere/api.sock"}}});
  EXPECT_EQ(ran.code, kUnreachable);
}

TEST_F(IncidentCommands, WaitEndsAsTheIncidentDoes) {
  api_.answers(kShow, incident("applying"));
  api_.answers(kShow, incident("verifying"));
  api_.answers(kShow, incident("healed"));
  EXPECT_EQ(on({"wait", "SH-142"}).code, kOk);
  EXPECT_EQ(api_.asked().size(), 3u);
  EXPECT_EQ(on({"wait", "SH-142", "--for", "relieved"}).code, kOk);
  const auto ran = on({"wait", "SH-142", "--for", "failed"});
  EXPECT_EQ(ran.code, kProblemsFound);
  EXPECT_EQ(ran.err, "selfheal: SH-142 is healed, not failed\ntry: selfheal incident show SH-142\n");
}

TEST_F(IncidentCommands, WaitHasAnEnd) {
  api_.answers(kShow, incident("verifying"));
  EXPECT_EQ(on({"wait", "SH-142", "--timeout", "60s"}).code, kTimedOut);
  EXPECT_EQ(on({"wait", "SH-142"}, {.pauses = 3}).code, kInterrupted);
}

TEST_F(IncidentCommands, ApplyAsksByNameAndSendsThePlanThatWasShown) {
  api_.answers(kShow, with_remedy("awaiting_approval"));
  api_.answers(kApprove, answer_of("treated"));
  const auto ran = on({"fix", "apply", "SH-142"}, {.in = true, .err = true, .typed = "y\n"});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_THAT(ran.err, HasSubstr("SELECT pg_terminate_backend(4121, 5000);"));
  EXPECT_THAT(ran.err, HasSubstr("End session 4121 on acme/prod?  [y/N] "));
  EXPECT_EQ(ran.out, "applied\tEnd session 4121\n");
  EXPECT_EQ(api_.asked().back().body, R"({"plan_id":"p9","plan_hash":"abc123"})");
}

TEST_F(IncidentCommands, ApplyDoesNothingWithoutAYes) {
  api_.answers(kShow, with_remedy("awaiting_approval"));
  for (const auto* typed : {"n\n", "\n", "", "yes please\n", "acme/prod\n"}) {
    const auto ran = on({"fix", "apply", "SH-142"}, {.in = true, .err = true, .typed = typed});
    EXPECT_EQ(ran.code, kRefused) << typed;
    EXPECT_EQ(api_.asked().back().line, kShow);
  }
  const auto piped = on({"fix", "apply", "SH-142"}, {.typed = "y\n"});
  EXPECT_EQ(piped.code, kRefused);
  EXPECT_THAT(piped.err,
              testing::EndsWith("selfheal: a person must agree: End session 4121 on acme/prod?\ntry: "
                                "selfheal fix apply SH-142 --plan abc123 --yes\n"));
  EXPECT_EQ(api_.asked().back().line, kShow);
}

TEST_F(IncidentCommands, AGraveFixNeedsTheServersName) {
  api_.answers(kShow, with_remedy("awaiting_approval", 3));
  api_.answers(kApprove, answer_of("treated"));
  EXPECT_EQ(on({"fix", "apply", "SH-142"}, {.in = true, .err = true, .typed = "y\n"}).code, kRefused);
  const auto ran = on({"fix", "apply", "SH-142", "--yes"});
  EXPECT_EQ(ran.code, kRefused);
  EXPECT_THAT(ran.err, HasSubstr("try: selfheal fix apply SH-142 --plan abc123 --yes --confirm acme/prod\n"));
  EXPECT_EQ(on({"fix", "apply", "SH-142", "--yes", "--confirm", "acme/dev"}).code, kRefused);
  EXPECT_EQ(on({"fix", "apply", "SH-142", "--yes", "--confirm", "acme/prod"}).code, kOk);
  EXPECT_EQ(on({"fix", "apply", "SH-142"}, {.in = true, .err = true, .typed = "acme/prod\n"}).code, kOk);
}

TEST_F(IncidentCommands, ApplyRefusesAnotherPlanThanTheOneShown) {
  api_.answers(kShow, with_remedy("awaiting_approval"));
  const auto ran = on({"fix", "apply", "SH-142", "--plan", "older", "--yes"});
  EXPECT_EQ(ran.code, kConflict);
  EXPECT_EQ(ran.err, "selfheal: the plan has changed since it was shown\ntry: selfheal fix show SH-142\n");
  EXPECT_EQ(api_.asked().size(), 1u);
}

TEST_F(IncidentCommands, ADryRunSendsNothing) {
  api_.answers(kShow, with_remedy("awaiting_approval"));
  const auto ran = on({"fix", "apply", "SH-142", "--dry-run", "--yes"});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_THAT(ran.out, HasSubstr("plan\tstatement\tSELECT pg_terminate_backend(4121, 5000);\n"));
  EXPECT_EQ(api_.asked().size(), 1u);
}

TEST_F(IncidentCommands, WithoutAPlanThereIsNothingToApply) {
  api_.answers(
      kShow,
      incident("refused", R"(,"refusal":{"kind":"never","reason":"the data would be lost","statement":""})"));
  for (const auto* verb : {"show", "apply"}) {
    const auto ran = on({"fix", verb, "SH-142"});
    EXPECT_EQ(ran.code, kRefused);
    EXPECT_EQ(ran.err,
              "selfheal: there is no fix to apply for SH-142: the data would be lost\ntry: selfheal incident "
              "show SH-142\n");
  }
}

TEST_F(IncidentCommands, TheServerDecides) {
  api_.answers(kShow, with_remedy("awaiting_approval"));
  api_.refuses(kApprove, 403, "refused", "policy is suggest");
  EXPECT_EQ(on({"fix", "apply", "SH-142", "--yes", "-q"}).err,
            "selfheal: policy is suggest\ntry: selfheal fix show SH-142\n");
  test::FakeApi stale;
  stale.answers(kShow, with_remedy("awaiting_approval"));
  stale.refuses(kApprove, 409, "plan-stale", "the plan has changed");
  EXPECT_EQ(
      run_line({"fix", "apply", "SH-142", "--yes"}, {.environment = {{"SELFHEAL_SERVER", stale.address()}}})
          .code,
      kConflict);
}

TEST_F(IncidentCommands, ApplyTellsWhatDidNotAct) {
  api_.answers(kShow, with_remedy("awaiting_approval"));
  api_.answers(kApprove, answer_of("no_longer_true"));
  const auto ran = on({"fix", "apply", "SH-142", "--yes", "-q"});
  EXPECT_EQ(ran.code, kConflict);
  EXPECT_EQ(ran.err,
            "selfheal: nothing was done, no_longer_true: because\ntry: selfheal incident show SH-142\n");
}

TEST_F(IncidentCommands, ApplyWaitsForTheVerdict) {
  api_.answers(kApprove, answer_of("treated"));
  api_.answers(kShow, with_remedy("awaiting_approval"));
  api_.answers(kShow, incident("applying"));
  api_.answers(kShow, incident("verifying"));
  api_.answers(kShow, incident("verifying"));
  api_.answers(kShow, incident("verifying", R"(,"relieved_at":"2026-11-25T14:07:31Z")"));
  const auto ran = on({"fix", "apply", "SH-142", "--yes", "--wait"});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_EQ(ran.out, "applied\tEnd session 4121\napplying\nverifying\nrelieved\n");
}

TEST_F(IncidentCommands, AFixThatDoesNotVerifyIsExitCodeNine) {
  api_.answers(kApprove, answer_of("treated"));
  api_.answers(kShow, with_remedy("awaiting_approval"));
  api_.answers(kShow, incident("failed", R"(,"verdict":"worse","verdict_reason":"two more wait")"));
  const auto ran = on({"fix", "apply", "SH-142", "--yes", "--wait"});
  EXPECT_EQ(ran.code, kNotHealed);
  EXPECT_THAT(ran.err, HasSubstr("selfheal: SH-142 is failed after the fix: two more wait\n"));
  EXPECT_EQ(ran.out, "applied\tEnd session 4121\nfailed\tworse\ttwo more wait\n");
}

TEST_F(IncidentCommands, CtrlCWhileWaitingSaysWhatGoesOn) {
  api_.answers(kApprove, answer_of("treated"));
  api_.answers(kShow, with_remedy("awaiting_approval"));
  api_.answers(kShow, incident("verifying"));
  const auto ran = on({"fix", "apply", "SH-142", "--yes", "--wait"}, {.pauses = 2});
  EXPECT_EQ(ran.code, kInterrupted);
  EXPECT_THAT(ran.err, HasSubstr("the server goes on verifying\ntry: selfheal wait SH-142\n"));
  EXPECT_EQ(on({"fix", "apply", "SH-142", "--yes", "--wait", "--timeout", "5s"}).code,
            kRefused);  // no plan any more
}

TEST_F(IncidentCommands, ApplyWithJsonPrintsOneText) {
  api_.answers(kApprove, answer_of("treated"));
  api_.answers(kShow, with_remedy("awaiting_approval"));
  EXPECT_EQ(on({"fix", "apply", "SH-142", "--yes", "--json"}).out, answer_of("treated") + "\n");
  api_.answers(kShow, incident("healed"));
  EXPECT_EQ(on({"fix", "apply", "SH-142", "--yes", "--json", "--wait"}).code, kOk);
}

TEST_F(IncidentCommands, EvidenceIsShownWithItsRows) {
  api_.answers(
      std::string(kShow) + "/evidence",
      R"({"items":[{"id":"e1","probe":"blocking_chain","status":"answered","taken_at":"2026-11-25T14:07:17Z","columns":["pid","query"],"row_count":1,"rows":[["4121",null]]},
               {"id":"e2","probe":"locks","status":"failed","why":"timed out","taken_at":"2026-11-25T14:07:17Z"}]})");
  EXPECT_EQ(on({"incident", "show", "SH-142", "--evidence", "--color=never"}, {.out = true}).out,
            "e1  blocking_chain  answered  1 row  3 s ago\npid   query\n4121\n\ne2  locks  failed  0 rows "
            " 3 s ago  timed out\n");
}

}  // namespace
}  // namespace selfheal::cli
