// incident list, show and watch: what happened, why, and what was done.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cli/internal/commands.h"
#include "cli/internal/document.h"
#include "cli/internal/explanation.h"
#include "contract/evidence.h"
#include "contract/page.h"

namespace selfheal::cli {
namespace {

using contract::Incident;

// A stream that ends is opened again after this, and given up after so many times without an event in
// between.
constexpr Duration kReconnectAfter = 1s;
constexpr int kReconnects = 30;

const Advice kAdvice{{kNotFound, "selfheal incident list"}};

std::string cause_of(const Incident& incident) { return incident.cause.empty() ? "unknown" : incident.cause; }

void list_row(Table& table, const Incident& incident, const Style& style) {
  table.add({incident.id, incident.state, incident.severity, incident.server, style.when(incident.last_seen),
             incident.title, cause_of(incident)});
}

Table list_table() {
  return Table({{.title = "ID"},
                {.title = "STATE"},
                {.title = "SEVERITY"},
                {.title = "SERVER"},
                {.title = "LAST"},
                {.title = "TITLE", .text = true},
                {.title = "CAUSE", .text = true}});
}

std::string with_evidence(const std::string& text, const std::string& evidence_id) {
  return evidence_id.empty() ? text : fmt::format("{}  [{}]", text, evidence_id);
}

void show_head(Document& document, const Incident& incident, const Style& style) {
  document.section("incident");
  document.row({"state", incident.state});
  document.row({"severity", incident.severity});
  document.row({"category", fmt::format("{} {}", incident.category, incident.sqlstate)});
  document.row({"cause", fmt::format("{} ({})", cause_of(incident), how_sure(incident))});
  document.row({"server", incident.server});
  document.row({"database", incident.database});
  document.row({"message", incident.message});
  document.row({"statement", incident.statement});
  document.row({"events", fmt::to_string(incident.events)});
  document.row({"first seen", style.when(incident.first_seen)});
  document.row({"last seen", style.when(incident.last_seen)});
  document.row({"merged into", incident.merged_into.value_or("")});
}

// `explained` is absent when the server does not know how, or could not: then the diagnosis's own sentences.
void show_reasons(Document& document, const Incident& incident, const contract::Explanation* explained,
                  const Style& style) {
  if (explained != nullptr) {
    show_explanation(document, *explained, style);
  } else {
    document.section("why");
    for (const auto& sentence : incident.explanation)
      document.row({with_evidence(sentence.text, sentence.evidence_id)});
    document.section("ruled out");
    for (const auto& other : incident.ruled_out) document.row({other.cause, other.why});
  }
  document.section("checks");
  for (const auto& check : incident.checks) {
    document.row({glyph(check.status, style.ascii()) + " " + with_evidence(check.title, check.evidence_id)});
  }
}

void show_plan(Document& document, const Incident& incident, const Style& style) {
  document.section("plan");
  if (const auto& remedy = incident.remedy) {
    document.row({"fix", fmt::format("{} ({})", remedy->title, remedy->action)});
    for (const auto& statement : remedy->statements) document.row({"statement", statement});
    for (const auto& guard : remedy->guards) document.row({"only if", guard});
    document.row({"risk", remedy->risk});
    document.row({"undo", remedy->undo});
    document.row({"policy", fmt::format("{} {}", remedy->decision, remedy->reason)});
    document.row({"expires", style.when(remedy->expires_at)});
    document.row({"hash", remedy->plan_hash});
  } else if (const auto& refusal = incident.refusal) {
    document.row({"nothing", refusal->reason});
    document.row({"by hand", refusal->statement});
  }
  if (const auto& retry = incident.retry) {
    document.row({"retry", fmt::format("{}: {}", retry->safe ? "safe" : "not safe", retry->why)});
  }
}

void show_history(Document& document, const Incident& incident, const Style& style) {
  document.section("timeline");
  for (const auto& entry : incident.timeline) document.row({style.when(entry.at), entry.what, entry.text});
  document.section("treatments");
  for (const auto& treatment : incident.treatments) {
    document.row({style.when(treatment.at), treatment.action, treatment.target, treatment.state,
                  treatment.verdict.value_or(""), treatment.report});
  }
  document.section("verdict");
  document.row({"relieved", style.when(incident.relieved_at)});
  document.row({"closed", style.when(incident.closed_at)});
  document.row({"verdict", incident.verdict.value_or(""), incident.verdict_reason});
  for (const auto& similar : incident.similar) add_similar(document, similar, style);
}

std::string incident_text(const Incident& incident, const contract::Explanation* explained,
                          const Style& style) {
  Document document(incident.id + "  " + incident.title);
  show_head(document, incident, style);
  show_reasons(document, incident, explained, style);
  show_plan(document, incident, style);
  show_history(document, incident, style);
  auto text = document.print(style);
  if (incident.blocking && style.terminal())
    text += "\n" + blocking_text(*incident.blocking, style, incident.last_seen);
  return text;
}

std::string evidence_text(const contract::Page<contract::EvidenceView>& page, const Style& style) {
  std::string text;
  for (const auto& evidence : page.items) {
    const auto why = evidence.why.empty() ? "" : "  " + evidence.why;
    const auto head = fmt::format("{}  {}  {}  {} row{}  {}{}", evidence.id, evidence.probe, evidence.status,
                                  evidence.row_count, evidence.row_count == 1 ? "" : "s",
                                  style.when(evidence.taken_at), why);
    text += fmt::format("{}{}\n", style.terminal() ? "" : "# ", safe_text(head));
    std::vector<Column> columns;
    for (const auto& name : evidence.columns) columns.push_back({.title = safe_text(name), .text = true});
    if (columns.empty()) continue;
    Table table(columns);
    for (const auto& row : evidence.rows) {
      std::vector<std::string> cells;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        cells.push_back(i < row.size() ? row[i].value_or("") : "");
      }
      table.add(std::move(cells));
    }
    text += table.print(style, true) + "\n";
  }
  return text;
}

// Reads on after each end of the stream, from the event it had come to.
class Watch {
 public:
  explicit Watch(Invocation& invocation)
      : invocation_(invocation),
        stream_(invocation),
        reads_(invocation),
        only_(invocation.arguments.text("INCIDENT")) {}

  Answer<int> run() {
    for (int silent = 0; silent < kReconnects; ++silent) {
      const auto ended = stream_.events(
          [&](const http::SseEvent& event) {
            silent = 0;
            last_id_ = event.id;
            if (event.event == "incident") show(event.data);
            return !trouble_;
          },
          last_id_);
      if (trouble_) return std::unexpected(*trouble_);
      if (!ended && ended.error().exit_code != kUnreachable) return std::unexpected(ended.error());
      if (!invocation_.streams.pause(kReconnectAfter)) return kInterrupted;
    }
    return std::unexpected(
        Trouble{kUnreachable, "the server ends the event stream again and again", "selfheal status"});
  }

 private:
  void show(const std::string& data) {
    const auto event = contract::from_text<Incident>(data, contract::Reading::lenient);
    const auto& id = event.value.id;
    if (id.empty() || (!only_.empty() && id != only_)) return;
    const auto body = reads_.get(path_of("incidents", id));
    const auto incident = body ? reads_.read<Incident>(*body) : std::unexpected(body.error());
    if (!incident) {
      trouble_ = incident.error();
    } else if (invocation_.global.json) {
      print_json(invocation_, *body);
    } else {
      const Style style(invocation_);
      auto table = list_table();
      list_row(table, *incident, style);
      print(invocation_, table.print(style, false));
    }
  }

  Invocation& invocation_;
  Api stream_;
  Api reads_;
  std::string only_;
  std::string last_id_;
  std::optional<Trouble> trouble_;
};

}  // namespace

std::string how_sure(const Incident& incident) {
  const auto passed = std::ranges::count(incident.checks, "passed", &contract::Check::status);
  const auto word = incident.confidence.empty() ? "unknown" : incident.confidence;
  return incident.checks.empty() ? word
                                 : fmt::format("{}, {} of {} checks", word, passed, incident.checks.size());
}

bool is_final(const std::string& state) {
  return state == "healed" || state == "resolved" || state == "refused" || state == "muted" ||
         state == "failed";
}

Answer<int> incident_list(Invocation& invocation) {
  const auto& arguments = invocation.arguments;
  Api api(invocation);
  std::vector<std::pair<std::string, std::string>> query{
      {"server", arguments.text("--db")},         {"severity", arguments.text("--severity")},
      {"category", arguments.text("--category")}, {"since", arguments.text("--since")},
      {"limit", arguments.text("--limit")},       {"cursor", arguments.text("--cursor")}};
  if (arguments.has("--state")) query.emplace_back("state", arguments.text("--state"));
  if (arguments.has("--open")) {
    for (const auto* state :
         {"open", "diagnosing", "awaiting_approval", "applying", "verifying", "reopened"}) {
      query.emplace_back("state", state);
    }
  }
  TRY(const auto body, api.get("/incidents" + query_of(query)));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto page, api.read<contract::Page<Incident>>(body));
  const Style style(invocation);
  auto table = list_table();
  for (const auto& incident : page.items) list_row(table, incident, style);
  print(invocation, table.print(style, !invocation.global.no_headers));
  if (table.empty() && !invocation.global.quiet) invocation.streams.err << "no incidents\n";
  if (page.next_cursor && !invocation.global.quiet) {
    invocation.streams.err << "more: --cursor " << safe_text(*page.next_cursor) << "\n";
  }
  return kOk;
}

Answer<int> incident_show(Invocation& invocation) {
  Api api(invocation, kAdvice);
  const auto path = path_of("incidents", invocation.arguments.text("INCIDENT"));
  const Style style(invocation);
  const bool raw = invocation.arguments.has("--raw");
  if (raw || invocation.arguments.has("--evidence")) {
    TRY(const auto body, api.get(path + "/evidence" + (raw ? "?raw=true" : "")));
    if (invocation.global.json) return print_json(invocation, body);
    TRY(const auto page, api.read<contract::Page<contract::EvidenceView>>(body));
    print(invocation, evidence_text(page, style));
    return kOk;
  }
  TRY(const auto body, api.get(path));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto incident, api.read<Incident>(body));
  const auto explained = api.get_as<contract::Explanation>(path + "/explanation");
  print(invocation, incident_text(incident, explained ? &*explained : nullptr, style));
  return kOk;
}

Answer<int> incident_watch(Invocation& invocation) { return Watch(invocation).run(); }

}  // namespace selfheal::cli
