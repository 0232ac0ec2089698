#include "pg/params.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace selfheal::pg {
namespace {

using Texts = std::vector<std::string>;
using Params = std::vector<Param>;

TEST(Params, WritesScalarsInPostgreSqlsTextForm) {
  EXPECT_EQ(to_param(std::int64_t{-9223372036854775807 - 1}), "-9223372036854775808");
  EXPECT_EQ(to_param(true), "t");
  EXPECT_EQ(to_param(0.1), "0.1");
  EXPECT_EQ(to_param(-std::numeric_limits<double>::infinity()), "-Infinity");
  EXPECT_EQ(to_param("a"), "a");
  EXPECT_EQ(to_param(std::optional<int>()), Param());
  EXPECT_EQ(to_param(std::optional<int>(7)), "7");
  EXPECT_EQ(to_param(Time(std::chrono::microseconds(1))), "1970-01-01T00:00:00.000001Z");
}

TEST(Params, QuotesEveryElementOfAnArray) {
  EXPECT_EQ(to_array(Texts{}), "{}");
  EXPECT_EQ(to_array(Texts{"a", "", "NULL", "x,y", "q\"\\"}), R"({"a","","NULL","x,y","q\"\\"})");
  EXPECT_EQ(to_array(Params{"a", {}}), R"({"a",NULL})");
  EXPECT_EQ(to_array(std::vector<std::int64_t>{1, -2}), "{1,-2}");
}

TEST(Params, ReadsScalars) {
  EXPECT_EQ(*read_int64("-42"), -42);
  EXPECT_EQ(*read_double("1e3"), 1000);
  EXPECT_TRUE(std::isinf(*read_double("-Infinity")));
  EXPECT_TRUE(std::isnan(*read_double("NaN")));
  EXPECT_TRUE(*read_bool("t"));
  EXPECT_FALSE(*read_bool("f"));
  EXPECT_EQ(*read_time("1970-01-01 00:00:01+00"), Time(1s));
  EXPECT_EQ(*read_optional(Param(), read_int64), std::nullopt);
  EXPECT_EQ(*read_optional(Param("5"), read_int64), 5);
}

TEST(Params, RefusesWhatDoesNotFitWithoutRepeatingIt) {
  for (const Param& field :
       {Param(), Param(""), Param("secret"), Param("1 "), Param("99999999999999999999")}) {
    const auto number = read_int64(field);
    ASSERT_FALSE(number);
    EXPECT_EQ(number.error().code, ErrorCode::invalid_input);
    EXPECT_FALSE(number.error().message.contains("secret"));
    EXPECT_FALSE(read_bool(field));
    EXPECT_FALSE(read_time(field));
    EXPECT_FALSE(read_array(field));
  }
  EXPECT_FALSE(read_text({}));
  EXPECT_FALSE(read_double("1,5"));
  EXPECT_FALSE(read_optional(Param("x"), read_int64));
}

TEST(Params, ReadsArraysAsPostgreSqlPrintsThem) {
  EXPECT_EQ(*read_array("{}"), Params{});
  EXPECT_EQ(*read_array(R"({a,"b c",NULL,"NULL","","q\"\\"})"),
            (Params{"a", "b c", {}, "NULL", "", "q\"\\"}));
  EXPECT_EQ(*read_array("[0:1]={1,2}"), (Params{"1", "2"}));
  EXPECT_EQ(*read_array(" { a b , c } "), (Params{"a b", "c"}));
  EXPECT_EQ(*read_text_array("{a}"), Texts{"a"});
  EXPECT_EQ(*read_int64_array("{1,-2}"), (std::vector<std::int64_t>{1, -2}));
}

TEST(Params, ReadsBackWhatItWrites) {
  const Params elements = {"",  " ",  "NULL", "null", {},     "{", "}",
                           ",", "\"", "\\",   "\\\"", "a\nb", "ä", "[1:2]={"};
  EXPECT_EQ(*read_array(to_array(elements)), elements);
}

TEST(Params, RefusesBrokenAndNestedArrays) {
  for (const char* text :
       {"", "{", "}", "{a", "{a,}", "{,a}", "{a}}", "{a}b", "{{1},{2}}", "{\"a}", "{\"a\\", "{a\"b\"}",
        "{\"a\"b}", "{a\\b}", "[0:1]{1}", "[0:1={1}", "[x]={1}", "a,b", "{a,{b}}"})
    EXPECT_FALSE(read_array(text)) << text;
  EXPECT_FALSE(read_text_array("{a,NULL}"));
  EXPECT_FALSE(read_int64_array("{1,x}"));
}

TEST(Params, RefusesMoreElementsThanTheLimit) {
  std::string text = "{";
  for (std::size_t i = 0; i < kArrayElements; ++i) text += "1,";
  EXPECT_TRUE(read_array(text.substr(0, text.size() - 1) + "}"));
  EXPECT_FALSE(read_array(text + "1}"));
}

}  // namespace
}  // namespace selfheal::pg
