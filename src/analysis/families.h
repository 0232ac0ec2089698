#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/activity.h"
#include "model/error_class.h"
#include "model/error_event.h"

// The kinds of errors of a log, most frequent first, in bounded memory whatever the log holds.
namespace selfheal::analysis {

// A large application has some hundred families; ten times as many are kept. With the longest examples that
// and statements that is 45 MB, usually 5.
inline constexpr std::size_t kKeptFamilies = 2000;
// Kept of each text of an example.
inline constexpr std::size_t kExampleBytes = 2u << 10;
// Statements of one family are counted up to here.
inline constexpr std::size_t kCountedStatements = 200;

struct Family {
  std::string name;  // healing::fingerprint_of's; for an error without SQLSTATE its sentence is added
  ErrorClass error_class;
  // Events. When families were forgotten, up to `surplus` of them may belong to forgotten ones.
  std::int64_t count = 0;
  std::int64_t surplus = 0;
  Time first{};
  Time last{};
  Activity activity;
  // Distinct statements, values aside, that raised it; at most kCountedStatements.
  std::size_t statements = 0;
  ErrorEvent example;  // the first event, its texts cut to kExampleBytes
};

// Counts by "space-saving" (Metwally, Agrawal, El Abbadi 2005): when all places are taken, the rarest family
// makes room, and the new one starts with its count. So each family with more than a 2000th of all events is
// there, and no count is too low.
class Families {
 public:
  explicit Families(std::size_t kept = kKeptFamilies);
  ~Families();
  Families(const Families&) = delete;
  Families& operator=(const Families&) = delete;

  // `fingerprint` names family and statement.
  void add(std::string_view name, const ErrorClass& error_class, const ErrorEvent& event,
           std::uint64_t fingerprint);

  // How often a family made room for another one.
  std::int64_t replaced() const;
  // Sorted by count, then by name. The object is empty afterwards.
  std::vector<Family> take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::analysis
