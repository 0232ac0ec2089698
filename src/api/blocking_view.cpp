#include <algorithm>
#include <charconv>
#include <map>
#include <ranges>
#include <set>
#include <span>

#include "api/internal/views.h"
#include "healing/evidence/error_event.h"
#include "pg/redact.h"

namespace selfheal::api {
namespace {

using Row = std::vector<std::optional<std::string>>;

// The cells of one row by the names of their columns. What is absent reads as empty: a graph with gaps is
// still of use.
class Cells {
 public:
  Cells(const EvidenceItem& item, const Row& row) : item_(item), row_(row) {}

  std::string text(std::string_view column) const {
    const auto at =
        static_cast<std::size_t>(std::ranges::find(item_.columns, column) - item_.columns.begin());
    return at < row_.size() ? row_[at].value_or("") : "";
  }
  int number(std::string_view column) const {
    const auto cell = text(column);
    int value = 0;
    std::from_chars(cell.data(), cell.data() + cell.size(), value);
    return value;
  }
  std::optional<Time> time(std::string_view column) const {
    const auto parsed = parse_time(text(column));
    return parsed && *parsed != Time{} ? std::optional(*parsed) : std::nullopt;
  }

 private:
  const EvidenceItem& item_;
  const Row& row_;
};

std::string shown_application(const std::string& name) {
  return pg::redact({.application = name}).application.text();
}

void add_edge(contract::Blocking& graph, const Cells& cells, bool recorded) {
  const contract::BlockingEdge edge{.waiter = cells.number("waiter_pid"),
                                    .blocker = cells.number("blocker_pid"),
                                    .lock_type = cells.text("lock_type"),
                                    .lock_mode = cells.text("lock_mode"),
                                    .relation = cells.text("relation"),
                                    .waiting_since = cells.time("waiting_since")};
  const auto node = [&](int pid) -> contract::BlockingNode& {
    const auto found = std::ranges::find(graph.nodes, pid, &contract::BlockingNode::pid);
    return found != graph.nodes.end() ? *found : graph.nodes.emplace_back(contract::BlockingNode{.pid = pid});
  };
  node(edge.waiter).application = shown_application(cells.text("waiter_application"));
  auto& blocker = node(edge.blocker);
  blocker.state = cells.text(recorded ? "state" : "blocker_state");
  blocker.xact_start = cells.time(recorded ? "xact_start" : "blocker_xact_start");
  if (recorded) blocker.application = shown_application(cells.text("application"));
  if (recorded) blocker.statement = pg::redact_statement(cells.text("query")).text();
  graph.edges.push_back(edge);
}

// How long before a failed statement's end the recorder's last look at its wait may lie: a few of its
// periods. A session's earlier wait is not shown as this one's.
constexpr Duration kReach = 1500ms;

// The session that an incident is about, as the event of one round of evidence tells it.
struct Subject {
  int pid = 0;          // 0: not known
  bool failed = false;  // its statement failed at `at`; else it is what a trouble is about
  Time at{};
};

Subject subject_of(const EvidenceItem& event) {
  if (event.rows.empty()) return {};
  const Cells cells(event, event.rows.front());
  return {.pid = cells.number("pid"),
          .failed = !cells.text("sqlstate").empty(),
          .at = cells.time("last_seen").value_or(Time{})};
}

bool is_recorded(const EvidenceItem& item) { return item.probe == "flight_recorder"; }

bool shows_waits(const EvidenceItem& item) {
  return (item.probe == "blocking_chain" || is_recorded(item)) && item.status == ProbeStatus::answered;
}

// The rows of one moment: a sample of the recorder's, or all that a probe brought.
using Moment = std::span<const Row>;

// Oldest first.
std::vector<Moment> moments_of(const EvidenceItem& item) {
  if (!is_recorded(item)) return {item.rows};
  std::vector<Moment> moments;
  const auto at = [&](std::size_t row) { return Cells(item, item.rows[row]).text("at"); };
  for (std::size_t begin = 0, end = 0; begin < item.rows.size(); begin = end) {
    for (end = begin + 1; end < item.rows.size() && at(end) == at(begin);) ++end;
    moments.push_back(Moment(item.rows).subspan(begin, end - begin));
  }
  return moments;
}

// Who waits now says nothing about a statement that has failed: its own wait is over.
bool concerns(const Subject& subject, const EvidenceItem& item, Moment moment) {
  if (subject.pid == 0) return true;
  if (subject.failed) {
    const auto at = is_recorded(item) ? Cells(item, moment.front()).time("at") : std::nullopt;
    if (!at || *at > subject.at || *at < subject.at - kReach) return false;
  }
  return std::ranges::any_of(moment, [&](const Row& row) {
    const Cells cells(item, row);
    return cells.number("waiter_pid") == subject.pid ||
           (!subject.failed && cells.number("blocker_pid") == subject.pid);
  });
}

// Those that the session waits for, directly or through others, and everybody who waits for one of them.
std::set<int> around(int pid, const std::vector<contract::BlockingEdge>& edges) {
  using contract::BlockingEdge;
  std::set<int> found{pid};
  const auto spread = [&](int BlockingEdge::* from, int BlockingEdge::* to) {
    for (bool grew = true; grew;) {
      grew = false;
      for (const auto& edge : edges)
        if (found.contains(edge.*from) && found.insert(edge.*to).second) grew = true;
    }
  };
  spread(&BlockingEdge::waiter, &BlockingEdge::blocker);
  spread(&BlockingEdge::blocker, &BlockingEdge::waiter);
  return found;
}

contract::Blocking graph_of(const EvidenceItem& item, Moment moment, const Subject& subject) {
  contract::Blocking graph{.evidence_id = item.id, .subject = subject.pid};
  for (const auto& row : moment) add_edge(graph, Cells(item, row), is_recorded(item));
  if (subject.pid != 0) {
    const auto near = around(subject.pid, graph.edges);
    std::erase_if(graph.edges, [&](const auto& edge) {
      return !near.contains(edge.waiter) || !near.contains(edge.blocker);
    });
    std::erase_if(graph.nodes, [&](const auto& node) { return !near.contains(node.pid); });
  }
  std::set<int> waiters;
  for (const auto& edge : graph.edges) waiters.insert(edge.waiter);
  for (auto& node : graph.nodes) node.root = !waiters.contains(node.pid);
  return graph;
}

// From the newest moment of one round of evidence that shows the subject.
std::optional<contract::Blocking> blocking_in(std::span<const EvidenceItem> round, const Subject& subject) {
  for (const auto& item : std::views::reverse(round)) {
    if (!shows_waits(item)) continue;
    const auto moments = moments_of(item);
    for (const auto& moment : std::views::reverse(moments))
      if (!moment.empty() && concerns(subject, item, moment)) return graph_of(item, moment, subject);
  }
  return std::nullopt;
}

// Calls visit(items, subject) for each round of evidence, the newest first, until it returns true. A round
// begins with the event that it was gathered for.
template <class Visit>
void for_each_round(const Evidence& evidence, Visit visit) {
  std::span<const EvidenceItem> rest = evidence.items;
  while (!rest.empty()) {
    std::size_t begin = rest.size() - 1;
    while (begin > 0 && rest[begin].probe != "error_event") --begin;
    const bool told = rest[begin].probe == "error_event";
    if (visit(rest.subspan(begin), told ? subject_of(rest[begin]) : Subject{})) return;
    rest = rest.first(begin);
  }
}

using Moments = std::map<Time, contract::Blocking>;

void add_moments(Moments& moments, const EvidenceItem& item, const Subject& subject) {
  for (const auto& moment : moments_of(item)) {
    if (moment.empty()) continue;
    const auto at = is_recorded(item) ? Cells(item, moment.front()).time("at") : item.taken_at;
    if (!at || moments.contains(*at)) continue;
    auto graph = graph_of(item, moment, subject);
    if (!graph.edges.empty()) moments.emplace(*at, std::move(graph));
  }
}

bool same_waits(const contract::Blocking& a, const contract::Blocking& b) {
  return std::ranges::equal(
      a.edges, b.edges, [](const contract::BlockingEdge& x, const contract::BlockingEdge& y) {
        return x.waiter == y.waiter && x.blocker == y.blocker && x.lock_mode == y.lock_mode;
      });
}

// Longer between two looks, and nobody knows what was between them.
constexpr Duration kUnseen = 2s;

// Equal moments that follow on each other as one, oldest first.
std::vector<contract::BlockingMoment> runs_of(Moments moments) {
  std::vector<contract::BlockingMoment> runs;
  std::size_t edges = 0;
  for (auto& [at, graph] : moments | std::views::reverse) {
    const bool goes_on =
        !runs.empty() && runs.back().at - at <= kUnseen && same_waits(runs.back().blocking, graph);
    if (!goes_on && (edges += graph.edges.size()) > kHistoryEdges) break;
    if (goes_on)
      runs.back().at = at;
    else
      runs.push_back({.at = at, .until = at, .blocking = std::move(graph)});
  }
  std::ranges::reverse(runs);
  return runs;
}

}  // namespace

std::vector<contract::BlockingMoment> blocking_moments(const Evidence& evidence) {
  Moments moments;
  for_each_round(evidence, [&](std::span<const EvidenceItem> round, const Subject& subject) {
    for (const auto& item : round)
      if (shows_waits(item)) add_moments(moments, item, subject);
    return false;
  });
  return runs_of(std::move(moments));
}

std::optional<contract::Blocking> blocking_in(const Evidence& evidence) {
  std::optional<contract::Blocking> graph;
  for_each_round(evidence, [&](std::span<const EvidenceItem> round, const Subject& subject) {
    graph = blocking_in(round, subject);
    return graph.has_value();
  });
  return graph;
}

contract::Blocking blocking_now(const Recording& recording) {
  if (recording.samples.empty()) return {};
  Recording last;
  last.samples.push_back(recording.samples.back());
  const auto item = healing::recording_item(last, last.samples.front().at);
  return graph_of(item, item.rows, {});
}

}  // namespace selfheal::api
