#include "notify/slack_signature.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/check.h"

namespace selfheal::notify {
namespace {

constexpr std::string_view kVersion = "v0=";
constexpr std::size_t kHexDigits = 64;

std::unexpected<Error> refused(const char* why) {
  return failure(ErrorCode::refused, fmt::format("Slack request: {}", why));
}

// Digits only: no sign, no space, no fraction, as Slack writes it.
std::optional<std::int64_t> seconds_of(std::string_view text) {
  const bool digits = !text.empty() && text.size() <= 12 &&
                      std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return std::nullopt;
  std::int64_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return seconds;
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string slack_signature(const Secret& secret, std::string_view timestamp, std::string_view body) {
  const auto text = fmt::format("v0:{}:{}", timestamp, body);
  const auto& key = secret.reveal_to_client();
  std::array<unsigned char, 32> digest{};
  unsigned int size = 0;
  const auto* made =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  CHECK(made != nullptr && size == digest.size());
  std::string signature(kVersion);
  for (const auto byte : digest) fmt::format_to(std::back_inserter(signature), "{:02x}", byte);
  return signature;
}

SlackSignatures::SlackSignatures(Secret secret) : secret_(std::move(secret)) {}

void SlackSignatures::forget(Time now) {
  // A timestamp may lie five minutes ahead: until it is refused as old, ten minutes pass.
  while (!order_.empty() && order_.front().at + 2 * kSlackClock < now) {
    seen_.erase(order_.front().signature);
    order_.pop_front();
  }
}

Status SlackSignatures::check(const http::Request& request, Time now) {
  if (secret_.empty()) return refused("there is no signing secret");
  const auto& headers = request.headers;
  if (headers.count("X-Slack-Request-Timestamp") != 1) return refused("it has not one timestamp");
  if (headers.count("X-Slack-Signature") != 1) return refused("it has not one signature");
  const auto timestamp = headers.get("X-Slack-Request-Timestamp");
  const auto seconds = seconds_of(timestamp);
  if (!seconds) return refused("its timestamp is none");
  const auto away = now - Time(std::chrono::seconds(*seconds));
  if (away > kSlackClock || away < -kSlackClock)
    return refused("its timestamp is more than five minutes from this machine's clock");
  const auto given = headers.get("X-Slack-Signature");
  if (!given.starts_with(kVersion) || given.size() != kVersion.size() + kHexDigits ||
      !is_hex(given.substr(kVersion.size())))
    return refused("its signature is none");
  const auto right = slack_signature(secret_, timestamp, request.body);
  // In constant time: how long it takes must not tell how much of it was right.
  if (CRYPTO_memcmp(given.data(), right.data(), right.size()) != 0) return refused("its signature is wrong");
  forget(now);
  if (seen_.contains(right)) return refused("it came before");
  if (seen_.size() >= kSlackSignatures) return refused("too many came within five minutes");
  seen_.insert(right);
  order_.push_back({now, right});
  return {};
}

}  // namespace selfheal::notify
