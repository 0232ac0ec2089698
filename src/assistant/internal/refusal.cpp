#include "assistant/internal/refusal.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>

namespace selfheal::assistant::internal {
namespace {

constexpr std::size_t kWordBytes = 48;
constexpr std::size_t kRequestIdBytes = 64;
// A server that wants a longer pause is not waited for anyway; this keeps the arithmetic safe.
constexpr double kLongestPauseMs = 86'400'000;

std::string text_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value) return {};
  if (value->is_string()) return std::string(value->get_string());
  return value->is_int64() ? std::to_string(value->get_int64()) : std::string{};
}

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  // Also refuses NaN.
  if (error != std::errc{} || end != text.data() + text.size() || !(number >= 0)) return std::nullopt;
  return number;
}

std::optional<Duration> retry_after_of(const http::Headers& headers, Time now) {
  const auto in_ms = [](double ms) {
    return Duration(static_cast<std::int64_t>(std::min(ms, kLongestPauseMs) * 1000));
  };
  if (const auto ms = number_of(headers.get("retry-after-ms"))) return in_ms(*ms);
  const std::string text(headers.get("Retry-After"));
  if (const auto seconds = number_of(text)) return in_ms(*seconds * 1000);
  // RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
  tm moment{};
  const char* end = text.empty() ? nullptr : ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &moment);
  if (!end || *end != '\0') return std::nullopt;
  const Time wanted(std::chrono::seconds(::timegm(&moment)));
  return std::clamp(Duration(wanted - now), Duration::zero(), Duration(24h));
}

bool is_plain_word(std::string_view text) {
  return !text.empty() && text.size() <= kWordBytes &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

}  // namespace

Refusal refusal_of(std::string_view body) {
  Refusal refusal;
  boost::system::error_code failed;
  const auto value = boost::json::parse(body, failed);
  if (failed || !value.is_object()) return refusal;
  const auto* error = value.get_object().if_contains("error");
  if (!error) {
    refusal.message = text_of(value.get_object(), "message");  // older vLLM
    return refusal;
  }
  if (error->is_string()) refusal.message = std::string(error->get_string());
  if (!error->is_object()) return refusal;
  const auto& object = error->get_object();
  refusal.message = text_of(object, "message");
  refusal.type = text_of(object, "type");
  refusal.code = text_of(object, "code");
  refusal.param = text_of(object, "param");
  return refusal;
}

Refusal refusal_of(const http::Response& response, Time now) {
  auto refusal = refusal_of(response.body);
  refusal.status = response.status;
  refusal.retry_after = retry_after_of(response.headers, now);
  refusal.request_id = request_id_of(response);
  return refusal;
}

bool is_quota(const Refusal& refusal) {
  for (const std::string_view word : {std::string_view(refusal.code), std::string_view(refusal.type)}) {
    if (word == "insufficient_quota" || word == "credit_balance_exhausted" ||
        word.ends_with("_spend_limit_exceeded") || word.ends_with("_usage_limit_exceeded")) {
      return true;
    }
  }
  return false;
}

bool may_retry(const Refusal& refusal) {
  if (is_quota(refusal)) return false;
  // An error inside a stream came from a server that had accepted the request.
  return refusal.status == 0 || refusal.status == 408 || refusal.status == 409 || refusal.status == 429 ||
         refusal.status >= 500;
}

bool names(const Refusal& refusal, std::string_view parameter) {
  return refusal.param.starts_with(parameter) || refusal.message.contains(parameter);
}

Duration retry_delay(int number, std::optional<Duration> retry_after, Random& random) {
  constexpr Duration kLongest = 8s;
  const Duration least = std::min(kLongest, Duration(500ms) * (1 << std::clamp(number - 1, 0, 4)));
  const auto jitter = Duration(random.below(static_cast<std::uint64_t>(least.count())));
  return std::max(std::min(kLongest, least + jitter), retry_after.value_or(Duration::zero()));
}

std::string request_id_of(const http::Response& response) {
  auto id = response.headers.get("x-request-id");
  if (id.empty()) id = response.headers.get("apim-request-id");
  const bool plain = id.size() <= kRequestIdBytes && std::ranges::all_of(id, [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              c == '-' || c == '_';
                     });
  return plain ? std::string(id) : std::string{};
}

Error error_of(const Refusal& refusal, const Settings& settings) {
  auto message = refusal.status == 0 ? std::string("language model: an error inside the stream")
                                     : fmt::format("language model: status {}", refusal.status);
  for (const auto& word : {refusal.type, refusal.code}) {
    if (is_plain_word(word)) message += fmt::format(" {}", word);
  }
  const auto& key = settings.api_key.reveal_to_client();
  const bool holds_key = !key.empty() && refusal.request_id.contains(key);
  if (!refusal.request_id.empty() && !holds_key) message += fmt::format(" (request {})", refusal.request_id);
  const bool later = may_retry(refusal) || is_quota(refusal);
  const bool denied = refusal.status == 401 || refusal.status == 403;
  const auto code = later ? ErrorCode::unavailable : denied ? ErrorCode::refused : ErrorCode::failed;
  return {code, std::move(message)};
}

}  // namespace selfheal::assistant::internal
