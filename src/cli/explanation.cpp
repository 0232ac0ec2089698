// incident explain, and the part of incident show that says it in plain words.
#include <fmt/format.h>

#include "cli/internal/commands.h"
#include "cli/internal/document.h"
#include "cli/internal/explanation.h"

namespace selfheal::cli {

void show_explanation(Document& document, const contract::Explanation& explanation, const Style& style) {
  for (const auto& section : explanation.sections) {
    document.section(style.terminal() ? section.title : section.name);
    for (const auto& sentence : section.sentences) {
      const auto& id = sentence.evidence_id;
      document.row({fmt::format("{}{}{}", sentence.text, id.empty() ? "" : fmt::format("  [{}]", id),
                                sentence.proven ? "" : "  (not proven)")});
    }
  }
}

Answer<int> incident_explain(Invocation& invocation) {
  Api api(invocation, Advice{{kNotFound, "selfheal incident list"}});
  const auto path = path_of("incidents", invocation.arguments.text("INCIDENT")) + "/explanation";
  TRY(const auto body, invocation.arguments.has("--worded") ? api.post(path, "{}") : api.get(path));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto explanation, api.read<contract::Explanation>(body));
  const Style style(invocation);
  Document document(fmt::format("{}  explained by {}", explanation.incident, explanation.expert));
  document.section("explanation");
  document.row({"looks first at", explanation.looks_first});
  document.row(
      {"words", fmt::format("{}{}", explanation.worded_by, explanation.cached ? ", made before" : "")});
  document.row({"notice", explanation.notice});
  show_explanation(document, explanation, style);
  print(invocation, document.print(style));
  return kOk;
}

}  // namespace selfheal::cli
