#pragma once

#include <string>
#include <vector>

#include "healing/ports.h"
#include "notify/ports.h"

// Puts a Notice together. Pure functions.
namespace selfheal::notify {

// Who speaks, and where people find more.
struct Sender {
  std::string tenant;
  std::string pages;  // "https://selfheal.example", without a slash at the end
  std::string chat;   // "https://selfheal.example/chat"
};

struct Material {
  Incident incident;
  std::vector<NumberedEntry> timeline;  // since the channel was told last
  std::vector<healing::PastCase> past;
  std::vector<pg::RedactedText> recommendations;
};

Notice compose(const Letter& letter, Change change, const Material& material, const Sender& sender, Time now);
// What the test button sends.
Notice test_notice(const std::string& channel, const Sender& sender, Time now);

// What the channel knows once the notice is delivered.
Told told_of(const Notice& notice, const Letter& letter, const Material& material);

}  // namespace selfheal::notify
