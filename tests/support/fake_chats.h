#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/answering.h"

namespace selfheal::test {

// Conversations in memory.
class FakeChats final : public assistant::ChatBook {
 public:
  std::map<std::pair<std::string, std::string>, assistant::Chat> chats;  // by owner and id
  bool down = false;

  StatusTask put(assistant::Chat chat, Deadline) override {
    if (down) co_return unreachable();
    const auto key = std::pair(chat.owner, chat.id);
    chats[key] = std::move(chat);
    co_return Status{};
  }
  StatusTask append(std::string chat, std::string owner, std::vector<assistant::Turn> turns,
                    Deadline) override {
    if (down) co_return unreachable();
    const auto found = chats.find({owner, chat});
    if (found == chats.end()) co_return missing();
    for (auto& turn : turns) found->second.turns.push_back(std::move(turn));
    co_return Status{};
  }
  Task<assistant::Chat> find(std::string chat, std::string owner, int, Deadline) override {
    if (down) co_return unreachable();
    const auto found = chats.find({owner, chat});
    if (found == chats.end()) co_return missing();
    co_return found->second;
  }
  Task<std::vector<assistant::Chat>> list(std::string owner, int limit, Deadline) override {
    if (down) co_return unreachable();
    std::vector<assistant::Chat> own;
    for (auto [key, chat] : chats) {
      chat.turns.clear();
      if (key.first == owner && own.size() < static_cast<std::size_t>(limit)) own.push_back(std::move(chat));
    }
    co_return own;
  }
  StatusTask remove(std::string chat, std::string owner, Deadline) override {
    if (chats.erase({owner, chat}) == 0) co_return missing();
    co_return Status{};
  }

 private:
  static std::unexpected<Error> missing() { return failure(ErrorCode::not_found, "there is no such chat"); }
  static std::unexpected<Error> unreachable() {
    return failure(ErrorCode::unavailable, "the store cannot be reached");
  }
};

// Tells what a test wrote down, then ends, fails or waits for ever.
class FakeAnswering final : public api::Answering {
 public:
  std::vector<assistant::RunEvent> events;
  std::optional<Error> error;
  bool waits = false;          // after the events, until it is cancelled
  int asked = 0;               // how often
  int left_in_the_middle = 0;  // how often a wait was cancelled
  assistant::Question question;
  assistant::Asker asker;

  Task<assistant::Turn> answer(assistant::Question what, assistant::Asker who,
                               std::function<void(assistant::RunEvent)> show, Deadline) override {
    question = std::move(what);
    asker = std::move(who);
    ++asked;
    show(assistant::RunBegan{.run = question.run, .answered_by = "templates"});
    assistant::Turn turn{.role = "assistant", .text = {}, .tools_json = R"([{"name":"run_readonly_sql"}])"};
    for (const auto& event : events) {
      if (const auto* token = std::get_if<assistant::Token>(&event)) turn.text += token->text;
      show(event);
    }
    if (waits) {
      const Left left{left_in_the_middle};
      asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
      co_await never.async_wait(asio::use_awaitable);
    }
    if (error) co_return std::unexpected(*error);
    show(assistant::RunDone{.suggestions = {"What is wrong now?"}});
    co_return turn;
  }

 private:
  struct Left {
    int& count;
    ~Left() { ++count; }
  };
};

}  // namespace selfheal::test
