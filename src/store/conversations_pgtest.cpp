#include <fmt/format.h>
#include <gmock/gmock.h>

#include <limits>

#include "support/test_store.h"

namespace selfheal::store {
namespace {

using assistant::Chat;
using assistant::Spent;
using assistant::Turn;

class ConversationsTest : public test::StoreTest {
 protected:
  Chat a_chat(const std::string& id, const std::string& owner = "ann") {
    return {.id = id, .title = "Why on Fridays?", .owner = owner, .at = clock_.wall};
  }
  Turn said(const std::string& text) {
    return {.role = "user", .text = text, .tools_json = R"([{"name":"sql"}])", .at = clock_.wall};
  }
  ErrorCode refused(StatusTask task) {
    const auto status = run(std::move(task));
    EXPECT_FALSE(status);
    return status ? ErrorCode::failed : status.error().code;
  }
};

TEST_F(ConversationsTest, AChatIsKeptWithItsTurnsInTheirOrder) {
  auto& chats = open().chats();
  auto chat = a_chat("main");
  chat.about = IncidentNumber(142);
  chat.server = ServerId("acme/prod");
  done(chats.put(chat, soon()));
  done(chats.append("main", "ann", {said("first"), said("second")}, soon()));
  clock_.wall += 1s;
  done(chats.append("main", "ann", {said("third")}, soon()));

  const auto found = got(chats.find("main", "ann", 2, soon()));
  EXPECT_EQ(found.title, "Why on Fridays?");
  EXPECT_EQ(found.about, IncidentNumber(142));
  EXPECT_EQ(found.server, ServerId("acme/prod"));
  EXPECT_EQ(found.at, clock_.wall) << "of the last turn";
  ASSERT_EQ(found.turns.size(), 2u);
  EXPECT_EQ(found.turns[0].text, "second");
  EXPECT_EQ(found.turns[1].text, "third");
  EXPECT_EQ(found.turns[1].tools_json, R"([{"name":"sql"}])");
  EXPECT_EQ(found.turns[1].at, clock_.wall);
}

TEST_F(ConversationsTest, NobodySeesChangesOrForgetsTheChatOfAnother) {
  auto& chats = open().chats();
  done(chats.put(a_chat("main"), soon()));
  EXPECT_EQ(run(chats.find("main", "bob", 9, soon())).error().code, ErrorCode::not_found);
  EXPECT_EQ(refused(chats.append("main", "bob", {said("x")}, soon())), ErrorCode::not_found);
  EXPECT_EQ(refused(chats.remove("main", "bob", soon())), ErrorCode::not_found);
  EXPECT_THAT(got(chats.list("bob", 9, soon())), ::testing::IsEmpty());

  done(chats.put(a_chat("main", "bob"), soon()));
  done(chats.append("main", "bob", {said("bob's")}, soon()));
  EXPECT_THAT(got(chats.find("main", "ann", 9, soon())).turns, ::testing::IsEmpty())
      << "the same name is another chat";
  auto& other = open("umbrella").chats();
  EXPECT_EQ(run(other.find("main", "ann", 9, soon())).error().code, ErrorCode::not_found) << "another tenant";
}

TEST_F(ConversationsTest, ListsComeNewestFirst) {
  auto& chats = open().chats();
  for (const auto* id : {"a", "b", "c"}) {
    done(chats.put(a_chat(id), soon()));
    clock_.wall += 1s;
  }
  done(chats.append("a", "ann", {said("again")}, soon()));
  std::string ids;
  for (const auto& chat : got(chats.list("ann", 2, soon()))) ids += chat.id;
  EXPECT_EQ(ids, "ac");
}

TEST_F(ConversationsTest, ARemovedChatTakesItsTurnsAlong) {
  auto& chats = open().chats();
  done(chats.put(a_chat("main"), soon()));
  done(chats.append("main", "ann", {said("first")}, soon()));
  done(chats.remove("main", "ann", soon()));
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.chat_turn"), "0");
  EXPECT_EQ(refused(chats.append("main", "ann", {said("x")}, soon())), ErrorCode::not_found);
}

TEST_F(ConversationsTest, WhatIsHostileOrEndlessIsCut) {
  auto& chats = open().chats();
  auto chat = a_chat("main");
  chat.title = std::string(10'000, 't');
  done(chats.put(chat, soon()));
  auto turn = said(std::string("a\0b\xff", 4));
  turn.tools_json = "[" + std::string(100'000, ' ') + "]";
  done(chats.append("main", "ann", {turn}, soon()));
  const auto found = got(chats.find("main", "ann", 9, soon()));
  EXPECT_EQ(found.title.size(), 200u);
  EXPECT_EQ(found.turns.at(0).tools_json, "") << "cut it would be no JSON";
  EXPECT_THAT(found.turns.at(0).text, ::testing::StartsWith("a"));

  const std::string page(200u << 10, 'x');
  for (int i = 0; i < 8; ++i) done(chats.append("main", "ann", {said(page)}, soon()));
  const auto bytes = std::stol(look("SELECT sum(octet_length(text)) FROM selfheal.chat_turn"));
  EXPECT_LE(bytes, 1 << 20);
  EXPECT_GE(bytes, 800 << 10);
  std::vector<Turn> many(500, said("x"));
  done(chats.append("main", "ann", many, soon()));
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.chat_turn"), "400");
}

TEST_F(ConversationsTest, OnePersonKeepsSoManyChats) {
  auto& chats = open().chats();
  done(chats.put(a_chat("of bob", "bob"), soon()));
  for (int i = 0; i < 203; ++i) {
    clock_.wall += 1s;
    done(chats.put(a_chat(fmt::format("chat-{}", i)), soon()));
  }
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.chat WHERE owner = 'ann'"), "200");
  EXPECT_EQ(run(chats.find("chat-2", "ann", 1, soon())).error().code, ErrorCode::not_found);
  EXPECT_TRUE(run(chats.find("chat-3", "ann", 1, soon())));
  EXPECT_TRUE(run(chats.find("of bob", "bob", 1, soon())));
}

TEST_F(ConversationsTest, UsageIsOfAUtcDay) {
  auto& usage = open().model_usage();
  const auto midnight = parse_time("2026-03-02T00:00:00Z").value();
  done(usage.add(midnight - 1s, "chat", {.prompt_tokens = 100, .completion_tokens = 10, .cost = 1}, soon()));
  done(usage.add(midnight, "chat", {.prompt_tokens = 5, .completion_tokens = 6, .cost = 0.25}, soon()));
  done(usage.add(midnight + 1h, "chat", {.prompt_tokens = 1, .completion_tokens = 1, .cost = 0.25}, soon()));
  done(usage.add(midnight + 1h, "explanation", {.prompt_tokens = 10}, soon()));
  const auto spent = got(usage.spent_today(midnight + 23h, soon()));
  EXPECT_EQ(spent.prompt_tokens, 16);
  EXPECT_EQ(spent.completion_tokens, 7);
  EXPECT_DOUBLE_EQ(spent.cost, 0.5);
  EXPECT_EQ(got(usage.spent_today(midnight + 24h, soon())).prompt_tokens, 0);
  EXPECT_EQ(look("SELECT calls FROM selfheal.model_usage WHERE purpose = 'chat' AND day = '2026-03-02'"),
            "2");
}

TEST_F(ConversationsTest, ACallThatClaimsToHaveFreedTokensIsRefused) {
  auto& usage = open().model_usage();
  EXPECT_EQ(refused(usage.add(clock_.wall, "chat", {.prompt_tokens = -1}, soon())), ErrorCode::invalid_input);
  EXPECT_EQ(
      refused(usage.add(clock_.wall, "chat", {.cost = std::numeric_limits<double>::quiet_NaN()}, soon())),
      ErrorCode::invalid_input);
}

TEST_F(ConversationsTest, AWordingIsFoundUnderItsKeyWhateverThatHolds) {
  auto& usage = open().model_usage();
  const std::string key(5000, 'k');
  EXPECT_EQ(got(usage.wording(key, soon())), "");
  done(usage.keep_wording(key, R"({"what":"one"})", soon()));
  done(usage.keep_wording(key, R"({"what":"two"})", soon()));
  done(usage.keep_wording(key + "x", R"({"what":"three"})", soon()));
  EXPECT_EQ(got(usage.wording(key, soon())), R"({"what":"two"})");
  EXPECT_EQ(refused(usage.keep_wording(key, std::string(100'000, 'x'), soon())), ErrorCode::invalid_input);
}

TEST_F(ConversationsTest, ChatsAndWordingsGoAfterTheirTime) {
  auto& store = open();
  done(store.chats().put(a_chat("old"), soon()));
  done(store.model_usage().keep_wording("old", "{}", soon()));
  done(store.model_usage().add(clock_.wall, "chat", {.prompt_tokens = 1}, soon()));
  clock_.wall += 29h * 24;
  done(store.chats().put(a_chat("young"), soon()));
  done(store.maintain(soon()));
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.chat"), "2");
  clock_.wall += 2h * 24;
  done(store.maintain(soon()));
  EXPECT_EQ(look("SELECT string_agg(id, ' ') FROM selfheal.chat"), "young");
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.wording"), "0");
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.model_usage"), "1") << "what was spent is kept for a year";
  done(store.administration().set_setting("keep_chats_days", 1, "ada", soon()));
  clock_.wall += 25h;
  done(store.maintain(soon()));
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.chat"), "0");
  clock_.wall += 400h * 24;
  done(store.maintain(soon()));
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.model_usage"), "0");
}

}  // namespace
}  // namespace selfheal::store
