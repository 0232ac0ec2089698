#include "healing/evidence/blocking.h"

#include <algorithm>
#include <map>
#include <set>

namespace selfheal::healing {
namespace {

// Long chains exist only as deadlocks; this bounds the walk.
constexpr int kDeepestChain = 64;

std::vector<const BlockingEdge*> edges_of_waiter(const BlockingSample& sample, int pid) {
  std::vector<const BlockingEdge*> found;
  for (const auto& edge : sample.edges)
    if (edge.waiter.pid == pid) found.push_back(&edge);
  return found;
}

// The sessions at the end of every chain that starts at `pid`.
std::vector<SessionSeen> ends_of_chains(const BlockingSample& sample, int pid) {
  std::map<int, SessionSeen> ends;
  std::set<int> visited{pid};
  std::vector<int> frontier{pid};
  for (int depth = 0; depth < kDeepestChain && !frontier.empty(); ++depth) {
    std::vector<int> next;
    for (const int waiter : frontier)
      for (const auto* edge : edges_of_waiter(sample, waiter)) {
        const int blocker = edge->blocker.pid;
        if (blocker == 0 || edges_of_waiter(sample, blocker).empty())
          ends.emplace(blocker, edge->blocker);
        else if (visited.insert(blocker).second)
          next.push_back(blocker);
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
  std::vector<Root> found;
  for (const auto& edge : sample.edges)
    for (const auto& end : ends_of_chains(sample, edge.waiter.pid)) {
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

std::vector<Root> roots_behind(const Recording& recording, int pid, Time session_start, Time at,
                               Duration reach) {
  for (auto sample = recording.samples.rbegin(); sample != recording.samples.rend(); ++sample) {
    // A sample taken a moment after the error was logged may still show the wait's end.
    if (sample->at > at || sample->at < at - reach) continue;
    const auto waits = edges_of_waiter(*sample, pid);
    if (waits.empty()) continue;
    // jsonlog prints session_start to the second.
    const auto start = waits.front()->waiter.backend_start;
    if (session_start != Time{} && std::chrono::abs(start - session_start) >= 1s) continue;
    std::vector<Root> behind;
    for (auto& root : roots(*sample))
      if (std::ranges::any_of(root.victims, [&](const auto& v) { return v.pid == pid; }))
        behind.push_back(std::move(root));
    return behind;
  }
  return {};
}

int samples_as_root(const Recording& recording, const SessionSeen& session) {
  return static_cast<int>(std::ranges::count_if(recording.samples, [&](const BlockingSample& sample) {
    const auto all = roots(sample);
    return std::ranges::any_of(all, [&](const Root& root) {
      return same_session(root.session, session) && root.session.xact_start == session.xact_start;
    });
  }));
}

}  // namespace selfheal::healing
