#include "watch/internal/node_tree.h"

#include <gtest/gtest.h>

namespace selfheal::watch::internal {
namespace {

constexpr const char* kColumn = "{VAR :varno 1 :varattno 1}";
constexpr const char* kConstant = "{CONST :consttype 23 :constisnull false :constvalue 4 [ 1 0 0 0 ]}";

std::string call(const char* function, const std::string& arguments) {
  return std::string("{FUNCEXPR :funcid ") + function + " :funcresulttype 23 :args (" + arguments +
         ") :location 3}";
}

TEST(NodeTree, ACallOfConstantsMayBeComputed) {
  EXPECT_TRUE(may_be_computed(call("16400", ""), "16400"));
  EXPECT_TRUE(may_be_computed(call("16400", kConstant), "16400"));
  EXPECT_TRUE(may_be_computed(call("16400", call("1397", kConstant)), "16400"));
  EXPECT_TRUE(may_be_computed(call("1397", std::string(kColumn) + " " + call("16400", "")), "16400"));
}

TEST(NodeTree, ACallThatTakesAColumnIsNone) {
  EXPECT_FALSE(may_be_computed(call("16400", kColumn), "16400"));
  EXPECT_FALSE(may_be_computed(call("16400", call("1397", kColumn)), "16400"));
  EXPECT_FALSE(may_be_computed(call("16400", kColumn), "1640"));
  EXPECT_FALSE(may_be_computed("", "16400"));
}

TEST(NodeTree, EachCallIsLookedAt) {
  EXPECT_TRUE(may_be_computed(call("16400", kColumn) + " " + call("16400", kConstant), "16400"));
  EXPECT_TRUE(
      may_be_computed("({OPEXPR :opno 96 :opfuncid 16400 :args (" + std::string(kConstant) + ")})", "16400"));
}

TEST(NodeTree, AColumnThatMayVanishDoesNotCount) {
  EXPECT_TRUE(may_be_computed(
      call("16400", "{COALESCE :args (" + std::string(kConstant) + " " + kColumn + ")}"), "16400"));
  EXPECT_TRUE(may_be_computed(call("16400", "{OPEXPR :opno 551 :opfuncid 177 :args (" + std::string(kColumn) +
                                                " {CONST :constisnull true :constvalue <>})}"),
                              "16400"));
}

TEST(NodeTree, ABraceInANameOpensNothing) {
  const auto tree = "{ALIAS :aliasname a\\}b} " + call("16400", kColumn);
  EXPECT_FALSE(may_be_computed(tree, "16400"));
}

}  // namespace
}  // namespace selfheal::watch::internal
