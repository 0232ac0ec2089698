#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>

#include "api/internal/idempotency.h"
#include "api/internal/report.h"
#include "support/running_api.h"

namespace selfheal::api {
namespace {

using test::kIngestKey;
using test::RunningApi;

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kDuplicate =
    R"({"message":"duplicate key value violates unique constraint \"orders_pkey\"","sqlstate":"23505"})";

struct Intake : testing::Test {
  Intake() { running.administration.watched = {{.name = ServerId("orders")}}; }
  http::Response report(std::string body, const char* type = "application/json", const char* key = nullptr) {
    http::ClientRequest request{
        .method = "POST", .target = "/api/v1/errors", .body = std::move(body), .content_type = type};
    if (key) request.headers.set("Idempotency-Key", key);
    return running.send_tcp(request, kIngestKey);
  }
  json::object answer(const http::Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    const auto value = contract::parse_json(response.body);
    return value && value->is_object() ? value->as_object() : json::object();
  }
  RunningApi running;
};

TEST_F(Intake, FilesAReport) {
  const auto body = answer(report(kDuplicate));
  EXPECT_EQ(body.at("accepted"), 1);
  EXPECT_EQ(body.at("results").at(0).at("status"), "filed");
  EXPECT_EQ(body.at("results").at(0).at("incident"), "SH-7");
  ASSERT_THAT(running.book.reported, SizeIs(1));
  const auto& event = running.book.reported[0];
  EXPECT_EQ(event.server, ServerId("orders"));
  EXPECT_EQ(event.intake, selfheal::Intake::api);
  EXPECT_EQ(event.level, "ERROR");
  EXPECT_EQ(event.objects.constraint, "orders_pkey");
  EXPECT_FALSE(event.key.session_id.empty());
}

TEST_F(Intake, LearnsTheSqlstateFromTheSentence) {
  answer(report(R"({"message":"permission denied for table b"})"));
  ASSERT_THAT(running.book.reported, SizeIs(1));
  EXPECT_EQ(running.book.reported[0].sqlstate, "42501");
  EXPECT_EQ(running.book.reported[0].objects.table, "b");
}

TEST_F(Intake, LosesNothingToAMalformedLine) {
  const auto lines = std::string(kDuplicate) + "\n\n{\"message\":\n" + R"({"message":"a","sqlstate":"235"})" +
                     "\r\n" + kDuplicate + "\n" + R"({"message":"b","sqlstate":"00000"})";
  const auto body = answer(report(lines, "application/x-ndjson"));
  EXPECT_EQ(body.at("accepted"), 3);
  EXPECT_EQ(body.at("rejected"), 2);
  const auto& results = body.at("results").as_array();
  ASSERT_THAT(results, SizeIs(5));
  EXPECT_EQ(results[1].at("line"), 3);
  EXPECT_EQ(results[1].at("status"), "rejected");
  EXPECT_EQ(results[2].at("errors").at(0).at("pointer"), "/sqlstate");
  EXPECT_EQ(results[3].at("line"), 5);
  EXPECT_EQ(results[3].at("status"), "filed");
  EXPECT_EQ(results[4].at("status"), "ignored");
  EXPECT_THAT(running.book.reported, SizeIs(2));
  const auto metrics = running.get("/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("selfheal_ingest_rejected_total{code=\"malformed\"} 2"));
  EXPECT_THAT(metrics, HasSubstr("selfheal_ingest_accepted_total 3"));
}

TEST_F(Intake, RefusesWhatDoesNotFit) {
  const struct {
    const char* body;
    const char* pointer;
  } cases[] = {
      {" ", ""},
      {"[]", ""},
      {"null", ""},
      {"\"a\"", ""},
      {"{", ""},
      {"{\"message\":\"\xff\"}", ""},
      {"{}", "/message"},
      {R"({"message":""})", "/message"},
      {R"({"message":["a"]})", "/message"},
      {R"({"message":"a","sqlstate":"23505; DROP"})", "/sqlstate"},
      {R"({"message":"a","sqlstate":"2350a"})", "/sqlstate"},
      {R"({"message":"a","sql_state":"23505"})", "/sql_state"},
      {R"({"message":"a","level":"error"})", "/level"},
      {R"({"message":"a","pid":-1})", "/pid"},
      {R"({"message":"a","pid":"4"})", "/pid"},
      {R"({"message":"a","server":"nobody"})", "/server"},
      {R"({"message":"a","occurred_at":"2020-01-01T00:00:00Z"})", "/occurred_at"},
      {R"({"message":"a","occurred_at":"2999-01-01T00:00:00Z"})", "/occurred_at"},
      {R"({"message":"a","occurred_at":5})", "/occurred_at"},
  };
  for (const auto& c : cases) {
    const auto response = report(c.body);
    EXPECT_EQ(response.status, 400) << c.body;
    EXPECT_THAT(response.body, HasSubstr("\"pointer\":\"" + std::string(c.pointer) + "\"")) << c.body;
  }
  EXPECT_EQ(report("a=b", "application/x-www-form-urlencoded").status, 415);
  EXPECT_EQ(report("\n\n", "application/x-ndjson").status, 400);
  EXPECT_THAT(running.book.reported, IsEmpty());
}

TEST_F(Intake, AsksWhichServerWhenSeveralAreWatched) {
  running.administration.watched.push_back({.name = ServerId("acme/prod")});
  EXPECT_THAT(report(kDuplicate).body, HasSubstr("orders, acme/prod"));
  EXPECT_EQ(report(R"({"message":"a","server":"acme/prod"})").status, 200);
  running.administration.watched.clear();
  EXPECT_THAT(report(kDuplicate).body, HasSubstr("selfheal db add"));
}

TEST_F(Intake, LimitsBatches) {
  std::string lines;
  for (int i = 0; i < kReportLines; ++i) lines += std::string(kDuplicate) + "\n";
  EXPECT_EQ(answer(report(lines, "application/x-ndjson")).at("accepted"), kReportLines);
  EXPECT_EQ(report(lines + kDuplicate, "application/x-ndjson").status, 400);
  EXPECT_EQ(report(std::string(kReportBodyBytes + 1, ' ')).status, 413);
}

TEST_F(Intake, CutsLongTextsBetweenCharacters) {
  std::string message(kFieldBytes - 1, 'a');
  answer(report(R"({"message":")" + message + R"(ä and more"})"));
  ASSERT_THAT(running.book.reported, SizeIs(1));
  EXPECT_EQ(running.book.reported[0].message, message);
}

TEST_F(Intake, AnswersARepeatedRequestAlike) {
  const auto first = report(kDuplicate, "application/json", "k1");
  const auto again = report(kDuplicate, "application/json", "k1");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.headers.get("Idempotent-Replayed"), "true");
  EXPECT_THAT(running.book.reported, SizeIs(1));
  EXPECT_EQ(report(R"({"message":"other"})", "application/json", "k1").status, 422);
  EXPECT_EQ(report(kDuplicate, "application/json", "k2").headers.get("Idempotent-Replayed"), "");
  EXPECT_EQ(report(kDuplicate, "application/json", std::string(201, 'k').c_str()).status, 400);
}

TEST_F(Intake, LetsARequestRunAgainThatFoundTheStoreDown) {
  running.book.down = true;
  const auto down = report(kDuplicate, "application/json", "k1");
  EXPECT_EQ(down.status, 503);
  EXPECT_EQ(down.headers.get("Retry-After"), "5");
  running.on_thread([&] { running.book.down = false; });
  EXPECT_EQ(report(kDuplicate, "application/json", "k1").status, 200);
  EXPECT_THAT(running.book.reported, SizeIs(1));
}

// Runs on the server's thread; the timer never expires, cancelling it opens the gate.
asio::awaitable<void> wait_at(std::promise<void>& arrived, asio::steady_timer*& gate) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, asio::steady_timer::time_point::max());
  gate = &timer;
  arrived.set_value();
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

TEST_F(Intake, RefusesASecondRequestWhileTheFirstIsInFlight) {
  std::promise<void> arrived;
  asio::steady_timer* gate = nullptr;
  running.book.before_filing = [&] { return wait_at(arrived, gate); };
  auto first =
      std::async(std::launch::async, [&] { return report(kDuplicate, "application/json", "k1").status; });
  ASSERT_EQ(arrived.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_EQ(report(kDuplicate, "application/json", "k1").status, 409);
  running.on_thread([&] { gate->cancel(); });
  EXPECT_EQ(first.get(), 200);
}

TEST(Reports, HaveTheSameKeysForTheSameBatch) {
  const auto now = parse_time("2026-11-25T03:40:29Z").value_or(Time{});
  const ReportRules rules{.servers = {"orders"}, .now = now, .batch = "api-1"};
  const auto line = R"({"message":"a","occurred_at":"2026-11-25T03:40:00Z"})";
  auto later = rules;
  later.now += 1min;
  const auto first = read_reports(line, false, rules), second = read_reports(line, false, later);
  ASSERT_TRUE(first && second && (*first)[0].event && (*second)[0].event);
  EXPECT_EQ((*first)[0].event->key, (*second)[0].event->key);
}

TEST(Idempotency, ForgetsTheOldestAndWhatIsADayOld) {
  Idempotency book;
  for (std::size_t i = 0; i < kIdempotencyKeys + 5; ++i) {
    const auto key = std::to_string(i);
    EXPECT_EQ(book.begin(key, "h", Time{}).found, Idempotency::Found::nothing);
    book.finish(key, {.body = "b"});
  }
  EXPECT_EQ(book.size(), kIdempotencyKeys);
  EXPECT_EQ(book.begin("1004", "h", Time{}).found, Idempotency::Found::answer);
  EXPECT_EQ(book.begin("0", "h", Time{}).found, Idempotency::Found::nothing);
  EXPECT_EQ(book.begin("x", "h", Time{} + kIdempotencyKept + 1s).found, Idempotency::Found::nothing);
  EXPECT_EQ(book.size(), 1u);
}

TEST(Idempotency, KeepsAnswersWithinItsBytes) {
  Idempotency book;
  for (int i = 0; i < 40; ++i) {
    book.begin(std::to_string(i), "h", Time{});
    book.finish(std::to_string(i), {.body = std::string(1u << 20, 'b')});
  }
  EXPECT_LE(book.size(), 18u);
  EXPECT_EQ(book.begin("39", "h", Time{}).found, Idempotency::Found::answer);
}

}  // namespace
}  // namespace selfheal::api
