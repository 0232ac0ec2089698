// Every key of the configuration, sorted by name.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <span>

#include "notify/outbound.h"
#include "pg/connection_string.h"
#include "server/config.h"

namespace selfheal::server {
namespace {

std::string word_of(bool truth) { return truth ? "true" : "false"; }

Status one_of(std::string& field, const std::string& value, std::initializer_list<const char*> words) {
  std::string list;
  for (const auto* word : words) {
    if (value == word) {
      field = value;
      return {};
    }
    list += list.empty() ? word : fmt::format(", {}", word);
  }
  return failure(ErrorCode::invalid_input, "must be one of: " + list);
}

Status truth(bool& field, const std::string& value) {
  std::string word;
  TRY_OK(one_of(word, value, {"true", "false"}));
  field = word == "true";
  return {};
}

Result<double> amount(const std::string& value) {
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(number) || number < 0)
    return failure(ErrorCode::invalid_input, "must be a number, 0 or more");
  return number;
}

Status set_amount(double& field, const std::string& value) {
  TRY(field, amount(value));
  return {};
}

// The largest embedding models in use give 4,096.
constexpr int kVectorNumbersMost = 8192;
// Ten years: old outcomes count as much as new ones.
constexpr int kHalfLifeDaysMost = 3650;

Status set_whole(int& field, const std::string& value, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < 1 || number > most)
    return failure(ErrorCode::invalid_input, fmt::format("must be a whole number, 1 to {}", most));
  field = number;
  return {};
}

Status set_base_url(std::string& field, const std::string& value) {
  if (value.empty()) {  // as an unused line of a .env file says it
    field = assistant::Settings{}.base_url;
    return {};
  }
  const bool known =
      value.starts_with("https://") || value.starts_with("http://") || value.starts_with("unix:");
  if (!known)
    return failure(ErrorCode::invalid_input,
                   "must be a URL such as https://api.openai.com/v1 or http://localhost:11434/v1");
  field = value;
  return {};
}

Status set_name(std::string& field, const std::string& value) {
  if (value.empty()) return failure(ErrorCode::invalid_input, "must not be empty");
  field = value;
  return {};
}

// "10s", "4h"; 0: never.
Status set_duration(Duration& field, const std::string& value, Duration most) {
  std::int64_t number = 0;
  const auto* begin = value.data();
  const auto [end, error] = std::from_chars(begin, begin + value.size(), number);
  const std::string_view unit(end, begin + value.size());
  const Duration one = unit == "h" ? Duration(1h) : unit == "m" ? Duration(1min) : Duration(1s);
  const bool known = unit == "h" || unit == "m" || unit == "s" || value == "0";
  if (error != std::errc() || !known || number < 0 || number > most / one)
    return failure(ErrorCode::invalid_input,
                   fmt::format("must be a time such as 10s, 5m or 4h, at most {}h", most / Duration(1h)));
  field = number * one;
  return {};
}

std::string duration_text(Duration duration) {
  if (duration == Duration::zero()) return "0";
  if (duration % 1h == Duration::zero()) return fmt::format("{}h", duration / Duration(1h));
  if (duration % 1min == Duration::zero()) return fmt::format("{}m", duration / Duration(1min));
  return fmt::format("{}s", duration / Duration(1s));
}

Status set_page_url(std::string& field, const std::string& value) {
  const bool known = value.empty() || value.starts_with("https://") || value.starts_with("http://");
  if (!known || value.find_first_of(" <>|\"") != std::string::npos)
    return failure(ErrorCode::invalid_input, "must be a URL such as https://selfheal.example");
  field = value;
  return {};
}

Status set_secret(Secret& field, const std::string& value) {
  field = Secret(value);
  return {};
}

std::string secrecy(const Secret& secret) { return secret.empty() ? "" : "set"; }

constexpr std::array kKeys{
    // sorted
    ConfigKey{"assistant.api_key", "OPENAI_API_KEY", "key of the language model; local servers need none",
              true,
              [](Config& c, const std::string& v) -> Status {
                c.model.api_key = Secret(v);
                return {};
              },
              [](const Config& c) { return secrecy(c.model.api_key); }},
    ConfigKey{"assistant.base_url", "OPENAI_BASE_URL",
              "of OpenAI, Azure, Ollama, vLLM, llama.cpp …; this or a key makes a model", false,
              [](Config& c, const std::string& v) { return set_base_url(c.model.base_url, v); },
              [](const Config& c) { return c.model.base_url; }},
    ConfigKey{"assistant.cost_a_day", "SELFHEAL_ASSISTANT_COST_A_DAY",
              "what the language model may cost in a day (UTC); 0: no limit", false,
              [](Config& c, const std::string& v) { return set_amount(c.conversation.cost_a_day, v); },
              [](const Config& c) { return fmt::format("{:g}", c.conversation.cost_a_day); }},
    ConfigKey{"assistant.embedding_model", "SELFHEAL_ASSISTANT_EMBEDDING_MODEL",
              "model for embeddings, when memory uses a remote one", false,
              [](Config& c, const std::string& v) { return set_name(c.model.embedding_model, v); },
              [](const Config& c) { return c.model.embedding_model; }},
    ConfigKey{"assistant.model", "SELFHEAL_ASSISTANT_MODEL",
              "name of the language model; of Azure: the deployment", false,
              [](Config& c, const std::string& v) { return set_name(c.model.model, v); },
              [](const Config& c) { return c.model.model; }},
    ConfigKey{
        "assistant.price_completion", "SELFHEAL_ASSISTANT_PRICE_COMPLETION",
        "price of a million tokens that the model writes", false,
        [](Config& c, const std::string& v) {
          return set_amount(c.conversation.price_per_million_completion, v);
        },
        [](const Config& c) { return fmt::format("{:g}", c.conversation.price_per_million_completion); }},
    ConfigKey{"assistant.price_prompt", "SELFHEAL_ASSISTANT_PRICE_PROMPT",
              "price of a million tokens that the model reads", false,
              [](Config& c, const std::string& v) {
                return set_amount(c.conversation.price_per_million_prompt, v);
              },
              [](const Config& c) { return fmt::format("{:g}", c.conversation.price_per_million_prompt); }},
    ConfigKey{"assistant.timeout_s", "SELFHEAL_ASSISTANT_TIMEOUT_S",
              "seconds that one answer of the language model may take", false,
              [](Config& c, const std::string& v) -> Status {
                TRY(const auto seconds, amount(v));
                if (seconds < 1 || seconds > 3600)
                  return failure(ErrorCode::invalid_input, "must be between 1 and 3600");
                c.model.timeout =
                    std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
                return {};
              },
              [](const Config& c) { return fmt::format("{:g}", to_seconds(c.model.timeout)); }},
    ConfigKey{"assistant.tokens_a_day", "SELFHEAL_ASSISTANT_TOKENS_A_DAY",
              "most tokens that the language model may read and write in a day (UTC); 0: no limit", false,
              [](Config& c, const std::string& v) -> Status {
                TRY(const auto tokens, amount(v));
                if (tokens > 1e15) return failure(ErrorCode::invalid_input, "is larger than any budget");
                c.conversation.tokens_a_day = std::int64_t(tokens);
                return {};
              },
              [](const Config& c) { return fmt::format("{}", c.conversation.tokens_a_day); }},
    ConfigKey{"listen", "SELFHEAL_LISTEN",
              "address and port of API and pages; loopback unless you mean otherwise", false,
              [](Config& c, const std::string& v) -> Status {
                if (v.rfind(':') == std::string::npos)
                  return failure(ErrorCode::invalid_input, "must be host:port, such as 127.0.0.1:5000");
                c.listen = v;
                return {};
              },
              [](const Config& c) { return c.listen; }},
    ConfigKey{"log.json", "SELFHEAL_LOG_JSON", "write our own log as JSON lines: true or false", false,
              [](Config& c, const std::string& v) { return truth(c.log_json, v); },
              [](const Config& c) { return word_of(c.log_json); }},
    ConfigKey{"log.level", "SELFHEAL_LOG_LEVEL", "least level of our own log: debug, info, warning, error",
              false,
              [](Config& c, const std::string& v) {
                return one_of(c.log_level, v, {"debug", "info", "warning", "error"});
              },
              [](const Config& c) { return c.log_level; }},
    ConfigKey{
        "memory.dimension", "SELFHEAL_MEMORY_DIMENSION", "numbers in a vector of the remote embedding model",
        false,
        [](Config& c, const std::string& v) { return set_whole(c.memory.dimension, v, kVectorNumbersMost); },
        [](const Config& c) { return std::to_string(c.memory.dimension); }},
    ConfigKey{
        "memory.embedder", "SELFHEAL_MEMORY_EMBEDDER",
        "who turns texts into vectors: domain (our own, asks nobody) or remote (the language model's "
        "server); a change builds the index anew",
        false,
        [](Config& c, const std::string& v) { return one_of(c.memory.embedder, v, {"domain", "remote"}); },
        [](const Config& c) { return c.memory.embedder; }},
    ConfigKey{"memory.half_life_days", "SELFHEAL_MEMORY_HALF_LIFE_DAYS",
              "days after which a past outcome counts half: servers, schemas and load change with releases",
              false,
              [](Config& c, const std::string& v) {
                return set_whole(c.memory.half_life_days, v, kHalfLifeDaysMost);
              },
              [](const Config& c) { return std::to_string(c.memory.half_life_days); }},
    ConfigKey{"notify.allow_http", "SELFHEAL_NOTIFY_ALLOW_HTTP",
              "true: notifications may go over plain http to another machine", false,
              [](Config& c, const std::string& v) { return truth(c.notify.allow_http, v); },
              [](const Config& c) { return word_of(c.notify.allow_http); }},
    ConfigKey{"notify.base_url", "SELFHEAL_BASE_URL",
              "of our pages as people reach them, for links in notifications; empty: http:// and `listen`",
              false, [](Config& c, const std::string& v) { return set_page_url(c.notify.base_url, v); },
              [](const Config& c) { return c.notify.base_url; }},
    ConfigKey{"notify.chat_url", "CHATBOT_URL",
              "where \"Ask about it\" in notifications leads; empty: /chat of our pages", false,
              [](Config& c, const std::string& v) { return set_page_url(c.notify.chat_url, v); },
              [](const Config& c) { return c.notify.chat_url; }},
    ConfigKey{"notify.group_wait", "SELFHEAL_NOTIFY_GROUP_WAIT",
              "what happens to an incident within this time is told as one", false,
              [](Config& c, const std::string& v) { return set_duration(c.notify.group_wait, v, 1h); },
              [](const Config& c) { return duration_text(c.notify.group_wait); }},
    ConfigKey{
        "notify.heartbeat_url", "SELFHEAL_NOTIFY_HEARTBEAT_URL",
        "asked for once a minute while all is well with us; who waits for it raises the alarm when it stops",
        true,
        [](Config& c, const std::string& v) -> Status {
          if (!v.empty()) TRY_OK(notify::check_outbound_url(v, {.allow_plain_http = true}));
          c.notify.heartbeat_url = Secret(v);
          return {};
        },
        [](const Config& c) { return secrecy(c.notify.heartbeat_url); }},
    ConfigKey{"notify.min_severity", "SELFHEAL_NOTIFY_MIN_SEVERITY",
              "least severity of incidents that are told: low, medium, high", false,
              [](Config& c, const std::string& v) -> Status {
                std::string word;
                TRY_OK(one_of(word, v, {"low", "medium", "high"}));
                c.notify.min_severity = *from_word<Severity>(word);
                return {};
              },
              [](const Config& c) { return to_word(c.notify.min_severity); }},
    ConfigKey{"notify.repeat_after", "SELFHEAL_NOTIFY_REPEAT_AFTER",
              "a reminder of what is still open comes so often; 0: never", false,
              [](Config& c, const std::string& v) { return set_duration(c.notify.repeat_after, v, 720h); },
              [](const Config& c) { return duration_text(c.notify.repeat_after); }},
    ConfigKey{"notify.slack.api", "SELFHEAL_NOTIFY_SLACK_API", "of Slack's Web API; another one is for tests",
              false,
              [](Config& c, const std::string& v) -> Status {
                if (v.empty()) return set_name(c.notify.slack_api, NotifyConfig{}.slack_api);
                TRY_OK(notify::check_outbound_url(v, {}));
                c.notify.slack_api = v;
                return {};
              },
              [](const Config& c) { return c.notify.slack_api; }},
    ConfigKey{"notify.slack.app_token", "SLACK_APP_TOKEN",
              "app-level token (xapp-…): presses of buttons come in over Socket Mode", true,
              [](Config& c, const std::string& v) { return set_secret(c.notify.slack_app_token, v); },
              [](const Config& c) { return secrecy(c.notify.slack_app_token); }},
    ConfigKey{"notify.slack.bot_token", "SLACK_BOT_TOKEN",
              "bot token (xoxb-…): one message per incident, edited in place, with buttons", true,
              [](Config& c, const std::string& v) { return set_secret(c.notify.slack_bot_token, v); },
              [](const Config& c) { return secrecy(c.notify.slack_bot_token); }},
    ConfigKey{"notify.slack.broadcast", "SELFHEAL_NOTIFY_SLACK_BROADCAST",
              "true: what comes back or fails is also said in the channel, not only in its thread", false,
              [](Config& c, const std::string& v) { return truth(c.notify.slack_broadcast, v); },
              [](const Config& c) { return word_of(c.notify.slack_broadcast); }},
    ConfigKey{"notify.slack.channel", "SLACK_CHANNEL",
              "channel of the app: #incidents, or an id such as C024BE91L", false,
              [](Config& c, const std::string& v) -> Status {
                c.notify.slack_channel = v;
                return {};
              },
              [](const Config& c) { return c.notify.slack_channel; }},
    ConfigKey{"notify.slack.listen", "SELFHEAL_NOTIFY_SLACK_LISTEN",
              "host:port at which Slack's presses come in over HTTP, when there is no app-level token", false,
              [](Config& c, const std::string& v) -> Status {
                if (!v.empty() && v.rfind(':') == std::string::npos)
                  return failure(ErrorCode::invalid_input, "must be host:port, such as 127.0.0.1:5001");
                c.notify.slack_listen = v;
                return {};
              },
              [](const Config& c) { return c.notify.slack_listen; }},
    ConfigKey{"notify.slack.min_severity", "SELFHEAL_NOTIFY_SLACK_MIN_SEVERITY",
              "least severity for Slack; empty: that of all channels", false,
              [](Config& c, const std::string& v) {
                return one_of(c.notify.slack_min_severity, v, {"", "low", "medium", "high"});
              },
              [](const Config& c) { return c.notify.slack_min_severity; }},
    ConfigKey{"notify.slack.signing_secret", "SLACK_SIGNING_SECRET",
              "tells Slack's own requests from others, over HTTP", true,
              [](Config& c, const std::string& v) { return set_secret(c.notify.slack_signing_secret, v); },
              [](const Config& c) { return secrecy(c.notify.slack_signing_secret); }},
    ConfigKey{"notify.slack.webhook", "SLACK_WEBHOOK", "URL of an incoming webhook of Slack", true,
              [](Config& c, const std::string& v) -> Status {
                c.notify.slack_webhook = Secret(v);
                return {};
              },
              [](const Config& c) { return secrecy(c.notify.slack_webhook); }},
    ConfigKey{"notify.webhook.key", "SELFHEAL_NOTIFY_WEBHOOK_KEY",
              "signs what is sent to the webhook (HMAC-SHA256, Standard Webhooks)", true,
              [](Config& c, const std::string& v) -> Status {
                c.notify.webhook_key = Secret(v);
                return {};
              },
              [](const Config& c) { return secrecy(c.notify.webhook_key); }},
    ConfigKey{"notify.webhook.min_severity", "SELFHEAL_NOTIFY_WEBHOOK_MIN_SEVERITY",
              "least severity for the webhook; empty: that of all channels", false,
              [](Config& c, const std::string& v) {
                return one_of(c.notify.webhook_min_severity, v, {"", "low", "medium", "high"});
              },
              [](const Config& c) { return c.notify.webhook_min_severity; }},
    ConfigKey{"notify.webhook.url", "SELFHEAL_NOTIFY_WEBHOOK_URL", "gets a CloudEvent for each piece of news",
              true,
              [](Config& c, const std::string& v) -> Status {
                c.notify.webhook_url = Secret(v);
                return {};
              },
              [](const Config& c) { return secrecy(c.notify.webhook_url); }},
    ConfigKey{"paused", "SELFHEAL_PAUSED", "the kill switch: true means that nothing is ever done", false,
              [](Config& c, const std::string& v) { return truth(c.paused, v); },
              [](const Config& c) { return word_of(c.paused); }},
    ConfigKey{"policy.default", "SELFHEAL_POLICY_DEFAULT",
              "what may happen with a remedy: off, suggest, approve, auto; empty: what was set last", false,
              [](Config& c, const std::string& v) {
                return one_of(c.policy_default, v, {"", "off", "suggest", "approve", "auto"});
              },
              [](const Config& c) { return c.policy_default; }},
    ConfigKey{"run_as", "SELFHEAL_RUN_AS", "operating system user to become when started as root", false,
              [](Config& c, const std::string& v) -> Status {
                c.run_as = v;
                return {};
              },
              [](const Config& c) { return c.run_as; }},
    ConfigKey{"sample.url", "SELFHEAL_SAMPLE_URL",
              "database of the sample application on /employees; empty: there is none", true,
              [](Config& c, const std::string& v) -> Status {
                if (!v.empty()) TRY_OK(pg::parse_connection_string(v));
                c.sample_url = Secret(v);
                return {};
              },
              [](const Config& c) { return secrecy(c.sample_url); }},
    ConfigKey{"socket", "SELFHEAL_SOCKET", "unix socket of the API, for the command line", false,
              [](Config& c, const std::string& v) -> Status {
                c.socket = v;
                return {};
              },
              [](const Config& c) { return c.api_socket().string(); }},
    ConfigKey{"state_directory", "SELFHEAL_STATE_DIRECTORY", "where the store and the API token live", false,
              [](Config& c, const std::string& v) -> Status {
                if (!std::filesystem::path(v).is_absolute())
                  return failure(ErrorCode::invalid_input, "must be an absolute path");
                c.state_directory = v;
                return {};
              },
              [](const Config& c) { return c.state_directory.string(); }},
    ConfigKey{"store.url", "SELFHEAL_STORE_URL",
              "an existing PostgreSQL for our own data instead of a private one", true,
              [](Config& c, const std::string& v) -> Status {
                c.store_url = Secret(v);
                return {};
              },
              [](const Config& c) { return secrecy(c.store_url); }},
    ConfigKey{"tenant", "SELFHEAL_TENANT", "name under which our data is kept", false,
              [](Config& c, const std::string& v) -> Status {
                if (v.empty()) return failure(ErrorCode::invalid_input, "must not be empty");
                c.tenant = v;
                return {};
              },
              [](const Config& c) { return c.tenant; }},
    ConfigKey{
        "ui_directory", "SELFHEAL_UI_DIRECTORY",
        "read the web pages from there with each request, for work on them; empty: those in the program",
        false,
        [](Config& c, const std::string& v) -> Status {
          c.ui_directory = v;
          return {};
        },
        [](const Config& c) { return c.ui_directory.string(); }},
};

}  // namespace

std::span<const ConfigKey> config_keys() { return kKeys; }

}  // namespace selfheal::server
