#include "access/person.h"

#include <gtest/gtest.h>

namespace selfheal::access {
namespace {

TEST(PersonName, IsTrimmedAndKeepsLettersOfAllLanguages) {
  EXPECT_EQ(person_name("  Ann "), "Ann");
  for (const auto* name : {"Ann Müller", "Ó Súilleabháin", "李雷", "محمد", "ann@example.com", "x"})
    EXPECT_EQ(person_name(name), name);
  EXPECT_TRUE(person_name(std::string(kPersonNameBytes, 'a')));
}

TEST(PersonName, RefusesWhatWouldMisleadAReaderOfTheAuditTrail) {
  const std::string_view refused[] = {"",
                                      "   ",
                                      "Ann\nBob",
                                      "Ann\t",
                                      std::string_view("A\0n", 3),
                                      "Ann\x7F",
                                      "Ann\xC2\xA0",      // no-break space
                                      "A\xE2\x80\x8Bnn",  // zero-width space
                                      "\xE2\x80\xAE"
                                      "nnA",              // right-to-left override
                                      "A\xE2\x81\xA6nn",  // isolate
                                      "\xEF\xBB\xBF"
                                      "Ann",
                                      "token",
                                      "Policy",
                                      "SELFHEAL",
                                      "ingest key"};
  for (const auto name : refused) {
    const auto answer = person_name(name);
    ASSERT_FALSE(answer) << name;
    EXPECT_EQ(answer.error().code, ErrorCode::invalid_input);
  }
  EXPECT_FALSE(person_name(std::string(kPersonNameBytes + 1, 'a')));
}

TEST(SlackUserId, IsWrittenAsSlackDoes) {
  EXPECT_EQ(slack_user_id("U024BE7LH"), "U024BE7LH");
  EXPECT_EQ(slack_user_id("W012A3CDE"), "W012A3CDE");
  for (const auto* wrong : {"", "U", "u024BE7LH", "C024BE7LH", "U024 BE7", "<@U024BE7LH>", "U024BE7LH\n"})
    EXPECT_FALSE(slack_user_id(wrong)) << wrong;
  EXPECT_FALSE(slack_user_id("U" + std::string(40, '1')));
}

TEST(Person, HasNoRightsWhileDisabled) {
  Person ann{.name = "Ann", .role = Role::admin};
  EXPECT_EQ(ann.rights(), Role::admin);
  ann.disabled = true;
  EXPECT_EQ(ann.rights(), Role::nobody);
}

}  // namespace
}  // namespace selfheal::access
