#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/internal/direction.h"

namespace selfheal::assistant::internal {

// What a model was given, by the citations under which it may be cited, so that what it says can be held
// against it.
class Given {
 public:
  // A tool's result as the model saw it. Every citation of it supports what stands in it.
  void add(const std::string& text, const std::vector<std::string>& citations);
  // The question: its names may be said without a proof, its numbers, too.
  void add_question(const std::string& text);

  // Whether each number and each name in the sentence stands in what it cites, and nobody is said to hold up
  // whom he waits for. Without a citation nothing is proven. Marks in brackets are no claims.
  bool supports(std::string_view sentence, const std::vector<std::string>& citations) const;

 private:
  struct Facts {
    std::set<double> numbers;
    std::set<std::string, std::less<>> words;  // lower case
    std::vector<Hold> holds;
  };
  static Facts facts_of(std::string_view text);
  std::vector<Facts> texts_;
  Facts question_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> by_citation_;
};

}  // namespace selfheal::assistant::internal
