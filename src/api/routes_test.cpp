#include "api/internal/routes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <set>

#include "support/running_api.h"

namespace selfheal::api {
namespace {

using test::RunningApi;

namespace json = boost::json;

json::value description() {
  return contract::parse_json(describe_routes(route_rows(), "0.1.0")).value_or(json::value());
}

TEST(Routes, AllDemandAPermissionAndSayWhatTheyAreFor) {
  for (const auto& row : route_rows()) {
    EXPECT_NE(row.permission, Permission::unset) << row.id;
    EXPECT_FALSE(row.summary.empty()) << row.id;
    EXPECT_TRUE(row.handle != nullptr || row.response_type == "text/event-stream") << row.id;
  }
}

TEST(Routes, AreOpenToStrangersOnlyWhereThatIsHarmless) {
  std::set<std::string_view> open;
  for (const auto& row : route_rows())
    if (row.permission == Permission::anyone) open.insert(row.pattern);
  EXPECT_EQ(open, (std::set<std::string_view>{"/api/v1/health", "/api/v1/openapi.json", "/api/v1/session",
                                              "/api/v1/version"}));
}

TEST(Routes, AreUniqueAndSorted) {
  const auto out_of_order =
      std::ranges::adjacent_find(route_rows(), std::ranges::greater_equal{}, &RouteRow::id);
  EXPECT_EQ(out_of_order, route_rows().end());
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const auto& row : route_rows()) EXPECT_TRUE(seen.emplace(row.method, row.pattern).second) << row.id;
}

TEST(Routes, RefuseWhoMayNot) {
  for (const auto role : {Role::nobody, Role::reporter, Role::viewer, Role::developer, Role::admin}) {
    EXPECT_FALSE(may({.role = role}, Permission::unset));
    EXPECT_TRUE(may({.role = role}, Permission::anyone));
  }
  EXPECT_TRUE(may({.role = Role::reporter}, Permission::report));
  EXPECT_FALSE(may({.role = Role::viewer}, Permission::operate));
  EXPECT_TRUE(may({.role = Role::admin}, Permission::administer));
}

TEST(OpenApi, HoldsEveryRoute) {
  const auto document = description();
  EXPECT_EQ(document.at("openapi"), "3.1.0");
  std::size_t operations = 0;
  for (const auto& [_, path] : document.at("paths").as_object()) operations += path.as_object().size();
  EXPECT_EQ(operations, route_rows().size());
  for (const auto& row : route_rows()) {
    const auto path = boost::replace_all_copy(std::string(row.pattern), "...}", "}");
    const auto method = boost::to_lower_copy(std::string(row.method));
    const auto& operation = document.at("paths").at(path).at(method);
    EXPECT_EQ(operation.at("operationId").as_string(), row.id);
    EXPECT_EQ(operation.as_object().contains("requestBody"), row.request != nullptr) << row.id;
    EXPECT_EQ(operation.as_object().contains("security"), row.permission == Permission::anyone) << row.id;
  }
}

void collect_references(const json::value& value, std::vector<std::string>& found) {
  if (const auto* array = value.if_array())
    for (const auto& item : *array) collect_references(item, found);
  if (const auto* object = value.if_object())
    for (const auto& [key, item] : *object) {
      if (key == "$ref") found.emplace_back(item.as_string());
      collect_references(item, found);
    }
}

TEST(OpenApi, RefersOnlyToWhatItHolds) {
  const auto document = description();
  std::vector<std::string> references;
  collect_references(document, references);
  EXPECT_GT(references.size(), 20u);
  const auto& schemas = document.at("components").at("schemas").as_object();
  for (const auto& reference : references) {
    const std::string prefix = "#/components/schemas/";
    ASSERT_TRUE(reference.starts_with(prefix)) << reference;
    EXPECT_TRUE(schemas.contains(reference.substr(prefix.size()))) << reference;
  }
}

TEST(OpenApi, KnowsTheWordsOfTheModel) {
  const auto document = description();
  const auto& incident = document.at("components").at("schemas").at("Incident");
  const auto& states = incident.at("properties").at("state").at("enum").as_array();
  EXPECT_EQ(states.size(), 11u);
  EXPECT_EQ(states[2], "awaiting_approval");
}

TEST(OpenApi, IsServedToAnybody) {
  RunningApi running;
  const auto served = running.send_tcp({.target = "/api/v1/openapi.json"}, "");
  EXPECT_EQ(served.status, 200);
  EXPECT_EQ(served.body, running.api().description());
}

}  // namespace
}  // namespace selfheal::api
