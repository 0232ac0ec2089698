#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "memory/case_index.h"
#include "memory/recollection.h"

// In which respects two troubles are alike, as sentences. Pure functions.
namespace selfheal::memory::internal {

// What is asked about: an incident, or words alone, which have neither name nor cause.
struct Asked {
  Fingerprint name;
  std::string sqlstate;
  std::string cause;
};

// "table orders", "constraint orders_pkey" … of a family.
std::vector<std::string> objects_of(std::string_view family);

// Names, codes and causes that the two share.
std::vector<std::string> shared_facts(const Asked& asked, const RememberedCase& past);
// What a search found alike; empty when it is too little to be told.
std::vector<std::string> shared_words(const Hit& hit);
// Whether the two mean about the same, whatever words they use.
bool is_close(const Hit& hit);

// The case with its outcomes weighed. `asked` is the incident that the answer is for: another is named where
// there is one.
Recalled recalled_of(RememberedCase past, IncidentNumber asked, Time now, Duration half_life);
Recalled recalled_of(const knowledge::Runbook& runbook);

}  // namespace selfheal::memory::internal
