#include <algorithm>
#include <charconv>
#include <ranges>
#include <set>

#include "api/internal/views.h"
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

contract::Blocking graph_of(const EvidenceItem& item) {
  const bool recorded = item.probe == "flight_recorder";
  contract::Blocking graph{.evidence_id = item.id};
  // Of the recorder's minute, the last moment.
  const auto last = recorded ? Cells(item, item.rows.back()).text("at") : std::string();
  for (const auto& row : item.rows) {
    const Cells cells(item, row);
    if (!recorded || cells.text("at") == last) add_edge(graph, cells, recorded);
  }
  std::set<int> waiters;
  for (const auto& edge : graph.edges) waiters.insert(edge.waiter);
  for (auto& node : graph.nodes) node.root = !waiters.contains(node.pid);
  return graph;
}

}  // namespace

std::optional<contract::Blocking> blocking_in(const Evidence& evidence) {
  for (const auto& item : std::views::reverse(evidence.items)) {
    const bool shows = item.probe == "blocking_chain" || item.probe == "flight_recorder";
    if (shows && item.status == ProbeStatus::answered && !item.rows.empty()) return graph_of(item);
  }
  return std::nullopt;
}

}  // namespace selfheal::api
