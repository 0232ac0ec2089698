#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "healing/evidence/probe.h"
#include "healing/playbooks/playbook.h"

namespace selfheal::healing {
namespace {

TEST(Catalogue, IsSortedAndEveryRowIsComplete) {
  EXPECT_TRUE(std::ranges::is_sorted(catalogue(), {}, &Playbook::name));
  for (const auto* playbook : catalogue()) {
    EXPECT_FALSE(playbook->title.empty()) << playbook->name;
    EXPECT_FALSE(playbook->answers.empty()) << playbook->name;
    EXPECT_TRUE(playbook->diagnose && playbook->propose && playbook->judge) << playbook->name;
    EXPECT_FALSE(playbook->watch_for.why.empty()) << playbook->name;
    for (const auto& row : playbook->settings)
      EXPECT_FALSE(row.why.empty()) << playbook->name << "." << row.name;
  }
}

TEST(Catalogue, NamesOnlyProbesThatExist) {
  for (const auto* playbook : catalogue())
    for (const auto& name : playbook->probes)
      EXPECT_TRUE(std::ranges::any_of(probes(), [&](const Probe& probe) { return probe.name() == name; }))
          << playbook->name << " wants " << name;
}

TEST(Answering, FindsPlaybooksByCodeAndByTrouble) {
  Sighting sighting;
  sighting.exemplar.sqlstate = "23505";
  EXPECT_EQ(answering(sighting).size(), 2u);
  sighting.exemplar.sqlstate = "42601";
  EXPECT_TRUE(answering(sighting).empty());
  sighting.exemplar.sqlstate.clear();
  EXPECT_TRUE(answering(sighting).empty());
  sighting.exemplar.trouble = "blocked_sessions";
  EXPECT_EQ(answering(sighting).size(), 2u);
}

}  // namespace
}  // namespace selfheal::healing
