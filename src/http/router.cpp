#include "http/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/check.h"

namespace selfheal::http {
namespace {

// Ordered as they bind: a word fits one segment, {name} any one, {name...} any rest.
enum class Kind { word, one, rest };

Kind kind_of(std::string_view segment) {
  if (!segment.starts_with('{')) return Kind::word;
  return segment.ends_with("...}") ? Kind::rest : Kind::one;
}

std::string name_of(std::string_view segment) {
  const std::size_t tail = kind_of(segment) == Kind::rest ? 4 : 1;
  return std::string(segment.substr(1, segment.size() - 1 - tail));
}

// "/a/b" -> "a", "b". "/" has one empty segment.
std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    segments.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

void check_pattern(const std::string& pattern, const std::vector<std::string>& segments) {
  CHECK(pattern.starts_with('/'));
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (kind_of(segments[i]) == Kind::word) {
      CHECK(!segments[i].empty() || segments.size() == 1);
      continue;
    }
    CHECK(segments[i].ends_with('}') && !name_of(segments[i]).empty());
    CHECK(kind_of(segments[i]) == Kind::one || i + 1 == segments.size());
  }
}

// Words stand before parameters; among words any order does.
bool more_specific(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::lexicographical_compare(a, b, [](const std::string& x, const std::string& y) {
    const auto kind_x = kind_of(x), kind_y = kind_of(y);
    return kind_x != kind_y ? kind_x < kind_y : kind_x == Kind::word && x < y;
  });
}

// The parameters when the pattern fits, or nothing.
std::optional<Fields> fit(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  Fields parameters;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (i >= path.size()) return std::nullopt;
    const auto kind = kind_of(pattern[i]);
    if (kind == Kind::rest) {
      parameters.emplace_back(
          name_of(pattern[i]),
          fmt::format("{}", fmt::join(path.begin() + static_cast<std::ptrdiff_t>(i), path.end(), "/")));
      return parameters.back().second.empty() ? std::nullopt : std::optional(std::move(parameters));
    }
    if (kind == Kind::word && pattern[i] != path[i]) return std::nullopt;
    if (kind == Kind::one && path[i].empty()) return std::nullopt;
    if (kind == Kind::one) parameters.emplace_back(name_of(pattern[i]), path[i]);
  }
  return pattern.size() == path.size() ? std::optional(std::move(parameters)) : std::nullopt;
}

std::string allow_of(const std::vector<Route>& routes) {
  std::set<std::string> methods{"OPTIONS"};
  for (const auto& route : routes) methods.insert(route.method);
  if (methods.contains("GET")) methods.insert("HEAD");
  return fmt::format("{}", fmt::join(methods, ", "));
}

}  // namespace

Router::Router(std::vector<Route> routes) {
  for (auto& route : routes) {
    auto segments = segments_of(route.pattern);
    check_pattern(route.pattern, segments);
    const auto entry = std::ranges::find(entries_, segments, &Entry::segments);
    auto& home =
        entry == entries_.end() ? entries_.emplace_back(std::move(segments), std::vector<Route>()) : *entry;
    CHECK(std::ranges::find(home.routes, route.method, &Route::method) == home.routes.end());
    home.routes.push_back(std::move(route));
  }
  std::ranges::sort(entries_, more_specific, &Entry::segments);
  // Equal neighbours differ only in the names of their parameters: "/a/{id}" and "/a/{name}".
  const auto same_shape = std::ranges::adjacent_find(entries_, [](const Entry& a, const Entry& b) {
    return !more_specific(a.segments, b.segments) && !more_specific(b.segments, a.segments);
  });
  CHECK(same_shape == entries_.end());
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  const auto segments = segments_of(path);
  for (const auto& entry : entries_) {
    auto parameters = fit(entry.segments, segments);
    if (!parameters) continue;
    auto route = std::ranges::find(entry.routes, method, &Route::method);
    if (route == entry.routes.end() && method == "HEAD") {
      route = std::ranges::find(entry.routes, "GET", &Route::method);
    }
    return {.route = route == entry.routes.end() ? nullptr : &*route,
            .parameters = std::move(*parameters),
            .allow = allow_of(entry.routes)};
  }
  return {};
}

Response Router::answer_without_route(const Request& request, const Match& match) {
  if (match.allow.empty() && !(request.method == "OPTIONS" && request.path == "*")) {
    return problem_response(
        request, {404, "no-such-resource", "There is nothing at this path", "No resource has this path."});
  }
  if (request.method == "OPTIONS") {
    auto response = empty_response(204);
    response.headers.set("Allow", match.allow.empty() ? "GET, HEAD, OPTIONS" : match.allow);
    return response;
  }
  auto response = problem_response(request, {405, "method-not-allowed", "This path has no such method",
                                             "Methods of this path: " + match.allow + "."});
  response.headers.set("Allow", match.allow);
  return response;
}

}  // namespace selfheal::http
