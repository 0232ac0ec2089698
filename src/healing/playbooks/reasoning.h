#pragma once

#include <optional>
#include <string>

#include "model/case.h"

// Small pieces that every playbook words its diagnosis with.
namespace selfheal::healing {

// The id under which the probe's answer is kept, or empty when it was not run.
std::string evidence_id(const Case& facts, std::string_view probe);

// true: passed, false: failed, nothing: could not be told.
Check check(std::string id, std::string title, std::optional<bool> holds, std::string evidence);

// confirmed when all passed, likely when none failed and some are unknown, possible otherwise.
Confidence confidence_from(const std::vector<Check>& checks);

// Whether the name is that of a backup, a migration or a replication tool: programs that hold transactions
// open on purpose. Ending one costs hours of work, so a person decides.
bool keeps_transactions_open(const std::string& application);

// "session 4121 (billing)", the application's name only as far as redaction allows.
std::string session_text(int pid, const std::string& application);

// "3 s", "2 min", "4 h": for sentences.
std::string duration_text(Duration duration);

// The one key of "Key (a, b)=(1, 2) already exists." as columns and values, when it can be read without
// doubt.
struct KeyOfDetail {
  std::vector<std::string> columns;
  std::vector<std::string> values;
};
std::optional<KeyOfDetail> key_of_detail(const std::string& detail);

}  // namespace selfheal::healing
