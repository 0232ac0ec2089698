#include "healing/evidence/blocking.h"

#include <algorithm>
#include <map>
#include <set>

namespace selfheal::healing {
namespace {

// Long chains exist only as deadlocks; this bounds the walk.
constexpr int kDeepestChain = 64;

// The edges of one sample by waiter: a storm has hundreds.
using EdgesByWaiter = std::multimap<int, const BlockingEdge*>;

EdgesByWaiter edges_by_waiter(const BlockingSample& sample) {
  EdgesByWaiter edges;
  for (const auto& edge : sample.edges) edges.emplace(edge.waiter.pid, &edge);
  return edges;
}

// The sessions at the end of every chain that starts at `pid`.
std::vector<SessionSeen> ends_of_chains(const EdgesByWaiter& edges, int pid) {
  std::map<int, SessionSeen> ends;
  std::set<int> visited{pid};
  std::vector<int> frontier{pid};
  for (int depth = 0; depth < kDeepestChain && !frontier.empty(); ++depth) {
    std::vector<int> next;
    for (const int waiter : frontier) {
      const auto [first, last] = edges.equal_range(waiter);
      for (auto at = first; at != last; ++at) {
        const auto& blocker = at->second->blocker;
        if (blocker.pid == 0 || !edges.contains(blocker.pid))
          ends.emplace(blocker.pid, blocker);
        else if (visited.insert(blocker.pid).second)
          next.push_back(blocker.pid);
      }
    }
    frontier = std::move(next);
  }
  std::vector<SessionSeen> list;
  for (auto& [_, session] : ends) list.push_back(std::move(session));
  return list;
}

void add_victim(Root& root, const BlockingEdge& edge) {
  const bool known =
      std::ranges::any_of(root.victims, [&](const auto& v) { return same_session(v, edge.waiter); });
  if (!known) root.victims.push_back(edge.waiter);
  if (root.relation.empty()) root.relation = edge.relation;
  if (edge.waiting_since != Time{} && (root.oldest_wait == Time{} || edge.waiting_since < root.oldest_wait))
    root.oldest_wait = edge.waiting_since;
}

}  // namespace

bool same_session(const SessionSeen& a, const SessionSeen& b) {
  return a.pid == b.pid && a.backend_start == b.backend_start;
}

std::vector<Root> roots(const BlockingSample& sample) {
  const auto edges = edges_by_waiter(sample);
  std::vector<Root> found;
  for (const auto& edge : sample.edges)
    for (const auto& end : ends_of_chains(edges, edge.waiter.pid)) {
      auto at =
          std::ranges::find_if(found, [&](const Root& root) { return same_session(root.session, end); });
      if (at == found.end()) at = found.insert(found.end(), Root{.session = end, .seen_at = sample.at});
      add_victim(*at, edge);
    }
  std::ranges::sort(found, {}, [](const Root& root) {
    return std::pair(-static_cast<std::int64_t>(root.victims.size()), root.session.pid);
  });
  return found;
}

const BlockingSample* last_wait(const Recording& recording, int pid, Time session_start, Time at,
                                Duration reach) {
  for (auto sample = recording.samples.rbegin(); sample != recording.samples.rend(); ++sample) {
    // A sample taken a moment after the error was logged may still show the wait's end.
    if (sample->at > at || sample->at < at - reach) continue;
    const auto wait =
        std::ranges::find(sample->edges, pid, [](const BlockingEdge& edge) { return edge.waiter.pid; });
    if (wait == sample->edges.end()) continue;
    // jsonlog prints session_start to the second.
    const auto start = wait->waiter.backend_start;
    if (session_start == Time{} || std::chrono::abs(start - session_start) < 1s) return &*sample;
  }
  return nullptr;
}

std::vector<Root> roots_behind(const Recording& recording, int pid, Time session_start, Time at,
                               Duration reach) {
  const auto* sample = last_wait(recording, pid, session_start, at, reach);
  if (sample == nullptr) return {};
  auto behind = roots(*sample);
  std::erase_if(behind, [&](const Root& root) {
    return std::ranges::none_of(root.victims, [&](const auto& v) { return v.pid == pid; });
  });
  return behind;
}

std::set<int> ahead_of(const BlockingSample& sample, int pid) {
  const auto edges = edges_by_waiter(sample);
  std::set<int> ahead;
  std::vector<int> frontier{pid};
  while (!frontier.empty()) {
    const int waiter = frontier.back();
    frontier.pop_back();
    const auto [first, last] = edges.equal_range(waiter);
    for (auto at = first; at != last; ++at)
      if (const int blocker = at->second->blocker.pid; ahead.insert(blocker).second)
        frontier.push_back(blocker);
  }
  return ahead;
}

std::vector<BlockingEdge> circle_through(const BlockingSample& sample, int pid) {
  const auto edges = edges_by_waiter(sample);
  std::map<int, const BlockingEdge*> came_by;  // whom the search reached, and over which wait
  std::vector<int> frontier{pid};
  for (std::size_t next = 0; next < frontier.size() && !came_by.contains(pid); ++next) {
    const auto [first, last] = edges.equal_range(frontier[next]);
    for (auto at = first; at != last; ++at)
      if (const int blocker = at->second->blocker.pid; came_by.emplace(blocker, at->second).second)
        frontier.push_back(blocker);
  }
  std::vector<BlockingEdge> circle;
  if (!came_by.contains(pid)) return circle;
  int at = pid;
  do {
    circle.push_back(*came_by.at(at));
    at = circle.back().waiter.pid;
  } while (at != pid);
  std::ranges::reverse(circle);
  return circle;
}

}  // namespace selfheal::healing
