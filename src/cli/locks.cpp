// locks: who waits for whom on a watched server, now, as a tree below each session that waits for nobody.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>

#include "cli/internal/commands.h"
#include "contract/administration.h"
#include "contract/page.h"

namespace selfheal::cli {
namespace {

using contract::Blocking;
using contract::BlockingEdge;
using contract::BlockingNode;

struct Marks {
  std::string_view root, also_waits, fork, last, bar, gap;
};
constexpr Marks kDrawn{
    .root = "▲ ", .also_waits = "… ", .fork = "├─ ", .last = "└─ ", .bar = "│  ", .gap = "   "};
constexpr Marks kAscii{
    .root = "! ", .also_waits = "~ ", .fork = "|- ", .last = "`- ", .bar = "|  ", .gap = "   "};

std::string name_of(int pid) { return pid == 0 ? "prepared transaction" : fmt::to_string(pid); }

std::string age(const std::optional<Time>& since, Time at) {
  return since ? spoken(std::max(at - *since, Duration::zero())) : "";
}

// A waiter may wait for several; it is drawn once, below the first that is reached.
class Tree {
 public:
  Tree(const Blocking& blocking, const Style& style, Time at)
      : style_(style),
        at_(at),
        marks_(style.ascii() ? kAscii : kDrawn),
        table_({{.title = "SESSION"},
                {.title = "APPLICATION"},
                {.title = "STATE"},
                {.title = "LOCK"},
                {.title = "STATEMENT", .text = true}}) {
    for (const auto& node : blocking.nodes) nodes_.emplace(node.pid, &node);
    for (const auto& edge : blocking.edges) {
      waiters_[edge.blocker].push_back(&edge);
      waits_.emplace(edge.waiter, &edge);
    }
  }

  std::string draw() {
    for (const auto& [pid, edges] : waiters_) {
      if (!waits_.contains(pid)) top(pid, marks_.root);
    }
    // What is left waits in a circle, a deadlock that PostgreSQL has not ended yet, or stands below kDeepest.
    for (const auto& [pid, edges] : waiters_) top(pid, marks_.also_waits);
    return table_.print(style_, false);
  }

 private:
  // Deeper ones begin a tree of their own: a row further to the right cannot be read, and the recursion has
  // an end.
  static constexpr std::size_t kDeepest = 20;

  void top(int pid, std::string_view mark) {
    if (!drawn_.insert(pid).second) return;
    const auto* node = node_of(pid);
    const auto state = node ? fmt::format("{} {}", node->state, age(node->xact_start, at_)) : "";
    table_.add({fmt::format("{}{}", mark, name_of(pid)), node ? node->application : "", state, "",
                node ? node->statement : ""});
    below(pid, "", 0);
  }

  void below(int pid, const std::string& prefix, std::size_t depth) {
    const auto at = waiters_.find(pid);
    if (at == waiters_.end() || depth == kDeepest) return;
    std::vector<const BlockingEdge*> fresh;
    for (const auto* edge : at->second) {
      if (drawn_.insert(edge->waiter).second) fresh.push_back(edge);
    }
    for (const auto* edge : fresh) {
      const bool is_last = edge == fresh.back();
      const auto* node = node_of(edge->waiter);
      table_.add({fmt::format("{}{}{}", prefix, is_last ? marks_.last : marks_.fork, name_of(edge->waiter)),
                  node ? node->application : "", "waits " + age(edge->waiting_since, at_), edge->lock_mode,
                  node ? node->statement : ""});
      below(edge->waiter, fmt::format("{}{}", prefix, is_last ? marks_.gap : marks_.bar), depth + 1);
    }
  }

  const BlockingNode* node_of(int pid) const {
    const auto at = nodes_.find(pid);
    return at == nodes_.end() ? nullptr : at->second;
  }

  const Style& style_;
  Time at_;
  const Marks& marks_;
  Table table_;
  std::map<int, const BlockingNode*> nodes_;
  std::map<int, std::vector<const BlockingEdge*>> waiters_;  // blocker -> who waits for it
  std::map<int, const BlockingEdge*> waits_;                 // waiter -> one edge
  std::set<int> drawn_;
};

// For scripts: one row an edge, the blocker in the second column.
std::string edge_rows(const Blocking& blocking, const Style& style) {
  std::map<int, const BlockingNode*> nodes;
  for (const auto& node : blocking.nodes) nodes.emplace(node.pid, &node);
  Table table(
      {{"WAITER"}, {"BLOCKER"}, {"LOCK"}, {"MODE"}, {"RELATION"}, {"SINCE"}, {"APPLICATION"}, {"STATEMENT"}});
  for (const auto& edge : blocking.edges) {
    const auto at = nodes.find(edge.waiter);
    const auto* node = at == nodes.end() ? nullptr : at->second;
    table.add({fmt::to_string(edge.waiter), fmt::to_string(edge.blocker), edge.lock_type, edge.lock_mode,
               edge.relation, style.when(edge.waiting_since), node ? node->application : "",
               node ? node->statement : ""});
  }
  return table.print(style, false);
}

std::string summary(const std::string& server, const Blocking& blocking) {
  std::set<int> waiting;
  std::set<int> roots;
  for (const auto& edge : blocking.edges) waiting.insert(edge.waiter);
  for (const auto& edge : blocking.edges) {
    if (!waiting.contains(edge.blocker)) roots.insert(edge.blocker);
  }
  if (waiting.empty()) return fmt::format("{}  nobody waits\n", safe_text(server));
  return fmt::format("{}  {} waiting, {} root{}\n", safe_text(server), waiting.size(), roots.size(),
                     roots.size() == 1 ? "" : "s");
}

// The fixes that are ready for lock troubles of this server.
Answer<std::string> fixes(Api& api, const std::string& server) {
  const auto query =
      query_of({{"server", server}, {"state", "awaiting_approval"}, {"category", "LOCK_CONTENTION"}});
  TRY(const auto page, api.get_as<contract::Page<contract::Incident>>("/incidents" + query));
  std::string text;
  for (const auto& incident : page.items) {
    if (!incident.remedy) continue;
    text += fmt::format("fix: selfheal fix apply {}  ({}; risk {})\n", safe_text(incident.id),
                        safe_text(incident.remedy->title), safe_text(incident.remedy->risk));
  }
  return text;
}

Answer<void> show_server(Invocation& invocation, Api& api, const std::string& server) {
  TRY(const auto body, api.get(path_of("locks", server)));
  if (invocation.global.json) {
    print_json(invocation, body);
    return {};
  }
  TRY(const auto blocking, api.read<Blocking>(body));
  const Style style(invocation);
  if (!style.terminal()) {
    print(invocation, blocking_text(blocking, style, style.now()));
    return {};
  }
  auto text = summary(server, blocking) + blocking_text(blocking, style, style.now());
  if (!blocking.edges.empty()) {
    TRY(const auto ready, fixes(api, server));
    text += ready;
  }
  print(invocation, text);
  return {};
}

Answer<int> locks_once(Invocation& invocation) {
  const auto named = invocation.arguments.text("DB");
  Api api(invocation, {{kNotFound, "selfheal db list"}});
  if (!named.empty()) {
    TRY_OK(show_server(invocation, api, named));
    return kOk;
  }
  TRY(const auto page, api.get_as<contract::Page<contract::Server>>("/databases"));
  // One that cannot be read now must not hide the others; the exit code says that one was missing.
  int code = kOk;
  for (const auto& server : page.items) {
    const auto shown = show_server(invocation, api, server.name);
    if (!shown) code = report(invocation, shown.error());
  }
  return code;
}

}  // namespace

std::string blocking_text(const Blocking& blocking, const Style& style, Time at) {
  return style.terminal() ? Tree(blocking, style, at).draw() : edge_rows(blocking, style);
}

Answer<int> locks(Invocation& invocation) { return repeated(invocation, locks_once); }

}  // namespace selfheal::cli
