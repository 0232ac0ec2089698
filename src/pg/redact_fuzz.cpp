// Plants a canary inside a literal of a statement, and inside the values of PostgreSQL's sentences, and looks
// for it in every field that comes out.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pg/internal/slot_text.h"
#include "pg/message_template.h"
#include "pg/redact.h"

namespace {

using namespace selfheal::pg;
constexpr std::string_view kCanary = "CANARY7h3secret";

std::string doubled(std::string_view text, char quote) {
  std::string result;
  for (const char c : text) {
    if (c == quote) result += c;
    if (c != '\0') result += c;
  }
  return result;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || c == '\'') result += '\\';
    if (c != '\0') result += c;
  }
  return result;
}

std::string literal_around(std::string_view before, std::string_view after, unsigned form) {
  const std::string planted = std::string(before) + std::string(kCanary) + std::string(after);
  switch (form % 5) {
    case 0:
      return '\'' + doubled(planted, '\'') + '\'';
    case 1:
      return "E'" + escaped(planted) + '\'';
    case 2:
      return "U&'" + doubled(planted, '\'') + '\'';
    case 3:
      return "/*" + std::string(kCanary) + "*/ n'" + doubled(planted, '\'') + '\'';
    default: {
      std::string body = planted;
      std::erase(body, '$');
      std::erase(body, '\0');
      return "$q$" + body + "$q$";
    }
  }
}

// The sentence of a template with the canary in every slot whose text is a value.
std::string sentence(const MessageTemplate& tmpl, std::string_view value, bool& planted) {
  std::string text;
  for (std::size_t at = 0; at < tmpl.text.size(); ++at) {
    const std::size_t close = tmpl.text.find('}', at);
    const bool open = tmpl.text[at] == '{' && close != tmpl.text.npos;
    const auto kind = open ? internal::slot_kind(tmpl.text.substr(at + 1, close - at - 1)) : std::nullopt;
    if (!kind) {
      text += tmpl.text[at];
      continue;
    }
    planted = planted || *kind == SlotKind::value;
    text += *kind == SlotKind::value    ? value
            : *kind == SlotKind::number ? "17"
            : *kind == SlotKind::tuple  ? "0,1"
            : *kind == SlotKind::clock  ? "1.5"
                                        : "a";
    at = close;
  }
  return text;
}

void expect_gone(const RedactedText& text) {
  if (text.text().contains(kCanary)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view noise = bytes.substr(4);
  // The fuzzer learns the canary; as a word outside of a literal it is no secret.
  if (noise.contains(kCanary)) return 0;
  const std::string_view before = noise.substr(0, data[0] % (noise.size() + 1));
  const std::string_view after = noise.substr(before.size());

  // What stands before the literal is well-formed, what stands after it is anything.
  static constexpr std::array<std::string_view, 6> kStarts = {"select ",
                                                              "insert into \"T\"(a) values (1, ",
                                                              "x = ",
                                                              "-- c\n",
                                                              "select /* c */ 'a', ",
                                                              "select $1, \"q\"\"q\" || "};
  const std::string sql = std::string(kStarts[data[1] % kStarts.size()]) +
                          literal_around(before, after, data[2]) + " " + std::string(after);
  expect_gone(redact_statement(sql));

  const auto templates = message_templates();
  const auto& tmpl = templates[(data[2] * 256u + data[3]) % templates.size()];
  bool planted = false;
  const std::string value = std::string(before) + std::string(kCanary) + std::string(after);
  const std::string text = sentence(tmpl, value, planted);
  if (!planted) return 0;
  expect_gone(redact_message(text));
  const auto redacted =
      redact({.message = text, .detail = text, .hint = text, .context = text, .statement = sql});
  for (const auto* field :
       {&redacted.message, &redacted.detail, &redacted.hint, &redacted.context, &redacted.statement})
    expect_gone(*field);
  if (redacted.objects.table.contains(kCanary) || redacted.objects.column.contains(kCanary)) std::abort();
  return 0;
}
