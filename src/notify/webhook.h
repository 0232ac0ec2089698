#pragma once

#include <memory>

#include "base/secret.h"
#include "notify/channel.h"
#include "notify/outbound.h"

namespace selfheal::notify {

struct WebhookSettings {
  Secret url;
  Secret key;          // HMAC-SHA256 of what is sent; empty: unsigned
  std::string source;  // CloudEvents' source: "https://selfheal.example/tenants/acme"
};

// A notice as a CloudEvent 1.0 in JSON: structured mode, dev.selfheal.incident.<change>.v1.
std::string cloud_event_of(const Notice& notice, const std::string& source);

// "v1,<base64>" over "<id>.<timestamp>.<body>": the scheme of Standard Webhooks, so that receivers can use
// its libraries. A key that begins with "whsec_" is base64, as that scheme writes keys; any other is used as
// it is.
std::string webhook_signature(const Secret& key, const std::string& id, std::int64_t timestamp,
                              const std::string& body);

// POSTs CloudEvents with the headers webhook-id, webhook-timestamp and webhook-signature. `outbound` and
// `clock` outlive it.
std::unique_ptr<Channel> make_webhook(WebhookSettings settings, Outbound& outbound, const Clock& clock);

}  // namespace selfheal::notify
