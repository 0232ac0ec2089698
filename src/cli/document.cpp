#include "cli/internal/document.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace selfheal::cli {

void Document::section(std::string name) { sections_.push_back({std::move(name), {}}); }

void Document::row(std::vector<std::string> cells) {
  CHECK(!sections_.empty() && !cells.empty());
  const bool says_nothing =
      std::ranges::all_of(cells.begin() + (cells.size() > 1 ? 1 : 0), cells.end(), &std::string::empty);
  if (says_nothing) return;
  for (auto& cell : cells) cell = safe_text(cell);
  sections_.back().rows.push_back(std::move(cells));
}

std::string Document::print(const Style& style) const {
  std::string text;
  text += (style.terminal() ? "" : "title\t") + safe_text(title_) + "\n";
  for (const auto& section : sections_) {
    if (section.rows.empty()) continue;
    if (style.terminal()) text += "\n" + style.toned(Tone::quiet, section.name) + "\n";
    std::size_t label = 0;
    for (const auto& row : section.rows) {
      if (row.size() > 1) label = std::max(label, columns_of(row[0]));
    }
    for (const auto& row : section.rows) {
      if (!style.terminal()) {
        text += fmt::format("{}\t{}\n", section.name, fmt::join(row, "\t"));
        continue;
      }
      text += "  " + row[0];
      if (row.size() > 1) text.append(label - columns_of(row[0]), ' ');
      for (std::size_t i = 1; i < row.size(); ++i) text += row[i].empty() ? "" : "  " + row[i];
      text += "\n";
    }
  }
  return text;
}

}  // namespace selfheal::cli
