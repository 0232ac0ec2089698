#include "healing/remedies/remedy.h"

#include "base/check.h"

namespace selfheal::healing {
namespace {

// Length-prefixed, so that no two different lists of fields give the same text.
void append(std::string& text, const std::string& field) {
  text += std::to_string(field.size()) + ":" + field + ";";
}

void append(std::string& text, const std::vector<Step>& steps) {
  for (const auto& step : steps) {
    append(text, step.sql);
    for (const auto& param : step.params) append(text, param ? "=" + *param : "null");
  }
}

}  // namespace

Remedy::Remedy(Guard guard, Step guarded, Parts parts)
    : guard_(std::move(guard)), guarded_(std::move(guarded)), parts_(std::move(parts)) {
  CHECK(parts_.kind != nullptr);
  CHECK(!guard_.condition.empty());
  CHECK(guarded_.sql.find(guard_.condition) != std::string::npos);
  CHECK(!parts_.target_key.empty());
  // What is handed a lock needs one that is held.
  CHECK(!parts_.outside || !parts_.before.empty());
}

std::vector<Step> Remedy::steps() const {
  auto all = parts_.before;
  all.push_back(guarded_);
  all.insert(all.end(), parts_.after.begin(), parts_.after.end());
  if (parts_.outside) all.push_back(*parts_.outside);
  return all;
}

std::string Remedy::canonical_text() const {
  std::string text;
  append(text, parts_.kind->name);
  append(text, parts_.target_key);
  append(text, parts_.database);
  append(text, parts_.set_role);
  append(text, guard_.condition);
  append(text, steps());
  append(text, parts_.outside ? "outside" : "");
  append(text, parts_.undo);
  append(text, parts_.person_why);
  return text;
}

}  // namespace selfheal::healing
