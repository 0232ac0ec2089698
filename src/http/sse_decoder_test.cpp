#include "http/sse_decoder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

namespace selfheal::http {
namespace {

using Texts = std::vector<std::string>;

// Feeds the pieces, each event as "id|event|data".
Texts decoded(const std::vector<std::string_view>& pieces, std::size_t limit = 1000) {
  SseDecoder decoder(limit);
  Texts texts;
  for (const auto piece : pieces) {
    const auto status = decoder.feed(piece, [&texts](const SseEvent& event) {
      texts.push_back(fmt::format("{}|{}|{}", event.id, event.event, event.data));
      return true;
    });
    if (!status) texts.push_back("error");
  }
  return texts;
}

struct Case {
  std::string_view text;
  Texts events;
};

const Case kCases[] = {
    {"data: a\n\n", {"|message|a"}},
    {"data: a\r\n\r\n", {"|message|a"}},
    {"data: a\r\r", {"|message|a"}},
    {"data: a\r\n\ndata: b\n\r\n", {"|message|a", "|message|b"}},
    {"id: 7\nevent: incident\ndata: {}\n\n", {"7|incident|{}"}},
    {"id: 7\ndata: a\n\ndata: b\n\n", {"7|message|a", "7|message|b"}},
    {"id: 7\n\ndata: b\n\n", {"7|message|b"}},
    {"id: 7\ndata: a\n\nid\ndata: b\n\n", {"7|message|a", "|message|b"}},
    {"data: a\ndata: b\ndata:\n\n", {"|message|a\nb\n"}},
    {"data\n\n", {"|message|"}},
    {"data:  two spaces\n\n", {"|message| two spaces"}},
    {"data:a:b\n\n", {"|message|a:b"}},
    {"\xEF\xBB\xBF"
     "data: a\n\n",
     {"|message|a"}},
    {"retry: 2000\n\n: ping\n\ndata: a\nunknown: b\n\n", {"|message|a"}},
    {"event: lost\n\ndata: a\n\n", {"|message|a"}},
    {"data: never ended\n", {}},
    {"", {}},
    {std::string_view("id: a\0b\ndata: a\n\n", 17), {"|message|a"}},
};

TEST(SseDecoder, ReadsWhatTheStandardDescribes) {
  for (const auto& [text, events] : kCases) EXPECT_EQ(decoded({text}), events) << text;
}

TEST(SseDecoder, AnswersAlikeHoweverItsInputIsCut) {
  for (const auto& [text, events] : kCases) {
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      EXPECT_EQ(decoded({text.substr(0, cut), text.substr(cut)}), events) << text << " cut at " << cut;
    }
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
    EXPECT_EQ(decoded(bytes), events) << text;
  }
}

TEST(SseDecoder, RefusesAnEventAboveTheLimitForGood) {
  EXPECT_EQ(decoded({"data: 12345678\n\n"}, 14), (Texts{"|message|12345678"}));
  EXPECT_EQ(decoded({"data: 123456789\n\n"}, 14), (Texts{"error"}));
  EXPECT_EQ(decoded({"data: 1234567", "89", "\n\n", "data: a\n\n"}, 14), (Texts{"error", "error", "error"}));
  EXPECT_EQ(decoded({"data: 123\ndata: 456\ndata: 789\n\n"}, 14), (Texts{"error"}));
}

TEST(SseDecoder, StopsWhenNoMoreIsWanted) {
  SseDecoder decoder(100);
  int events = 0;
  const auto status = decoder.feed("id: 1\ndata: a\n\nid: 2\ndata: b\n\n", [&events](const SseEvent&) {
    ++events;
    return false;
  });
  EXPECT_TRUE(status.has_value());
  EXPECT_EQ(events, 1);
  EXPECT_EQ(decoder.last_id(), "1");
}

}  // namespace
}  // namespace selfheal::http
