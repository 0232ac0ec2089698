#include "http/internal/chunked_decoder.h"

#include <gtest/gtest.h>

namespace selfheal::http {
namespace {

using State = ChunkedDecoder::State;

struct Case {
  std::string text;
  State state;
  std::string body;
};

TEST(ChunkedDecoder, ReadsWhatTheStandardDescribesAndNothingElse) {
  const Case cases[] = {
      {"0\r\n\r\n", State::complete, ""},
      {"3\r\nabc\r\n0\r\n\r\n", State::complete, "abc"},
      {"a\r\n0123456789\r\n0A\r\n0123456789\r\n000\r\n\r\n", State::complete, "01234567890123456789"},
      {"1;name=\"v;\"\r\n\n\r\n0;x\r\nTrailer: v\r\nMore:\r\n\r\n", State::complete, "\n"},
      {"14\r\n", State::more, ""},
      {"15\r\n", State::too_large, ""},
      {"a\r\n0123456789\r\nb\r\n", State::too_large, "0123456789"},
      {"ffffffffffffffff\r\n", State::too_large, ""},
      {"1ffffffffffffffff\r\n", State::malformed, ""},
      {"\r\n", State::malformed, ""},
      {"x\r\n", State::malformed, ""},
      {"-1\r\n", State::malformed, ""},
      {"+1\r\n", State::malformed, ""},
      {"0x1\r\n", State::malformed, ""},
      {" 1\r\n", State::malformed, ""},
      {"1 \r\n", State::malformed, ""},
      {"1\n", State::malformed, ""},
      {"1;a\rb\r\n", State::malformed, ""},
      {"1\r\nab\r\n", State::malformed, "a"},
      {"0\r\nno field\r\n", State::malformed, ""},
      {"1;" + std::string(300, 'x'), State::malformed, ""},
      {"0\r\n" +
           [] {
             std::string trailers;
             for (int i = 0; i < 100; ++i) trailers += "X: " + std::string(100, 'x') + "\r\n";
             return trailers;
           }(),
       State::malformed, ""},
  };
  for (const auto& expected : cases) {
    for (const std::size_t step : {expected.text.size(), 1uz, 2uz, 5uz}) {
      ChunkedDecoder decoder(20);
      std::string body;
      for (std::size_t at = 0; at < expected.text.size() && decoder.state() == State::more; at += step) {
        decoder.feed(std::string_view(expected.text).substr(at, step), body);
      }
      EXPECT_EQ(decoder.state(), expected.state) << expected.text << " in steps of " << step;
      EXPECT_EQ(body, expected.body) << expected.text << " in steps of " << step;
    }
  }
}

TEST(ChunkedDecoder, LeavesWhatFollows) {
  ChunkedDecoder decoder(20);
  std::string body;
  EXPECT_EQ(decoder.feed("1\r\na\r\n0\r\n\r\nGET", body), 11u);
  EXPECT_EQ(decoder.state(), State::complete);
}

}  // namespace
}  // namespace selfheal::http
