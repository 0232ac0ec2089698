#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/json.h"
#include "support/running_api.h"

namespace selfheal::api {
namespace {

using ::testing::HasSubstr;

// What it does when it is on is tested with a real server: src/sample/, src/server/.
TEST(SampleApplication, SaysHowToTurnItOnWhileItIsOff) {
  test::RunningApi running;
  const auto response = running.get("/api/v1/sample");
  ASSERT_EQ(response.status, 200);
  const auto body = contract::parse_json(response.body)->as_object();
  EXPECT_EQ(body.at("is_on"), false);
  EXPECT_THAT(std::string(body.at("setup").as_string()),
              HasSubstr("CREATE TABLE IF NOT EXISTS staff.employees"));
  EXPECT_EQ(body.at("troubles").as_array().size(), 6u);
}

TEST(SampleApplication, CausesNothingWhileItIsOff) {
  test::RunningApi running;
  EXPECT_EQ(running.get("/api/v1/sample/employees").status, 404);
  EXPECT_EQ(
      running.post("/api/v1/sample/employees", R"({"name":"A","email":"a@b","department":"Sales"})").status,
      404);
  EXPECT_EQ(running.post("/api/v1/sample/troubles/lock", "").status, 404);
  EXPECT_EQ(running.post("/api/v1/sample/clear_up", "").status, 404);
}

TEST(SampleApplication, IsClosedToStrangers) {
  test::RunningApi running;
  const auto answer_to = [&](const char* method, const char* target) {
    return running.send_tcp({.method = method, .target = target}, "").status;
  };
  EXPECT_EQ(answer_to("GET", "/api/v1/sample"), 401);
  EXPECT_EQ(answer_to("GET", "/api/v1/sample/employees"), 401);
  EXPECT_EQ(answer_to("POST", "/api/v1/sample/troubles/lock"), 401);
}

}  // namespace
}  // namespace selfheal::api
