#pragma once

#include <string>
#include <vector>

#include "cli/output.h"

namespace selfheal::cli {

// One thing shown in full: sections of rows. On a terminal headings with indented rows, in a pipe one row a
// line with its section's name in front, separated by tabs. Cells are made safe here.
class Document {
 public:
  explicit Document(std::string title) : title_(std::move(title)) {}
  // Begins a section; one that gets no row is not shown.
  void section(std::string name);
  // Cells that are all empty but the first are left out.
  void row(std::vector<std::string> cells);
  std::string print(const Style& style) const;

 private:
  struct Section {
    std::string name;
    std::vector<std::vector<std::string>> rows;
  };
  std::string title_;
  std::vector<Section> sections_;
};

}  // namespace selfheal::cli
