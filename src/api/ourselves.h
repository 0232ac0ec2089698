#pragma once

#include <string>
#include <vector>

// How the rest of the program is, for our own health. On the control thread.
namespace selfheal::api {

// One part of the program.
struct PartState {
  std::string name;   // "log.orders", sorted
  std::string title;  // "Log of orders"
  std::string state;  // ok, warn, critical, unknown
  std::string detail;
};

class Ourselves {
 public:
  virtual ~Ourselves() = default;
  // Never waits.
  virtual std::vector<PartState> parts() const = 0;
};

}  // namespace selfheal::api
