#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "analysis/log_analysis.h"
#include "base/result.h"
#include "cli/command.h"
#include "tail/log_reader.h"

namespace selfheal::server {

// What `report read` found, before it is written for people or programs.
struct LogReport {
  struct File {
    std::string name;
    tail::FileReading read;
    std::string unread;  // why nothing of it was read; empty when it was
  };
  std::vector<File> files;
  std::vector<std::string> notes;  // what was left out on purpose
  analysis::LogSummary summary;
  Duration took{};
  std::size_t top = 0;  // families shown
  bool raw = false;     // examples as they came, with the values of the application
  bool timing = false;
};

// PostgreSQL's word in log_destination.
std::string format_word(tail::LogFormat format);
// The playbooks that answer to such an error, by name.
std::vector<std::string> playbooks_of(const analysis::Family& family);

// An example's texts in the order in which a person reads them, without values unless they are asked for.
struct ExampleText {
  std::string label;
  std::string text;
};
std::vector<ExampleText> example_texts(const ErrorEvent& event, bool raw);

// For a terminal; in a pipe rows of tab-separated cells, the first of which names the kind of row.
std::string report_text(const LogReport& report, const cli::Invocation& call);
boost::json::value report_json(const LogReport& report);

}  // namespace selfheal::server
