#pragma once

#include <string>
#include <utility>

#include "server/doctor.h"

// What an examination found, in short.
namespace selfheal::server::internal {

inline Examined right(std::string name, std::string detail) {
  return {.name = std::move(name), .finding = Finding::right, .detail = std::move(detail)};
}
inline Examined problem(std::string name, std::string detail, std::string fix) {
  return {.name = std::move(name),
          .finding = Finding::problem,
          .detail = std::move(detail),
          .fix = std::move(fix)};
}
inline Examined note(std::string name, std::string detail, std::string fix = {}) {
  return {
      .name = std::move(name), .finding = Finding::note, .detail = std::move(detail), .fix = std::move(fix)};
}

}  // namespace selfheal::server::internal
