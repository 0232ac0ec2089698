// Conversations, each of one person.
#include <algorithm>

#include "store/internal/parts.h"
#include "store/internal/records.h"
#include "store/internal/text.h"

namespace selfheal::store {
namespace {

// Of one person. More are not found again by looking; the oldest go.
constexpr std::int64_t kChats = 200;
// Of one chat: a long day of questions and answers. A model is shown far fewer.
constexpr std::int64_t kTurns = 400;
constexpr std::int64_t kChatBytes = 1 << 20;
// A question is at most 16 KiB, an answer a few pages.
constexpr std::size_t kTurnBytes = 256u << 10;
// What is cut is no JSON any more, so that longer is left out.
constexpr std::size_t kToolsBytes = 64u << 10;
constexpr std::size_t kTitleBytes = 200;

class StoredChats final : public assistant::ChatBook {
 public:
  explicit StoredChats(const Context& context) : context_(context) {}
  StatusTask put(assistant::Chat chat, Deadline deadline) override;
  StatusTask append(std::string chat, std::string owner, std::vector<assistant::Turn> turns,
                    Deadline deadline) override;
  Task<assistant::Chat> find(std::string chat, std::string owner, int turns, Deadline deadline) override;
  Task<std::vector<assistant::Chat>> list(std::string owner, int limit, Deadline deadline) override;
  StatusTask remove(std::string chat, std::string owner, Deadline deadline) override;

 private:
  const Context& context_;
};

pg::Param name_param(std::string_view name) { return storable(name, kStoredNameBytes); }

std::unexpected<Error> no_such_chat() { return failure(ErrorCode::not_found, "there is no such chat"); }

Result<assistant::Chat> chat_from(Row row) {
  assistant::Chat chat{.id = row.text("id"), .title = row.text("title"), .owner = row.text("owner")};
  if (const auto about = row.optional_number("about")) chat.about = IncidentNumber(*about);
  if (auto server = row.optional_text("server")) chat.server = ServerId(*std::move(server));
  chat.at = row.time("at");
  TRY_OK(row.status());
  return chat;
}

Result<assistant::Turn> turn_from(Row row) {
  assistant::Turn turn{.role = row.text("role"),
                       .text = row.text("text"),
                       .tools_json = row.text("tools"),
                       .at = row.time("at")};
  TRY_OK(row.status());
  return turn;
}

json::object row_of(const assistant::Turn& turn, std::int64_t number) {
  const auto tools = storable(turn.tools_json);
  return {{"number", number},
          {"role", storable(turn.role, kStoredNameBytes)},
          {"text", storable(turn.text, kTurnBytes)},
          {"tools", tools.size() <= kToolsBytes ? tools : std::string()},
          {"at", to_json(turn.at)}};
}

StatusTask StoredChats::put(assistant::Chat chat, Deadline deadline) {
  std::optional<std::int64_t> about;
  if (chat.about) about = chat.about->value();
  pg::Param server;
  if (chat.server) server = name_param(chat.server->value());
  CO_TRY(auto change, co_await Change::begin(context_, deadline));
  std::vector<pg::Param> params{
      name_param(chat.owner), name_param(chat.id), storable(chat.title, kTitleBytes),
      pg::to_param(about),    std::move(server),   pg::to_param(chat.at)};
  CO_TRY_OK(co_await change.ask("chat_put", std::move(params)));
  std::vector<pg::Param> kept{name_param(chat.owner), pg::to_param(kChats)};
  CO_TRY_OK(co_await change.ask("chats_trim", std::move(kept)));
  co_return co_await change.commit();
}

StatusTask StoredChats::append(std::string chat, std::string owner, std::vector<assistant::Turn> turns,
                               Deadline deadline) {
  if (turns.empty()) co_return Status();
  const auto count = static_cast<std::int64_t>(turns.size());
  const auto last = std::ranges::max(turns, {}, &assistant::Turn::at).at;
  CO_TRY(auto change, co_await Change::begin(context_, deadline));
  std::vector<pg::Param> more{name_param(owner), name_param(chat), pg::to_param(count), pg::to_param(last)};
  CO_TRY(const auto extended, co_await change.ask("chat_extend", std::move(more)));
  if (extended.rows.empty()) {
    CO_TRY_OK(co_await change.rollback());
    co_return no_such_chat();
  }
  Row row(extended, 0);
  auto number = row.number("last_turn") - count;
  CO_TRY_OK(row.status());
  json::array rows;
  for (const auto& turn : turns) rows.push_back(row_of(turn, ++number));
  std::vector<pg::Param> added{name_param(owner), name_param(chat), json::serialize(rows)};
  CO_TRY_OK(co_await change.ask("chat_turns_insert", std::move(added)));
  std::vector<pg::Param> kept{name_param(owner), name_param(chat), pg::to_param(kTurns),
                              pg::to_param(kChatBytes)};
  CO_TRY_OK(co_await change.ask("chat_turns_trim", std::move(kept)));
  co_return co_await change.commit();
}

Task<assistant::Chat> StoredChats::find(std::string chat, std::string owner, int turns, Deadline deadline) {
  std::vector<pg::Param> params{name_param(owner), name_param(chat)};
  CO_TRY(const auto rows, co_await ask(context_, context_.readers, "chat_find", params, deadline));
  if (rows.rows.empty()) co_return no_such_chat();
  CO_TRY(auto found, chat_from(Row(rows, 0)));
  params.push_back(pg::to_param(turns));
  CO_TRY(const auto last,
         co_await ask(context_, context_.readers, "chat_turns", std::move(params), deadline));
  CO_TRY(found.turns, all_from(last, turn_from));
  co_return found;
}

Task<std::vector<assistant::Chat>> StoredChats::list(std::string owner, int limit, Deadline deadline) {
  std::vector<pg::Param> params{name_param(owner), pg::to_param(limit)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.readers, "chats_list", std::move(params), deadline));
  co_return all_from(rows, chat_from);
}

StatusTask StoredChats::remove(std::string chat, std::string owner, Deadline deadline) {
  std::vector<pg::Param> params{name_param(owner), name_param(chat)};
  CO_TRY(const auto rows,
         co_await ask(context_, context_.writer, "chat_remove", std::move(params), deadline));
  if (rows.affected == 0) co_return no_such_chat();
  co_return Status();
}

}  // namespace

std::unique_ptr<assistant::ChatBook> make_chat_book(const Context& context) {
  return std::make_unique<StoredChats>(context);
}

}  // namespace selfheal::store
