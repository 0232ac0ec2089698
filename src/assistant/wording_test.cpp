// Asking a language model for a wording: the cache, the budget, and what goes wrong.
#include "assistant/wording.h"

#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>
#include <map>

#include "assistant/internal/model_lies.h"
#include "support/loop.h"
#include "support/stub_model.h"

namespace selfheal::assistant {
namespace {

using namespace assistant::test;
using selfheal::test::StubModel;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class MemoryBook final : public UsageBook {
 public:
  Task<Spent> spent_today(Time, Deadline) override {
    if (is_down) co_return failure(ErrorCode::unavailable, "down");
    co_return spent;
  }
  StatusTask add(Time, std::string purpose, Spent more, Deadline) override {
    EXPECT_EQ(purpose, "wording");
    spent.prompt_tokens += more.prompt_tokens;
    spent.completion_tokens += more.completion_tokens;
    spent.cost += more.cost;
    co_return Status{};
  }
  Task<std::string> wording(std::string key, Deadline) override {
    if (is_down) co_return failure(ErrorCode::unavailable, "down");
    co_return wordings[key];
  }
  StatusTask keep_wording(std::string key, std::string json, Deadline) override {
    wordings[key] = std::move(json);
    co_return Status{};
  }
  bool is_down = false;
  Spent spent;
  std::map<std::string, std::string> wordings;
};

StubModel::Reply said(const std::string& text) {
  return StubModel::json(
      R"({"choices":[{"message":{"role":"assistant","content":)" +
      boost::json::serialize(boost::json::value(text)) +
      R"(},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":200}})");
}
StubModel::Reply said(const std::vector<WordedSentence>& sentences) {
  return said(boost::json::serialize(internal::as_json(sentences)));
}

Task<Explanation> as_task(asio::awaitable<Explanation> wording) {
  auto explanation = co_await std::move(wording);
  co_return explanation;
}

struct Scene {
  explicit Scene(std::vector<StubModel::Reply> replies, ConversationSettings settings = {})
      : stub(std::move(replies)) {
    client = std::make_unique<Client>(Settings{.base_url = stub.url(), .retries = 0}, clock, random);
    wording = std::make_unique<Wording>(Wording::Parts{book, *client, clock}, "gpt-test", settings);
  }
  Explanation word(Explanation explanation = Told().explanation) {
    return *loop.run(as_task(wording->word(std::move(explanation), clock.deadline_in(10s))));
  }
  Explanation recall(Explanation explanation = Told().explanation) {
    return *loop.run(as_task(wording->recall(std::move(explanation), clock.deadline_in(10s))));
  }
  StubModel stub;
  SystemClock clock;
  SeededRandom random{1};
  selfheal::test::Loop loop;
  MemoryBook book;
  std::unique_ptr<Client> client;
  std::unique_ptr<Wording> wording;
};

TEST(Wording, IsAskedForOnceAndRememberedForTheSameShape) {
  const Told told;
  Scene scene({said(
      {told.worded(kWaited, "There were {0} sessions that waited for it when the recorder last looked.")})});
  EXPECT_EQ(scene.recall().worded_by, "templates");
  const auto first = scene.word();
  EXPECT_EQ(first.worded_by, "gpt-test");
  EXPECT_FALSE(first.is_cached);
  EXPECT_TRUE(scene.word().is_cached);
  EXPECT_TRUE(scene.recall().is_cached);
  // Other numbers and names, the same sentences: today's values stand in the words of then.
  auto other = blocked();
  other.incident.diagnosis->explanation[1].text = "9 sessions waited for it when the recorder last looked.";
  const auto later = scene.word(explain(other, kNow));
  EXPECT_TRUE(later.is_cached);
  EXPECT_THAT(
      texts_of(later),
      ::testing::Contains("E2 There were 9 sessions that waited for it when the recorder last looked."));
  EXPECT_EQ(scene.stub.requests().size(), 1u);
  EXPECT_EQ(scene.book.spent.prompt_tokens, 1000);
  EXPECT_EQ(scene.book.spent.completion_tokens, 200);
}

TEST(Wording, OfAnotherFingerprintOrShapeIsNotTaken) {
  const Told told;
  Scene scene({said({told.worded(kDenied, "It doesn't wait for anybody.")})});
  scene.word();
  auto other = blocked();
  other.incident.name.fingerprint = "fedcba9876543210";
  EXPECT_FALSE(scene.recall(explain(other, kNow)).is_cached);
  other = blocked();
  other.incident.diagnosis->explanation.pop_back();
  EXPECT_FALSE(scene.recall(explain(other, kNow)).is_cached);
}

TEST(Wording, WhatIsKeptIsCheckedAgain) {
  const Told told;
  Scene scene({said({told.worded(kDenied, "It doesn't wait for anybody.")})});
  scene.word();
  for (auto& [key, json] : scene.book.wordings) {
    const auto at = json.find("doesn't wait");
    ASSERT_NE(at, json.npos);
    json.replace(at, 12, "does wait");
  }
  EXPECT_EQ(texts_of(scene.recall()), texts_of(told.explanation));
}

TEST(Wording, NothingOfTheIncidentsValuesIsSent) {
  Scene scene({said(std::vector<WordedSentence>{})});
  scene.word();
  const auto requests = scene.stub.requests();
  ASSERT_EQ(requests.size(), 1u);
  for (const auto* value : {"billing", "invoice", "4121", "acme", "shop", "lock_not_available", "2026-11-25"})
    EXPECT_THAT(requests[0], Not(HasSubstr(value)));
}

TEST(Wording, StopsAtTheDaysBudget) {
  Scene tokens({said(std::vector<WordedSentence>{})}, {.tokens_a_day = 1000});
  tokens.book.spent.prompt_tokens = 1000;
  EXPECT_THAT(tokens.word().notice, HasSubstr("budget"));
  Scene cost({said(std::vector<WordedSentence>{})}, {.tokens_a_day = 0, .cost_a_day = 0.5});
  cost.book.spent.cost = 0.5;
  EXPECT_THAT(cost.word().notice, HasSubstr("budget"));
  Scene unknown({said(std::vector<WordedSentence>{})});
  unknown.book.is_down = true;
  EXPECT_THAT(unknown.word().notice, HasSubstr("could not be read"));
  EXPECT_THAT(tokens.stub.requests(), IsEmpty());
  EXPECT_THAT(cost.stub.requests(), IsEmpty());
  EXPECT_THAT(unknown.stub.requests(), IsEmpty());
}

// The server counts what it answered, whatever became of the answer.
TEST(Wording, AnUselessAnswerCostsToo) {
  Scene scene({said("I am sorry.")});
  scene.word();
  EXPECT_GT(scene.book.spent.prompt_tokens, 100);
}

TEST(Wording, CostsWhatTheSettingsSay) {
  Scene scene({said(std::vector<WordedSentence>{})},
              {.price_per_million_prompt = 2, .price_per_million_completion = 10});
  scene.word();
  EXPECT_DOUBLE_EQ(scene.book.spent.cost, (1000 * 2 + 200 * 10) / 1e6);
}

// Whatever the model's server does, a person reads the templates' text and why.
TEST(Wording, AnyFailureLeavesTheTemplates) {
  const Told told;
  const std::vector<std::pair<const char*, StubModel::Reply>> replies{
      {"no JSON", said("I am sorry, I can not.")},
      {"another shape", said(R"({"answer":"healed"})")},
      {"no sentences", said(R"({"sentences":[]})")},
      {"no object", said(R"([1,2,3])")},
      {"a server error", StubModel::json(R"({"error":{"message":"x"}})", 500)},
      {"no key", StubModel::json(R"({"error":{"message":"x"}})", 401)},
      {"a limit", StubModel::json(R"({"error":{"message":"x"}})", 429, "Retry-After: 1000\r\n")},
      {"half an answer", {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"choi"}},
      {"nothing", {.bytes = ""}},
  };
  for (const auto& [what, reply] : replies) {
    Scene scene({reply});
    const auto worded = scene.word();
    EXPECT_EQ(texts_of(worded), texts_of(told.explanation)) << what;
    EXPECT_EQ(worded.worded_by, "templates") << what;
    EXPECT_NE(worded.notice, "") << what;
    EXPECT_THAT(scene.book.wordings, Not(::testing::Contains(::testing::Pair(::testing::_, Not("")))));
  }
}

TEST(Wording, AModelThatOnlyLiesChangesNothing) {
  const Told told;
  for (const auto& lie : lies(told)) {
    if (lie.sentence.text.contains('\xff')) continue;  // no JSON can carry it
    Scene scene({said({lie.sentence})});
    const auto worded = scene.word();
    EXPECT_EQ(texts_of(worded), texts_of(told.explanation)) << lie.what;
    EXPECT_EQ(worded.worded_by, "templates") << lie.what;
  }
}

}  // namespace
}  // namespace selfheal::assistant
