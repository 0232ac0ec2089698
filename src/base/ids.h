#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <utility>

// Names and numbers of things, each its own type, so that a server cannot be passed where a tenant is meant.
namespace selfheal {

template <class Tag, class Value>
class Id {
 public:
  Id() = default;
  explicit Id(Value value) : value_(std::move(value)) {}
  const Value& value() const { return value_; }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  Value value_{};
};

// A watched PostgreSQL server (one postmaster), by the name the configuration gives it.
using ServerId = Id<struct ServerIdTag, std::string>;
// The number of an incident within its tenant; people see "SH-142".
using IncidentNumber = Id<struct IncidentNumberTag, std::int64_t>;
// The number of a treatment within its tenant.
using TreatmentNumber = Id<struct TreatmentNumberTag, std::int64_t>;

// Whose data it is. Made by `access` for a signed-in person, or by the intake's configuration; every store
// query takes it as its first parameter. There is no default tenant and no conversion from a string.
class TenantId {
 public:
  const std::string& value() const { return value_; }
  friend auto operator<=>(const TenantId&, const TenantId&) = default;
  // The only maker: the caller names where the tenant came from by being `server` wiring or `access`.
  static TenantId from_configuration(std::string name) { return TenantId(std::move(name)); }

 private:
  explicit TenantId(std::string value) : value_(std::move(value)) {}
  std::string value_;
};

// "SH-142" for 142.
std::string to_text(IncidentNumber number);

}  // namespace selfheal
