#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/running_api.h"
#include "support/waiting_incident.h"

namespace selfheal::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Similar : testing::Test {
  Similar() {
    running.book.files[IncidentNumber(142)] = test::waiting_incident(SystemClock().now());
    running.recollection.known = {{.what = "incident",
                                   .name = "SH-12",
                                   .title = "a sequence is behind",
                                   .why = {"The same trouble: code, objects and statement are the same."},
                                   .trust = "verified",
                                   .action = "advance_sequence",
                                   .helped = 2,
                                   .tried = 3,
                                   .outcomes = {{"advance_sequence", 2, 3}},
                                   .notes = {"the import sets ids"}},
                                  {.what = "runbook",
                                   .name = "unique_violation",
                                   .title = "A key is there already",
                                   .trust = "written"}};
  }
  test::RunningApi running;
};

TEST_F(Similar, SaysWhyAndWhatWorkedThen) {
  const auto response = running.get("/api/v1/incidents/SH-142/similar?limit=1");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(running.recollection.asked, "SH-142");
  for (const auto* part : {R"("incident":"SH-12")", R"("why":["The same trouble)", R"("helped":2,"tried":3)",
                           "the import sets ids"})
    EXPECT_THAT(response.body, HasSubstr(part));
  EXPECT_THAT(response.body, Not(HasSubstr("unique_violation")));
  EXPECT_EQ(running.get("/api/v1/incidents/SH-142/similar?limit=0").status, 400);
  EXPECT_EQ(running.get("/api/v1/incidents/x/similar").status, 400);
}

TEST_F(Similar, SearchesForWords) {
  const auto response = running.get("/api/v1/memory/search?q=too%20many%20clients");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(running.recollection.asked, "too many clients");
  EXPECT_THAT(response.body, HasSubstr(R"("runbook":"unique_violation")"));
  EXPECT_EQ(running.get("/api/v1/memory/search").status, 400);
  EXPECT_EQ(running.get("/api/v1/memory/search?q=" + std::string(5000, 'a')).status, 400);
}

TEST_F(Similar, StandsOnTheIncidentsPageAndCostsItNothingWhenMemoryFails) {
  EXPECT_THAT(running.get("/api/v1/incidents/SH-142").body, HasSubstr(R"("incident":"SH-12")"));
  running.recollection.down = true;
  const auto page = running.get("/api/v1/incidents/SH-142");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr(R"("similar":[])"));
  EXPECT_EQ(running.get("/api/v1/incidents/SH-142/similar").status, 503);
}

TEST_F(Similar, APersonMayWriteANote) {
  const auto* path = "/api/v1/incidents/SH-142/note";
  EXPECT_EQ(running.post(path, R"({"why":"the import sets ids"})").status, 200);
  EXPECT_THAT(running.clinic.heard, ::testing::ElementsAre("ann notes: the import sets ids"));
  EXPECT_EQ(running.post(path, R"({"why":""})").status, 400);
}

TEST_F(Similar, IsForThoseWhoMayView) {
  http::ClientRequest request{.target = "/api/v1/memory/search?q=a"};
  EXPECT_EQ(running.send_tcp(request, "").status, 401);
  EXPECT_EQ(running.send_tcp(request, test::kIngestKey).status, 403);
}

}  // namespace
}  // namespace selfheal::api
