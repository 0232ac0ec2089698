#pragma once

#include "assistant/chat.h"
#include "assistant/conversation.h"

namespace selfheal::assistant::internal {

// What one answer may still spend of the day's budget, and where it is written down.
class Purse {
 public:
  // `spent`: today, before this answer.
  Purse(UsageBook& book, const ConversationSettings& settings, Spent spent)
      : book_(book), settings_(settings), spent_(spent) {}

  // Nothing is left of the day's tokens or money.
  bool is_empty() const;
  // Writes it down at once, so that who stops an answer half way has still paid for it. A book that cannot be
  // written is logged: the answer goes on, and this purse remembers.
  asio::awaitable<void> pay(Usage usage, Time now, Deadline deadline);
  // By this answer.
  const Usage& paid() const { return paid_; }
  double cost() const { return cost_of(paid_); }

 private:
  double cost_of(const Usage& usage) const;
  UsageBook& book_;
  const ConversationSettings& settings_;
  Spent spent_;
  Usage paid_;
};

}  // namespace selfheal::assistant::internal
