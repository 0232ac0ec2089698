#include "notify/webhook.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/check.h"

namespace selfheal::notify {
namespace {

namespace json = boost::json;

constexpr std::string_view kBase64Key = "whsec_";

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

// Empty when it is no base64.
std::string from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return {};
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return {};
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

std::string key_bytes(const std::string& key) {
  if (!key.starts_with(kBase64Key)) return key;
  auto bytes = from_base64(std::string_view(key).substr(kBase64Key.size()));
  return bytes.empty() ? key : bytes;
}

json::value time_or_null(const std::optional<Time>& time) {
  return time ? json::value(to_rfc3339(*time)) : json::value();
}

json::array texts_of(const std::vector<pg::RedactedText>& texts) {
  json::array out;
  for (const auto& text : texts) out.emplace_back(text.text());
  return out;
}

json::object incident_of(const Notice& notice) {
  return {{"id", notice.incident},
          {"rev", notice.rev},
          {"status", to_word(notice.state)},
          {"severity", to_word(notice.severity)},
          {"category", to_text(notice.category)},
          {"sqlstate", notice.sqlstate},
          {"trouble", notice.trouble},
          {"title", notice.title.text()},
          {"message", notice.message.text()},
          {"statement", notice.statement.text()},
          {"fingerprint", notice.fingerprint},
          {"server", notice.server},
          {"database", notice.database.text()},
          {"events", notice.events},
          {"first_seen", to_rfc3339(notice.first_seen)},
          {"last_seen", to_rfc3339(notice.last_seen)},
          {"relieved_at", time_or_null(notice.relieved_at)},
          {"closed_at", time_or_null(notice.closed_at)},
          {"url", notice.links.incident},
          {"chat_url", notice.links.chat}};
}

json::object diagnosis_of(const Notice& notice) {
  json::array explanation;
  for (const auto& sentence : notice.explanation)
    explanation.push_back({{"text", sentence.text.text()}, {"evidence", sentence.evidence_id}});
  json::array ruled_out;
  for (const auto& other : notice.ruled_out)
    ruled_out.push_back({{"cause", other.cause.text()}, {"why", other.why.text()}});
  return {{"confidence", to_word(notice.confidence)},
          {"cause", notice.cause},
          {"checks_passed", notice.checks.passed},
          {"checks", notice.checks.all},
          {"explanation", std::move(explanation)},
          {"ruled_out", std::move(ruled_out)},
          {"recommendations", texts_of(notice.recommendations)}};
}

json::value remedy_of(const Notice& notice) {
  if (!notice.remedy) return nullptr;
  const auto& remedy = *notice.remedy;
  return json::object{{"plan_id", remedy.plan_id},
                      {"plan_hash", remedy.plan_hash},
                      {"action", remedy.action},
                      {"title", remedy.title.text()},
                      {"statements", texts_of(remedy.statements)},
                      {"risk", remedy.risk},
                      {"undo", remedy.undo.text()},
                      {"needs_approval", remedy.needs_approval},
                      {"expires_at", time_or_null(remedy.expires_at)}};
}

json::object data_of(const Notice& notice) {
  if (notice.change == Change::test) return {{"test", true}, {"text", summary_of(notice)}};
  json::array timeline;
  for (const auto& entry : notice.timeline)
    timeline.push_back({{"at", to_rfc3339(entry.at)}, {"what", entry.what}, {"text", entry.text.text()}});
  json::object data{{"change", to_word(notice.change)},
                    {"text", summary_of(notice)},
                    {"incident", incident_of(notice)},
                    {"diagnosis", diagnosis_of(notice)},
                    {"remedy", remedy_of(notice)},
                    {"verdict", nullptr},
                    {"seen_before", json::object{{"helped", notice.before.helped},
                                                 {"tried", notice.before.tried},
                                                 {"text", notice.before.in_words.text()}}},
                    {"timeline", std::move(timeline)},
                    {"dedup_key", fmt::format("{}/{}/{}", notice.tenant, notice.server, notice.fingerprint)}};
  if (notice.verdict)
    data["verdict"] =
        json::object{{"word", to_word(*notice.verdict)}, {"reason", notice.verdict_reason.text()}};
  if (!notice.instead_of.empty()) data["instead_of"] = notice.instead_of.text();
  return data;
}

class Webhook final : public Channel {
 public:
  Webhook(WebhookSettings settings, Outbound& outbound, const Clock& clock)
      : settings_(std::move(settings)), outbound_(outbound), clock_(clock) {}

  bool can_edit() const override { return false; }
  std::string destination() const override { return host_of(settings_.url.reveal_to_client()); }

  asio::awaitable<Delivery> deliver(Notice notice, std::string, Deadline deadline) override {
    OutboundRequest request{.url = settings_.url,
                            .body = cloud_event_of(notice, settings_.source),
                            .content_type = "application/cloudevents+json"};
    const auto timestamp = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
    request.headers.add("webhook-id", notice.id);
    request.headers.add("webhook-timestamp", std::to_string(timestamp));
    if (!settings_.key.empty())
      request.headers.add("webhook-signature",
                          webhook_signature(settings_.key, notice.id, timestamp, request.body));
    auto answer = co_await outbound_.send(std::move(request), deadline, clock_);
    co_return delivery_of(answer, clock_.now());
  }

 private:
  WebhookSettings settings_;
  Outbound& outbound_;
  const Clock& clock_;
};

}  // namespace

std::string cloud_event_of(const Notice& notice, const std::string& source) {
  const auto type = notice.change == Change::test
                        ? std::string("dev.selfheal.test.v1")
                        : fmt::format("dev.selfheal.incident.{}.v1", to_word(notice.change));
  json::object event{{"specversion", "1.0"},
                     {"id", notice.id},
                     {"source", source},
                     {"type", type},
                     {"time", to_rfc3339(notice.at)},
                     {"datacontenttype", "application/json"},
                     {"data", data_of(notice)}};
  if (!notice.incident.empty()) event["subject"] = notice.incident;
  return json::serialize(event);
}

std::string webhook_signature(const Secret& key, const std::string& id, std::int64_t timestamp,
                              const std::string& body) {
  const auto bytes = key_bytes(key.reveal_to_client());
  const auto text = fmt::format("{}.{}.{}", id, timestamp, body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  const auto* made =
      HMAC(EVP_sha256(), bytes.data(), static_cast<int>(bytes.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
  CHECK(made != nullptr);
  return "v1," + base64({reinterpret_cast<const char*>(digest.data()), length});
}

std::unique_ptr<Channel> make_webhook(WebhookSettings settings, Outbound& outbound, const Clock& clock) {
  return std::make_unique<Webhook>(std::move(settings), outbound, clock);
}

}  // namespace selfheal::notify
