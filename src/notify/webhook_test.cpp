#include "notify/webhook.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "base/random.h"
#include "notify/compose.h"

namespace selfheal::notify {
namespace {

const Time kNow(std::chrono::seconds(1'900'000'000));
const Sender kSender{.tenant = "acme", .pages = "https://sh.example", .chat = "https://sh.example/chat"};

Incident blocked() {
  Incident incident{.number = IncidentNumber(142),
                    .rev = 3,
                    .server = ServerId("orders"),
                    .database = "shop",
                    .state = IncidentState::awaiting_approval,
                    .events = 37,
                    .redacted_message = "canceling statement due to lock timeout"};
  incident.name.fingerprint = "b1c5d0";
  incident.diagnosis =
      Diagnosis{.cause = "idle_blocker",
                .title = "Idle transaction in billing blocks 4 sessions",
                .category = Category::lock_contention,
                .severity = Severity::high,
                .confidence = Confidence::confirmed,
                .checks = {{"a", "A", CheckStatus::passed, "E1"}, {"b", "B", CheckStatus::unknown, ""}},
                .explanation = {{"Session 4121 is idle in transaction.", "E1"}}};
  incident.plan = PlanShown{.plan_id = "plan-9f2",
                            .plan_hash = "hash",
                            .action = "terminate_session",
                            .title = "End session 4121",
                            .statements = {"SELECT pg_terminate_backend(4121)"},
                            .risk = "low"};
  return incident;
}

Notice notice_of(Change change = Change::needs_approval, const Letter& letter = {.channel = "webhook"}) {
  return compose(letter, change, {.incident = blocked()}, kSender, kNow);
}

TEST(Webhook, SpeaksCloudEvents) {
  const auto event =
      boost::json::parse(cloud_event_of(notice_of(), "https://sh.example/tenants/acme")).as_object();
  EXPECT_EQ(event.at("specversion"), "1.0");
  EXPECT_EQ(event.at("type"), "dev.selfheal.incident.needs_approval.v1");
  EXPECT_EQ(event.at("subject"), "SH-142");
  EXPECT_EQ(event.at("time"), "2030-03-17T17:46:40.000Z");
  const auto& data = event.at("data").as_object();
  EXPECT_EQ(data.at("incident").at("severity"), "high");
  EXPECT_EQ(data.at("incident").at("category"), "LOCK_CONTENTION");
  EXPECT_EQ(data.at("incident").at("url"), "https://sh.example/incidents/SH-142");
  EXPECT_EQ(data.at("incident").at("chat_url"), "https://sh.example/chat?incident=SH-142");
  EXPECT_EQ(data.at("diagnosis").at("checks_passed"), 1);
  EXPECT_EQ(data.at("remedy").at("needs_approval"), true);
  EXPECT_EQ(data.at("dedup_key"), "acme/orders/b1c5d0");
  EXPECT_EQ(data.at("text"),
            "[HIGH] SH-142 Idle transaction in billing blocks 4 sessions (orders/shop). Cause confirmed. Fix "
            "ready, "
            "needs approval: End session 4121.");
}

TEST(Webhook, NamesTheSameNewsAlikeAndOtherNewsOtherwise) {
  const auto first = notice_of();
  EXPECT_EQ(notice_of().id, first.id) << "another try, the same id";
  EXPECT_EQ(first.id.size(), 32u);
  EXPECT_NE(notice_of(Change::healed).id, first.id);
  EXPECT_NE(notice_of(Change::needs_approval, {.channel = "slack"}).id, first.id);
  const Letter told{.channel = "webhook", .told = Told{.at = kNow - 1h}};
  EXPECT_NE(notice_of(Change::needs_approval, told).id, first.id) << "told again, hours later";
}

// The example of https://github.com/standard-webhooks/standard-webhooks, "Signature scheme".
TEST(Webhook, SignsAsStandardWebhooksDo) {
  const Secret key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  EXPECT_EQ(webhook_signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  EXPECT_NE(webhook_signature(Secret("other"), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{}"),
            webhook_signature(Secret("another"), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{}"));
}

TEST(Webhook, SweepsEveryTextOnceMore) {
  auto incident = blocked();
  const std::string leak = "postgresql://app:hunter2@db/shop";
  incident.diagnosis->title = "Connect with " + leak;
  incident.diagnosis->explanation = {{leak, "E1"}};
  incident.plan->undo = leak;
  incident.redacted_message = leak;
  const Material material{.incident = incident, .timeline = {{1, {kNow, "noted", leak}}}};
  const auto notice =
      compose({.channel = "webhook", .instead_of = leak}, Change::opened, material, kSender, kNow);
  const auto text = cloud_event_of(notice, "x");
  EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
}

// Bytes that break JSON, markup, lines and terminals, and words that look like more than words.
std::string hostile_text(SeededRandom& random) {
  static constexpr std::string_view kPieces[] = {
      "\"",         "\\", "\n", "\r", "\0", "\x1b[31m",      "\xff", "\xc3",      "\xe2\x80\xae", "<script>",
      "<!channel>", "&",  "}",  "{",  "]",  "\",\"data\":{", "'",    "$1",        "%s",           "/*",
      "--",         "é",  "表", " ",  "0",  "relation",      "key",  "duplicate", "://"};
  std::string text;
  for (auto pieces = random.below(24); pieces > 0; --pieces) {
    const auto piece = kPieces[random.below(std::size(kPieces))];
    text += piece.empty() ? std::string(1, '\0') : std::string(piece);
  }
  return text;
}

TEST(Webhook, TenThousandHostileTextsStayTextsAndTellNoValue) {
  SeededRandom random(20260301);
  const std::string value = "zimt7h3value";
  for (int i = 0; i < 10'000; ++i) {
    const auto noise = hostile_text(random);
    const auto literal = "'" + value + noise + "'";
    const auto clean = pg::redact({.sqlstate = random.below(2) == 0 ? "23505" : "P0001",
                                   .message = noise + value,
                                   .detail = "Key (email)=(" + value + noise + ") already exists.",
                                   .statement = "INSERT INTO users VALUES (" + literal + ")"});
    auto incident = blocked();
    incident.redacted_message = clean.message.text();
    incident.statement_shape = clean.statement.text();
    incident.diagnosis->title = noise;
    incident.diagnosis->explanation = {{noise, "E1"}};
    incident.database = noise;
    const Letter letter{.channel = "webhook"};
    const Material material{.incident = incident, .timeline = {{1, {kNow, "filed", noise}}}};
    const auto notice = compose(letter, Change::opened, material, kSender, kNow);
    const auto text = cloud_event_of(notice, "x");
    boost::system::error_code error;
    const auto event = boost::json::parse(text, error);
    ASSERT_FALSE(error) << i << " " << text;
    ASSERT_EQ(text.find(value), std::string::npos) << i << " " << text;
    const auto& data = event.at("data");
    ASSERT_EQ(data.as_object().size(), 9u) << "no text became a member: " << text;
    ASSERT_EQ(std::string(data.at("incident").at("title").as_string()), notice.title.text()) << i;
    ASSERT_EQ(text.find('\n'), std::string::npos);
    ASSERT_EQ(text.find('\x1b'), std::string::npos);
  }
}

TEST(Webhook, ATestSaysThatItIsOne) {
  const auto event =
      boost::json::parse(cloud_event_of(test_notice("webhook", kSender, kNow), "x")).as_object();
  EXPECT_EQ(event.at("type"), "dev.selfheal.test.v1");
  EXPECT_FALSE(event.contains("subject"));
}

}  // namespace
}  // namespace selfheal::notify
