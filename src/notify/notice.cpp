#include "notify/notice.h"

#include <fmt/format.h>

#include <algorithm>

namespace selfheal::notify {
namespace {

// What is most worth knowing after what is wrong.
std::string standing_of(const Notice& notice) {
  switch (notice.state) {
    case IncidentState::healed:
      return notice.verdict_reason.empty() ? "Healed." : "Healed: " + notice.verdict_reason.text();
    case IncidentState::failed:
      return "Healing failed: a person is needed.";
    case IncidentState::resolved:
      return "Resolved.";
    case IncidentState::refused:
      return "The fix was refused.";
    case IncidentState::muted:
      return "Muted.";
    default:
      break;
  }
  if (!notice.remedy) return {};
  return notice.remedy->needs_approval ? "Fix ready, needs approval: " + notice.remedy->title.text() + "."
                                       : "Fix: " + notice.remedy->title.text() + ".";
}

std::string prefix_of(Change change) {
  switch (change) {
    case Change::reopened:
      return "Again: ";
    case Change::reminder:
      return "Still open: ";
    case Change::unmuted:
      return "No longer muted: ";
    default:
      return {};
  }
}

}  // namespace

std::string summary_of(const Notice& notice) {
  if (notice.change == Change::test) return "[TEST] Selfheal can reach this channel. Nothing is wrong.";
  auto severity = to_word(notice.severity);
  std::ranges::transform(severity, severity.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  auto text = fmt::format("[{}] {} {}{} ({}/{}).", severity, notice.incident, prefix_of(notice.change),
                          notice.title.text(), notice.server, notice.database.text());
  if (notice.confidence != Confidence::unknown) text += fmt::format(" Cause {}.", to_word(notice.confidence));
  if (const auto standing = standing_of(notice); !standing.empty()) text += " " + standing;
  return text;
}

}  // namespace selfheal::notify
