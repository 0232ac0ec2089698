#include <gmock/gmock.h>

#include "support/running_api.h"

namespace selfheal::api {
namespace {

using test::kToken;
using test::RunningApi;

TEST(Notifications, AMuteSaysHowItEndsOrLastsAnHour) {
  RunningApi running;
  running.book.files[IncidentNumber(142)].incident = {
      .number = IncidentNumber(142), .rev = 3, .server = ServerId("orders")};
  const auto mute = [&](std::string body) {
    return running.post("/api/v1/incidents/SH-142/mute", std::move(body)).status;
  };
  EXPECT_EQ(mute(R"({"why":"noise","for_s":59})"), 400) << "shorter than people can mean";
  EXPECT_EQ(mute(R"({"why":"noise","for_s":999999999})"), 400) << "every mute ends";
  EXPECT_EQ(mute(R"({"why":"noise","until_events_an_hour":0})"), 400);
  EXPECT_EQ(mute(R"({"why":"noise","for_s":3600,"until_worse":true})"), 400) << "one end";
  EXPECT_EQ(mute(R"({"for_s":3600})"), 400) << "a reason, please";
  EXPECT_THAT(running.clinic.heard, testing::IsEmpty());
  EXPECT_EQ(mute(R"({"why":"noise","until_worse":true})"), 200);
  EXPECT_EQ(mute(R"({"why":"noise"})"), 200);
}

TEST(Notifications, OnlyAnAdministratorSendsTests) {
  RunningApi running;
  const http::ClientRequest test{.method = "POST", .target = "/api/v1/notifications/channels/slack/test"};
  EXPECT_EQ(running.send_tcp(test, "").status, 401);
  EXPECT_EQ(running.send_tcp(test, test::kIngestKey).status, 403);
  EXPECT_EQ(running.send_tcp(test, kToken).status, 404) << "here nobody is told";
}

}  // namespace
}  // namespace selfheal::api
