#pragma once

#include <string>
#include <vector>

#include "healing/ports.h"

// What past cases add up to. Advises people; nothing is decided by it. Pure functions.
namespace selfheal::healing {

// What became of one action. Only what evidence judged counts.
struct ActionRecord {
  std::string action;
  int helped = 0;    // cured
  int tried = 0;     // cured, unchanged or worse; unknown counts nothing
  double worth = 0;  // from 0 to 1; an old outcome counts less than a new one
};

// After `half_life` an outcome counts half. The worthiest first; an action that never helped is among them.
std::vector<ActionRecord> records_of(const std::vector<PastCase>& past, Time now, Duration half_life);

// "terminate_session helped 2 of 3 times; a person corrected it once; it went away by itself twice". Empty
// when there is nothing to say.
std::string experience_in_words(const std::vector<PastCase>& past, Time now, Duration half_life);

// Servers, schemas and load change with the releases of applications; what helped a quarter of a year ago is
// half as telling as what helped yesterday.
inline constexpr Duration kExperienceHalfLife = std::chrono::days(90);

}  // namespace selfheal::healing
